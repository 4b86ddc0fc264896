package trigger

import (
	"context"
	"fmt"

	"boochat/shared/event"
)

// oneByOne projects the events of a category one by one, each alone among those of its
// stream, and again while another instance writes the same documents.
func oneByOne(ctx context.Context, l *locks, category string, events []event.Envelope, project func(context.Context, event.Envelope) error) error {
	for _, e := range events {
		if e.Stream.Category() != category {
			continue
		}
		unlock, err := l.lock(ctx, []string{e.Stream.ID()})
		if err == nil {
			err = freshly(func() error { return project(ctx, e) })
			unlock()
		}
		if err != nil {
			return fmt.Errorf("project %s at %d: %w", e.Stream, e.Sequence, err)
		}
	}
	return nil
}
