package pubsubtest

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"boochat/emulators/googletest"
	"boochat/functions"
	"boochat/functions/trigger"
	"boochat/shared/adapter/pubsub"
	"boochat/shared/adapter/sqlite"
	"boochat/shared/catalogue"
	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/room"
	"boochat/shared/view"
)

// patience is how long a test waits for what has to happen.
const patience = 60 * time.Second

// system is rooms on Pub/Sub: the commands' side, and project-rooms as it is deployed.
type system struct {
	store     *sqlite.EventStore
	views     *sqlite.Views
	publisher *pubsub.Publisher
	rooms     *eventstore.Repository[*room.Room]
	pushes    *httptest.Server // project-rooms
}

// newSystem makes a system whose pushes go where between says, given where
// project-rooms is.
func newSystem(t *testing.T, between func(endpoint string) string) *system {
	t.Helper()
	store, err := sqlite.OpenEventStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	views, err := sqlite.OpenViews(filepath.Join(t.TempDir(), "views.db"))
	if err != nil {
		t.Fatal(err)
	}
	project := googletest.Project()
	s := &system{store: store, views: views, publisher: openPublisher(t, project)}
	s.rooms = eventstore.NewRepository(store, s.publisher, catalogue.Events, room.New, time.Now)
	f, _ := functions.Find("project-rooms")
	s.pushes = httptest.NewServer(f.Handler(&functions.Services{
		Rooms: trigger.NewRooms(store, views, catalogue.Events, time.Now), Pushes: functions.Anybody, DeadLetters: store,
	}))
	t.Cleanup(func() {
		s.pushes.Close()
		if err := errors.Join(views.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	})
	provision(t, project, pubsub.Subscription{Name: f.Name, Topic: f.Topic, Endpoint: between(s.pushes.URL + f.Path)})
	return s
}

// directly has pushes go where they are to go.
func directly(endpoint string) string { return endpoint }

// execute decides on a room; the answer has to be success.
func (s *system) execute(t *testing.T, id, command string, decide func(*room.Room) ([]any, error)) {
	t.Helper()
	if _, err := s.rooms.Execute(t.Context(), room.Stream(id), eventstore.Command{ID: command, Actor: "ann"}, decide); err != nil {
		t.Errorf("%s: %v", command, err)
	}
}

func (s *system) create(t *testing.T, id string) {
	t.Helper()
	s.execute(t, id, "create-"+id, func(r *room.Room) ([]any, error) {
		return r.Create(room.Person{ID: "ann", Name: "Ann"}, "Kitchen", "", nil)
	})
}

func (s *system) post(t *testing.T, id string, n int) {
	t.Helper()
	message := fmt.Sprintf("%s-%d", id, n)
	s.execute(t, id, "post-"+message, func(r *room.Room) ([]any, error) { return r.Post("ann", message, "Is there tea?") })
}

// relay returns a relay that does not wait until events are old.
func (s *system) relay() *eventstore.Relay {
	return &eventstore.Relay{Outbox: s.store, Publisher: s.publisher, Now: func() time.Time { return time.Now().Add(time.Minute) }}
}

// waitShown waits until a room's document shows its stream up to a version.
func (s *system) waitShown(t *testing.T, id string, version int64) {
	t.Helper()
	var shown view.Room
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var err error
		if shown, _, err = view.Get[view.Room](t.Context(), s.views, view.RoomPath(id)); err != nil {
			t.Fatal(err)
		}
		if shown.LastSequence >= version {
			break
		}
	}
	if shown.LastSequence != version {
		t.Fatalf("room %s shows version %d, want %d", id, shown.LastSequence, version)
	}
}

// check compares the read documents, byte for byte, with what the log makes of them
// when it is projected in order.
func (s *system) check(t *testing.T) {
	t.Helper()
	ordered, err := sqlite.OpenViews(filepath.Join(t.TempDir(), "ordered.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := ordered.Close(); err != nil {
			t.Error(err)
		}
	}()
	rooms := trigger.NewRooms(s.store, ordered, catalogue.Events, time.Now)
	heads, err := s.store.Streams(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, head := range heads {
		events, err := s.store.Load(t.Context(), head.Stream, 0, int(head.Version))
		if err == nil {
			err = rooms.Handle(t.Context(), events)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	want, got := documents(t, ordered), documents(t, s.views)
	if len(want) == 0 || len(got) != len(want) {
		t.Errorf("%d documents, want %d", len(got), len(want))
	}
	for path, data := range want {
		if got[path] != data {
			t.Errorf("%s is %s, want %s", path, got[path], data)
		}
	}
	if letters, err := s.store.Parked(t.Context()); err != nil || len(letters) > 0 {
		t.Errorf("dead letters are %v, %v", letters, err)
	}
}

func documents(t *testing.T, views *sqlite.Views) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := views.Each(t.Context(), func(d view.Document) error {
		found[d.Path] = string(d.Data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// unpublished gives what the outbox holds.
func (s *system) unpublished(t *testing.T) []event.Envelope {
	t.Helper()
	events, err := s.store.Unpublished(context.Background(), time.Now().Add(time.Minute), 1000)
	if err != nil {
		t.Fatal(err)
	}
	return events
}
