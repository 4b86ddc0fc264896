package command

import (
	"context"
	"errors"
	"testing"
	"time"

	"boochat/shared/adapter/sqlite"
	"boochat/shared/auth"
	"boochat/shared/catalogue"
	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/meetup"
	"boochat/shared/realtime"
	"boochat/shared/room"
	"boochat/shared/user"

	"github.com/google/uuid"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// nowhere is a bus without subscribers.
type nowhere struct{}

func (nowhere) Publish(context.Context, []event.Envelope) error { return nil }

// sockets collect what is sent to them.
type sockets struct {
	sent map[string][]realtime.Notification
	err  error
}

func (s *sockets) Notify(person string, n realtime.Notification) error {
	s.sent[person] = append(s.sent[person], n)
	return s.err
}

// stage is a group of people and the room "kitchen" of Ann, Bob and Cleo; Dan is not in it.
type stage struct {
	*Service
	t       testing.TB
	store   *sqlite.EventStore
	sockets *sockets
	planned [][]event.Envelope // with what the step after planning was called
}

func newStage(t testing.TB) *stage {
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
	allowed, err := auth.ParseAllowList("Ann@example.com,Bob@example.com,Cleo@example.com,Dan@example.com")
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return noon }
	s := &stage{t: t, store: store, sockets: &sockets{sent: map[string][]realtime.Notification{}}}
	s.Service = &Service{
		Rooms:     eventstore.NewRepository(store, nowhere{}, catalogue.Events, room.New, now),
		Meetups:   eventstore.NewRepository(store, nowhere{}, catalogue.Events, meetup.New, now),
		Users:     eventstore.NewRepository(store, nowhere{}, catalogue.Events, user.New, now),
		Catalogue: catalogue.Events, Allowed: allowed, Sockets: s.sockets, Now: now,
	}
	s.Planned = func(_ context.Context, events []event.Envelope) error {
		s.planned = append(s.planned, events)
		return errors.New("the room cannot be told")
	}
	for _, name := range []string{"Ann", "Bob", "Cleo", "Dan"} {
		_, err := s.Users.Execute(t.Context(), user.Stream(name), call(name).command(nil), func(u *user.User) ([]any, error) {
			return u.Authenticate(name, "", name+"@example.com")
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.CreateRoom(t.Context(), call("Ann"), CreateRoom{ID: "kitchen", Name: "Kitchen", ParticipantIDs: []string{"Bob", "Cleo"}}); err != nil {
		t.Fatal(err)
	}
	return s
}

// call is somebody's, under a key of its own.
func call(person string) Call {
	return Call{Name: "command", Caller: auth.Claims{UserID: person}, Key: uuid.NewString()}
}

// must runs a command that must not fail.
func must[Q, A any](s *stage, run func(*Service, context.Context, Call, Q) (A, error), c Call, q Q) A {
	s.t.Helper()
	answer, err := run(s.Service, s.t.Context(), c, q)
	if err != nil {
		s.t.Fatalf("%+v of %s: %v", q, c.Caller.UserID, err)
	}
	return answer
}

// plan is a meetup in the kitchen that nothing is wrong with.
func plan(id string) CreateMeetup {
	return CreateMeetup{ID: id, Name: "Dinner", Location: "Luigi's", TakesPlaceOn: "2026-03-10T18:00:00Z", TimeZone: "Europe/Berlin", RoomID: "kitchen"}
}

// dinner has Ann plan the meetup "dinner" in the kitchen.
func (s *stage) dinner() { s.t.Helper(); must(s, (*Service).CreateMeetup, call("Ann"), plan("dinner")) }

// log gives what has happened to a meetup.
func (s *stage) log(id string) []event.Envelope {
	s.t.Helper()
	events, err := s.store.Load(s.t.Context(), meetup.Stream(id), 0, 500)
	if err != nil {
		s.t.Fatal(err)
	}
	return events
}

// happened gives the payload of a meetup's newest event.
func (s *stage) happened(id string) any {
	s.t.Helper()
	events := s.log(id)
	payload, err := catalogue.Events.Decode(events[len(events)-1])
	if err != nil {
		s.t.Fatal(err)
	}
	return payload
}

// meetup gives the state of a meetup.
func (s *stage) meetup(id string) (copied *meetup.Meetup) {
	s.t.Helper()
	if err := s.Meetups.Read(s.t.Context(), meetup.Stream(id), func(m *meetup.Meetup) { copied = m.Clone() }); err != nil {
		s.t.Fatal(err)
	}
	return copied
}

func pointer[T any](value T) *T { return &value }

func text(words string) Choice { return Choice{Text: &words} }

// ask has Ann make a poll at the dinner.
func (s *stage) ask(id string, kind meetup.PollType, choices ...Choice) {
	s.t.Helper()
	must(s, (*Service).CreatePoll, call("Ann"), CreatePoll{ID: id, MeetupID: "dinner", Type: kind, Description: "What then?", Choices: choices})
}

// vote has somebody vote.
func (s *stage) vote(person, poll string, choice int) PollVoteCast {
	s.t.Helper()
	return must(s, (*Service).CastPollVote, call(person), CastPollVote{"dinner", poll, choice})
}
