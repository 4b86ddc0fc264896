package eventstore_test

import (
	"sync"
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/eventstore"
)

// repositories are the processes that may get a repeat of what the first has done.
func repositories(t *testing.T, store eventstore.Store, warm event.Stream) (first *repository, all map[string]*repository) {
	first, stale := newRepository(store), newRepository(store)
	wantTally(t, stale, warm, tally{})
	return first, map[string]*repository{"the same": first, "one that has seen older state": stale, "one started afterwards": newRepository(store)}
}

func TestRepeatGivesTheFirstOutcome(t *testing.T) {
	store := openStore(t)
	mustExecute(t, newRepository(store), "room_warm", command("w", "ann", "adding"), add(1))
	first, all := repositories(t, store, "room_a")
	outcome := mustExecute(t, first, "room_a", command("key", "ann", "adding 5 and 6"), add(5, 6))
	if outcome.Repeated || outcome.Version != 2 || len(outcome.Events) != 2 {
		t.Errorf("first outcome %+v", outcome)
	}
	for name, r := range all {
		t.Run(name, func(t *testing.T) {
			wantRepeat(t, mustExecute(t, r, "room_a", command("key", "ann", "adding 5 and 6"), add(5, 6)), outcome)
			wantTally(t, r, "room_a", tally{Sum: 11, Count: 2})
		})
	}
	wantGapless(t, store, "room_a", 2)
}

func TestReusedKeyIsRefused(t *testing.T) {
	for name, other := range map[string]eventstore.Command{
		"other body":  command("key", "ann", "adding 7"),
		"other actor": command("key", "bob", "adding 5"),
	} {
		store := openStore(t)
		first, all := repositories(t, store, "room_a")
		mustExecute(t, first, "room_a", command("key", "ann", "adding 5"), add(5))
		for process, r := range all {
			t.Run(name+", "+process, func(t *testing.T) {
				_, err := r.Execute(t.Context(), "room_a", other, add(7))
				wantRefused(t, err, eventstore.ErrKeyReused)
				wantKind(t, err, event.KeyReused)
				wantTally(t, r, "room_a", tally{Sum: 5, Count: 1})
			})
		}
		wantGapless(t, store, "room_a", 1)
	}
}

func TestRepeatOfLongAgo(t *testing.T) {
	const since = 700 // more than any process remembers
	store := openStore(t)
	first, all := repositories(t, store, "room_a")
	adding, closing := command("adding key", "ann", "adding 5"), command("closing key", "ann", "closing")
	addedThen := mustExecute(t, first, "room_a", adding, add(5))
	closedThen := mustExecute(t, first, "room_a", closing, closeTally)
	mustExecute(t, first, "room_a", command("reopening", "ann", "reopening"), reopen)
	busy(t, first, "room_a", since)
	for name, r := range all {
		t.Run(name, func(t *testing.T) {
			wantRepeat(t, mustExecute(t, r, "room_a", adding, add(5)), addedThen)
			wantRepeat(t, mustExecute(t, r, "room_a", closing, closeTally), closedThen)
			_, err := r.Execute(t.Context(), "room_a", command("adding key", "ann", "adding 6"), add(6))
			wantRefused(t, err, eventstore.ErrKeyReused)
		})
	}

	// By now the same decisions would be refused, and change nothing: what they led
	// to when they came first still counts.
	mustExecute(t, first, "room_a", command("closing again", "ann", "closing"), closeTally)
	for name, r := range all {
		t.Run(name+", decided otherwise by now", func(t *testing.T) {
			wantRepeat(t, mustExecute(t, r, "room_a", adding, add(5)), addedThen)
			wantRepeat(t, mustExecute(t, r, "room_a", closing, closeTally), closedThen)
			_, err := r.Execute(t.Context(), "room_a", command("new key", "ann", "adding 5"), add(5))
			wantRefused(t, err, errClosed)
		})
	}
	wantGapless(t, store, "room_a", since+4)
}

func TestKeyOnAnotherStream(t *testing.T) {
	store := openStore(t)
	r := newRepository(store)
	first := mustExecute(t, r, "room_a", command("key", "ann", "adding 5"), add(5, 6))
	_, err := r.Execute(t.Context(), "room_b", command("key", "ann", "adding 5 to b"), add(5))
	wantRefused(t, err, eventstore.ErrKeyReused)
	wantRepeat(t, mustExecute(t, r, "room_b", command("key", "ann", "adding 5"), add(5, 6)), first)
	wantGapless(t, store, "room_b", 0)
	mustExecute(t, r, "room_b", command("other key", "ann", "adding 5 to b"), add(5))
}

func TestChosenEventID(t *testing.T) {
	chosen := func(key, actor, body string) eventstore.Command {
		c := command(key, actor, body)
		c.EventID = "chosen"
		return c
	}
	for name, between := range map[string]int{"remembered": 0, "of long ago": 600} {
		t.Run(name, func(t *testing.T) {
			store := openStore(t)
			r := newRepository(store)
			first := mustExecute(t, r, "room_a", chosen("key", "ann", "adding 5 and 6"), add(5, 6))
			if first.Events[0].ID != "chosen" || first.Events[1].ID == first.Events[0].ID {
				t.Errorf("event ids %q and %q", first.Events[0].ID, first.Events[1].ID)
			}
			busy(t, r, "room_a", between)
			for process, r := range map[string]*repository{"the same": r, "another": newRepository(store)} {
				wantRepeat(t, mustExecute(t, r, "room_a", chosen("key", "ann", "adding 5 and 6"), add(5, 6)), first)
				wantRepeat(t, mustExecute(t, r, "room_a", chosen("other key", "ann", "adding 5 and 6"), add(5, 6)), first)
				for _, stream := range []event.Stream{"room_a", "room_b"} {
					_, err := r.Execute(t.Context(), stream, chosen("other key", "ann", "adding 7"), add(7))
					wantRefused(t, err, eventstore.ErrIDTaken)
					wantKind(t, err, event.Conflict)
					_, err = r.Execute(t.Context(), stream, chosen("key", "ann", "adding 7"), add(7))
					wantRefused(t, err, eventstore.ErrKeyReused)
				}
				if t.Failed() {
					t.Fatalf("in process: %s", process)
				}
			}
			wantGapless(t, store, "room_a", between+2)
			wantGapless(t, store, "room_b", 0)

			mustExecute(t, r, "room_a", command("closing", "ann", "closing"), closeTally)
			wantRepeat(t, mustExecute(t, r, "room_a", chosen("third key", "ann", "adding 5 and 6"), add(5, 6)), first)
		})
	}
}

// TestLaterEventIDTaken: the id of a command's second event is one that somebody
// else has chosen.
func TestLaterEventIDTaken(t *testing.T) {
	store := openStore(t)
	r := newRepository(store)
	taken := command("somebody's key", "bob", "adding 1")
	taken.EventID = "key_1"
	mustExecute(t, r, "room_b", taken, add(1))
	_, err := r.Execute(t.Context(), "room_a", command("key", "ann", "adding 5 and 6"), add(5, 6))
	wantRefused(t, err, eventstore.ErrIDTaken)
	wantGapless(t, store, "room_a", 0)

	// An outcome of one event ends before somebody else's event of a fitting name.
	first := mustExecute(t, r, "room_a", command("key", "ann", "adding 5"), add(5))
	wantRepeat(t, mustExecute(t, newRepository(store), "room_a", command("key", "ann", "adding 5"), add(5)), first)
}

func TestNothingChangedIsNotRemembered(t *testing.T) {
	store := openStore(t)
	r := newRepository(store)
	nothing := mustExecute(t, r, "room_a", command("key", "ann", "nothing"), add())
	if len(nothing.Events) != 0 || nothing.Repeated || nothing.Version != 0 {
		t.Errorf("outcome %+v, want nothing", nothing)
	}
	mustExecute(t, r, "room_a", command("first", "ann", "adding 1"), add(1))
	if again := mustExecute(t, r, "room_a", command("key", "ann", "nothing"), add()); again.Repeated || again.Version != 1 {
		t.Errorf("outcome %+v, want nothing at version 1", again)
	}
}

func TestRepeatsAtTheSameMoment(t *testing.T) {
	const times = 32
	store := openStore(t)
	r := newRepository(store)
	other := eventstore.NewRepository(store, &published{}, tallyEvents, newTally, func() time.Time { return time.Now().Add(time.Hour) })
	outcomes := make([]eventstore.Outcome, times)
	var working sync.WaitGroup
	for i := range times {
		working.Go(func() {
			process := r
			if i%4 == 0 {
				process = other
			}
			outcomes[i] = mustExecuteLater(t, process, "room_a", command("key", "ann", "adding 5"), add(5))
		})
	}
	working.Wait()
	firsts := 0
	for _, o := range outcomes {
		if !o.Repeated {
			firsts++
		}
		if o.Version != 1 || len(o.Events) != 1 || o.Events[0].ID != "key" || !o.Events[0].Time.Equal(outcomes[0].Events[0].Time) {
			t.Errorf("outcome %+v, want that of %+v", o, outcomes[0])
		}
	}
	if firsts != 1 {
		t.Errorf("%d were the first", firsts)
	}
	wantGapless(t, store, "room_a", 1)
}

// mustExecuteLater is mustExecute for goroutines, which may not end the test.
func mustExecuteLater(t *testing.T, r *repository, stream event.Stream, c eventstore.Command, decide decision) eventstore.Outcome {
	outcome, err := r.Execute(t.Context(), stream, c, decide)
	if err != nil {
		t.Errorf("command %s on %s: %v", c.ID, stream, err)
	}
	return outcome
}
