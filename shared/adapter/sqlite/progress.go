package sqlite

import (
	"context"
	"sync"
)

// progress is how far a subscription has come, for those who wait for it.
type progress struct {
	mu       sync.Mutex
	position int64
	moved    chan struct{}
}

func newProgress(position int64) *progress {
	return &progress{position: position, moved: make(chan struct{})}
}

func (p *progress) now() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.position
}

func (p *progress) reach(position int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.position = position
	close(p.moved)
	p.moved = make(chan struct{})
}

// wait returns when the position is reached, or ctx ends.
func (p *progress) wait(ctx context.Context, position int64) {
	for {
		p.mu.Lock()
		reached, moved := p.position >= position, p.moved
		p.mu.Unlock()
		if reached {
			return
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return
		}
	}
}
