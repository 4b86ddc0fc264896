package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"boochat/shared/event"
	"boochat/shared/eventstore"
)

func oneWriterWins(t *testing.T, b Backend) {
	const writers = 64
	for _, c := range []struct {
		stream event.Stream
		at     int64
		batch  int
	}{
		{"room_new", 0, 1},
		{"room_new-batch", 0, 3},
		{"room_old", 7, 1},
		{"room_old-batch", 5, 3},
	} {
		var stored []event.Envelope
		if c.at > 0 {
			stored = appendNew(t, b.Store, c.stream, 0, int(c.at))
		}
		var winner atomic.Pointer[[]event.Envelope]
		var wins, losses atomic.Int32
		begin := make(chan struct{})
		var writing sync.WaitGroup
		for range writers {
			batch := happened(c.stream, c.at, c.batch)
			writing.Go(func() {
				<-begin
				switch err := b.Store.Append(t.Context(), c.stream, c.at, batch); {
				case err == nil:
					wins.Add(1)
					winner.Store(&batch)
				case errors.Is(err, eventstore.ErrConflict):
					losses.Add(1)
				default:
					t.Errorf("append to %s: %v", c.stream, err)
				}
			})
		}
		close(begin)
		writing.Wait()
		if wins.Load() != 1 || losses.Load() != writers-1 {
			t.Fatalf("%s: %d won and %d found a conflict, want 1 and %d", c.stream, wins.Load(), losses.Load(), writers-1)
		}
		wantStream(t, b.Store, c.stream, append(stored, *winner.Load()...)...)
	}
}

func manyStreams(t *testing.T, b Backend) {
	const streams, appends = 16, 20
	written := make([][]event.Envelope, streams)
	var writing sync.WaitGroup
	for i := range streams {
		writing.Go(func() {
			stream := event.NewStream("room", fmt.Sprint("s", i))
			for range appends {
				batch := happened(stream, int64(len(written[i])), 1+i%3)
				if err := b.Store.Append(t.Context(), stream, int64(len(written[i])), batch); err != nil {
					t.Errorf("append to %s: %v", stream, err)
					return
				}
				written[i] = append(written[i], batch...)
			}
		})
	}
	writing.Wait()
	total := 0
	for i, events := range written {
		wantStream(t, b.Store, event.NewStream("room", fmt.Sprint("s", i)), events...)
		total += len(events)
	}

	next := map[event.Stream]int64{}
	outbox := unpublished(t, b.Store)
	for _, e := range outbox {
		if next[e.Stream]++; e.Sequence != next[e.Stream] {
			t.Fatalf("the outbox has %s at %d, want %d", e.Stream, e.Sequence, next[e.Stream])
		}
	}
	if len(outbox) != total {
		t.Errorf("the outbox holds %d events, want %d", len(outbox), total)
	}
}

func pagesWhileWriting(t *testing.T, b Backend) {
	const total, batch = 300, 3
	var writing sync.WaitGroup
	defer writing.Wait()
	writing.Go(func() {
		for after := int64(0); after < total; after += batch {
			if err := b.Store.Append(t.Context(), "room_a", after, happened("room_a", after, batch)); err != nil {
				t.Errorf("append at %d: %v", after, err)
				return
			}
		}
	})
	var seen int64
	for seen < total && !t.Failed() {
		page, err := b.Store.Load(t.Context(), "room_a", seen, 7)
		if err != nil {
			t.Fatalf("load after %d: %v", seen, err)
		}
		if len(page) > 7 {
			t.Fatalf("a page of 7 holds %d events", len(page))
		}
		if whole := (seen + int64(len(page))) % batch; len(page) < 7 && whole != 0 {
			t.Fatalf("the stream is seen to end at %d, in the middle of an append", seen+int64(len(page)))
		}
		for _, e := range page {
			if seen++; e.Sequence != seen {
				t.Fatalf("event %d is where %d belongs", e.Sequence, seen)
			}
		}
	}
}
