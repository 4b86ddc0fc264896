package eventstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/eventstore"
)

var errConnection = errors.New("connection reset")

func TestAppendIsRepeatedUntilItsOutcomeIsKnown(t *testing.T) {
	failing := func(times int64) func(int64) error {
		return func(call int64) error {
			if call <= times {
				return errConnection
			}
			return nil
		}
	}
	for name, store := range map[string]*tampered{
		"failed":                      {before: failing(1)},
		"failed three times":          {before: failing(3)},
		"answer was lost":             {after: failing(1)},
		"answer was lost three times": {after: failing(3)},
	} {
		t.Run(name, func(t *testing.T) {
			store.Store = openStore(t)
			r := newRepository(store)
			outcome := mustExecute(t, r, "room_a", command("key", "ann", "adding 5 and 6"), add(5, 6))
			if outcome.Repeated || outcome.Version != 2 {
				t.Errorf("outcome %+v", outcome)
			}
			mustExecute(t, r, "room_a", command("next", "ann", "adding 1"), add(1))
			wantGapless(t, store, "room_a", 3)
		})
	}
}

// TestLostAnswerAndAnotherProcess: between an append whose answer is lost and its
// repetition, another process goes on.
func TestLostAnswerAndAnotherProcess(t *testing.T) {
	durable := openStore(t)
	other := newRepository(durable)
	store := &tampered{Store: durable}
	store.after = func(call int64) error {
		if call == 1 {
			mustExecuteLater(t, other, "room_a", command("other's", "bob", "adding 2"), add(2))
			return errConnection
		}
		return nil
	}
	r := newRepository(store)
	if outcome := mustExecute(t, r, "room_a", command("key", "ann", "adding 1"), add(1)); outcome.Version != 1 {
		t.Errorf("outcome %+v, want version 1", outcome)
	}
	if outcome := mustExecute(t, r, "room_a", command("next", "ann", "adding 3"), add(3)); outcome.Version != 3 {
		t.Errorf("outcome %+v, want version 3", outcome)
	}
	wantTally(t, r, "room_a", tally{Sum: 6, Count: 3})
	wantGapless(t, durable, "room_a", 3)
}

func TestOutcomeThatStaysUnknownIsUnavailable(t *testing.T) {
	store := &tampered{Store: openStore(t)}
	store.after = func(int64) error { return errConnection }
	r := newRepository(store)
	_, err := r.Execute(t.Context(), "room_a", command("key", "ann", "adding 5"), add(5))
	wantKind(t, err, event.Unavailable)
	wantRefused(t, err, errConnection)

	store.after = nil
	first, err := store.Find(t.Context(), "key")
	if err != nil {
		t.Fatal(err)
	}
	wantRepeat(t, mustExecute(t, r, "room_a", command("key", "ann", "adding 5"), add(5)), eventstore.Outcome{Events: []event.Envelope{first}, Version: 1})
	wantGapless(t, store, "room_a", 1)
}

func TestStoreThatSaysUnavailableIsNotAskedAgain(t *testing.T) {
	store := &tampered{Store: openStore(t)}
	store.before = func(int64) error {
		return &event.Refusal{Kind: event.Unavailable, Detail: "Full.", Cause: errConnection}
	}
	_, err := newRepository(store).Execute(t.Context(), "room_a", command("key", "ann", "adding 5"), add(5))
	wantKind(t, err, event.Unavailable)
	wantRefused(t, err, errConnection)
	if store.appends.Load() != 1 {
		t.Errorf("%d appends, want 1", store.appends.Load())
	}
}

func TestStoreThatCannotBeRead(t *testing.T) {
	store := &tampered{Store: openStore(t), onLoad: func(int64) error { return errConnection }}
	r := newRepository(store)
	_, err := r.Execute(t.Context(), "room_a", command("key", "ann", "adding 5"), add(5))
	wantKind(t, err, event.Unavailable)
	if err := r.Read(t.Context(), "room_a", func(*tally) {}); !errors.Is(err, errConnection) {
		t.Errorf("read: error %v, want %v", err, errConnection)
	}
	store.onLoad = nil
	mustExecute(t, r, "room_a", command("key", "ann", "adding 5"), add(5))
	wantTally(t, r, "room_a", tally{Sum: 5, Count: 1})
}

// TestReadFailingHalfWay: pages read before the failure must not be folded twice.
func TestReadFailingHalfWay(t *testing.T) {
	const length = 1200 // three pages
	durable := openStore(t)
	busy(t, newRepository(durable), "room_a", length)
	store := &tampered{Store: withoutSnapshots{durable}}
	store.onLoad = func(call int64) error {
		if call == 2 {
			return errConnection
		}
		return nil
	}
	r := newRepository(store)
	if err := r.Read(t.Context(), "room_a", func(*tally) {}); !errors.Is(err, errConnection) {
		t.Fatalf("read: error %v, want %v", err, errConnection)
	}
	wantTally(t, r, "room_a", tally{Sum: length, Count: length})
}

func TestEventThatCannotBeDecoded(t *testing.T) {
	store := openStore(t)
	r := newRepository(store)
	mustExecute(t, r, "room_a", command("key", "ann", "adding 5"), add(5))
	newer := event.Envelope{ID: "newer", Type: "tally.added", Version: 2, Stream: "room_a", Sequence: 2, Time: event.Now(time.Now), Data: json.RawMessage(`{}`)}
	if err := store.Append(t.Context(), "room_a", 1, []event.Envelope{newer}); err != nil {
		t.Fatal(err)
	}
	_, err := r.Execute(t.Context(), "room_a", command("next", "ann", "adding 6"), add(6))
	wantRefused(t, err, event.ErrNewerVersion)
	mustExecute(t, r, "room_b", command("elsewhere", "ann", "adding 6"), add(6))
}

func TestPublishing(t *testing.T) {
	store := openStore(t)
	bus := &published{}
	r := eventstore.NewRepository(store, bus, tallyEvents, newTally, time.Now)
	first := mustExecute(t, r, "room_a", command("1", "ann", "adding 5 and 6"), add(5, 6))
	wantOutbox(t, store)
	if len(bus.events) != 2 || bus.events[0].ID != first.Events[0].ID || bus.events[1].ID != first.Events[1].ID {
		t.Errorf("published %+v", bus.events)
	}

	bus.err = errConnection
	left := mustExecute(t, r, "room_a", command("2", "ann", "adding 7"), add(7))
	wantOutbox(t, store, left.Events...)
	wantRepeat(t, mustExecute(t, r, "room_a", command("2", "ann", "adding 7"), add(7)), left)

	bus.err = nil
	mustExecute(t, r, "room_a", command("3", "ann", "adding 8"), add(8))
	wantOutbox(t, store, left.Events...)
}

func wantOutbox(t *testing.T, store eventstore.Store, want ...event.Envelope) {
	t.Helper()
	var got []event.Envelope
	waitFor(t, func() bool {
		var err error
		if got, err = store.Unpublished(t.Context(), time.Now().Add(time.Hour), 100); err != nil {
			t.Fatal(err)
		}
		return len(got) == len(want)
	})
	for i, e := range got {
		if e.ID != want[i].ID {
			t.Errorf("the outbox holds %s at place %d, want %s", e.ID, i, want[i].ID)
		}
	}
}

// TestCallerThatGoesAway: the command is carried out all the same, and its sender
// learns the outcome by asking again.
func TestCallerThatGoesAway(t *testing.T) {
	store := &tampered{Store: openStore(t)}
	gate := make(chan struct{})
	store.before = func(int64) error {
		<-gate
		return nil
	}
	r := newRepository(store)
	ctx, leave := context.WithCancel(t.Context())
	answered := make(chan error)
	go func() {
		_, err := r.Execute(ctx, "room_a", command("key", "ann", "adding 5"), add(5))
		answered <- err
	}()
	waitFor(t, func() bool { return store.appends.Load() == 1 })
	leave()
	wantRefused(t, <-answered, context.Canceled)
	close(gate)
	outcome := mustExecute(t, r, "room_a", command("key", "ann", "adding 5"), add(5))
	if !outcome.Repeated || outcome.Version != 1 {
		t.Errorf("outcome %+v, want a repeat", outcome)
	}
	wantGapless(t, store, "room_a", 1)
}

func TestStreamsThatAreNotThereAreForgotten(t *testing.T) {
	store := &tampered{Store: withoutSnapshots{openStore(t)}}
	r := newRepository(store)
	mustExecute(t, r, "room_a", command("key", "ann", "adding 5"), add(5))
	for i := range 10_001 { // more than are kept
		if err := r.Read(t.Context(), event.NewStream("room", fmt.Sprint("none-", i)), func(*tally) {}); err != nil {
			t.Fatal(err)
		}
	}
	loads := store.loads.Load()
	mustExecute(t, r, "room_a", command("next", "ann", "adding 6"), add(6))
	if store.loads.Load() != loads {
		t.Error("a busy stream was pushed out by names that lead nowhere")
	}
}
