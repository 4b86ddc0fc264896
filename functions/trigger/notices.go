package trigger

import (
	"context"
	"fmt"
	"slices"

	"boochat/shared/bus"
	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/meetup"
	"boochat/shared/realtime"
	"boochat/shared/room"
)

// Sockets are the open sockets of people.
type Sockets interface {
	Notify(person string, n realtime.Notification) error
}

// Notices tells people, on their open sockets, what concerns them alone.
type Notices struct {
	Rooms     *eventstore.Repository[*room.Room]
	Catalogue *event.Catalogue
	Sockets   Sockets
}

// Handle implements bus.Handler. A repeated delivery repeats the notice: it is a
// hint, and nothing is counted by it.
func (n *Notices) Handle(ctx context.Context, events []event.Envelope) error {
	for _, e := range events {
		if e.Type != "room.user-invited" {
			continue
		}
		payload, err := n.Catalogue.Decode(e)
		if err != nil {
			return bus.Permanent(err)
		}
		if err := n.invited(ctx, e.Stream, payload.(room.UserInvited)); err != nil {
			return fmt.Errorf("tell of the invitation in %s at %d: %w", e.Stream, e.Sequence, err)
		}
	}
	return nil
}

func (n *Notices) invited(ctx context.Context, stream event.Stream, invited room.UserInvited) error {
	var name string
	if err := n.Rooms.Read(ctx, stream, func(r *room.Room) { name = r.Name }); err != nil {
		return err
	}
	return n.Sockets.Notify(invited.InviteeID, realtime.Notification{
		Title: name, Message: invited.ActorName + " added you to this room", NavigateURL: "/rooms/" + stream.ID(), Level: "info",
	})
}

// MeetupNotices tells people, on their open sockets, that a meetup of theirs has moved
// or is off, and reminds them of it.
type MeetupNotices struct {
	Meetups   *eventstore.Repository[*meetup.Meetup]
	Catalogue *event.Catalogue
	Sockets   Sockets
}

// Handle implements bus.Handler. A repeated delivery repeats the notice.
func (n *MeetupNotices) Handle(ctx context.Context, events []event.Envelope) error {
	for _, e := range events {
		switch e.Type {
		case "meetup.rescheduled", "meetup.relocated", "meetup.cancelled", "meetup.reminder-due", "meetup.nudge-due":
		default:
			continue
		}
		payload, err := n.Catalogue.Decode(e)
		if err != nil {
			return bus.Permanent(err)
		}
		if err := n.tell(ctx, e, payload); err != nil {
			return fmt.Errorf("tell of %s at %d: %w", e.Stream, e.Sequence, err)
		}
	}
	return nil
}

// tell tells of a move or a cancellation everybody but who did it.
func (n *MeetupNotices) tell(ctx context.Context, e event.Envelope, payload any) error {
	notice := realtime.Notification{NavigateURL: "/meetups/" + e.Stream.ID(), Level: "info"}
	var people []string
	err := n.Meetups.Read(ctx, e.Stream, func(m *meetup.Meetup) {
		notice.Title = m.Name
		if announcement, ok := meetup.Announce(e, payload, m); ok {
			notice.Message = announcement.Text
			people = slices.DeleteFunc(m.AttendeeIDs(), func(id string) bool { return id == e.Actor })
		} else {
			notice.Message, people = meetup.Remind(payload, m)
		}
	})
	if err != nil {
		return err
	}
	if e.Type == "meetup.cancelled" {
		notice.Level = "warning"
	}
	for _, person := range people {
		if err := n.Sockets.Notify(person, notice); err != nil {
			return err
		}
	}
	return nil
}
