package trigger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"boochat/shared/bus"
	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/meetup"
	"boochat/shared/room"
	"boochat/shared/view"

	"golang.org/x/sync/errgroup"
)

// Attendance is the policy that makes the people of a room the attendees of its
// meetups: when somebody has joined or left, and when a meetup is announced, as people
// may have come and gone while it was planned.
//
// It goes by what the room is now and not by the event, so that the order of events does
// not matter; and it looks at both again after it has written. So of several instances
// that write at once, the last one has seen the newest.
type Attendance struct {
	Rooms     *eventstore.Repository[*room.Room]
	Meetups   *eventstore.Repository[*meetup.Meetup]
	Catalogue *event.Catalogue
	Now       func() time.Time
}

// AttendanceTypes are the events that attendance follows from.
var AttendanceTypes = []string{"room.user-invited", "room.user-left", "room.announcement-created"}

// Handle implements bus.Handler.
func (p *Attendance) Handle(ctx context.Context, events []event.Envelope) error {
	for _, e := range events {
		if err := p.follow(ctx, e); err != nil {
			return fmt.Errorf("follow %s at %d: %w", e.Stream, e.Sequence, err)
		}
	}
	return nil
}

func (p *Attendance) follow(ctx context.Context, e event.Envelope) error {
	if !slices.Contains(AttendanceTypes, e.Type) {
		return nil
	}
	payload, err := p.Catalogue.Decode(e)
	if err != nil {
		return bus.Permanent(err)
	}
	var meetups []string
	if announced, ok := payload.(room.AnnouncementCreated); !ok {
		err = p.Rooms.Read(ctx, e.Stream, func(r *room.Room) {
			for id := range r.Meetups {
				meetups = append(meetups, id)
			}
		})
	} else if announced.Kind == "meetup-created" {
		meetups = []string{announced.MeetupID}
	}
	if err != nil {
		return err
	}
	failures := make([]error, len(meetups)) // of one must not stop the others
	var settling errgroup.Group
	settling.SetLimit(followedAtOnce)
	for i, id := range meetups {
		settling.Go(func() error {
			failures[i] = p.settle(ctx, e, meetup.Stream(id))
			return nil
		})
	}
	_ = settling.Wait() // the failures are kept
	return errors.Join(failures...)
}

// followedAtOnce is how many of a room's meetups follow it at the same time.
const followedAtOnce = 8

// errUnsettled: people come and go faster than they can be followed.
var errUnsettled = errors.New("the room and its meetup still differ")

// settle has a meetup follow its room until they agree.
func (p *Attendance) settle(ctx context.Context, e event.Envelope, stream event.Stream) error {
	for range 8 {
		var members, attendees []string
		var sequence int64
		err := p.Rooms.Read(ctx, e.Stream, func(r *room.Room) { members, sequence = slices.Clone(r.Members), r.Sequence })
		if err == nil {
			err = p.Meetups.Read(ctx, stream, func(m *meetup.Meetup) { attendees = m.AttendeeIDs() })
		}
		if err != nil {
			return err
		}
		joined, left := view.Difference(attendees, members)
		if len(joined)+len(left) == 0 {
			return nil
		}
		for i, person := range slices.Concat(joined, left) {
			in := i < len(joined)
			command := consequence(e, fmt.Sprintf("follow %s at %d for %s", stream, sequence, person))
			_, err := p.Meetups.Execute(ctx, stream, command, func(m *meetup.Meetup) ([]any, error) {
				return m.FollowRoom(person, in, sequence, event.Now(p.Now))
			})
			if err != nil {
				return err
			}
		}
	}
	return errUnsettled
}
