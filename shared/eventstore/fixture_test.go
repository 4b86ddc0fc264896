package eventstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"boochat/shared/adapter/sqlite"
	"boochat/shared/event"
	"boochat/shared/eventstore"
)

// tally is an aggregate as small as can be: numbers are added to it while it is open.
type tally struct {
	Sum    int  `json:"sum"`
	Count  int  `json:"count"`
	Closed bool `json:"closed"`
}

type (
	added    struct{ N int }
	closed   struct{}
	reopened struct{}
)

var (
	tallyEvents = event.NewCatalogue([]event.Definition{
		event.Define[added]("tally.added"), event.Define[closed]("tally.closed"), event.Define[reopened]("tally.reopened"),
	})
	errClosed = event.Violates("closed", "The tally is closed.")
)

func newTally() *tally { return &tally{} }

func (t *tally) Clone() *tally {
	c := *t
	return &c
}

func (t *tally) Apply(_ event.Envelope, payload any) {
	switch p := payload.(type) {
	case added:
		t.Sum += p.N
		t.Count++
	case closed:
		t.Closed = true
	case reopened:
		t.Closed = false
	}
}

// Decisions.
type decision = func(*tally) ([]any, error)

func add(numbers ...int) decision {
	return func(t *tally) ([]any, error) {
		if t.Closed {
			return nil, errClosed
		}
		var events []any
		for _, n := range numbers {
			events = append(events, added{n})
		}
		return events, nil
	}
}

func closeTally(t *tally) ([]any, error) {
	if t.Closed {
		return nil, nil
	}
	return []any{closed{}}, nil
}

func reopen(*tally) ([]any, error) { return []any{reopened{}}, nil }

// command makes a command whose fingerprint stands for actor and body.
func command(id, actor, body string) eventstore.Command {
	return eventstore.Command{ID: id, Actor: actor, Fingerprint: actor + " asks for " + body}
}

// tampered is a store that fails when it is told to, and counts its calls.
type tampered struct {
	eventstore.Store
	before  func(call int64) error // of Append, which then does nothing
	after   func(call int64) error // the answer in place of success
	onLoad  func(call int64) error
	appends atomic.Int64
	loads   atomic.Int64
	finds   atomic.Int64
}

func (s *tampered) Append(ctx context.Context, stream event.Stream, expected int64, events []event.Envelope) error {
	call := s.appends.Add(1)
	if s.before != nil {
		if err := s.before(call); err != nil {
			return err
		}
	}
	err := s.Store.Append(ctx, stream, expected, events)
	if err == nil && s.after != nil {
		err = s.after(call)
	}
	return err
}

func (s *tampered) Load(ctx context.Context, stream event.Stream, after int64, limit int) ([]event.Envelope, error) {
	call := s.loads.Add(1)
	if s.onLoad != nil {
		if err := s.onLoad(call); err != nil {
			return nil, err
		}
	}
	return s.Store.Load(ctx, stream, after, limit)
}

func (s *tampered) Find(ctx context.Context, id string) (event.Envelope, error) {
	s.finds.Add(1)
	return s.Store.Find(ctx, id)
}

// withoutSnapshots is a store that has lost them.
type withoutSnapshots struct{ eventstore.Store }

func (withoutSnapshots) LoadSnapshot(context.Context, event.Stream) (eventstore.Snapshot, error) {
	return eventstore.Snapshot{}, eventstore.ErrNotFound
}

// published notes what it is given, or fails.
type published struct {
	mu     sync.Mutex
	events []event.Envelope
	err    error
}

func (p *published) Publish(_ context.Context, events []event.Envelope) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.events = append(p.events, events...)
	}
	return p.err
}

type repository = eventstore.Repository[*tally]

func newRepository(store eventstore.Store) *repository {
	return eventstore.NewRepository(store, &published{}, tallyEvents, newTally, time.Now)
}

func openStore(tb testing.TB) eventstore.Store {
	tb.Helper()
	s, err := sqlite.OpenEventStore(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return s
}

func mustExecute(t *testing.T, r *repository, stream event.Stream, c eventstore.Command, decide decision) eventstore.Outcome {
	t.Helper()
	outcome, err := r.Execute(t.Context(), stream, c, decide)
	if err != nil {
		t.Fatalf("command %s on %s: %v", c.ID, stream, err)
	}
	return outcome
}

func wantRefused(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}

func wantKind(t *testing.T, err error, want event.Kind) {
	t.Helper()
	if event.KindOf(err) != want {
		t.Errorf("error %v is a refusal of kind %d, want %d", err, event.KindOf(err), want)
	}
}

// wantTally checks the state as a repository sees it.
func wantTally(t *testing.T, r *repository, stream event.Stream, want tally) {
	t.Helper()
	if err := r.Read(t.Context(), stream, func(got *tally) {
		if *got != want {
			t.Errorf("%s is %+v, want %+v", stream, *got, want)
		}
	}); err != nil {
		t.Errorf("read %s: %v", stream, err)
	}
}

// wantGapless checks that a stream has so many events, in their places, and gives
// the sum of what they add.
func wantGapless(t *testing.T, store eventstore.Store, stream event.Stream, n int) (sum int) {
	t.Helper()
	events, err := store.Load(t.Context(), stream, 0, n+100)
	if err != nil || len(events) != n {
		t.Fatalf("%s has %d events, error %v, want %d", stream, len(events), err, n)
	}
	for i, e := range events {
		if e.Sequence != int64(i)+1 {
			t.Fatalf("event %d of %s has sequence %d", i, stream, e.Sequence)
		}
		payload, err := tallyEvents.Decode(e)
		if err != nil {
			t.Fatal(err)
		}
		if p, ok := payload.(added); ok {
			sum += p.N
		}
	}
	return sum
}

// wantRepeat checks that an outcome is that of a command executed before.
func wantRepeat(t *testing.T, got, first eventstore.Outcome) {
	t.Helper()
	if !got.Repeated || got.Version != first.Version || len(got.Events) != len(first.Events) {
		t.Errorf("outcome %+v, want a repeat of %+v", got, first)
		return
	}
	for i, e := range got.Events {
		want := first.Events[i]
		if e.ID != want.ID || e.Sequence != want.Sequence || e.Stream != want.Stream || !e.Time.Equal(want.Time) || string(e.Data) != string(want.Data) {
			t.Errorf("event %d is %+v, want %+v", i, e, want)
		}
	}
}

// busy executes n commands of one event.
func busy(t *testing.T, r *repository, stream event.Stream, n int) {
	t.Helper()
	var working sync.WaitGroup
	for i := range n {
		working.Go(func() {
			if _, err := r.Execute(t.Context(), stream, command(fmt.Sprintf("busy on %s %d", stream, i), "ann", "adding"), add(1)); err != nil {
				t.Errorf("command %d: %v", i, err)
			}
		})
	}
	working.Wait()
}
