package realtime

import (
	"context"
	"sync"
	"time"

	"boochat/shared/view"
)

// Presence knows who is online: those with an open socket, on however many
// devices, and those who gave a heartbeat a short while ago. It is not stored: it
// is about now, and true again soon after a restart.
type Presence struct {
	mu      sync.Mutex
	people  map[string]*whereabouts
	changed func(person string)
}

type whereabouts struct {
	sockets int
	beats   int // heartbeats so far; 0 when the newest is over
}

func (w *whereabouts) online() bool { return w.sockets > 0 || w.beats > 0 }

// NewPresence makes a Presence that nobody is in.
func NewPresence() *Presence {
	return &Presence{people: map[string]*whereabouts{}, changed: func(string) {}}
}

// Notice has f, and nobody else any more, called whenever somebody comes or goes.
func (p *Presence) Notice(f func(person string)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changed = f
}

// Online gives those of some people who are online now.
func (p *Presence) Online(_ context.Context, people map[string]bool) (map[string]bool, error) {
	online := map[string]bool{}
	for person := range people {
		online[person] = p.isOnline(person)
	}
	return online, nil
}

func (p *Presence) isOnline(person string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.people[person]
	return w != nil && w.online()
}

// Beat says that a person is there for the next minute.
func (p *Presence) Beat(_ context.Context, person string, _ []string) error {
	p.update(person, func(w *whereabouts) {
		w.beats++
		beat := w.beats
		time.AfterFunc(view.BeatLasts, func() { p.endBeat(person, w, beat) })
	})
	return nil
}

// endBeat ends a heartbeat, unless a newer one has come.
func (p *Presence) endBeat(person string, of *whereabouts, beat int) {
	p.update(person, func(w *whereabouts) {
		if w == of && w.beats == beat {
			w.beats = 0
		}
	})
}

// connect counts a socket of a person, disconnect takes it away.
func (p *Presence) connect(person string) {
	p.update(person, func(w *whereabouts) { w.sockets++ })
}

func (p *Presence) disconnect(person string) {
	p.update(person, func(w *whereabouts) { w.sockets-- })
}

func (p *Presence) update(person string, change func(*whereabouts)) {
	p.mu.Lock()
	w := p.people[person]
	if w == nil {
		w = &whereabouts{}
		p.people[person] = w
	}
	before := w.online()
	change(w)
	after := w.online()
	if !after {
		delete(p.people, person)
	}
	changed := p.changed
	p.mu.Unlock()
	if before != after {
		changed(person)
	}
}
