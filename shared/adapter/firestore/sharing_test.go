package firestore

import (
	"fmt"
	"sync"
	"testing"

	"boochat/emulators/googletest"
	"boochat/shared/event"
	"boochat/shared/view"
)

// TestBlindWritesLoseNoReaders has two processes take in people with blind writes of
// one document, each of which carries over whom the ones before it took in.
func TestBlindWritesLoseNoReaders(t *testing.T) {
	const people = 12
	project := googletest.Project()
	processes := []*Views{NewViews(startProcess(t, project).Client), NewViews(startProcess(t, project).Client)}
	var writing sync.WaitGroup
	for i := range people {
		writing.Go(func() {
			_, err := processes[i%2].Write(t.Context(), []view.Write{
				{Path: "rooms/a", Data: fmt.Appendf(nil, `{"n":%d}`, i), Scope: view.ReadersOf("rooms/a"), Blind: true, Joined: []string{fmt.Sprint("person ", i)}},
				{Path: fmt.Sprint("rooms/a/items/", i), Data: []byte(`{}`), Scope: view.ReadersOf("rooms/a"), Blind: true},
			})
			if err != nil {
				t.Errorf("person %d: %v", i, err)
			}
		})
	}
	writing.Wait()
	for i := range people {
		rooms, err := processes[0].List(t.Context(), view.Query{Collection: "rooms", Reader: fmt.Sprint("person ", i)})
		if err != nil || len(rooms) != 1 {
			t.Errorf("person %d reads %d rooms, error %v, want 1", i, len(rooms), err)
		}
	}
}

// TestReadersOutliveTheProcess: who writes a room on, and has never read it, keeps
// its readers.
func TestReadersOutliveTheProcess(t *testing.T) {
	project := googletest.Project()
	room := view.Write{Path: "rooms/a", Data: []byte(`{"n":1}`), Scope: view.ReadersOf("rooms/a"), Joined: []string{"ann", "bob"}}
	for n := range 3 {
		views := NewViews(startProcess(t, project).Client)
		revisions, err := views.Write(t.Context(), []view.Write{room})
		if err != nil {
			t.Fatal(err)
		}
		room.Data, room.Revision, room.Joined = fmt.Appendf(nil, `{"n":%d}`, n), revisions[0], nil
		if n == 1 {
			room.Left = []string{"bob"}
		}
	}
	views := NewViews(startProcess(t, project).Client)
	for person, want := range map[string]int{"ann": 1, "bob": 0} {
		if rooms, err := views.List(t.Context(), view.Query{Collection: "rooms", Reader: person}); err != nil || len(rooms) != want {
			t.Errorf("%s reads %d rooms, error %v, want %d", person, len(rooms), err, want)
		}
	}
}

// TestAnyKeyIsAnEventID: clients choose idempotency keys of any visible characters.
func TestAnyKeyIsAnEventID(t *testing.T) {
	store := NewEventStore(startProcess(t, googletest.Project()).Client)
	for after, id := range []string{"/", "a/b", "..", ".", "__key__", "%", "%2F", `!"#$&'()*+,-:;<=>?@[\]^{|}~` + "`"} {
		events := happened("room_a", int64(after), 1)
		events[0].ID = id
		if err := store.Append(t.Context(), "room_a", int64(after), events); err != nil {
			t.Errorf("append %q: %v", id, err)
		}
		if found, err := store.Find(t.Context(), id); err != nil || found.ID != id {
			t.Errorf("find %q: %q, error %v", id, found.ID, err)
		}
		if err := store.MarkPublished(t.Context(), []event.Envelope{events[0]}); err != nil {
			t.Errorf("mark %q: %v", id, err)
		}
	}
}
