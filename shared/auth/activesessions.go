package auth

import (
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	activeFor      = time.Minute // how long it is believed that a session is active
	rememberedMost = 4096        // sessions, at about 0.2 KiB each
)

// activeSessions remembers which sessions were active a moment ago.
type activeSessions struct {
	mu    sync.Mutex
	until *simplelru.LRU[string, time.Time]
	ends  uint64 // counts what was forgotten
}

func newActiveSessions() *activeSessions {
	until, err := simplelru.NewLRU[string, time.Time](rememberedMost, nil)
	if err != nil {
		panic(fmt.Sprintf("make cache of active sessions: %v", err)) // only for a size under 1
	}
	return &activeSessions{until: until}
}

// lookUp reports whether a session is remembered. If not, the caller may read it
// from the store and pass ends on to remember.
func (a *activeSessions) lookUp(id string, now time.Time) (active bool, ends uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	until, known := a.until.Get(id)
	return known && now.Before(until), a.ends
}

// remember notes that a session was active at a time before it was read. When a
// session ended since that lookUp, the one that was read may be it, so nothing is
// noted.
func (a *activeSessions) remember(session Session, at time.Time, ends uint64) {
	until := at.Add(activeFor)
	if session.ExpiresAt.Before(until) {
		until = session.ExpiresAt
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ends == ends {
		a.until.Add(session.ID, until)
	}
}

// forget is called when a session has ended.
func (a *activeSessions) forget(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ends++
	a.until.Remove(id)
}

// forgetAll is called when sessions have ended whose ids are not known here. The
// others cost one read each.
func (a *activeSessions) forgetAll() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ends++
	a.until.Purge()
}
