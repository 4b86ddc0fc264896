package app_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"boochat/shared/adapter/sqlite"
	"boochat/shared/app"
	"boochat/shared/bus"
	"boochat/shared/catalogue"
	"boochat/shared/config"
	"boochat/shared/event"
	"boochat/shared/meetup"
	"boochat/shared/room"

	"github.com/coreos/go-oidc/v3/oidc"
)

// planned is a directory whose log holds a meetup that a room comes with.
func planned(t *testing.T) (config.Place, event.Envelope) {
	t.Helper()
	place := config.Place{Backend: config.Embedded, DataDir: t.TempDir()}
	name, version, data, err := catalogue.Events.Encode(meetup.Created{Name: "Dinner", AttendeeIDs: []string{"ann"}, RoomID: "dinner", OpensRoom: true, ActorName: "Ann"})
	if err != nil {
		t.Fatal(err)
	}
	e := event.Envelope{ID: "e-1", Type: name, Version: version, Stream: meetup.Stream("m-1"), Sequence: 1, Time: event.Now(time.Now), Actor: "ann", Data: data}
	inLog(t, place, func(store *sqlite.EventStore) error {
		return store.Append(context.Background(), e.Stream, 0, []event.Envelope{e})
	})
	return place, e
}

// inLog does something to the log of a place that no system runs on.
func inLog(t *testing.T, place config.Place, do func(*sqlite.EventStore) error) {
	t.Helper()
	store, err := sqlite.OpenEventStore(place.DataDir)
	if err == nil {
		err = do(store)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// toldIn gives the events of the meetup's room.
func toldIn(t *testing.T, place config.Place) (types []string) {
	t.Helper()
	log, err := app.OpenLog(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	events, err := log.Load(t.Context(), room.Stream("dinner"), 0, 10)
	if err != nil {
		t.Error(err)
	}
	for _, e := range events {
		types = append(types, e.Type)
	}
	if err := log.Close(); err != nil {
		t.Error(err)
	}
	return types
}

var opened = []string{"room.created", "room.announcement-created"}

// TestRoomComesWithAMeetup: a system that ended before it could open the meetup's room
// opens it when it starts again.
func TestRoomComesWithAMeetup(t *testing.T) {
	place, _ := planned(t)
	a, err := app.Open(t.Context(), config.Config{Place: place, GoogleClientID: "test", AllowedUsers: []string{"ann@example.com"}}, &oidc.StaticKeySet{}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for !slices.Equal(toldIn(t, place), opened) && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if got := toldIn(t, place); !slices.Equal(got, opened) {
		t.Errorf("the room holds %v, want %v", got, opened)
	}
}

// TestPoliciesAreRedriven: what a policy could not do is done when it is redriven.
func TestPoliciesAreRedriven(t *testing.T) {
	place, e := planned(t)
	for _, name := range []string{"announce-meetups", "notify-meetup-sockets"} {
		inLog(t, place, func(store *sqlite.EventStore) error {
			return store.Park(context.Background(), bus.DeadLetter{Subscription: name, Event: e, Cause: "it was a bad day", ParkedAt: event.Now(time.Now)})
		})
	}
	handled, err := app.Redrive(t.Context(), place, func(bus.DeadLetter) bool { return true })
	if err != nil || handled != 2 {
		t.Errorf("%d handled, error %v", handled, err)
	}
	if got := toldIn(t, place); !slices.Equal(got, opened) {
		t.Errorf("the room holds %v, want %v", got, opened)
	}
}
