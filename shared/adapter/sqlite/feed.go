package sqlite

import (
	"sync"

	"boochat/shared/view"
)

// feed counts and tells what is written to the documents.
type feed struct {
	position int64 // newest; only the writer moves it

	mu        sync.Mutex
	told      int64 // newest position followers have been told of
	followers map[int]*follower
	nextID    int
}

func newFeed() *feed { return &feed{followers: map[int]*follower{}} }

// next gives the writer another position. One that a failed commit has used up is
// left out: positions rise, and may have gaps.
func (f *feed) next() int64 {
	f.position++
	return f.position
}

func (f *feed) tell(changes []view.Change) {
	if len(changes) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = changes[len(changes)-1].Position
	for _, one := range f.followers {
		one.add(changes)
	}
}

// follower is told of changes by a goroutine of its own, so that the writer never
// waits for it.
type follower struct {
	mu      sync.Mutex
	wake    *sync.Cond
	waiting []view.Change
	stopped bool
}

func (f *follower) add(changes []view.Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = append(f.waiting, changes...)
	f.wake.Signal()
}

func (f *follower) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stopped = true
	f.wake.Signal()
}

func (f *follower) run(tell func([]view.Change)) {
	for {
		f.mu.Lock()
		for len(f.waiting) == 0 && !f.stopped {
			f.wake.Wait()
		}
		changes, stopped := f.waiting, f.stopped
		f.waiting = nil
		f.mu.Unlock()
		if stopped {
			return
		}
		tell(changes)
	}
}

func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, one := range f.followers {
		one.stop()
		delete(f.followers, id)
	}
}

// Generation implements view.Feed.
func (v *Views) Generation() string { return v.generation }

// Follow implements view.Feed.
func (v *Views) Follow(tell func([]view.Change)) (position int64, stop func()) {
	one := &follower{}
	one.wake = sync.NewCond(&one.mu)
	f := v.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	id := f.nextID
	f.nextID++
	f.followers[id] = one
	go one.run(tell)
	return f.told, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.followers, id)
		one.stop()
	}
}
