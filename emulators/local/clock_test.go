package local

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"
)

// The clock calls what is scheduled again and again, whatever is answered, until it is
// stopped.
func TestClock(t *testing.T) {
	calls := make(chan string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls <- r.Method + " " + r.URL.Path
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		runClock(ctx, server.URL, time.Millisecond)
	}()
	for _, want := range slices.Repeat([]string{"POST /scheduled/relay", "POST /scheduled/run-due-timers"}, 3) {
		select {
		case call := <-calls:
			if call != want {
				t.Errorf("it calls %s, want %s", call, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("it does not call")
		}
	}
	cancel()
	for {
		select {
		case <-calls: // was under way
		case <-stopped:
			return
		case <-time.After(20 * time.Second):
			t.Fatal("it does not stop")
		}
	}
}
