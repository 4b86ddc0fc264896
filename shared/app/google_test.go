package app_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"boochat/emulators/googletest"
	"boochat/shared/adapter/firestore"
	"boochat/shared/app"
	"boochat/shared/bus"
	"boochat/shared/catalogue"
	"boochat/shared/config"
	"boochat/shared/event"
	"boochat/shared/room"
	"boochat/shared/user"
	"boochat/shared/view"

	"github.com/google/uuid"
)

func TestMain(m *testing.M) { googletest.Main(m, googletest.Firestore()) }

// operated is a project in Firestore whose log holds a life, and whose read documents
// are empty: no function has run.
type operated struct {
	config.Place
	views   *firestore.Views
	letters firestore.DeadLetters
	events  []event.Envelope
}

func newOperated(t *testing.T) *operated {
	t.Helper()
	place := config.Place{Backend: config.Google, Project: googletest.Project()}
	client, err := firestore.Open(context.Background(), place.Project)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	o := &operated{Place: place, views: firestore.NewViews(client), letters: firestore.NewDeadLetters(client)}
	store := firestore.NewEventStore(client)
	for _, happened := range []struct {
		stream  event.Stream
		actor   string
		payload any
	}{
		{user.Stream("ann"), "ann", user.Authenticated{Name: "Ann", Email: "ann@example.com"}},
		{room.Stream("kitchen"), "ann", room.Created{Name: "Kitchen", MemberIDs: []string{"ann", "bob"}, ActorName: "Ann"}},
		{room.Stream("kitchen"), "ann", room.MessageSent{ID: "m-1", Content: "Hello"}},
		{room.Stream("kitchen"), "bob", room.UserLeft{ActorName: "Bob"}},
	} {
		o.append(t, store, happened.stream, happened.actor, happened.payload)
	}
	return o
}

func (o *operated) append(t *testing.T, store *firestore.EventStore, stream event.Stream, actor string, payload any) {
	t.Helper()
	name, version, data, err := catalogue.Events.Encode(payload)
	if err != nil {
		t.Fatal(err)
	}
	sequence := int64(1)
	for _, e := range o.events {
		if e.Stream == stream {
			sequence++
		}
	}
	id := uuid.NewString()
	e := event.Envelope{
		ID: id, Type: name, Version: version, Stream: stream, Sequence: sequence, Time: event.Now(time.Now),
		Actor: actor, Data: data, CorrelationID: id, CausationID: id, Fingerprint: id,
	}
	if err := store.Append(t.Context(), stream, sequence-1, []event.Envelope{e}); err != nil {
		t.Fatal(err)
	}
	o.events = append(o.events, e)
}

// differ gives the paths of the documents that are not what the log makes of them.
func (o *operated) differ(t *testing.T) (paths []string) {
	t.Helper()
	differences, err := app.Verify(t.Context(), o.Place, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences {
		paths = append(paths, d.Path)
	}
	slices.Sort(paths)
	return paths
}

func (o *operated) rebuild(t *testing.T) error {
	t.Helper()
	return app.Rebuild(t.Context(), o.Place, func(int64, int64) {})
}

func (o *operated) write(t *testing.T, w view.Write) {
	t.Helper()
	w.Blind = true
	if _, err := o.views.Write(t.Context(), []view.Write{w}); err != nil {
		t.Fatal(err)
	}
}

// all are the documents that the life makes.
var all = []string{
	"accounts/ann", "rooms/kitchen", "rooms/kitchen/items/1", "rooms/kitchen/items/2", "rooms/kitchen/items/3",
	"users/ann", "users/ann/visits/kitchen", "users/bob/visits/kitchen",
}

// TestOperatingOnFirestore compares, puts right and redrives as an operator does.
func TestOperatingOnFirestore(t *testing.T) {
	o := newOperated(t)
	if got := o.differ(t); !slices.Equal(got, all) {
		t.Errorf("before anything is projected, %v differ", got)
	}
	if err := o.rebuild(t); err != nil {
		t.Fatal(err)
	}
	if got := o.differ(t); len(got) != 0 {
		t.Errorf("after a rebuild, %v differ", got)
	}
	rooms, err := o.views.List(t.Context(), view.Query{Collection: "rooms", Reader: "bob"})
	if err != nil || len(rooms) != 0 {
		t.Errorf("somebody who has left reads %d rooms, error %v", len(rooms), err)
	}

	o.write(t, view.Write{
		Path: "rooms/kitchen", Scope: view.ReadersOf("rooms/kitchen"), Joined: []string{"eve"},
		Data: json.RawMessage(`{"id":"kitchen","name":"Spoilt","memberIds":["ann","eve"],"lastSequence":3}`),
	})
	if got := o.differ(t); !slices.Equal(got, []string{"rooms/kitchen"}) {
		t.Errorf("after spoiling the room, %v differ", got)
	}
	if err := o.rebuild(t); err != nil {
		t.Fatal(err)
	}
	if rooms, err = o.views.List(t.Context(), view.Query{Collection: "rooms", Reader: "eve"}); err != nil || len(rooms) != 0 {
		t.Errorf("somebody who was never in reads %d rooms, error %v", len(rooms), err)
	}
	o.write(t, view.Write{Path: "rooms/kitchen/items/4", Data: json.RawMessage(`{"sequence":4}`)})
	if got := o.differ(t); !slices.Equal(got, []string{"rooms/kitchen/items/4"}) {
		t.Errorf("after adding an item, %v differ", got)
	}
	if err := o.rebuild(t); err == nil {
		t.Error("what is in no log was removed, or overlooked")
	}
}

func TestLogAndDeadLettersOnFirestore(t *testing.T) {
	o := newOperated(t)
	log, err := app.OpenLog(t.Context(), o.Place)
	if err != nil {
		t.Fatal(err)
	}
	events, err := log.Load(t.Context(), room.Stream("kitchen"), 1, 10)
	if err != nil || len(events) != 2 || events[0].ID != o.events[2].ID {
		t.Errorf("the log holds %d events after the first, error %v", len(events), err)
	}
	heads, err := log.Streams(t.Context(), "", 10)
	if err != nil || len(heads) != 2 || heads[0].Version != 3 {
		t.Errorf("streams are %+v, error %v", heads, err)
	}
	if err := log.Close(); err != nil {
		t.Error(err)
	}

	parked := bus.DeadLetter{Subscription: "project-rooms", Event: o.events[3], Cause: "it was a bad day", ParkedAt: event.Now(time.Now)}
	if err := o.letters.Park(t.Context(), parked); err != nil {
		t.Fatal(err)
	}
	letters, err := app.DeadLetters(t.Context(), o.Place)
	if err != nil || len(letters) != 1 || letters[0].Cause != parked.Cause {
		t.Fatalf("dead letters are %+v, error %v", letters, err)
	}
	handled, err := app.Redrive(t.Context(), o.Place, func(bus.DeadLetter) bool { return true })
	if err != nil || handled != 1 {
		t.Errorf("%d handled, error %v", handled, err)
	}
	if letters, err = app.DeadLetters(t.Context(), o.Place); err != nil || len(letters) != 0 {
		t.Errorf("dead letters are %+v, error %v", letters, err)
	}
	if got := o.differ(t); !slices.Equal(got, []string{"accounts/ann", "users/ann"}) {
		t.Errorf("after the room's last event was handled, %v differ", got)
	}
}
