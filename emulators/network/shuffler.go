package network

import (
	"bytes"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Shuffler stands between Pub/Sub and the functions. It acknowledges what is pushed, and
// delivers it after a while of its own, two or three times, until each delivery has
// been answered with success: so the events of a stream come in any order, together,
// and again after later ones.
type Shuffler struct {
	endpoint  string
	pushed    sync.Map // bodies that Pub/Sub has pushed
	delivered sync.WaitGroup
}

// NewShuffler makes a shuffler to an endpoint; the path of what is pushed comes after it.
func NewShuffler(endpoint string) *Shuffler { return &Shuffler{endpoint: endpoint} }

// ServeHTTP takes a push.
func (s *Shuffler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.pushed.Store(string(body), true)
	for range 2 + rand.IntN(2) {
		wait := time.Duration(rand.IntN(400)) * time.Millisecond
		s.delivered.Go(func() {
			for !s.deliver(wait, r.URL.Path, body) {
				wait = 50 * time.Millisecond
			}
		})
	}
	w.WriteHeader(http.StatusNoContent)
}

// deliver reports whether the function has done with the push.
func (s *Shuffler) deliver(wait time.Duration, path string, body []byte) bool {
	time.Sleep(wait)
	answer, err := http.Post(s.endpoint+path, "application/json", bytes.NewReader(body))
	if err != nil {
		slog.Error("the function does not answer", "error", err)
		return true // the test will miss the event
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusNoContent
}

// Count is how many different pushes have come.
func (s *Shuffler) Count() (n int) {
	s.pushed.Range(func(any, any) bool {
		n++
		return true
	})
	return n
}

// Wait returns when everything that was pushed is delivered.
func (s *Shuffler) Wait() { s.delivered.Wait() }
