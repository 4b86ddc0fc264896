package trigger

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// TestLocks has many take overlapping names: nobody blocks anybody for ever, and what
// a name guards is worked on by one at a time.
func TestLocks(t *testing.T) {
	l := newLocks()
	names := []string{"a", "b", "c", "d"}
	counts := make([]int, len(names)) // the race detector watches these
	var working sync.WaitGroup
	for range 8 {
		working.Go(func() {
			for range 200 {
				i, j := rand.IntN(len(names)), rand.IntN(len(names))
				unlock, err := l.lock(t.Context(), []string{names[i], names[j], names[i]})
				if err != nil {
					t.Error(err)
					return
				}
				counts[i]++
				counts[j]++
				unlock()
			}
		})
	}
	working.Wait()
	total := 0
	for _, n := range counts {
		total += n
	}
	if total != 2*8*200 || len(l.taken) != 0 {
		t.Errorf("%d counted, %d names still taken", total, len(l.taken))
	}
}

func TestLocksThatAreNotHadAreNotHeld(t *testing.T) {
	l := newLocks()
	unlock, err := l.lock(t.Context(), []string{"b"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := l.lock(ctx, []string{"a", "b"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
	unlock()
	again, err := l.lock(t.Context(), []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	again()
}
