package bustest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"boochat/shared/bus"
	"boochat/shared/event"
)

func crashBeforePublish(t *testing.T, f Features, b Backend) {
	r := subscribe(t, f, b, "first", nil)
	published := send(t, b, "room_a", 0, 2)
	r.wait(t, published...)
	appended := slices.Concat(appendNew(t, b, "room_a", 2, 2), appendNew(t, b, "room_b", 0, 1))

	b = b.Reopen(t)
	r.resume(t, b, "first")
	b.Relay(t)
	r.wait(t, appended...)
}

func crashInHandler(t *testing.T, f Features, b Backend) {
	entered := make(chan event.Envelope, 100)
	var once sync.Once
	b.Subscribe(t, bus.Subscription{Name: "first", Topic: "room-events", Handler: func(ctx context.Context, events []event.Envelope) error {
		once.Do(func() { entered <- events[0] })
		<-ctx.Done() // this is where the process dies
		return ctx.Err()
	}})
	events := appendNew(t, b, "room_a", 0, 3)
	dying := b
	go func() { _ = publish(context.WithoutCancel(t.Context()), dying, events) }() // it may wait for the handler
	<-entered

	b = b.Reopen(t)
	r := subscribe(t, f, b, "first", nil)
	b.Relay(t)
	r.wait(t, events...)
	parked(t, b, 0)
}

func crashes(t *testing.T, f Features, b Backend) {
	r := subscribe(t, f, b, "first", nil)
	var all []event.Envelope
	for round := range 4 {
		for i := range 20 {
			stream := event.NewStream("room", fmt.Sprint(i%4))
			after := int64(round*5 + i/4)
			if i%3 == 0 {
				all = append(all, appendNew(t, b, stream, after, 1)...)
			} else {
				all = append(all, send(t, b, stream, after, 1)...)
			}
		}
		b = b.Reopen(t)
		r.resume(t, b, "first")
		b.Relay(t)
	}
	r.wait(t, all...)
	r.wait(t, send(t, b, "room_0", 20, 1)...)
}

func crashWhileFailing(t *testing.T, f Features, b Backend) {
	r := subscribe(t, f, b, "first", func(e event.Envelope, _ int) error {
		if e.Stream == "room_failing" && e.Sequence >= 2 {
			return errNotNow
		}
		return nil
	})
	stuck := send(t, b, "room_failing", 0, 3)
	others := send(t, b, "room_b", 0, 2)
	r.waitUntilCalled(t, stuck[1], 6)
	r.wait(t, others...)

	b = b.Reopen(t)
	r.change(nil)
	r.resume(t, b, "first")
	b.Relay(t)
	r.wait(t, append(stuck, send(t, b, "room_failing", 3, 1)...)...)
	parked(t, b, 0)
}
