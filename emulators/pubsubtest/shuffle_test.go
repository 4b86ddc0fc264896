package pubsubtest

import (
	"fmt"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"boochat/emulators/network"
)

func TestPushesThatComeTwiceAndInAnyOrder(t *testing.T) {
	const rooms, messages = 3, 40
	var shuffle *network.Shuffler
	s := newSystem(t, func(endpoint string) string {
		shuffle = network.NewShuffler(endpoint)
		proxy := httptest.NewServer(shuffle)
		t.Cleanup(proxy.Close)
		return proxy.URL
	})
	for i := range rooms {
		id := fmt.Sprint("room", i)
		s.create(t, id)
		var sending sync.WaitGroup
		for n := range messages {
			sending.Go(func() { s.post(t, id, n) })
		}
		sending.Wait()
	}
	for i := range rooms {
		s.waitShown(t, fmt.Sprint("room", i), messages+1)
	}
	for deadline := time.Now().Add(patience); shuffle.Count() < rooms*(messages+1); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d pushes, want %d", shuffle.Count(), rooms*(messages+1))
		}
	}
	shuffle.Wait()
	s.check(t)
	if left := s.unpublished(t); len(left) > 0 {
		t.Errorf("the outbox still holds %d events", len(left))
	}
}
