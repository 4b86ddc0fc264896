package trigger

import (
	"context"
	"fmt"

	"boochat/shared/bus"
	"boochat/shared/event"
)

// gapPage is how many events of a gap are read at a time.
const gapPage = 500

// Loader reads a stream where delivery has left a gap (eventstore.Store does).
type Loader interface {
	Load(ctx context.Context, stream event.Stream, after int64, limit int) ([]event.Envelope, error)
}

// runAhead applies what comes after an event, a page of it. What cannot be applied is
// left to its own delivery, with what comes after it.
func runAhead(ctx context.Context, store Loader, e event.Envelope, apply func(event.Envelope) error) error {
	ahead, err := store.Load(ctx, e.Stream, e.Sequence, gapPage)
	if err != nil {
		return err
	}
	for _, next := range ahead {
		if err := apply(next); err != nil {
			if bus.IsPermanent(err) {
				return nil
			}
			return err
		}
	}
	return nil
}

// upTo applies an event to a document that shows a version of its stream: not if
// it shows the event already, and not before the events in between, which are
// loaded. shown is asked again after each.
func upTo(ctx context.Context, store Loader, e event.Envelope, shown func() int64, apply func(event.Envelope) error) error {
	for shown() < e.Sequence-1 {
		missing, err := store.Load(ctx, e.Stream, shown(), int(min(e.Sequence-1-shown(), gapPage)))
		if err != nil {
			return err
		}
		if len(missing) == 0 {
			return fmt.Errorf("the store lacks the events after %d", shown())
		}
		for _, m := range missing {
			if err := apply(m); err != nil {
				return err
			}
		}
	}
	if e.Sequence <= shown() {
		return nil
	}
	return apply(e)
}
