package eventstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"boochat/shared/adapter/sqlite"
	"boochat/shared/event"
	"boochat/shared/eventstore"
)

// recordingPublisher notes what is published, until it fails.
type recordingPublisher struct {
	failAfter int // publications that succeed
	batches   int
	published map[string]int // by event id
	order     []int64        // of the sequences, as first published
}

func (p *recordingPublisher) Publish(_ context.Context, events []event.Envelope) error {
	if p.batches == p.failAfter {
		return errors.New("the bus is away")
	}
	p.batches++
	for _, e := range events {
		if p.published[e.ID]++; p.published[e.ID] == 1 {
			p.order = append(p.order, e.Sequence)
		}
	}
	return nil
}

func TestRelay(t *testing.T) {
	store, err := sqlite.OpenEventStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	const many = 1200
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var events []event.Envelope
	for i := range many {
		id := fmt.Sprint("event-", i+1)
		at := now.Add(-15*time.Second - time.Millisecond)
		if i == many-1 {
			at = now.Add(-15 * time.Second) // not older than that
		}
		events = append(events, event.Envelope{
			ID: id, Type: "test.happened", Version: 1, Stream: "room_a", Sequence: int64(i) + 1, Time: at, Data: json.RawMessage(`{}`), CausationID: id,
		})
	}
	if err := store.Append(t.Context(), "room_a", 0, events); err != nil {
		t.Fatal(err)
	}
	p := &recordingPublisher{failAfter: 1, published: map[string]int{}}
	relay := eventstore.Relay{Outbox: store, Publisher: p, Now: func() time.Time { return now }}
	if n, err := relay.Run(t.Context()); err == nil || n != 500 {
		t.Errorf("with the bus going away: %d published, %v", n, err)
	}
	p.failAfter = -1
	if _, err := relay.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(p.order) != many-1 {
		t.Fatalf("%d events are published, want the %d that are old enough", len(p.order), many-1)
	}
	for i, sequence := range p.order {
		if sequence != int64(i)+1 {
			t.Fatalf("event %d is published as number %d", sequence, i+1)
		}
	}
	now = now.Add(time.Millisecond)
	if _, err := relay.Run(t.Context()); err != nil || p.published[events[many-1].ID] != 1 {
		t.Errorf("the last one is published %d times, %v", p.published[events[many-1].ID], err)
	}
}
