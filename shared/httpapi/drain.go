package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"sync"
)

// Drain is the gate that a process closes before it ends: what is under way is
// finished, what comes later is sent elsewhere. functions-framework's server
// cannot be shut down gracefully, so the handlers are. The zero value is open.
type Drain struct {
	mu       sync.Mutex
	inFlight int
	idle     chan struct{} // nil while the gate is open; closed once it is shut and inFlight is 0
}

// Wrap puts next behind the gate. Once it is closed, requests get 503 and are
// told to connect anew, which leads them to another instance.
func (d *Drain) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !d.enter() {
			w.Header().Set("Connection", "close")
			writeProblem(w, Unavailable())
			return
		}
		defer d.leave()
		next.ServeHTTP(w, r)
	})
}

// Close closes the gate and waits until the last request inside has been
// answered. When ctx ends first, it says how many are left. WebSockets count:
// whoever holds them has to close them.
func (d *Drain) Close(ctx context.Context) error {
	select {
	case <-d.close():
		return nil
	case <-ctx.Done():
		d.mu.Lock()
		defer d.mu.Unlock()
		return fmt.Errorf("drain: %d requests still under way: %w", d.inFlight, ctx.Err())
	}
}

func (d *Drain) close() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.idle == nil {
		d.idle = make(chan struct{})
		if d.inFlight == 0 {
			close(d.idle)
		}
	}
	return d.idle
}

func (d *Drain) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.idle != nil {
		return false
	}
	d.inFlight++
	return true
}

func (d *Drain) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inFlight--
	if d.idle != nil && d.inFlight == 0 {
		close(d.idle)
	}
}
