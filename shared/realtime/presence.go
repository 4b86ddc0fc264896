package realtime

import (
	"sync"
	"time"
)

// BeatLasts is how long a heartbeat makes a person online (api.md, Settled).
const BeatLasts = 60 * time.Second

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

// Online reports whether a person is online now.
func (p *Presence) Online(person string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.people[person]
	return w != nil && w.online()
}

// Beat says that a person is there for the next minute.
func (p *Presence) Beat(person string) {
	p.update(person, func(w *whereabouts) {
		w.beats++
		beat := w.beats
		time.AfterFunc(BeatLasts, func() { p.endBeat(person, w, beat) })
	})
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
