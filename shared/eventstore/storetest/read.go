package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"

	"boochat/shared/event"
	"boochat/shared/eventstore"
)

func pages(t *testing.T, b Backend) {
	stored := appendNew(t, b.Store, "room_a", 0, 10)
	appendNew(t, b.Store, "room_a.b", 0, 3)
	for _, c := range []struct {
		after int64
		limit int
		want  []event.Envelope
	}{
		{0, 3, stored[:3]},
		{3, 3, stored[3:6]},
		{8, 3, stored[8:]},
		{9, 1, stored[9:]},
		{10, 3, nil},
		{99, 3, nil},
		{0, 100, stored},
	} {
		got, err := b.Store.Load(t.Context(), "room_a", c.after, c.limit)
		if err != nil {
			t.Fatalf("load %d after %d: %v", c.limit, c.after, err)
		}
		wantEvents(t, fmt.Sprintf("page of %d after %d", c.limit, c.after), got, c.want)
	}
}

func finds(t *testing.T, b Backend) {
	stored := slices.Concat(appendNew(t, b.Store, "room_a", 0, 2), appendNew(t, b.Store, "user_b", 0, 1))
	for _, want := range stored {
		got, err := b.Store.Find(t.Context(), want.ID)
		if err != nil {
			t.Fatalf("find %s: %v", want.ID, err)
		}
		wantEvents(t, "found", []event.Envelope{got}, []event.Envelope{want})
	}
	for _, id := range []string{"", "nothing", stored[0].ID + "_1", stored[0].ID[1:]} {
		if _, err := b.Store.Find(t.Context(), id); !errors.Is(err, eventstore.ErrNotFound) {
			t.Errorf("find %q: error %v, want ErrNotFound", id, err)
		}
	}
}

func listsStreams(t *testing.T, b Backend) {
	var want []eventstore.Head
	for i, name := range []event.Stream{"room_B", "room_a", "room_a-b", "room_a.b", "room_a_b", "user_1", "visit_r.u"} {
		appendNew(t, b.Store, name, 0, i+1)
		want = append(want, eventstore.Head{Stream: name, Version: int64(i + 1)})
	}
	slices.SortFunc(want, func(x, y eventstore.Head) int { return cmp.Compare(x.Stream, y.Stream) })

	for _, limit := range []int{1, 2, 3, 7, 100} {
		var got []eventstore.Head
		for after := event.Stream(""); ; after = got[len(got)-1].Stream {
			page, err := b.Store.Streams(t.Context(), after, limit)
			if err != nil {
				t.Fatalf("list streams after %q: %v", after, err)
			}
			if len(page) > limit {
				t.Fatalf("a page of %d holds %d streams", limit, len(page))
			}
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("in pages of %d: %v, want %v", limit, got, want)
		}
	}
}

func longStream(t *testing.T, b Backend) {
	const total, batch, page = 10_000, 100, 500
	for after := int64(0); after < total; after += batch {
		appendNew(t, b.Store, "room_a", after, batch)
	}
	var seen int64
	for {
		events, err := b.Store.Load(t.Context(), "room_a", seen, page)
		if err != nil {
			t.Fatalf("load after %d: %v", seen, err)
		}
		for _, e := range events {
			if seen++; e.Sequence != seen {
				t.Fatalf("event %d is where %d belongs", e.Sequence, seen)
			}
		}
		if len(events) < page {
			break
		}
	}
	if seen != total {
		t.Errorf("read %d events, want %d", seen, total)
	}
	appendNew(t, b.Store, "room_a", total, 1)
}

func snapshots(t *testing.T, b Backend) {
	wantSnapshot := func(stream event.Stream, version int64, data string) {
		t.Helper()
		var got eventstore.Snapshot
		var err error
		eventually(func() bool {
			got, err = b.Store.LoadSnapshot(t.Context(), stream)
			return got.Version == version
		})
		if err != nil || got.Version != version || string(got.Data) != data {
			t.Errorf("snapshot of %s: %d %q, error %v, want %d %q", stream, got.Version, got.Data, err, version, data)
		}
	}
	save := func(stream event.Stream, version int64, data string) {
		t.Helper()
		if err := b.Store.SaveSnapshot(t.Context(), stream, eventstore.Snapshot{Version: version, Data: []byte(data)}); err != nil {
			t.Fatalf("save snapshot of %s: %v", stream, err)
		}
	}
	if _, err := b.Store.LoadSnapshot(t.Context(), "room_a"); !errors.Is(err, eventstore.ErrNotFound) {
		t.Errorf("without a snapshot: error %v, want ErrNotFound", err)
	}
	save("room_a", 256, `{"members":["ann"]}`)
	save("room_b", 300, "\x00 not text \xff")
	wantSnapshot("room_a", 256, `{"members":["ann"]}`)
	wantSnapshot("room_b", 300, "\x00 not text \xff")
	save("room_a", 512, `{}`)
	wantSnapshot("room_a", 512, `{}`)
	wantSnapshot("room_b", 300, "\x00 not text \xff")
}
