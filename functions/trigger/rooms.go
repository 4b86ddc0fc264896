package trigger

import (
	"context"
	"fmt"
	"strings"
	"time"

	"boochat/shared/bus"
	"boochat/shared/event"
	"boochat/shared/room"
	"boochat/shared/view"
	"boochat/shared/visit"
)

// Rooms projects room and visit events into rooms, their items, and how far each
// person has read. The room's document keeps the version it shows: events up to it
// are skipped, the next ones are applied, and a gap is filled from the store.
// Reading positions only rise, so that their order does not matter.
type Rooms struct {
	store     Loader
	views     view.Store
	catalogue *event.Catalogue
	now       func() time.Time

	locks  *locks // by room: its documents, and how far people have read it
	rooms  documents[view.Room]
	visits documents[view.Visit]
}

// NewRooms makes the projection; now is the clock that stamps events.
func NewRooms(store Loader, views view.Store, catalogue *event.Catalogue, now func() time.Time) *Rooms {
	return &Rooms{store: store, views: views, catalogue: catalogue, now: now, locks: newLocks(), rooms: newDocuments[view.Room](views), visits: newDocuments[view.Visit](views)}
}

// Handle implements bus.Handler.
func (p *Rooms) Handle(ctx context.Context, events []event.Envelope) error {
	var rooms []string
	for _, e := range events {
		rooms = append(rooms, roomOf(e.Stream))
	}
	unlock, err := p.locks.lock(ctx, rooms)
	if err != nil {
		return err
	}
	defer unlock()
	return freshly(func() error { return p.project(ctx, events) })
}

// roomOf is the room that a stream of the topic is about: a room's own, or the visits
// of one person to it.
func roomOf(stream event.Stream) string {
	room, _, _ := strings.Cut(stream.ID(), ".")
	return room
}

func (p *Rooms) project(ctx context.Context, events []event.Envelope) error {
	u := &roomUpdate{Rooms: p, rooms: map[string]*roomChange{}, visits: map[string]visitChange{}}
	if u.behind = len(events) == 1 && p.now().Sub(events[0].Time) > lateAfter; u.behind {
		p.forgetBefore(events[0])
	}
	err := u.applyAll(ctx, events)
	if err == nil {
		err = u.write(ctx)
	}
	if err != nil {
		u.forget()
	}
	return err
}

// roomUpdate is the documents that one batch of events touches.
type roomUpdate struct {
	*Rooms
	rooms  map[string]*roomChange
	visits map[string]visitChange
	items  []view.Item
	behind bool // the batch is one event that comes late
}

// lateAfter is how old an event is that comes late: others wait behind it. A bus that
// keeps the order of a stream delivers it one event at a time, and no faster than each
// is projected.
const lateAfter = 2 * time.Second

// roomChange is a room on its way from one version to another.
type roomChange struct {
	*held[view.Room]
	before []string // its members in the store
	shown  int64    // its version in the store
}

// visitChange is how far a person has read, on its way forward.
type visitChange struct {
	*held[view.Visit]
	person string
}

func (u *roomUpdate) applyAll(ctx context.Context, events []event.Envelope) error {
	for _, e := range events {
		var err error
		switch e.Stream.Category() {
		case "room":
			err = u.catchUp(ctx, e)
		case "visit":
			err = u.applyVisit(ctx, e)
		}
		if err != nil {
			return fmt.Errorf("project %s at %d: %w", e.Stream, e.Sequence, err)
		}
	}
	return nil
}

func (u *roomUpdate) open(ctx context.Context, id string) (*roomChange, error) {
	if r, ok := u.rooms[id]; ok {
		return r, nil
	}
	h, err := u.Rooms.rooms.get(ctx, view.RoomPath(id))
	if err != nil {
		return nil, err
	}
	r := &roomChange{held: h, before: h.value.MemberIDs, shown: h.value.LastSequence}
	u.rooms[id] = r
	return r, nil
}

// catchUp brings a room to the event, loading what lies between, and to the end of the
// stream when it is behind.
func (u *roomUpdate) catchUp(ctx context.Context, e event.Envelope) error {
	r, err := u.open(ctx, e.Stream.ID())
	if err != nil || r.value.LastSequence >= e.Sequence {
		return err
	}
	shown := func() int64 { return r.value.LastSequence }
	apply := func(next event.Envelope) error { return u.apply(ctx, r, next) }
	if err := upTo(ctx, u.store, e, shown, apply); err != nil || !u.behind {
		return err
	}
	return runAhead(ctx, u.store, e, apply)
}

// forgetBefore drops a room that does not show the event here: another instance may
// have been at the end of the stream already.
func (p *Rooms) forgetBefore(e event.Envelope) {
	path := view.RoomPath(e.Stream.ID())
	if h, ok := p.rooms.cache.Get(path); ok && h.value.LastSequence < e.Sequence {
		p.rooms.cache.Remove(path)
	}
}

// apply makes an event the room's newest item and whatever else it means.
func (u *roomUpdate) apply(ctx context.Context, r *roomChange, e event.Envelope) error {
	payload, err := u.catalogue.Decode(e)
	if err != nil {
		return bus.Permanent(err)
	}
	state := &room.Room{Name: r.value.Name, ImageURL: r.value.ImageURL, Members: r.value.MemberIDs}
	if _, isMessage := payload.(room.MessageSent); !isMessage {
		state = state.Clone() // who was a member before is still needed
		state.Apply(e, payload)
	}
	item := newItem(e, payload)
	r.value = view.Room{
		ID: item.RoomID, Name: state.Name, ImageURL: state.ImageURL, MemberIDs: state.Members,
		LastItem: &item, LastSequence: e.Sequence,
	}
	u.items = append(u.items, item)
	if invited, ok := payload.(room.UserInvited); ok {
		if err := u.read(ctx, invited.InviteeID, item.RoomID, e.Sequence-1, ""); err != nil {
			return err
		}
	}
	if e.Actor == "" {
		return nil // the system has read nothing, and for nobody
	}
	return u.read(ctx, e.Actor, item.RoomID, e.Sequence, "")
}

// newItem shows an event as the item of its room that it is.
func newItem(e event.Envelope, payload any) view.Item {
	item := view.Item{ID: e.ID, Sequence: e.Sequence, RoomID: e.Stream.ID(), Timestamp: e.Time.Format(event.TimeLayout)}
	if message, ok := payload.(room.MessageSent); ok {
		item.ID, item.Kind, item.Content, item.Sender = message.ID, view.KindMessage, message.Content, &view.Sender{ID: e.Actor}
		return item
	}
	announcement, _ := room.Announce(e.Actor, payload)
	item.Kind, item.Content = view.KindAnnouncement, announcement.Text
	item.Announcement = &view.Announcement{Kind: announcement.Kind, Arguments: announcement.Arguments}
	return item
}

func (u *roomUpdate) applyVisit(ctx context.Context, e event.Envelope) error {
	payload, err := u.catalogue.Decode(e)
	if err != nil {
		return bus.Permanent(err)
	}
	at := e.Time.Format(event.TimeLayout)
	switch v := payload.(type) {
	case visit.Opened:
		return u.read(ctx, e.Actor, v.RoomID, v.ReadSequence, at)
	case visit.Closed:
		return u.read(ctx, e.Actor, v.RoomID, v.ReadSequence, at)
	}
	return nil
}

// read notes that a person has read a room up to a sequence, and was there at a
// time. Neither goes back.
func (u *roomUpdate) read(ctx context.Context, person, roomID string, sequence int64, at string) error {
	path := view.VisitPath(person, roomID)
	h, err := u.Rooms.visits.get(ctx, path)
	if err != nil {
		return err
	}
	next := view.Visit{RoomID: roomID, ReadSequence: max(h.value.ReadSequence, sequence), VisitedAt: max(h.value.VisitedAt, at)}
	if next != h.value {
		h.value = next
		u.visits[path] = visitChange{h, person}
	}
	return nil
}

// write writes rooms before their items, so that nobody is sent an item of a room
// they do not know yet (F-7 of the parity list).
func (u *roomUpdate) write(ctx context.Context) error {
	var b batch
	for id, r := range u.rooms {
		if r.value.LastSequence == r.shown {
			continue
		}
		path := view.RoomPath(id)
		w := view.Write{Path: path, Scope: view.ReadersOf(path), Revision: r.revision}
		w.Joined, w.Left = view.Difference(r.before, r.value.MemberIDs)
		if err := b.put(w, r.value, r.wrote); err != nil {
			return err
		}
	}
	for _, item := range u.items {
		w := view.Write{Path: view.ItemPath(item.RoomID, item.Sequence), Scope: view.ReadersOf(view.RoomPath(item.RoomID)), Blind: true}
		if err := b.put(w, item, func(int64) {}); err != nil {
			return err
		}
	}
	for path, v := range u.visits {
		w := view.Write{Path: path, Scope: view.Only(v.person), Revision: v.revision}
		if err := b.put(w, v.value, v.wrote); err != nil {
			return err
		}
	}
	return b.write(ctx, u.views)
}

// forget drops what the batch has touched: it may not be what the store holds.
func (u *roomUpdate) forget() {
	for id := range u.rooms {
		u.Rooms.rooms.cache.Remove(view.RoomPath(id))
	}
	for path := range u.visits {
		u.Rooms.visits.cache.Remove(path)
	}
}
