package trigger

import (
	"context"
	"fmt"

	"boochat/shared/bus"
	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/realtime"
	"boochat/shared/room"
)

// Notices tells people, on their open sockets, what concerns them alone.
type Notices struct {
	Rooms     *eventstore.Repository[*room.Room]
	Catalogue *event.Catalogue
	Sockets   interface {
		Notify(person string, n realtime.Notification) error
	}
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
