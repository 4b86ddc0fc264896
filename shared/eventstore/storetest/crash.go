package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"boochat/shared/event"
)

func crashKeepsAll(t *testing.T, b Backend) {
	var all []event.Envelope
	for round := range 3 {
		for range 5 {
			all = append(all, appendNew(t, b.Store, "room_a", int64(len(all)), 2)...)
		}
		b = b.Reopen(t)
		wantStream(t, b.Store, "room_a", all...)
		wantUnpublished(t, b.Store, all...)
		if t.Failed() {
			t.Fatalf("after crash %d", round+1)
		}
	}
}

// crashKeepsWholes crashes the store while it is busy: whatever it has kept of the
// appends under way must be whole, and what it had acknowledged must be there.
func crashKeepsWholes(t *testing.T, b Backend) {
	const writers, batch = 8, 3
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	acknowledged := make([]int64, writers)
	streamOf := func(i int) event.Stream { return event.NewStream("room", fmt.Sprint("s", i)) }
	var writing sync.WaitGroup
	old := b.Store
	for i := range writers {
		writing.Go(func() {
			for after := int64(0); ctx.Err() == nil; after += batch {
				if old.Append(ctx, streamOf(i), after, happened(streamOf(i), after, batch)) != nil {
					return
				}
				acknowledged[i] = after + batch
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	b = b.Reopen(t)
	cancel()
	writing.Wait()

	records := countByStream(unpublished(t, b.Store))
	for i := range writers {
		events, err := b.Store.Load(t.Context(), streamOf(i), 0, 100_000)
		if err != nil {
			t.Fatalf("load %s: %v", streamOf(i), err)
		}
		kept := int64(len(events))
		if kept < acknowledged[i] {
			t.Errorf("%s: %d events were acknowledged, %d are left", streamOf(i), acknowledged[i], kept)
		}
		if kept%batch != 0 {
			t.Errorf("%s has kept %d events of appends of %d", streamOf(i), kept, batch)
		}
		if records[streamOf(i)] != kept {
			t.Errorf("%s: %d outbox records for %d events", streamOf(i), records[streamOf(i)], kept)
		}
	}
	if acknowledged[0] == 0 {
		t.Error("nothing was written before the crash: the test shows nothing")
	}
}

// crashThenRepeat is what a client does whose request died with the server.
func crashThenRepeat(t *testing.T, b Backend) {
	first := appendNew(t, b.Store, "room_a", 0, 2)
	second := happened("room_a", 2, 2)
	ctx, cancel := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	old := b.Store
	writing.Go(func() { _ = old.Append(ctx, "room_a", 2, second) }) // its answer is lost
	b = b.Reopen(t)
	cancel()
	writing.Wait()
	mustAppend(t, b.Store, second...)
	mustAppend(t, b.Store, first...)
	wantStream(t, b.Store, "room_a", append(first, second...)...)
	wantUnpublished(t, b.Store, append(first, second...)...)
}

func countByStream(events []event.Envelope) map[event.Stream]int64 {
	count := map[event.Stream]int64{}
	for _, e := range events {
		count[e.Stream]++
	}
	return count
}
