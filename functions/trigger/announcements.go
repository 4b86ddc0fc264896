package trigger

import (
	"context"
	"fmt"

	"boochat/shared/bus"
	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/meetup"
	"boochat/shared/room"
)

// Announcements is the policy that tells a room of its meetups, and opens the room that
// comes with one. A room is told each fact once and in the order of the meetup's stream
// (D-38 of the parity list), whatever order the events come in and however many
// instances there are: each begins after what the room has been told, and the room
// refuses what is older.
type Announcements struct {
	Rooms     *eventstore.Repository[*room.Room]
	Log       Loader
	Catalogue *event.Catalogue
}

// Handle implements bus.Handler. Of each meetup the newest fact is told, with those
// before it. It may run at the same time as itself.
func (p *Announcements) Handle(ctx context.Context, events []event.Envelope) error {
	newest := map[event.Stream]event.Envelope{}
	for _, e := range events {
		if e.Stream.Category() != "meetup" || e.Sequence <= newest[e.Stream].Sequence {
			continue
		}
		payload, err := p.Catalogue.Decode(e)
		if err != nil {
			return bus.Permanent(err)
		}
		if meetup.Announces(payload) {
			newest[e.Stream] = e
		}
	}
	for _, e := range newest {
		if err := p.tell(ctx, e); err != nil {
			return fmt.Errorf("announce %s at %d: %w", e.Stream, e.Sequence, err)
		}
	}
	return nil
}

// tell tells the meetup's room of everything up to the event that it has not been told.
func (p *Announcements) tell(ctx context.Context, last event.Envelope) error {
	told, err := p.told(ctx, last)
	if err != nil || told >= last.Sequence {
		return err
	}
	m := meetup.New()
	version := func() int64 { return m.Sequence }
	return upTo(ctx, p.Log, last, version, func(e event.Envelope) error {
		payload, err := p.Catalogue.Decode(e)
		if err != nil {
			return bus.Permanent(err)
		}
		m.Apply(e, payload)
		announcement, ok := meetup.Announce(e, payload, m)
		if !ok || e.Sequence <= told {
			return nil
		}
		_, err = p.Rooms.Execute(ctx, room.Stream(m.RoomID), consequence(e, "announce"), func(r *room.Room) ([]any, error) {
			return r.Tell(room.AnnouncementCreated{
				Kind: announcement.Kind, Arguments: announcement.Arguments, Text: announcement.Text,
				MeetupID: e.Stream.ID(), MeetupSequence: e.Sequence,
			})
		})
		return unlessBroken(err)
	})
}

// told gives the version up to which the room of a meetup has been told of it. A room
// that comes with the meetup, and is told nothing yet, is opened.
func (p *Announcements) told(ctx context.Context, last event.Envelope) (version int64, err error) {
	first := last
	if last.Sequence > 1 {
		events, err := p.Log.Load(ctx, last.Stream, 0, 1)
		if err != nil {
			return 0, err
		}
		if len(events) == 0 {
			return 0, fmt.Errorf("the store lacks the beginning of %s", last.Stream)
		}
		first = events[0]
	}
	payload, err := p.Catalogue.Decode(first)
	if err != nil {
		return 0, bus.Permanent(err)
	}
	created, ok := payload.(meetup.Created)
	if !ok {
		return 0, bus.Permanent(fmt.Errorf("%s begins with %s", first.Stream, first.Type))
	}
	err = p.Rooms.Read(ctx, room.Stream(created.RoomID), func(r *room.Room) { version = r.Meetups[first.Stream.ID()] })
	if err == nil && version == 0 && created.OpensRoom {
		err = p.open(ctx, first, created)
	}
	return version, err
}

// open opens the room that comes with a meetup.
func (p *Announcements) open(ctx context.Context, first event.Envelope, created meetup.Created) error {
	command := consequence(first, "open the room")
	command.Actor = first.Actor
	by := room.Person{ID: first.Actor, Name: created.ActorName}
	_, err := p.Rooms.Execute(ctx, room.Stream(created.RoomID), command, func(r *room.Room) ([]any, error) {
		return r.Create(by, created.Name, created.ImageURL, created.AttendeeIDs)
	})
	return unlessBroken(err)
}

// unlessBroken marks an error as permanent where the room is not there, or is another
// one under the same id: no repetition would mend that.
func unlessBroken(err error) error {
	switch event.KindOf(err) {
	case event.NotFound, event.Conflict, event.KeyReused:
		return bus.Permanent(err)
	default:
		return err
	}
}
