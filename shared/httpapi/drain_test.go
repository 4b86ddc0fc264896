package httpapi_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"boochat/shared/httpapi"
)

func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var drain httpapi.Drain
		finish := make(chan struct{})
		handler := drain.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			<-finish
			w.WriteHeader(http.StatusTeapot)
		}))
		status := make(chan int)
		go func() { status <- serve(handler, get("/")).Code }()
		synctest.Wait()

		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := drain.Close(short)
		if !errors.Is(err, context.DeadlineExceeded) || err.Error() != "drain: 1 requests still under way: context deadline exceeded" {
			t.Errorf("closed with a request under way: %v", err)
		}

		late := serve(handler, get("/"))
		if problem := problemIn(t, late); late.Code != 503 || problem.Code != httpapi.CodeUnavailable ||
			late.Header().Get("Connection") != "close" || late.Header().Get("Retry-After") != "1" {
			t.Errorf("a late request got %d %v", late.Code, late.Header())
		}

		closed := make(chan error)
		go func() { closed <- drain.Close(t.Context()) }()
		synctest.Wait()
		close(finish)
		if got := <-status; got != http.StatusTeapot {
			t.Errorf("the request under way got %d", got)
		}
		if err := <-closed; err != nil {
			t.Errorf("not idle: %v", err)
		}
		if err := drain.Close(t.Context()); err != nil {
			t.Errorf("closed again: %v", err)
		}
	})
}

func TestDrainOfAnIdleProcess(t *testing.T) {
	var drain httpapi.Drain
	if err := drain.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// Requests that come while the gate closes are either answered in full before
// Close returns, or refused.
func TestDrainUnderLoad(t *testing.T) {
	var drain httpapi.Drain
	var mu sync.Mutex
	var done bool
	handler := drain.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		if done {
			t.Error("a request was under way when Close had returned")
		}
	}))
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for serve(handler, get("/")).Code == http.StatusOK {
			}
		})
	}
	time.Sleep(10 * time.Millisecond)
	if err := drain.Close(t.Context()); err != nil {
		t.Error(err)
	}
	mu.Lock()
	done = true
	mu.Unlock()
	clients.Wait()
}
