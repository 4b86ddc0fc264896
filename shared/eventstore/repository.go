package eventstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"boochat/shared/bus"
	"boochat/shared/event"

	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	// warmStreams is how many streams' folded states a process keeps.
	warmStreams = 10_000
	// snapshotEvery is after how many events a snapshot is saved: the longest fold
	// of a cold start.
	snapshotEvery = 256
	// worthSnapshot is how many events a cold start has to fold to save a snapshot for
	// the next one. Where reading is paid by the event, processes that come and go with
	// a conversation would read its events again each time.
	worthSnapshot = 16
	// loadPage is how many events are read at a time.
	loadPage = 500
	// publishTimeout bounds the wait for the bus; what it leaves is the relay's.
	publishTimeout = 2 * time.Second
)

// State is an aggregate's folded state; its JSON form is that of snapshots.
type State[S any] interface {
	// Apply folds one more event.
	Apply(e event.Envelope, payload any)
	// Clone copies the state, so that decisions can be tried.
	Clone() S
}

// Repository decides commands on the streams of one kind of aggregate: it loads,
// lets a rule decide, appends at the version read, and begins again when somebody
// else was faster. Commands to one stream that arrive together share an append.
// Warm streams are not loaded: the conditional append proves them fresh.
type Repository[S State[S]] struct {
	store     Store
	publisher bus.Publisher
	catalogue *event.Catalogue
	fresh     func() S
	now       func() time.Time
	streams   *lru.Cache[event.Stream, *stream[S]]
	opening   sync.Mutex // makes one *stream for each name
}

// NewRepository makes a repository; fresh makes the state of a stream without
// events, now is the clock that stamps events.
func NewRepository[S State[S]](store Store, publisher bus.Publisher, catalogue *event.Catalogue, fresh func() S, now func() time.Time) *Repository[S] {
	streams, err := lru.New[event.Stream, *stream[S]](warmStreams)
	if err != nil {
		panic(err) // only a size below one is refused
	}
	return &Repository[S]{store: store, publisher: publisher, catalogue: catalogue, fresh: fresh, now: now, streams: streams}
}

// stream is one stream in memory. Its commands wait in line; one goroutine at a
// time works on them.
type stream[S State[S]] struct {
	name event.Stream

	queue   sync.Mutex
	waiting []*pending[S]
	working bool

	work   sync.Mutex // guards state
	folded *folded[S] // nil: not loaded
}

// pending is a command in line.
type pending[S State[S]] struct {
	command Command
	decide  func(S) ([]any, error)
	done    chan answer
}

type answer struct {
	outcome Outcome
	err     error
}

func (r *Repository[S]) open(name event.Stream) *stream[S] {
	r.opening.Lock()
	defer r.opening.Unlock()
	s, ok := r.streams.Get(name)
	if !ok {
		s = &stream[S]{name: name}
		r.streams.Add(name, s)
	}
	return s
}

// Execute has decide make a decision on the newest state of a stream and appends
// the events it returns. decide may run several times and must have no effects.
// A refusal of decide comes back as it is. A command that was executed before
// (same id and fingerprint) gives the outcome of then, with Repeated set.
func (r *Repository[S]) Execute(ctx context.Context, name event.Stream, command Command, decide func(S) ([]any, error)) (Outcome, error) {
	s := r.open(name)
	p := &pending[S]{command: command, decide: decide, done: make(chan answer, 1)}
	s.queue.Lock()
	s.waiting = append(s.waiting, p)
	begin := !s.working
	s.working = true
	s.queue.Unlock()
	if begin {
		go r.workOff(s)
	}
	select {
	case a := <-p.done:
		return a.outcome, a.err
	case <-ctx.Done():
		return Outcome{}, fmt.Errorf("command on %s: %w", name, ctx.Err())
	}
}

// Read calls view with the newest state of a stream, which it must not keep.
func (r *Repository[S]) Read(ctx context.Context, name event.Stream, view func(S)) error {
	s := r.open(name)
	s.work.Lock()
	defer s.work.Unlock()
	if err := r.refresh(ctx, s); err != nil {
		return err
	}
	view(s.folded.state)
	r.forgetEmpty(s)
	return nil
}

// forgetEmpty keeps names that lead nowhere from pushing out warm streams.
func (r *Repository[S]) forgetEmpty(s *stream[S]) {
	if s.folded == nil || s.folded.version == 0 {
		r.streams.Remove(s.name)
	}
}

// refresh loads what a stream lacks: everything, or what others have appended.
func (r *Repository[S]) refresh(ctx context.Context, s *stream[S]) error {
	f := s.folded
	cold := f == nil
	if cold {
		var err error
		if f, err = r.fromSnapshot(ctx, s.name); err != nil {
			return err
		}
	}
	s.folded = nil // a state that fails half-way is not kept
	before := f.version
	for {
		events, err := r.store.Load(ctx, s.name, f.version, loadPage)
		if err != nil {
			return fmt.Errorf("load %s after %d: %w", s.name, f.version, err)
		}
		for _, e := range events {
			payload, err := r.catalogue.Decode(e)
			if err != nil {
				return fmt.Errorf("fold %s at %d: %w", s.name, e.Sequence, err)
			}
			f.apply(e, payload)
		}
		if len(events) < loadPage {
			s.folded = f
			if cold && f.version-before >= worthSnapshot {
				r.saveSnapshot(ctx, s)
			}
			return nil
		}
	}
}

func (r *Repository[S]) fromSnapshot(ctx context.Context, name event.Stream) (*folded[S], error) {
	f := &folded[S]{state: r.fresh()}
	snapshot, err := r.store.LoadSnapshot(ctx, name)
	if errors.Is(err, ErrNotFound) {
		return f, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load snapshot of %s: %w", name, err)
	}
	if err := json.Unmarshal(snapshot.Data, f); err != nil || f.version != snapshot.Version {
		slog.WarnContext(ctx, "snapshot set aside, folding from the start", "stream", name, "version", snapshot.Version, "error", err)
		return &folded[S]{state: r.fresh()}, nil
	}
	return f, nil
}

// saveSnapshot keeps the state for the next cold start.
func (r *Repository[S]) saveSnapshot(ctx context.Context, s *stream[S]) {
	data, err := json.Marshal(s.folded)
	if err == nil {
		err = r.store.SaveSnapshot(ctx, s.name, Snapshot{Version: s.folded.version, Data: data})
	}
	if err != nil {
		slog.WarnContext(ctx, "snapshot not saved", "stream", s.name, "error", err)
	}
}

// publish hands committed events to the bus. When it fails the events are safe:
// their outbox records remain, and the relay publishes them later.
func (r *Repository[S]) publish(ctx context.Context, events []event.Envelope) {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	err := r.publisher.Publish(ctx, events)
	if err == nil {
		err = r.store.MarkPublished(ctx, events)
	}
	if err != nil {
		slog.WarnContext(ctx, "left to the relay", "stream", events[0].Stream, "events", len(events), "error", err)
	}
}
