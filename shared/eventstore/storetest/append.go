package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"boochat/shared/event"
	"boochat/shared/eventstore"
)

func versionsHaveNoGaps(t *testing.T, b Backend) {
	var all []event.Envelope
	for _, n := range []int{1, 3, 1, 2} {
		all = append(all, appendNew(t, b.Store, "room_a", int64(len(all)), n)...)
	}
	other := appendNew(t, b.Store, "room_b", 0, 2)
	wantStream(t, b.Store, "room_a", all...)
	wantStream(t, b.Store, "room_b", other...)
	wantStream(t, b.Store, "room_c")
}

func conflicts(t *testing.T, b Backend) {
	stored := appendNew(t, b.Store, "room_a", 0, 3)
	for name, late := range map[string][]event.Envelope{
		"at the beginning":        happened("room_a", 0, 1),
		"one behind":              happened("room_a", 2, 1),
		"three at two behind":     happened("room_a", 1, 3),
		"ahead":                   happened("room_a", 4, 1),
		"ahead of an empty one":   happened("room_b", 1, 1),
		"far ahead of what it is": happened("room_a", 1_000_000, 2),
	} {
		err := b.Store.Append(t.Context(), late[0].Stream, late[0].Sequence-1, late)
		if !errors.Is(err, eventstore.ErrConflict) {
			t.Errorf("%s: error %v, want ErrConflict", name, err)
		}
	}
	wantStream(t, b.Store, "room_a", stored...)
	wantStream(t, b.Store, "room_b")
	wantUnpublished(t, b.Store, stored...)
}

func misplaced(t *testing.T, b Backend) {
	stored := appendNew(t, b.Store, "room_a", 0, 1)
	gap := happened("room_a", 1, 2)
	gap[1].Sequence++
	for name, events := range map[string][]event.Envelope{
		"of another stream":     happened("room_b", 1, 1),
		"of a later sequence":   happened("room_a", 2, 1),
		"of an older sequence":  happened("room_a", 0, 1),
		"with a gap in between": gap,
	} {
		if err := b.Store.Append(t.Context(), "room_a", 1, events); err == nil {
			t.Errorf("appended events %s", name)
		}
	}
	wantStream(t, b.Store, "room_a", stored...)
	wantStream(t, b.Store, "room_b")
}

func repeats(t *testing.T, b Backend) {
	first := appendNew(t, b.Store, "room_a", 0, 1)
	batch := appendNew(t, b.Store, "room_a", 1, 3)
	mustAppend(t, b.Store, first...)
	mustAppend(t, b.Store, batch...)
	later := appendNew(t, b.Store, "room_a", 4, 2)
	mustAppend(t, b.Store, first...)
	mustAppend(t, b.Store, batch...)

	all := slices.Concat(first, batch, later)
	wantStream(t, b.Store, "room_a", all...)
	wantUnpublished(t, b.Store, all...)
}

// repeatsOtherwise: another process that does not know the stream's newest state
// may decide on a repeated command anew. It must not take its own events for those
// that are stored.
func repeatsOtherwise(t *testing.T, b Backend) {
	stored := appendNew(t, b.Store, "room_a", 0, 2)
	for name, change := range map[string]func(*event.Envelope){
		"time":        func(e *event.Envelope) { e.Time = e.Time.Add(1e6) },
		"data":        func(e *event.Envelope) { e.Data = json.RawMessage(`{"text":"other"}`) },
		"fingerprint": func(e *event.Envelope) { e.Fingerprint = "asked for something else" },
	} {
		other := slices.Clone(stored)
		change(&other[1])
		if err := b.Store.Append(t.Context(), "room_a", 0, other); !errors.Is(err, eventstore.ErrConflict) {
			t.Errorf("same ids, other %s: error %v, want ErrConflict", name, err)
		}
	}
	wantStream(t, b.Store, "room_a", stored...)
}

func halfExists(t *testing.T, b Backend) {
	stored := appendNew(t, b.Store, "room_a", 0, 2)
	for name, events := range map[string][]event.Envelope{
		"the first of two":     {stored[0], happened("room_a", 1, 1)[0]},
		"two of three":         {stored[0], stored[1], happened("room_a", 2, 1)[0]},
		"the second of two":    {happened("room_a", 0, 1)[0], stored[1]},
		"the end, and one new": {stored[1], happened("room_a", 2, 1)[0]},
	} {
		err := b.Store.Append(t.Context(), "room_a", events[0].Sequence-1, events)
		if !errors.Is(err, eventstore.ErrConflict) {
			t.Errorf("%s: error %v, want ErrConflict", name, err)
		}
	}
	wantStream(t, b.Store, "room_a", stored...)
	wantUnpublished(t, b.Store, stored...)
}

func duplicates(t *testing.T, b Backend) {
	stored := appendNew(t, b.Store, "room_a", 0, 2)
	appendNew(t, b.Store, "room_b", 0, 1)
	for _, stream := range []event.Stream{"room_a", "room_b", "room_new"} {
		at := map[event.Stream]int64{"room_a": 2, "room_b": 1}[stream]
		for place := range 3 {
			batch := happened(stream, at, 3)
			batch[place].ID = stored[0].ID
			if err := b.Store.Append(t.Context(), stream, at, batch); !errors.Is(err, eventstore.ErrDuplicate) {
				t.Errorf("stored id at place %d of a batch for %s: error %v, want ErrDuplicate", place, stream, err)
			}
			for i, e := range batch {
				if _, err := b.Store.Find(t.Context(), e.ID); i != place && !errors.Is(err, eventstore.ErrNotFound) {
					t.Errorf("event %d of a refused batch for %s: error %v, want ErrNotFound", i, stream, err)
				}
			}
		}
	}
	wantStream(t, b.Store, "room_a", stored...)
	wantStream(t, b.Store, "room_new")
	if found, err := b.Store.Find(t.Context(), stored[0].ID); err != nil || text(t, found) != text(t, stored[0]) {
		t.Errorf("find the stored event: %v, error %v", found, err)
	}
	appendNew(t, b.Store, "room_a", 2, 1)
	if got := len(unpublished(t, b.Store)); got != 4 {
		t.Errorf("the outbox holds %d events, want 4", got)
	}
}

// duplicatesAmongInnocents gives a store that commits several appends together the
// occasion to let one spoil the others.
func duplicatesAmongInnocents(t *testing.T, b Backend) {
	const rounds, writers = 10, 32
	taken := appendNew(t, b.Store, "room_taken", 0, 1)[0].ID
	for round := range rounds {
		var writing sync.WaitGroup
		for i := range writers {
			stream := event.NewStream("room", fmt.Sprint("s", i))
			guilty := i%4 == 1
			after := int64(2 * round)
			batch := happened(stream, after, 2)
			if guilty {
				batch = happened(stream, 0, 2)
				batch[1].ID, after = taken, 0
			}
			writing.Go(func() {
				err := b.Store.Append(t.Context(), stream, after, batch)
				if guilty && !errors.Is(err, eventstore.ErrDuplicate) || !guilty && err != nil {
					t.Errorf("append to %s: %v", stream, err)
				}
			})
		}
		writing.Wait()
	}
	heads, err := b.Store.Streams(t.Context(), "", 100)
	if err != nil {
		t.Fatalf("list streams: %v", err)
	}
	if want := 1 + writers*3/4; len(heads) != want {
		t.Errorf("%d streams, want %d", len(heads), want)
	}
	for _, head := range heads {
		if head.Stream != "room_taken" && head.Version != 2*rounds {
			t.Errorf("%s is at %d, want %d", head.Stream, head.Version, 2*rounds)
		}
	}
}

func cancelled(t *testing.T, b Backend) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	events := happened("room_a", 0, 2)
	if err := b.Store.Append(ctx, "room_a", 0, events); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("append: error %v, want context.Canceled", err)
	}
	if _, err := b.Store.Load(ctx, "room_a", 0, 10); !errors.Is(err, context.Canceled) {
		t.Errorf("load: error %v, want context.Canceled", err)
	}
	mustAppend(t, b.Store, events...)
	wantStream(t, b.Store, "room_a", events...)
	wantUnpublished(t, b.Store, events...)
}
