package trigger_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"boochat/functions/trigger"
	"boochat/shared/bus"
	"boochat/shared/catalogue"
	"boochat/shared/event"
	"boochat/shared/meetup"
	"boochat/shared/room"
	"boochat/shared/user"
	"boochat/shared/view"
	"boochat/shared/visit"
)

// projections are what turns each topic into read documents.
var projections = map[string]func(*history, view.Store) bus.Handler{
	"room-events": func(h *history, views view.Store) bus.Handler {
		return trigger.NewRooms(h.store, views, catalogue.Events, atNoon).Handle
	},
	"user-events": func(h *history, views view.Store) bus.Handler {
		return trigger.NewUsers(h.store, views, catalogue.Events).Handle
	},
	"meetup-events": func(h *history, views view.Store) bus.Handler {
		return trigger.NewMeetups(h.store, views, catalogue.Events).Handle
	},
}

// TestProjections delivers one history in all the ways that a bus may, and wants
// the documents that it makes in order, each event once.
func TestProjections(t *testing.T) {
	h := life(t)
	for topic, project := range projections {
		events := h.topic(topic)
		views := readDocuments(t)
		until(t, project(h, views), singly(events)...)
		want := documents(t, views)

		t.Run(topic+" each event twice: D-40", func(t *testing.T) {
			views := readDocuments(t)
			handle := project(h, views)
			for _, e := range events {
				until(t, handle, []event.Envelope{e}, []event.Envelope{e}, []event.Envelope{e, e})
			}
			until(t, handle, singly(events)...)
			same(t, documents(t, views), want)
		})
		t.Run(topic+" all at once: D-35 D-36", func(t *testing.T) {
			views := readDocuments(t)
			until(t, project(h, views), events)
			same(t, documents(t, views), want)
		})
		t.Run(topic+" shuffled, in bunches, with repeats: D-28 D-40 D-41", func(t *testing.T) {
			for seed := range uint64(15) {
				random := rand.New(rand.NewPCG(seed, 0))
				shuffled := slices.Concat(events, events[:random.IntN(len(events))])
				random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
				views := readDocuments(t)
				until(t, project(h, views), bunches(random, shuffled)...)
				if same(t, documents(t, views), want); t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
		})
		t.Run(topic+" the newest of each room and person alone", func(t *testing.T) {
			var newest []event.Envelope
			for i, e := range events {
				later := slices.ContainsFunc(events[i+1:], func(l event.Envelope) bool { return l.Stream == e.Stream })
				if !later || e.Stream.Category() == "visit" { // reading positions are not counted
					newest = append(newest, e)
				}
			}
			views := readDocuments(t)
			until(t, project(h, views), singly(newest)...)
			same(t, documents(t, views), want)
		})
		t.Run(topic+" a crash at every step", func(t *testing.T) { crashEverywhere(t, h, project, events, want) })
		t.Run(topic+" two instances at once: D-44", func(t *testing.T) {
			for seed := range uint64(5) {
				random := rand.New(rand.NewPCG(seed, 1))
				views := readDocuments(t)
				instances := []bus.Handler{project(h, views), project(h, views)}
				for _, delivery := range bunches(random, events) {
					until(t, instances[random.IntN(2)], delivery)
				}
				until(t, instances[0], events)
				until(t, instances[1], events)
				if same(t, documents(t, views), want); t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
		})
	}
}

// crashEverywhere fails each reading and writing of the documents in turn, before
// and after it is done. At every other step a new instance goes on.
func crashEverywhere(t *testing.T, h *history, project func(*history, view.Store) bus.Handler, events []event.Envelope, want map[string]string) {
	for _, after := range []bool{false, true} {
		for at := 0; ; at++ {
			views := readDocuments(t)
			store := &faulty{Store: views, at: at, after: after}
			handle := project(h, store)
			for _, e := range events {
				err := handle(context.Background(), []event.Envelope{e})
				if err != nil && at%2 == 0 {
					handle = project(h, store)
				}
				if err != nil {
					until(t, handle, []event.Envelope{e})
				}
			}
			if same(t, documents(t, views), want); t.Failed() {
				t.Fatalf("with a fault at step %d (after it: %t)", at, after)
			}
			if store.step <= at {
				break // there are no more steps
			}
		}
	}
}

// TestStaleInstanceWritesNothing has an instance go on with a room that another has
// taken further, on behalf of somebody whose visit it does not know.
func TestStaleInstanceWritesNothing(t *testing.T) {
	h := newHistory(t)
	kitchen := room.Stream("kitchen")
	h.happens(t, kitchen, "Ann", room.Created{Name: "Kitchen", MemberIDs: []string{"Ann", "Bob", "Cleo"}, ActorName: "Ann"})
	h.happens(t, kitchen, "Bob", room.MessageSent{ID: "m-1", Content: "Hello"})
	h.happens(t, kitchen, "Cleo", room.MessageSent{ID: "m-2", Content: "Hello"})
	views := readDocuments(t)
	stale, fresh := projections["room-events"](h, views), projections["room-events"](h, views)
	until(t, stale, h.events[:1])
	until(t, fresh, h.events)
	want := documents(t, views)
	if err := stale(context.Background(), h.events[1:2]); err != nil {
		t.Errorf("error is %v: it has not read again", err)
	}
	same(t, documents(t, views), want)
}

func TestUndecodableEventsArePermanent(t *testing.T) {
	for name, spoil := range map[string]func(*event.Envelope){
		"unknown type":  func(e *event.Envelope) { e.Type = "room.exploded" },
		"newer version": func(e *event.Envelope) { e.Version = 99 },
		"bad payload":   func(e *event.Envelope) { e.Data = []byte(`{"content":1,"name":1}`) },
	} {
		for topic, project := range projections {
			t.Run(topic+" "+name, func(t *testing.T) {
				h := life(t)
				good := h.topic(topic)
				bad := map[string]event.Envelope{
					"room-events":   {Type: "room.message-sent", Stream: room.Stream("kitchen")},
					"user-events":   {Type: "user.updated", Stream: user.Stream("Bob")},
					"meetup-events": {Type: "meetup.updated", Stream: meetup.Stream("picnic")},
				}[topic]
				bad.Version, bad.Actor, bad.Data = 1, "Ann", []byte("{}")
				spoil(&bad)
				h.append(t, bad)
				views := readDocuments(t)
				handle := project(h, views)
				until(t, handle, singly(good)...)
				want := documents(t, views)
				if err := handle(context.Background(), []event.Envelope{h.events[len(h.events)-1]}); !bus.IsPermanent(err) {
					t.Errorf("error is %v, want a permanent one", err)
				}
				same(t, documents(t, views), want)
				until(t, handle, singly(good)...) // the others go on
				same(t, documents(t, views), want)
			})
		}
	}
	t.Run("visit", func(t *testing.T) {
		h := newHistory(t)
		h.append(t, event.Envelope{Type: "visit.exploded", Version: 1, Stream: visit.Stream("r", "Ann"), Actor: "Ann", Data: []byte("{}")})
		if err := projections["room-events"](h, readDocuments(t))(context.Background(), h.events); !bus.IsPermanent(err) {
			t.Errorf("error is %v, want a permanent one", err)
		}
	})
}

func TestEventsThatTheStoreLacksComeAgain(t *testing.T) {
	h := life(t)
	events := h.topic("room-events")
	empty := newHistory(t)
	err := projections["room-events"](empty, readDocuments(t))(context.Background(), events[1:2])
	if err == nil || bus.IsPermanent(err) {
		t.Errorf("error is %v, want one that has the event delivered again", err)
	}
}

func TestLongGapIsFilled(t *testing.T) {
	h := newHistory(t)
	stream := room.Stream("kitchen")
	h.happens(t, stream, "Ann", room.Created{Name: "Kitchen", MemberIDs: []string{"Ann"}, ActorName: "Ann"})
	const last = 1203 // more than two pages
	for n := range last - 1 {
		h.happens(t, stream, "Ann", room.MessageSent{ID: fmt.Sprint(n), Content: "Hello"})
	}
	views := readDocuments(t)
	until(t, projections["room-events"](h, views), h.events[:1], h.events[last-1:])
	if got := len(documents(t, views)); got != last+2 { // items, the room, Ann's visit
		t.Errorf("there are %d documents, want %d", got, last+2)
	}
}
