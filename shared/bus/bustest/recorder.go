package bustest

import (
	"context"
	"sync"
	"testing"
	"time"

	"boochat/shared/bus"
	"boochat/shared/event"
)

// recorder is a handler that notes what it has handled, and fails where it is told to.
type recorder struct {
	ordered bool
	// fail decides on the call number n, from 1, with an event; nil: never.
	fail func(e event.Envelope, n int) error

	mu      sync.Mutex
	calls   map[string]int // by event id
	handled map[string]bool
	order   []event.Envelope // as first handled
}

// subscribe begins a subscription to the events of rooms.
func subscribe(t *testing.T, f Features, b Backend, name string, fail func(event.Envelope, int) error) *recorder {
	t.Helper()
	r := &recorder{ordered: f.Ordered, fail: fail, calls: map[string]int{}, handled: map[string]bool{}}
	r.resume(t, b, name)
	return r
}

// resume goes on with the subscription, in a process started after a crash.
func (r *recorder) resume(t *testing.T, b Backend, name string) {
	t.Helper()
	b.Subscribe(t, bus.Subscription{Name: name, Topic: "room-events", Handler: r.handle})
}

func (r *recorder) handle(_ context.Context, events []event.Envelope) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		r.calls[e.ID]++
		if r.fail != nil {
			if err := r.fail(e, r.calls[e.ID]); err != nil {
				return err
			}
		}
	}
	for _, e := range events {
		if !r.handled[e.ID] {
			r.handled[e.ID] = true
			r.order = append(r.order, e)
		}
	}
	return nil
}

// change replaces what decides on failures.
func (r *recorder) change(fail func(event.Envelope, int) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail = fail
}

// callsOf is how often the handler was called with an event.
func (r *recorder) callsOf(e event.Envelope) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[e.ID]
}

// waitUntilCalled waits until the handler was called with an event so many times.
func (r *recorder) waitUntilCalled(t *testing.T, e event.Envelope, n int) {
	t.Helper()
	waitFor(t, func() bool { return r.callsOf(e) >= n }, "%s at %d was not handed over %d times", e.Stream, e.Sequence, n)
}

// wait waits until events are handled and checks the order in which they were.
func (r *recorder) wait(t *testing.T, events ...event.Envelope) {
	t.Helper()
	for _, e := range events {
		waitFor(t, func() bool { return r.has(e) }, "%s at %d was not handled", e.Stream, e.Sequence)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	last := map[event.Stream]int64{}
	for _, e := range r.order {
		if r.ordered && e.Sequence < last[e.Stream] {
			t.Errorf("%s at %d was handled after %d", e.Stream, e.Sequence, last[e.Stream])
		}
		last[e.Stream] = e.Sequence
	}
}

func (r *recorder) has(e event.Envelope) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.handled[e.ID]
}

// wantNever checks that events have not been handled by now.
func (r *recorder) wantNever(t *testing.T, events ...event.Envelope) {
	t.Helper()
	for _, e := range events {
		if r.has(e) {
			t.Errorf("%s at %d was handled", e.Stream, e.Sequence)
		}
	}
}

func waitFor(t *testing.T, is func() bool, otherwise string, args ...any) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf(otherwise, args...)
		}
	}
}
