package eventstore

import (
	"context"
	"fmt"
	"time"

	"boochat/shared/bus"
)

const (
	// relayAfter is how old an event must be before the relay takes it: until then the
	// command that appended it may be publishing it.
	relayAfter = 15 * time.Second
	// relayPage is how many events the relay publishes at a time.
	relayPage = 500
)

// Relay publishes what commands have appended and then could not publish, because
// the bus was away or the process died in between.
type Relay struct {
	Outbox    Outbox
	Publisher bus.Publisher
	Now       func() time.Time
}

// Run publishes what the outbox holds and is older than 15 s, in the order in which
// it was appended, and tells how much that was. It ends with the first failure or
// with ctx: what is left is for the next run, and so may be some events again.
func (r *Relay) Run(ctx context.Context) (published int, err error) {
	before := r.Now().Add(-relayAfter)
	for {
		events, err := r.Outbox.Unpublished(ctx, before, relayPage)
		if err != nil {
			return published, fmt.Errorf("read the outbox: %w", err)
		}
		if len(events) == 0 {
			return published, nil
		}
		if err := r.Publisher.Publish(ctx, events); err != nil {
			return published, fmt.Errorf("publish from the outbox: %w", err)
		}
		published += len(events)
		if err := r.Outbox.MarkPublished(ctx, events); err != nil {
			return published, fmt.Errorf("mark as published: %w", err)
		}
		if len(events) < relayPage {
			return published, nil
		}
	}
}
