package trigger

import (
	"context"
	"slices"
	"sync"
)

// locks are mutexes by name: an instance that is handed events of many rooms at once
// works on them side by side, and on each room's one after the other.
type locks struct {
	mu    sync.Mutex
	taken map[string]chan struct{} // closed when the name is free again
}

func newLocks() *locks { return &locks{taken: map[string]chan struct{}{}} }

// lock takes all names, in an order that nobody can block, or answers the error of ctx.
func (l *locks) lock(ctx context.Context, names []string) (unlock func(), err error) {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	for i, name := range names {
		if err := l.take(ctx, name); err != nil {
			l.free(names[:i])
			return nil, err
		}
	}
	return func() { l.free(names) }, nil
}

func (l *locks) take(ctx context.Context, name string) error {
	for {
		l.mu.Lock()
		taken, busy := l.taken[name]
		if !busy {
			l.taken[name] = make(chan struct{})
			l.mu.Unlock()
			return nil
		}
		l.mu.Unlock()
		select {
		case <-taken:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (l *locks) free(names []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range names {
		close(l.taken[name])
		delete(l.taken, name)
	}
}
