package eventstore_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/eventstore"
)

func TestManyCommandsOnOneStreamAllSucceed(t *testing.T) {
	const commands = 64
	store := &tampered{Store: openStore(t)}
	r := newRepository(store)
	outcomes := make([]eventstore.Outcome, commands)
	var working sync.WaitGroup
	for i := range commands {
		working.Go(func() {
			outcomes[i] = mustExecuteLater(t, r, "room_a", command(fmt.Sprint("key ", i), "ann", fmt.Sprint("adding ", i)), add(i, i))
		})
	}
	working.Wait()
	if sum := wantGapless(t, store, "room_a", 2*commands); sum != commands*(commands-1) {
		t.Errorf("the sum is %d, want %d", sum, commands*(commands-1))
	}
	for i, o := range outcomes {
		if len(o.Events) != 2 || o.Version != o.Events[1].Sequence || o.Events[1].Sequence != o.Events[0].Sequence+1 || string(o.Events[0].Data) != fmt.Sprintf(`{"N":%d}`, i) {
			t.Errorf("outcome of command %d is %+v", i, o)
		}
	}
	wantTally(t, r, "room_a", tally{Sum: commands * (commands - 1), Count: 2 * commands})
}

func TestTwoProcessesRaceOnOneStream(t *testing.T) {
	const processes, workers, times = 2, 16, 10
	store := openStore(t)
	var working sync.WaitGroup
	for process := range processes {
		r := newRepository(store)
		for worker := range workers {
			working.Go(func() {
				var last int64
				for n := range times {
					id := fmt.Sprintf("%d-%d-%d", process, worker, n)
					outcome := mustExecuteLater(t, r, "room_a", command(id, "ann", "adding 1 and 2"), add(1, 2))
					if outcome.Version <= last {
						t.Errorf("command %s led to version %d, the one before it to %d", id, outcome.Version, last)
					}
					last = outcome.Version
				}
			})
		}
	}
	working.Wait()
	const commands = processes * workers * times
	if sum := wantGapless(t, store, "room_a", 2*commands); sum != 3*commands {
		t.Errorf("the sum is %d, want %d", sum, 3*commands)
	}
}

// TestLosingManyTimesInARow: another process is faster for a while, as one is that
// need not read.
func TestLosingManyTimesInARow(t *testing.T) {
	const losses = 50
	durable := openStore(t)
	faster := newRepository(durable)
	store := &tampered{Store: durable}
	store.before = func(call int64) error {
		if call <= losses {
			mustExecuteLater(t, faster, "room_a", command(fmt.Sprint("faster ", call), "bob", "adding 1"), add(1))
		}
		return nil
	}
	r := newRepository(store)
	if outcome := mustExecute(t, r, "room_a", command("key", "ann", "adding 5"), add(5)); outcome.Version != losses+1 {
		t.Errorf("outcome %+v, want version %d", outcome, losses+1)
	}
	if sum := wantGapless(t, durable, "room_a", losses+1); sum != losses+5 {
		t.Errorf("the sum is %d, want %d", sum, losses+5)
	}
}

// TestWhatIsHeldInMemoryMayBeOld: a process that refuses, or finds nothing to
// change, must not do so on a state that another process has changed.
func TestWhatIsHeldInMemoryMayBeOld(t *testing.T) {
	store := openStore(t)
	one, other := newRepository(store), newRepository(store)
	mustExecute(t, one, "room_a", command("1", "ann", "closing"), closeTally)
	wantTally(t, other, "room_a", tally{Closed: true})

	mustExecute(t, one, "room_a", command("2", "ann", "reopening"), reopen)
	mustExecute(t, other, "room_a", command("3", "bob", "adding 5"), add(5))

	mustExecute(t, one, "room_a", command("4", "ann", "closing"), closeTally)
	_, err := other.Execute(t.Context(), "room_a", command("5", "bob", "adding 6"), add(6))
	wantRefused(t, err, errClosed)

	mustExecute(t, one, "room_a", command("6", "ann", "reopening"), reopen)
	if outcome := mustExecute(t, other, "room_a", command("7", "bob", "closing"), closeTally); len(outcome.Events) != 1 {
		t.Errorf("closing what somebody has reopened changed nothing: %+v", outcome)
	}
	wantGapless(t, store, "room_a", 6)
}

func TestWarmStreamsAreNotRead(t *testing.T) {
	store := &tampered{Store: openStore(t)}
	r := newRepository(store)
	mustExecute(t, r, "room_a", command("first", "ann", "adding 1"), add(1))
	loads := store.loads.Load()
	busy(t, r, "room_a", 300)
	if more := store.loads.Load() - loads; more != 0 || store.finds.Load() != 0 {
		t.Errorf("%d loads and %d finds for commands on a warm stream", more, store.finds.Load())
	}
}

// held is a repository whose first append waits, so that the commands after it
// gather and share the next.
func held(t *testing.T, store *tampered) (r *repository, begin func(stream event.Stream), release func()) {
	gate := make(chan struct{})
	later := store.before
	store.before = func(call int64) error {
		if call == 1 {
			<-gate
		} else if later != nil {
			return later(call)
		}
		return nil
	}
	r = newRepository(store)
	begin = func(stream event.Stream) {
		go func() { _, _ = r.Execute(t.Context(), stream, command("holding", "ann", "adding 1"), add(1)) }()
		waitFor(t, func() bool { return store.appends.Load() == 1 })
	}
	return r, begin, sync.OnceFunc(func() { close(gate) })
}

func waitFor(t *testing.T, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come to pass")
		}
	}
}

// inLine executes commands so that they stand in line in this order, and gives a
// function that waits for their errors.
func inLine(t *testing.T, r *repository, stream event.Stream, decisions ...decision) (errs func() []error) {
	t.Helper()
	results := make([]error, len(decisions))
	var working sync.WaitGroup
	for i, decide := range decisions {
		working.Go(func() {
			_, results[i] = r.Execute(t.Context(), stream, command(fmt.Sprint("in line ", i), "ann", fmt.Sprint("body ", i)), decide)
		})
		time.Sleep(5 * time.Millisecond) // lets it take its place
	}
	return func() []error {
		working.Wait()
		return results
	}
}

// Rules decide before there is an event: what is refused leaves none (D-34).
func TestRefusalMayRestOnTheSameAppend(t *testing.T) {
	store := &tampered{Store: openStore(t)}
	r, begin, release := held(t, store)
	defer release()
	begin("room_a")
	errs := inLine(t, r, "room_a", add(1), closeTally, add(2), closeTally, reopen, add(3))
	release()
	got := errs()
	for i, err := range got {
		if i == 2 {
			wantRefused(t, err, errClosed)
		} else if err != nil {
			t.Errorf("command %d: %v", i, err)
		}
	}
	if store.appends.Load() != 2 {
		t.Errorf("%d appends, want one for the first and one for all that waited", store.appends.Load())
	}
	wantGapless(t, store, "room_a", 5)
}

// TestRefusalIsAnsweredAfterTheAppendItRestsOn: what is not durable has not happened.
func TestRefusalIsAnsweredAfterTheAppendItRestsOn(t *testing.T) {
	store := &tampered{Store: openStore(t)}
	store.before = func(int64) error { return event.Refuse(event.Unavailable, "The disk is gone.") }
	r, begin, release := held(t, store)
	defer release()
	begin("room_a")
	errs := inLine(t, r, "room_a", closeTally, add(2))
	release()
	for i, err := range errs() {
		if wantKind(t, err, event.Unavailable); errors.Is(err, errClosed) {
			t.Errorf("command %d was refused on grounds of what never happened: %v", i, err)
		}
	}
	mustExecute(t, newRepository(store.Store), "room_a", command("in line 1", "ann", "body 1"), add(2))
	wantGapless(t, store, "room_a", 2)
}

func TestPanickingDecisionFailsAlone(t *testing.T) {
	store := &tampered{Store: openStore(t)}
	r, begin, release := held(t, store)
	defer release()
	begin("room_a")
	errs := inLine(t, r, "room_a", add(1), func(*tally) ([]any, error) { panic("nil map") }, func(*tally) ([]any, error) { return []any{"not an event"}, nil }, add(2))
	release()
	got := errs()
	if got[0] != nil || got[3] != nil {
		t.Errorf("the others: %v and %v", got[0], got[3])
	}
	if got[1] == nil || !strings.Contains(got[1].Error(), "panicked: nil map") || event.KindOf(got[1]) != 0 {
		t.Errorf("a decision that panics: %v", got[1])
	}
	wantRefused(t, got[2], event.ErrUnknownType)
	wantGapless(t, store, "room_a", 3)
	wantTally(t, r, "room_a", tally{Sum: 4, Count: 3})
}

func TestTakenIDFailsAlone(t *testing.T) {
	store := &tampered{Store: openStore(t)}
	taken := command("somebody's key", "bob", "adding 1")
	taken.EventID = "in line 1" // where the second in line will have its event
	mustExecute(t, newRepository(store.Store), "room_b", taken, add(1))

	r, begin, release := held(t, store)
	defer release()
	begin("room_a")
	errs := inLine(t, r, "room_a", add(1), add(2), add(3))
	release()
	got := errs()
	wantRefused(t, got[1], eventstore.ErrIDTaken)
	if got[0] != nil || got[2] != nil {
		t.Errorf("the others: %v and %v", got[0], got[2])
	}
	if sum := wantGapless(t, store, "room_a", 3); sum != 1+1+3 {
		t.Errorf("the sum is %d, want 5", sum)
	}
}
