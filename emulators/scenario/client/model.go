package client

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
)

// Model is what a listener has been told since it began anew.
type Model struct {
	Documents map[string]json.RawMessage // by path, without those that are gone
	Log       []Message                  // all messages, in order
	Told      map[string]int             // how many changes came, by path
	Resets    int
	Current   bool // the listener has brought the model up to date since it connected
	Cursor    string
}

func newModel() Model {
	return Model{Documents: map[string]json.RawMessage{}, Told: map[string]int{}}
}

// keeper is what listeners of every kind keep.
type keeper struct {
	mu       sync.Mutex
	changed  chan struct{} // closed when something came, and made anew
	model    Model
	received int   // messages so far, of all connections
	ended    error // why the connection ended; nil while it is open
}

func newKeeper() keeper { return keeper{changed: make(chan struct{}), model: newModel()} }

// wake tells those who wait that something came. The lock is held.
func (k *keeper) wake() {
	close(k.changed)
	k.changed = make(chan struct{})
}

// end notes why the connection is over.
func (k *keeper) end(why error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ended = why
	k.wake()
}

// take brings a message into the model.
func (k *keeper) take(m Message) {
	k.mu.Lock()
	defer k.mu.Unlock()
	defer k.wake()
	k.received++
	if m.Type == "reset" {
		resets := k.model.Resets + 1
		k.model = newModel()
		k.model.Resets = resets
	}
	k.model.Log = append(k.model.Log, m)
	if m.Cursor != "" {
		k.model.Cursor = m.Cursor
	}
	switch {
	case m.Type == "current":
		k.model.Current = true
	case m.Type == "change" && m.IsGone():
		k.model.Told[m.Path]++
		delete(k.model.Documents, m.Path)
	case m.Type == "change":
		k.model.Told[m.Path]++
		k.model.Documents[m.Path] = m.Data
	}
}

// Received is how many messages came so far, over all connections.
func (k *keeper) Received() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.received
}

// Look calls f with the model, which it must not keep.
func (k *keeper) Look(f func(*Model)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f(&k.model)
}

// Until waits for a condition of the model. A connection that ends meanwhile is an
// error, as is the end of ctx.
func (k *keeper) Until(ctx context.Context, condition func(*Model) bool) error {
	for {
		k.mu.Lock()
		met, changed, ended := condition(&k.model), k.changed, k.ended
		k.mu.Unlock()
		if met {
			return nil
		}
		if ended != nil {
			return fmt.Errorf("the connection ended: %w", ended)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for the model: %w", ctx.Err())
		}
	}
}
