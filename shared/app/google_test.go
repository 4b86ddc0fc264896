package app_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"boochat/emulators/googletest"
	"boochat/functions"
	"boochat/shared/adapter/firestore"
	"boochat/shared/app"
	"boochat/shared/bus"
	"boochat/shared/catalogue"
	"boochat/shared/config"
	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/meetup"
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
	store   *firestore.EventStore
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
	o := &operated{Place: place, store: firestore.NewEventStore(client), views: firestore.NewViews(client), letters: firestore.NewDeadLetters(client)}
	for _, happened := range []struct {
		stream  event.Stream
		actor   string
		payload any
	}{
		{user.Stream("ann"), "ann", user.Authenticated{Name: "Ann", Email: "ann@example.com"}},
		{room.Stream("kitchen"), "ann", room.Created{Name: "Kitchen", MemberIDs: []string{"ann", "bob"}, ActorName: "Ann"}},
		{room.Stream("kitchen"), "ann", room.MessageSent{ID: "m-1", Content: "Hello"}},
		{room.Stream("kitchen"), "bob", room.UserLeft{ActorName: "Bob"}},
		{meetup.Stream("tea"), "ann", meetup.Created{Name: "Tea", When: eve, AttendeeIDs: []string{"ann", "bob"}, RoomID: "kitchen", RoomSequence: 2}},
		{meetup.Stream("tea"), "ann", meetup.PollCreated{PollID: "cup", Type: meetup.Generic, Choices: []meetup.Choice{{Text: "a"}, {Text: "b"}}, ParticipantIDs: []string{"ann", "bob"}}},
		{meetup.Stream("tea"), "bob", meetup.PollVoteCast{PollID: "cup", ChoiceIndex: 1}},
		{meetup.Stream("tea"), "", meetup.AttendeeLeft{UserID: "bob", RoomSequence: 3}},
	} {
		o.append(t, happened.stream, happened.actor, happened.payload)
	}
	return o
}

func (o *operated) append(t *testing.T, stream event.Stream, actor string, payload any) {
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
	if err := o.store.Append(t.Context(), stream, sequence-1, []event.Envelope{e}); err != nil {
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

// eve is a date that no test comes near.
var eve = meetup.When{TakesPlaceOn: "2099-12-31T19:00:00.000Z", TimeZone: "Europe/Berlin", LocalTime: "2099-12-31T20:00:00+01:00"}

// all are the documents that the life makes.
var all = []string{
	"accounts/ann", "meetupStates/tea", "meetups/tea", "rooms/kitchen", "rooms/kitchen/items/1", "rooms/kitchen/items/2", "rooms/kitchen/items/3",
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
	o.wantReaders(t, "ann")

	o.write(t, view.Write{
		Path: "rooms/kitchen", Scope: view.ReadersOf("rooms/kitchen"), Joined: []string{"eve"},
		Data: json.RawMessage(`{"id":"kitchen","name":"Spoilt","memberIds":["ann","eve"],"lastSequence":3}`),
	})
	o.write(t, view.Write{
		Path: "meetups/tea", Scope: view.ReadersOf("meetups/tea"), Joined: []string{"eve"}, Left: []string{"ann"},
		Data: json.RawMessage(`{"id":"tea","name":"Spoilt","attendeeIds":["eve"],"sequence":4}`),
	})
	o.write(t, view.Write{Path: "meetupStates/tea", Data: json.RawMessage(`{"meetup":null,"due":"2026"}`)})
	if got := o.differ(t); !slices.Equal(got, []string{"meetupStates/tea", "meetups/tea", "rooms/kitchen"}) {
		t.Errorf("after spoiling the room and the meetup, %v differ", got)
	}
	if err := o.rebuild(t); err != nil {
		t.Fatal(err)
	}
	if got := o.differ(t); len(got) != 0 {
		t.Errorf("after another rebuild, %v differ", got)
	}
	o.wantReaders(t, "ann")
	o.write(t, view.Write{Path: "rooms/kitchen/items/4", Data: json.RawMessage(`{"sequence":4}`)})
	if got := o.differ(t); !slices.Equal(got, []string{"rooms/kitchen/items/4"}) {
		t.Errorf("after adding an item, %v differ", got)
	}
	if err := o.rebuild(t); err == nil {
		t.Error("what is in no log was removed, or overlooked")
	}
}

// wantReaders checks who reads the room and the meetup, of those who are or were near.
func (o *operated) wantReaders(t *testing.T, want ...string) {
	t.Helper()
	for _, collection := range []string{"rooms", "meetups"} {
		for _, person := range []string{"ann", "bob", "eve"} {
			found, err := o.views.List(t.Context(), view.Query{Collection: collection, Reader: person})
			if err != nil || (len(found) == 1) != slices.Contains(want, person) {
				t.Errorf("%s reads %d %s, error %v", person, len(found), collection, err)
			}
		}
	}
}

// TestTimersOnFirestore has several instances run them, where what is due is found in
// Firestore.
func TestTimersOnFirestore(t *testing.T) {
	o := newOperated(t)
	if err := o.rebuild(t); err != nil {
		t.Fatal(err)
	}
	later := func() time.Time { return time.Now().Add(25 * time.Hour) } // the poll has been open for a day
	var running sync.WaitGroup
	for range 3 {
		timers := &functions.Timers{Views: o.views, Meetups: eventstore.NewRepository(o.store, nowhere{}, catalogue.Events, meetup.New, later), Now: later}
		running.Go(func() {
			for range 2 {
				if _, err := timers.Run(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	events, err := o.store.Load(t.Context(), meetup.Stream("tea"), 4, 10)
	if err != nil || len(events) != 1 || events[0].Type != "meetup.nudge-due" || string(events[0].Data) != `{"pollId":"cup","userIds":["ann"]}` {
		t.Errorf("what happens is %+v, error %v", events, err)
	}
}

// nowhere is a bus without subscribers.
type nowhere struct{}

func (nowhere) Publish(context.Context, []event.Envelope) error { return nil }

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
	if err != nil || len(heads) != 3 || heads[0] != (eventstore.Head{Stream: "meetup_tea", Version: 4}) {
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
	if got := o.differ(t); !slices.Equal(got, []string{"accounts/ann", "meetupStates/tea", "meetups/tea", "users/ann"}) {
		t.Errorf("after the room's last event was handled, %v differ", got)
	}
}
