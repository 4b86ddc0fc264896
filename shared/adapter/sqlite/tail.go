package sqlite

import (
	"context"
	"sync"

	"boochat/shared/event"
)

// tailLength is how many of the newest events are kept in memory, so that
// subscribers who are up to date need not read what was just written.
const tailLength = 8192

// tail is the newest end of the log.
type tail struct {
	mu     sync.Mutex
	newest []Entry
	head   int64         // newest position
	moved  chan struct{} // closed when head moves, or the log is closed
	closed bool
}

func newTail() *tail { return &tail{moved: make(chan struct{})} }

// add is called in the order of commits.
func (t *tail) add(first int64, events []event.Envelope) {
	if len(events) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, e := range events {
		t.newest = append(t.newest, Entry{first + int64(i), e})
	}
	if len(t.newest) > 2*tailLength {
		t.newest = append([]Entry(nil), t.newest[len(t.newest)-tailLength:]...)
	}
	t.head = first + int64(len(events)) - 1
	t.wake()
}

func (t *tail) wake() {
	close(t.moved)
	t.moved = make(chan struct{})
}

func (t *tail) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.closed = true
		t.wake()
	}
}

// after gives at most limit events after a position when the tail holds them all;
// otherwise ok is false and they are in the file.
func (t *tail) after(position int64, limit int) (events []Entry, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if position >= t.head {
		return nil, true
	}
	if len(t.newest) == 0 || t.newest[0].Position > position+1 {
		return nil, false
	}
	from := int(position + 1 - t.newest[0].Position)
	to := min(from+limit, len(t.newest))
	return t.newest[from:to:to], true
}

func (t *tail) newestPosition() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.head
}

// wait returns when the log holds something after a position, or ctx ends.
func (t *tail) wait(ctx context.Context, position int64) error {
	for {
		t.mu.Lock()
		head, moved, closed := t.head, t.moved, t.closed
		t.mu.Unlock()
		if closed {
			return errClosed
		}
		if head > position {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
