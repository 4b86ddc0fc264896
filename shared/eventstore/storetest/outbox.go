package storetest

import (
	"slices"
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/eventstore"
)

func mark(t *testing.T, store eventstore.Store, events ...event.Envelope) {
	t.Helper()
	if err := store.MarkPublished(t.Context(), events); err != nil {
		t.Fatalf("mark %d events: %v", len(events), err)
	}
}

func listsUnpublished(t *testing.T, b Backend) {
	wantUnpublished(t, b.Store)
	a := appendNew(t, b.Store, "room_a", 0, 3)
	other := appendNew(t, b.Store, "user_b", 0, 2)
	more := appendNew(t, b.Store, "room_a", 3, 1)
	wantUnpublished(t, b.Store, slices.Concat(a, other, more)...)

	mark(t, b.Store, a[1], other[0])
	rest := []event.Envelope{a[0], a[2], other[1], more[0]}
	wantUnpublished(t, b.Store, rest...)
	b = b.Reopen(t)
	// What was marked may come back: marking need not be durable.
	got := unpublished(t, b.Store)
	got = slices.DeleteFunc(got, func(e event.Envelope) bool { return e.ID == a[1].ID || e.ID == other[0].ID })
	wantEvents(t, "outbox after a crash", got, rest)

	mark(t, b.Store, slices.Concat(a, other, more)...)
	wantUnpublished(t, b.Store)
	wantStream(t, b.Store, "room_a", append(a, more...)...)
}

func listsOlder(t *testing.T, b Backend) {
	stored := appendNew(t, b.Store, "room_a", 0, 5)
	for name, c := range map[string]struct {
		before time.Time
		want   []event.Envelope
	}{
		"before all":               {start, nil},
		"at the very first":        {stored[0].Time, nil},
		"a little after the first": {stored[0].Time.Add(time.Millisecond), stored[:1]},
		"at the fourth":            {stored[3].Time, stored[:3]},
		"after all":                {stored[4].Time.Add(time.Hour), stored},
		"in another time zone":     {stored[3].Time.In(time.FixedZone("", 7*3600)), stored[:3]},
	} {
		got, err := b.Store.Unpublished(t.Context(), c.before, 100)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantEvents(t, "outbox "+name, got, c.want)
	}
}

func listsAtMost(t *testing.T, b Backend) {
	stored := appendNew(t, b.Store, "room_a", 0, 5)
	for limit := 1; limit <= 6; limit++ {
		got, err := b.Store.Unpublished(t.Context(), start.AddDate(1, 0, 0), limit)
		if err != nil {
			t.Fatalf("at most %d: %v", limit, err)
		}
		wantEvents(t, "outbox", got, stored[:min(limit, 5)])
	}
}

func marks(t *testing.T, b Backend) {
	stored := appendNew(t, b.Store, "room_a", 0, 3)
	mark(t, b.Store, happened("room_b", 0, 2)...) // never appended
	mark(t, b.Store, stored[0])
	mark(t, b.Store, stored[0])
	wantUnpublished(t, b.Store, stored[1:]...)
	mustAppend(t, b.Store, stored...) // a repeat does not bring a record back
	wantUnpublished(t, b.Store, stored[1:]...)
}
