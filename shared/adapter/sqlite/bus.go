package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"boochat/shared/bus"
	"boochat/shared/event"
)

// deliverAtOnce is how many events a handler is given together, at most.
const deliverAtOnce = 256

// readYourWrites bounds how long Publish waits for the projections.
const readYourWrites = 250 * time.Millisecond

// Bus delivers from the log. Every subscription reads it at its own pace from its
// own checkpoint, so whatever is committed is delivered, across crashes, too.
type Bus struct {
	store    *EventStore
	patience patience

	mu          sync.Mutex
	projections map[string]*progress
}

// NewBus makes the bus of a log.
func NewBus(store *EventStore) *Bus {
	return &Bus{store: store, patience: elevenMinutes, projections: map[string]*progress{}}
}

var _ bus.Publisher = (*Bus)(nil)

// Publish implements bus.Publisher. The commit that appended the events has
// already put them where every subscription reads. It waits a moment until the
// read documents show them, so that on this backend people read what they write.
func (b *Bus) Publish(ctx context.Context, _ []event.Envelope) error {
	ctx, cancel := context.WithTimeout(ctx, readYourWrites)
	defer cancel()
	_ = b.CaughtUp(ctx) // they will be, in their own time
	return nil
}

// CaughtUp returns when the projections have done with what is in the log now, or
// with the error of ctx.
func (b *Bus) CaughtUp(ctx context.Context) error {
	head := b.store.tail.newestPosition()
	for _, p := range b.served() {
		p.wait(ctx, head)
	}
	return ctx.Err()
}

func (b *Bus) served() []*progress {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Collect(maps.Values(b.projections))
}

// Consumer delivers to one subscription.
type Consumer struct {
	bus         *Bus
	delivery    *delivery
	checkpoints Checkpoints
	reached     *progress
}

// Subscribe begins a subscription at its checkpoint; Run delivers to it. One
// process has one consumer of a subscription at a time.
func (b *Bus) Subscribe(ctx context.Context, sub bus.Subscription, checkpoints Checkpoints) (*Consumer, error) {
	d := &delivery{Subscription: sub, store: b.store, patience: b.patience}
	position, err := checkpoints.Load(ctx, sub.Name)
	if err == nil {
		err = d.load(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("subscribe %s: %w", sub.Name, err)
	}
	c := &Consumer{bus: b, delivery: d, checkpoints: checkpoints, reached: newProgress(position)}
	if sub.Projection {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.projections[sub.Name] = c.reached
	}
	return c, nil
}

// Run delivers until ctx ends or the store is closed.
func (c *Consumer) Run(ctx context.Context) {
	for ctx.Err() == nil {
		c.delivery.redeliver(ctx)
		batch, err := c.next(ctx)
		switch {
		case errors.Is(err, errClosed):
			return
		case err != nil:
			slog.ErrorContext(ctx, "delivery waits for the store", "subscription", c.delivery.Name, "error", err)
			sleep(ctx, time.Second)
		case len(batch) > 0:
			c.handle(ctx, batch)
		}
	}
}

// handle delivers a batch and moves the checkpoint past it, unless ctx ends
// meanwhile: then the next start delivers it again.
func (c *Consumer) handle(ctx context.Context, batch []Entry) {
	c.delivery.deliver(ctx, batch)
	if ctx.Err() != nil {
		return
	}
	position := batch[len(batch)-1].Position
	c.reached.reach(position)
	c.delivery.persist(ctx, func() error { return c.checkpoints.Save(ctx, c.delivery.Name, position) })
}

// next reads the next events, waiting for one until a stream that stands aside is due.
func (c *Consumer) next(ctx context.Context) ([]Entry, error) {
	wait, cancel := context.WithTimeout(ctx, c.delivery.untilDue())
	defer cancel()
	position := c.reached.now()
	if err := c.bus.store.tail.wait(wait, position); err != nil {
		if wait.Err() != nil {
			return nil, nil
		}
		return nil, err
	}
	return c.bus.store.Read(ctx, position, deliverAtOnce)
}

// Read reads the log from its tail in memory, or else from the file.
func (s *EventStore) Read(ctx context.Context, after int64, limit int) ([]Entry, error) {
	if entries, ok := s.tail.after(after, limit); ok {
		return entries, nil
	}
	return s.Log.Read(ctx, after, limit)
}
