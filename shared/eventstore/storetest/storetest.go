// Package storetest is the contract of eventstore.Store as a test suite. An adapter
// passes it with nothing but a way to open an empty store and to crash it.
package storetest

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/eventstore"

	"github.com/google/uuid"
)

// Backend is a running store.
type Backend struct {
	Store eventstore.Store
	// Reopen ends the process of the store as a crash would, whatever is under way,
	// and opens another on what it leaves behind. The old Store answers nothing, or
	// errors, from the moment that what it leaves behind is settled.
	Reopen func(testing.TB) Backend
}

// Open makes an empty store that ends with its test.
type Open func(testing.TB) Backend

// Test runs the contract against the stores that open makes.
func Test(t *testing.T, open Open) {
	for name, test := range map[string]func(*testing.T, Backend){
		"Append/versions have no gaps":                          versionsHaveNoGaps,
		"Append/another expected version is a conflict (D-33)":  conflicts,
		"Append/events of another place are refused":            misplaced,
		"Append/a repeat after a lost answer succeeds":          repeats,
		"Append/a repeat with other content is a conflict":      repeatsOtherwise,
		"Append/a batch that half exists is a conflict":         halfExists,
		"Append/an id that exists elsewhere is a duplicate":     duplicates,
		"Append/a duplicate does not disturb others":            duplicatesAmongInnocents,
		"Append/a cancelled call may be repeated":               cancelled,
		"Concurrency/of many writers at a version one wins":     oneWriterWins,
		"Concurrency/many streams are written at once":          manyStreams,
		"Concurrency/pages are whole while somebody writes":     pagesWhileWriting,
		"Read/Load gives pages":                                 pages,
		"Read/Find finds by id":                                 finds,
		"Read/Streams gives pages in the order of names":        listsStreams,
		"Read/ten thousand events in a stream":                  longStream,
		"Outbox/lists what is not marked, in order":             listsUnpublished,
		"Outbox/lists what is older than a time":                listsOlder,
		"Outbox/gives at most as many as asked":                 listsAtMost,
		"Outbox/marking concerns the marked alone":              marks,
		"Snapshots/are replaced, each stream's own":             snapshots,
		"Crash/what was acknowledged is there":                  crashKeepsAll,
		"Crash/an append and its outbox records are one (D-31)": crashKeepsWholes,
		"Crash/an append under way may be repeated afterwards":  crashThenRepeat,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

const patience = 10 * time.Second

var start = time.Date(2026, 5, 4, 3, 2, 1, int(987*time.Millisecond), time.UTC)

// happened makes n events that follow a version of a stream, a second apart.
func happened(stream event.Stream, after int64, n int) []event.Envelope {
	events := make([]event.Envelope, n)
	for i := range events {
		sequence := after + int64(i) + 1
		id := uuid.Must(uuid.NewV7()).String()
		events[i] = event.Envelope{
			ID: id, Type: "test.happened", Version: 2, Stream: stream, Sequence: sequence,
			Time: start.Add(time.Duration(sequence) * time.Second), Actor: "ann",
			Data:          json.RawMessage(fmt.Sprintf(`{"text":"\"ü\" 😀","n":%d}`, sequence)),
			CorrelationID: "chain of " + id, CausationID: "cause of " + id,
			Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Fingerprint: "asked for " + id,
		}
	}
	return events
}

func mustAppend(t *testing.T, store eventstore.Store, events ...event.Envelope) {
	t.Helper()
	if err := store.Append(t.Context(), events[0].Stream, events[0].Sequence-1, events); err != nil {
		t.Fatalf("append %d events to %s at %d: %v", len(events), events[0].Stream, events[0].Sequence-1, err)
	}
}

// appendNew appends n new events after a version and gives them.
func appendNew(t *testing.T, store eventstore.Store, stream event.Stream, after int64, n int) []event.Envelope {
	t.Helper()
	events := happened(stream, after, n)
	mustAppend(t, store, events...)
	return events
}

func wantStream(t *testing.T, store eventstore.Store, stream event.Stream, want ...event.Envelope) {
	t.Helper()
	got, err := store.Load(t.Context(), stream, 0, len(want)+10)
	if err != nil {
		t.Fatalf("load %s: %v", stream, err)
	}
	wantEvents(t, "stream "+string(stream), got, want)
}

// wantUnpublished waits until the outbox holds just these events, in this order.
func wantUnpublished(t *testing.T, store eventstore.Store, want ...event.Envelope) {
	t.Helper()
	var got []event.Envelope
	eventually(func() bool {
		got = unpublished(t, store)
		return len(got) == len(want)
	})
	wantEvents(t, "outbox", got, want)
}

// unpublished gives the whole outbox.
func unpublished(t *testing.T, store eventstore.Store) []event.Envelope {
	t.Helper()
	events, err := store.Unpublished(t.Context(), start.AddDate(1, 0, 0), 100_000)
	if err != nil {
		t.Fatalf("read the outbox: %v", err)
	}
	return events
}

func wantEvents(t *testing.T, where string, got, want []event.Envelope) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s holds %d events, want %d", where, len(got), len(want))
	}
	for i := range want {
		if text(t, got[i]) != text(t, want[i]) {
			t.Fatalf("%s, event %d:\n got %s\nwant %s", where, i, text(t, got[i]), text(t, want[i]))
		}
	}
}

func text(t *testing.T, e event.Envelope) string {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatalf("encode %s: %v", e.ID, err)
	}
	return string(data)
}

// eventually waits for what a store may do after it has answered.
func eventually(is func() bool) {
	for deadline := time.Now().Add(patience); !is() && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
}
