package trigger_test

import (
	"context"
	"testing"
	"time"

	"boochat/functions/trigger"
	"boochat/shared/catalogue"
	"boochat/shared/event"
	"boochat/shared/room"
	"boochat/shared/view"
)

// atNoon is a clock by which nothing of a history comes late.
func atNoon() time.Time { return noon }

// nextDay is a clock by which everything comes late.
func nextDay() time.Time { return noon.Add(24 * time.Hour) }

// counted counts what a projection asks of its stores.
type counted struct {
	view.Store
	trigger.Loader
	gets, writes, loads int
}

func (c *counted) Get(ctx context.Context, paths ...string) ([]view.Document, error) {
	c.gets++
	return c.Store.Get(ctx, paths...)
}

func (c *counted) Write(ctx context.Context, writes []view.Write) ([]int64, error) {
	c.writes++
	return c.Store.Write(ctx, writes)
}

func (c *counted) Load(ctx context.Context, stream event.Stream, after int64, limit int) ([]event.Envelope, error) {
	c.loads++
	return c.Loader.Load(ctx, stream, after, limit)
}

// busy is a room in which a lot was said.
func busy(t *testing.T) *history {
	t.Helper()
	h := newHistory(t)
	h.happens(t, room.Stream("kitchen"), "Ann", room.Created{Name: "Kitchen", MemberIDs: []string{"Ann", "Bob"}, ActorName: "Ann"})
	for range 20 {
		h.happens(t, room.Stream("kitchen"), "Bob", room.MessageSent{ID: "m", Content: "Hello"})
	}
	return h
}

func TestEventThatComesLateBringsWhatIsBehindIt(t *testing.T) {
	h := busy(t)
	want := readDocuments(t)
	until(t, trigger.NewRooms(h.store, want, catalogue.Events, atNoon).Handle, h.events)

	views := readDocuments(t)
	first := &counted{Store: views, Loader: h.store}
	second := &counted{Store: views, Loader: h.store}
	one := trigger.NewRooms(first, first, catalogue.Events, nextDay).Handle
	two := trigger.NewRooms(second, second, catalogue.Events, atNoon)
	until(t, two.Handle, h.events[:1])
	until(t, one, h.events[1:2])
	same(t, documents(t, views), documents(t, want))

	// The rest is shown already, and known to be: here, and to whoever was there before.
	*first = counted{Store: views, Loader: h.store}
	until(t, one, singly(h.events[2:])...)
	if first.gets+first.writes+first.loads > 0 {
		t.Errorf("%d reads, %d writes and %d loads for what is shown", first.gets, first.writes, first.loads)
	}
	same(t, documents(t, views), documents(t, want))
}

func TestInstanceThatWasOvertakenReadsAgainWhenEventsComeLate(t *testing.T) {
	h := busy(t)
	views := readDocuments(t)
	now := atNoon()
	c := &counted{Store: views, Loader: h.store}
	overtaken := trigger.NewRooms(c, c, catalogue.Events, func() time.Time { return now }).Handle
	until(t, overtaken, h.events[:1])
	until(t, trigger.NewRooms(h.store, views, catalogue.Events, atNoon).Handle, h.events)
	now = nextDay()
	*c = counted{Store: views, Loader: h.store}
	until(t, overtaken, singly(h.events[1:])...)
	if c.gets != 1 || c.writes+c.loads > 0 {
		t.Errorf("%d reads, %d writes and %d loads, want one read", c.gets, c.writes, c.loads)
	}
}

func TestEventThatComesInTimeLoadsNothing(t *testing.T) {
	h := busy(t)
	views := readDocuments(t)
	c := &counted{Store: views, Loader: h.store}
	until(t, trigger.NewRooms(c, c, catalogue.Events, atNoon).Handle, singly(h.events)...)
	if c.loads > 0 || c.writes != len(h.events) {
		t.Errorf("%d loads and %d writes for %d events", c.loads, c.writes, len(h.events))
	}
}

// What cannot be shown fails by its own delivery, and not by that of an event before it.
func TestEventThatComesLateIsNotFailedByWhatIsBehindIt(t *testing.T) {
	h := busy(t)
	h.append(t, event.Envelope{Type: "room.unheard-of", Version: 1, Stream: room.Stream("kitchen"), Actor: "Ann", Data: []byte(`{}`)})
	views := readDocuments(t)
	handle := trigger.NewRooms(h.store, views, catalogue.Events, nextDay).Handle
	until(t, handle, h.events[:1])
	shown, _, err := view.Get[view.Room](t.Context(), views, view.RoomPath("kitchen"))
	if err != nil || shown.LastSequence != 21 {
		t.Errorf("the room shows version %d, error %v, want 21", shown.LastSequence, err)
	}
	if err := handle(t.Context(), h.events[21:]); err == nil {
		t.Error("the event that is unheard of was handled")
	}
}
