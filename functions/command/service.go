// Package command holds the command functions, one file each: what is asked, the
// rule that decides, the answer. They know ports and aggregates, and neither HTTP
// nor the backend.
package command

import (
	"context"
	"errors"
	"time"

	"boochat/shared/auth"
	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/httpapi"
	"boochat/shared/meetup"
	"boochat/shared/realtime"
	"boochat/shared/room"
	"boochat/shared/user"
	"boochat/shared/visit"

	"github.com/google/uuid"
)

// Service is what commands are made of.
type Service struct {
	Rooms     *eventstore.Repository[*room.Room]
	Meetups   *eventstore.Repository[*meetup.Meetup]
	Visits    *eventstore.Repository[*visit.Visit]
	Users     *eventstore.Repository[*user.User]
	Catalogue *event.Catalogue
	Verifier  *auth.Verifier
	Allowed   auth.AllowList
	Tokens    *auth.AccessTokens
	Sessions  *auth.Sessions
	Calendars auth.CalendarSecrets
	Presence  Presence
	Firebase  FirebaseTokens // nil: clients do not listen by Firebase
	Sockets   Sockets        // nil: clients hold none
	Now       func() time.Time

	// Planned opens the room that a new meetup brings along, and tells rooms of new
	// meetups. nil: that is left to the triggers.
	Planned func(ctx context.Context, events []event.Envelope) error
}

// Presence is told who is there.
type Presence interface {
	// Beat says that a person is online from now for a while. near are people who are
	// known to share a room with them: some of these, or none.
	Beat(ctx context.Context, person string, near []string) error
}

// Sockets are the open sockets of people.
type Sockets interface {
	// Notify sends a notification to those of a person. Who has none open does not get it.
	Notify(person string, n realtime.Notification) error
}

// FirebaseTokens makes the tokens that clients sign in to Firebase with, to listen
// to the read documents there.
type FirebaseTokens interface {
	FirebaseToken(ctx context.Context, person string) (string, error)
}

// Call is a command's circumstances.
type Call struct {
	Name   string      // of the command
	Caller auth.Claims // zero for commands that begin a session
	Key    string      // the Idempotency-Key, or ""
	Trace  string      // W3C traceparent, or ""
	Server string      // where clients reach the functions, without a slash at the end
}

// keySpace is the UUID namespace of idempotency keys. It must never change: the
// ids of stored events are made with it.
var keySpace = uuid.MustParse("5f0b5c3a-8f3e-4c52-9c57-1f1a8c6f4d10")

// command identifies the call: by its idempotency key, or else by a new id.
func (c Call) command(body any) eventstore.Command {
	id := uuid.NewSHA1(keySpace, []byte(c.Key))
	if c.Key == "" {
		id = uuid.Must(uuid.NewV7())
	}
	return eventstore.Command{
		ID: id.String(), Fingerprint: httpapi.Fingerprint(c.Name, c.Caller.UserID, body),
		Actor: c.Caller.UserID, Traceparent: c.Trace,
	}
}

// chosen is the event id for what a client has chosen an id for: it makes the
// choice unique within a scope, such as a room.
func chosen(scope, id string) string {
	return uuid.NewSHA1(keySpace, []byte(scope+"/"+id)).String()
}

// creation identifies the call by which something comes to be, and gives its id: the one
// that the client has chosen within a scope, or else the command's.
func (c Call) creation(body any, scope, chosenID string) (command eventstore.Command, id string) {
	command = c.command(body)
	if chosenID == "" {
		return command, command.ID
	}
	if c.Key == "" { // then the id tells a repeat
		command.EventID = chosen(scope, chosenID)
	}
	return command, chosenID
}

// Sequence is the answer of commands that leave something in a room.
type Sequence struct {
	Sequence int64 `json:"sequence"`
}

// None is the answer of commands that have nothing to say, and the body of those
// that ask for nothing.
type None struct{}

// Check finds nothing to complain about.
func (None) Check(*httpapi.Limits) {}

// person reads somebody's name as announcements give it. Who has never signed in,
// or may no longer, is unknown.
func (s *Service) person(ctx context.Context, id string) (room.Person, error) {
	var known user.User
	err := s.Users.Read(ctx, user.Stream(id), func(u *user.User) { known = *u })
	if err == nil && !(known.Exists() && s.Allowed.Allows(known.Email)) {
		err = user.ErrUnknown
	}
	return room.Person{ID: id, Name: known.Profile.Name}, err
}

// known refuses people, named in a field of the command, of whom somebody has never
// signed in, or may no longer.
func (s *Service) known(ctx context.Context, field string, people []string) error {
	for _, id := range people {
		if _, err := s.person(ctx, id); err != nil {
			return inField(err, field)
		}
	}
	return nil
}

// inField says which field of the command a refusal is about.
func inField(err error, field string) error {
	var refusal *event.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	named := *refusal
	named.Field = field
	return &named
}

// inRoom executes a decision on a room that answers with the room's sequence.
func (s *Service) inRoom(ctx context.Context, c Call, body any, roomID string, decide func(*room.Room, room.Person) ([]any, error)) (Sequence, error) {
	by, err := s.person(ctx, c.Caller.UserID)
	if err != nil {
		return Sequence{}, err
	}
	outcome, err := s.Rooms.Execute(ctx, room.Stream(roomID), c.command(body), func(r *room.Room) ([]any, error) {
		return decide(r, by)
	})
	return Sequence{outcome.Version}, err
}
