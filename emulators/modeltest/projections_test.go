package modeltest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"boochat/functions/trigger"
	"boochat/shared/adapter/sqlite"
	"boochat/shared/catalogue"
	"boochat/shared/event"
	"boochat/shared/view"

	"pgregory.net/rapid"
)

// compareProjections delivers the history's events anew, each once or more often and
// all in a random order, to fresh documents: they must be those that are in use.
func (h *history) compareProjections(t *rapid.T) {
	dir, err := os.MkdirTemp("", "boochat-model-")
	must(t, err)
	defer func() { must(t, os.RemoveAll(dir)) }()
	log, err := sqlite.OpenLog(h.dataDir)
	must(t, err)
	defer func() { must(t, log.Close()) }()
	fresh, err := sqlite.OpenViews(filepath.Join(dir, "fresh.db"))
	must(t, err)
	defer func() { must(t, fresh.Close()) }()

	rooms := trigger.NewRooms(log, fresh, catalogue.Events, time.Now)
	users := trigger.NewUsers(log, fresh, catalogue.Events)
	events := h.events(t, log)
	for len(events) > 0 {
		n := rapid.IntRange(1, len(events)).Draw(t, "delivered together")
		must(t, rooms.Handle(t.Context(), events[:n]))
		must(t, users.Handle(t.Context(), events[:n]))
		events = events[n:]
	}
	want, got := h.documents(t, h.inUse(t)), h.documents(t, fresh)
	for path, data := range want {
		if got[path] != data {
			t.Errorf("document %s is %s; made anew it is %s", path, data, got[path])
		}
		delete(got, path)
	}
	for path, data := range got {
		t.Errorf("document %s is not in use; made anew it is %s", path, data)
	}
}

func must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// events gives all events of the history's rooms and people, some of them twice, in
// an order that nobody has promised anything about.
func (h *history) events(t *rapid.T, log sqlite.Log) []event.Envelope {
	var events []event.Envelope
	for _, r := range h.rooms {
		events = append(events, h.stream(t, log, event.NewStream("room", r.id))...)
		for _, p := range h.people {
			events = append(events, h.stream(t, log, event.NewStream("visit", r.id, p.id))...)
		}
	}
	for _, p := range h.people {
		events = append(events, h.stream(t, log, event.NewStream("user", p.id))...)
	}
	twice := rapid.SliceOfN(rapid.IntRange(0, len(events)-1), 0, len(events)).Draw(t, "delivered twice")
	for _, i := range twice {
		events = append(events, events[i])
	}
	return rapid.Permutation(events).Draw(t, "order")
}

func (h *history) stream(t *rapid.T, log sqlite.Log, name event.Stream) []event.Envelope {
	const all = 1 << 20
	events, err := log.Load(t.Context(), name, 0, all)
	must(t, err)
	return events
}

// inUse opens the documents that the running system shows.
func (h *history) inUse(t *rapid.T) *sqlite.Views {
	name, err := os.ReadFile(filepath.Join(h.dataDir, "views.current"))
	must(t, err)
	views, err := sqlite.ReadViews(filepath.Join(h.dataDir, strings.TrimSpace(string(name))))
	must(t, err)
	t.Cleanup(func() { must(t, views.Close()) })
	return views
}

// documents gives the data of all documents of the history, by path.
func (h *history) documents(t *rapid.T, views *sqlite.Views) map[string]string {
	documents := map[string]string{}
	must(t, views.Each(t.Context(), func(d view.Document) error {
		if h.owns(d.Path) {
			documents[d.Path] = string(d.Data)
		}
		return nil
	}))
	return documents
}

// owns reports whether a document is of one of the history's rooms, or of a person.
func (h *history) owns(path string) bool {
	parts := strings.Split(path, "/")
	id := ""
	switch {
	case parts[0] == "rooms":
		id = parts[1]
	case len(parts) == 4: // users/U/visits/R
		id = parts[3]
	default:
		return true
	}
	return slices.ContainsFunc(h.rooms, func(r *room) bool { return r.id == id })
}
