package trigger_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"boochat/shared/adapter/sqlite"
	"boochat/shared/catalogue"
	"boochat/shared/event"
	"boochat/shared/room"
	"boochat/shared/user"
	"boochat/shared/view"
	"boochat/shared/visit"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// history is a log that projections are tried on.
type history struct {
	store  *sqlite.EventStore
	events []event.Envelope // in the order of appending
}

func newHistory(t testing.TB) *history {
	t.Helper()
	store, err := sqlite.OpenEventStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return &history{store: store}
}

// happens appends events of one actor to a stream.
func (h *history) happens(t testing.TB, stream event.Stream, actor string, payloads ...any) {
	t.Helper()
	for _, payload := range payloads {
		name, version, data, err := catalogue.Events.Encode(payload)
		if err != nil {
			t.Fatal(err)
		}
		h.append(t, event.Envelope{Type: name, Version: version, Stream: stream, Actor: actor, Data: data})
	}
}

// append gives an event its place and appends it.
func (h *history) append(t testing.TB, e event.Envelope) {
	t.Helper()
	for _, earlier := range h.events {
		if earlier.Stream == e.Stream {
			e.Sequence = earlier.Sequence
		}
	}
	e.Sequence++
	n := len(h.events)
	e.ID, e.Time = fmt.Sprintf("event-%d", n), noon.Add(time.Duration(n)*time.Second)
	if err := h.store.Append(context.Background(), e.Stream, e.Sequence-1, []event.Envelope{e}); err != nil {
		t.Fatal(err)
	}
	h.events = append(h.events, e)
}

// life is a history in which everything happens that can, to two rooms, two meetups and
// four people.
func life(t testing.TB) *history {
	t.Helper()
	h := newHistory(t)
	kitchen, garden := room.Stream("kitchen"), room.Stream("garden")
	for _, name := range []string{"Ann", "Bob", "Cleo", "Dan"} {
		h.happens(t, user.Stream(name), name, user.Authenticated{Name: name, Email: name + "@example.com"})
	}
	h.happens(t, kitchen, "Ann", room.Created{Name: "Kitchen", MemberIDs: []string{"Ann", "Bob"}, ActorName: "Ann"})
	h.happens(t, kitchen, "Ann", room.MessageSent{ID: "m-1", Content: "Hello"}, room.UserInvited{InviteeID: "Cleo", InviteeName: "Cleo", ActorName: "Ann"})
	h.happens(t, visit.Stream("kitchen", "Bob"), "Bob", visit.Opened{RoomID: "kitchen", ReadSequence: 2}, visit.Closed{RoomID: "kitchen", ReadSequence: 3})
	h.happens(t, garden, "Bob", room.Created{Name: "Garden", MemberIDs: []string{"Bob"}, ActorName: "Bob"}, room.UserInvited{InviteeID: "Dan", InviteeName: "Dan", ActorName: "Bob"})
	h.happens(t, user.Stream("Ann"), "Ann", user.Updated{Name: "Annie", ImageURL: "https://example.com/annie.png"})
	h.happens(t, kitchen, "Bob", room.Renamed{Name: "Big kitchen", ActorName: "Bob"}, room.UserLeft{ActorName: "Bob"})
	h.happens(t, kitchen, "Cleo", room.ImageChanged{ImageURL: "https://example.com/k.png", ActorName: "Cleo"}, room.MessageSent{ID: "m-2", Content: "Where is Bob?"})
	h.happens(t, kitchen, "Ann", room.UserInvited{InviteeID: "Bob", InviteeName: "Bob", ActorName: "Annie"})
	h.happens(t, visit.Stream("kitchen", "Cleo"), "Cleo", visit.Closed{RoomID: "kitchen", ReadSequence: 8})
	h.happens(t, user.Stream("Ann"), "Ann", user.Authenticated{Name: "Ann Lee", Email: "ann@example.com"})
	h.happens(t, kitchen, "Bob", room.MessageSent{ID: "m-3", Content: "Here"})
	h.happens(t, garden, "Dan", room.MessageSent{ID: "m-1", Content: "Nice"}, room.UserLeft{ActorName: "Dan"})
	plans(t, h)
	return h
}

// topic gives the events of a topic, in their order.
func (h *history) topic(name string) (events []event.Envelope) {
	for _, e := range h.events {
		if e.Stream.Topic() == name {
			events = append(events, e)
		}
	}
	return events
}

// readDocuments opens an empty place for read documents.
func readDocuments(t testing.TB) *sqlite.Views {
	t.Helper()
	views, err := sqlite.OpenViews(filepath.Join(t.TempDir(), "views.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := views.Close(); err != nil {
			t.Error(err)
		}
	})
	return views
}

// documents gives the data of all documents by path.
func documents(t testing.TB, views *sqlite.Views) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := views.Each(context.Background(), func(d view.Document) error {
		all[d.Path] = string(d.Data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// same compares documents byte for byte.
func same(t testing.TB, got, want map[string]string) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(want)) {
		if got[path] != want[path] {
			t.Errorf("%s is %s, want %s", path, got[path], want[path])
		}
	}
	for path := range got {
		if _, wanted := want[path]; !wanted {
			t.Errorf("%s should not be there", path)
		}
	}
}

// until delivers events, one delivery at a time, as a bus does: again until it works.
func until(t testing.TB, handle func(context.Context, []event.Envelope) error, deliveries ...[]event.Envelope) {
	t.Helper()
	for _, events := range deliveries {
		var err error
		for range 10 {
			if err = handle(context.Background(), events); err == nil {
				break
			}
		}
		if err != nil {
			t.Fatalf("deliver %d events: %v", len(events), err)
		}
	}
}

func singly(events []event.Envelope) (deliveries [][]event.Envelope) {
	for _, e := range events {
		deliveries = append(deliveries, []event.Envelope{e})
	}
	return deliveries
}

// bunches cuts events at random.
func bunches(random *rand.Rand, events []event.Envelope) (deliveries [][]event.Envelope) {
	for len(events) > 0 {
		n := 1 + random.IntN(min(6, len(events)))
		deliveries = append(deliveries, events[:n])
		events = events[n:]
	}
	return deliveries
}

var errFault = errors.New("the store has failed")

// faulty is a store of read documents that fails once, at its step number at: before
// that is done, or, where after is set, when it is done and the answer gets lost.
type faulty struct {
	view.Store
	at, step int
	after    bool
}

func (f *faulty) fault() bool {
	f.step++
	return f.step-1 == f.at
}

func (f *faulty) Get(ctx context.Context, paths ...string) ([]view.Document, error) {
	if f.fault() {
		return nil, errFault
	}
	return f.Store.Get(ctx, paths...)
}

func (f *faulty) Write(ctx context.Context, writes []view.Write) ([]int64, error) {
	fails := f.fault()
	if fails && !f.after {
		return nil, errFault
	}
	revisions, err := f.Store.Write(ctx, writes)
	if fails {
		return nil, errFault
	}
	return revisions, err
}
