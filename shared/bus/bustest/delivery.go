package bustest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"boochat/shared/bus"
	"boochat/shared/event"
)

var errNotNow = errors.New("not now")

func deliversToEach(t *testing.T, f Features, b Backend) {
	first := subscribe(t, f, b, "first", nil)
	second := subscribe(t, f, b, "second", nil)
	people := &recorder{ordered: f.Ordered, calls: map[string]int{}, handled: map[string]bool{}}
	b.Subscribe(t, bus.Subscription{Name: "people", Topic: "user-events", Handler: people.handle})

	var rooms []event.Envelope
	for i := range 5 {
		stream := event.NewStream("room", fmt.Sprint(i))
		rooms = append(rooms, send(t, b, stream, 0, 1)...)
		rooms = append(rooms, send(t, b, stream, 1, 3)...)
	}
	rooms = append(rooms, send(t, b, "visit_1.ann", 0, 2)...)
	users := send(t, b, "user_ann", 0, 3)

	first.wait(t, rooms...)
	second.wait(t, rooms...)
	people.wait(t, users...)
	first.wantNever(t, users...)
	people.wantNever(t, rooms...)
}

func deliversRepeated(t *testing.T, f Features, b Backend) {
	r := subscribe(t, f, b, "first", nil)
	events := send(t, b, "room_a", 0, 3)
	for range 3 {
		if err := publish(t.Context(), b, events); err != nil {
			t.Fatalf("publish again: %v", err)
		}
	}
	r.wait(t, append(events, send(t, b, "room_a", 3, 1)...)...)
}

func deliversWhileWriting(t *testing.T, f Features, b Backend) {
	const streams, times = 8, 25
	r := subscribe(t, f, b, "first", nil)
	written := make([][]event.Envelope, streams)
	var writing sync.WaitGroup
	for i := range streams {
		writing.Go(func() {
			stream := event.NewStream("room", fmt.Sprint(i))
			for range times {
				after := int64(len(written[i]))
				events := happened(stream, after, 1+i%2)
				err := b.Store.Append(t.Context(), stream, after, events)
				if err == nil {
					err = publish(t.Context(), b, events)
				}
				if err != nil {
					t.Errorf("send to %s: %v", stream, err)
					return
				}
				written[i] = append(written[i], events...)
			}
		})
	}
	writing.Wait()
	r.wait(t, slices.Concat(written...)...)
	late := send(t, b, "room_late", 0, 1)
	r.wait(t, late...)
}

func replays(t *testing.T, f Features, b Backend) {
	events := slices.Concat(send(t, b, "room_a", 0, 3), send(t, b, "room_b", 0, 300), send(t, b, "room_a", 3, 2))
	first := subscribe(t, f, b, "first", nil)
	first.wait(t, events...)
	second := subscribe(t, f, b, "second", nil)
	second.wait(t, append(events, send(t, b, "room_a", 5, 1)...)...)
}

func thirdTry(t *testing.T, f Features, b Backend) {
	r := subscribe(t, f, b, "first", func(e event.Envelope, n int) error {
		if e.Sequence == 3 && n <= 2 {
			return errNotNow
		}
		return nil
	})
	events := send(t, b, "room_a", 0, 5)
	r.wait(t, events...)
	if calls := r.callsOf(events[2]); calls < 3 {
		t.Errorf("handled at call %d, want the third or a later one", calls)
	}
	parked(t, b, 0)
}

func randomFailures(t *testing.T, f Features, b Backend) {
	random := rand.New(rand.NewPCG(1, 2)) // the handler is called under the recorder's lock
	r := subscribe(t, f, b, "first", func(_ event.Envelope, n int) error {
		if n < 4 && random.IntN(10) < 3 {
			return errNotNow
		}
		return nil
	})
	var events []event.Envelope
	for round := range 10 {
		for i := range 6 {
			events = append(events, send(t, b, event.NewStream("room", fmt.Sprint(i)), int64(2*round), 2)...)
		}
	}
	r.wait(t, events...)
	parked(t, b, 0)
}

func othersGoOn(t *testing.T, f Features, b Backend) {
	failing := func(e event.Envelope, _ int) error {
		if e.Stream == "room_failing" && e.Sequence >= 2 {
			return errNotNow
		}
		return nil
	}
	r := subscribe(t, f, b, "first", failing)
	stuck := send(t, b, "room_failing", 0, 3)
	r.waitUntilCalled(t, stuck[1], 2)
	var others []event.Envelope
	for i := range 10 {
		others = append(others, send(t, b, event.NewStream("room", fmt.Sprint(i)), 0, 2)...)
	}
	r.wait(t, others...)
	r.wantNever(t, stuck[1], stuck[2])
	r.change(nil)
	r.wait(t, append(stuck, send(t, b, "room_failing", 3, 2)...)...)
	parked(t, b, 0)
}

func othersUndisturbed(t *testing.T, f Features, b Backend) {
	failing := subscribe(t, f, b, "failing", func(event.Envelope, int) error { return errNotNow })
	well := subscribe(t, f, b, "well", nil)
	var events []event.Envelope
	for i := range 10 {
		events = append(events, send(t, b, event.NewStream("room", fmt.Sprint(i)), 0, 2)...)
	}
	well.wait(t, events...)
	failing.waitUntilCalled(t, events[0], 2)
	failing.change(nil)
	failing.wait(t, events...)
}
