package trigger

import (
	"context"

	"boochat/shared/bus"
	"boochat/shared/event"
	"boochat/shared/meetup"
	"boochat/shared/view"
	"boochat/shared/zone"
)

// Meetups projects meetup events into what the attendees are shown (meetups/{id}) and
// what the server alone keeps (meetupStates/{id}): the state that the meetup's stream
// folds to, and when something is due next. Both are written together, and show the
// same version.
type Meetups struct {
	store     Loader
	views     view.Store
	catalogue *event.Catalogue

	locks  *locks // by meetup
	states documents[view.MeetupState]
	shown  documents[view.Meetup]
}

// NewMeetups makes the projection.
func NewMeetups(store Loader, views view.Store, catalogue *event.Catalogue) *Meetups {
	return &Meetups{
		store: store, views: views, catalogue: catalogue, locks: newLocks(),
		states: newDocuments[view.MeetupState](views), shown: newDocuments[view.Meetup](views),
	}
}

// Handle implements bus.Handler.
func (p *Meetups) Handle(ctx context.Context, events []event.Envelope) error {
	return oneByOne(ctx, p.locks, "meetup", events, p.project)
}

// project brings the documents to an event. What it has read is forgotten if it fails.
func (p *Meetups) project(ctx context.Context, e event.Envelope) error {
	err := p.catchUp(ctx, e)
	if err != nil {
		id := e.Stream.ID()
		p.states.cache.Remove(view.MeetupStatePath(id))
		p.shown.cache.Remove(view.MeetupPath(id))
	}
	return err
}

// meetupChange is a meetup on its way from one version to another. That its documents
// were read one after the other does not matter: they are written at the revisions
// that were read, or not at all.
type meetupChange struct {
	id     string
	state  *held[view.MeetupState]
	shown  *held[view.Meetup]
	before []string // its attendees in the store
}

func (p *Meetups) open(ctx context.Context, id string) (*meetupChange, error) {
	state, err := p.states.get(ctx, view.MeetupStatePath(id))
	if err != nil {
		return nil, err
	}
	shown, err := p.shown.get(ctx, view.MeetupPath(id))
	if err != nil {
		return nil, err
	}
	if state.value.Meetup == nil {
		state.value.Meetup = meetup.New()
	}
	return &meetupChange{id: id, state: state, shown: shown, before: shown.value.AttendeeIDs}, nil
}

// catchUp brings a meetup's documents to the event, loading what lies between.
func (p *Meetups) catchUp(ctx context.Context, e event.Envelope) error {
	c, err := p.open(ctx, e.Stream.ID())
	if err != nil {
		return err
	}
	version := c.version()
	if err := upTo(ctx, p.store, e, c.version, func(next event.Envelope) error { return p.apply(c, next) }); err != nil {
		return err
	}
	if c.version() == version {
		return nil
	}
	return c.write(ctx, p.views)
}

func (c *meetupChange) version() int64 { return c.state.value.Meetup.Sequence }

func (p *Meetups) apply(c *meetupChange, e event.Envelope) error {
	payload, err := p.catalogue.Decode(e)
	if err != nil {
		return bus.Permanent(err)
	}
	c.state.value.Meetup.Apply(e, payload)
	remember(&c.shown.value, e, payload)
	return nil
}

func (c *meetupChange) write(ctx context.Context, views view.Store) error {
	m := c.state.value.Meetup
	c.state.value.Due = ""
	if due, ok := m.NextDue(zone.At); ok {
		c.state.value.Due = due.UTC().Format(event.TimeLayout)
	}
	show(&c.shown.value, c.id, m)
	path := view.MeetupPath(c.id)
	w := view.Write{Path: path, Scope: view.ReadersOf(path), Revision: c.shown.revision}
	w.Joined, w.Left = view.Difference(c.before, c.shown.value.AttendeeIDs)
	var b batch
	if err := b.put(w, c.shown.value, c.shown.wrote); err != nil {
		return err
	}
	if err := b.put(view.Write{Path: view.MeetupStatePath(c.id), Revision: c.state.revision}, c.state.value, c.state.wrote); err != nil {
		return err
	}
	return b.write(ctx, views)
}
