// Package bustest is the contract of the bus as a test suite: what is appended to
// the store reaches the handlers of subscriptions at least once, whatever fails in
// between. A backend passes it as a whole, because the promise needs its store, its
// relay and its dead letters, too.
package bustest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"boochat/shared/bus"
	"boochat/shared/event"
	"boochat/shared/eventstore"

	"github.com/google/uuid"
)

// Backend is a running store and the bus that carries what is appended to it. Its
// limits are set so that it parks a failing event within some seconds.
type Backend struct {
	Store       eventstore.Store
	Publisher   bus.Publisher
	DeadLetters bus.DeadLetters
	// Subscribe delivers to a subscription until its test ends or the backend crashes.
	Subscribe func(testing.TB, bus.Subscription)
	// Relay publishes what the outbox holds, as the relay of the backend does in its turn.
	Relay func(testing.TB)
	// Reopen ends the process of the backend as a crash would, whatever is under way,
	// and starts another on what it leaves behind, without subscriptions. It cancels
	// the context of handlers under way; what they do from then on has no effect.
	Reopen func(testing.TB) Backend
}

// Open makes a backend with nothing in it, which ends with its test.
type Open func(testing.TB) Backend

// Features says what only some buses promise.
type Features struct {
	// Ordered: the events of a stream are first handled in their order.
	Ordered bool
	// Replays: a new subscription gets what was published before it, too.
	Replays bool
}

type tests map[string]func(*testing.T, Features, Backend)

// Test runs the contract against the backends that open makes.
func Test(t *testing.T, features Features, open Open) {
	all := tests{
		"Delivery/each subscription gets each event of its topic": deliversToEach,
		"Delivery/what was published twice does no harm":          deliversRepeated,
		"Delivery/while many write":                               deliversWhileWriting,
		"Failure/the third try succeeds (D-32)":                   thirdTry,
		"Failure/at random":                                       randomFailures,
		"Failure/other streams are not held up":                   othersGoOn,
		"Failure/other subscriptions are not disturbed":           othersUndisturbed,
		"Parking/a permanent failure at once":                     parksPermanent,
		"Parking/a poison event in the end":                       parksPoison,
		"Parking/only in the subscription that failed":            parksForOne,
		"Parking/dead letters are kept, oldest first":             keepsDeadLetters,
		"Crash/between append and publish (D-31)":                 crashBeforePublish,
		"Crash/in the middle of a handler":                        crashInHandler,
		"Crash/again and again":                                   crashes,
		"Crash/while a stream keeps failing":                      crashWhileFailing,
	}
	if features.Replays {
		maps.Copy(all, tests{"Delivery/a new subscription begins at the start": replays})
	}
	for name, test := range all {
		t.Run(name, func(t *testing.T) { test(t, features, open(t)) })
	}
}

// TestDeadLetters runs what the contract says of dead letters alone. Of the
// backend it needs DeadLetters and Reopen.
func TestDeadLetters(t *testing.T, open Open) { keepsDeadLetters(t, Features{}, open(t)) }

const patience = 20 * time.Second

// happened makes n events that follow a version of a stream.
func happened(stream event.Stream, after int64, n int) []event.Envelope {
	events := make([]event.Envelope, n)
	for i := range events {
		sequence := after + int64(i) + 1
		id := uuid.Must(uuid.NewV7()).String()
		events[i] = event.Envelope{
			ID: id, Type: "test.happened", Version: 1, Stream: stream, Sequence: sequence, Time: event.Now(time.Now),
			Actor: "ann", Data: json.RawMessage(fmt.Sprintf(`{"n":%d}`, sequence)),
			CorrelationID: id, CausationID: id, Fingerprint: "asked for " + id,
		}
	}
	return events
}

// appendNew appends n new events of a stream without publishing them.
func appendNew(t *testing.T, b Backend, stream event.Stream, after int64, n int) []event.Envelope {
	t.Helper()
	events := happened(stream, after, n)
	if err := b.Store.Append(t.Context(), stream, after, events); err != nil {
		t.Fatalf("append to %s: %v", stream, err)
	}
	return events
}

// send appends n new events of a stream and publishes them, as a command does.
func send(t *testing.T, b Backend, stream event.Stream, after int64, n int) []event.Envelope {
	t.Helper()
	events := appendNew(t, b, stream, after, n)
	if err := publish(t.Context(), b, events); err != nil {
		t.Fatalf("publish %d events of %s: %v", n, stream, err)
	}
	return events
}

func publish(ctx context.Context, b Backend, events []event.Envelope) error {
	if err := b.Publisher.Publish(ctx, events); err != nil {
		return err
	}
	return b.Store.MarkPublished(ctx, events)
}

// parked waits until there are n dead letters and gives them.
func parked(t *testing.T, b Backend, n int) []bus.DeadLetter {
	t.Helper()
	var letters []bus.DeadLetter
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		var err error
		if letters, err = b.DeadLetters.Parked(t.Context()); err != nil {
			t.Fatalf("list dead letters: %v", err)
		}
		if len(letters) >= n {
			break
		}
	}
	if len(letters) != n {
		t.Fatalf("%d dead letters, want %d", len(letters), n)
	}
	return letters
}
