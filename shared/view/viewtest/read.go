package viewtest

import (
	"fmt"
	"slices"
	"testing"

	"boochat/shared/view"
)

func gets(t *testing.T, b Backend) {
	wantData(t, b, map[string]string{"rooms/a": "", "rooms/a/items/1": ""})
	write(t, b, put("rooms/a", `{"n":1}`), put("rooms/b", `{"n":2}`), put("rooms/a/items/1", `{"n":3}`))
	documents := get(t, b, "rooms/b", "rooms/none", "rooms/a", "rooms/b", "rooms/a/items/1", "rooms/a/items/2")
	for i, want := range []string{`{"n":2}`, "", `{"n":1}`, `{"n":2}`, `{"n":3}`, ""} {
		d := documents[i]
		if want == "" && d.Data != nil || want != "" && !sameJSON(t, d.Data, []byte(want)) {
			t.Errorf("document %d, %s, is %s, want %s", i, d.Path, d.Data, want)
		}
	}
	if len(get(t, b)) != 0 {
		t.Error("documents at no path")
	}
}

func keepsData(t *testing.T, b Backend) {
	want := map[string]string{
		"users/empty":   `{}`,
		"users/text":    `{"text":"\"ü\" 😀 \u0000 <b>&amp;\\","blank":""}`,
		"users/nested":  `{"a":{"b":[{"c":[]},null,true,-0.5]}}`,
		"users/numbers": `{"large":9007199254740991,"small":-9007199254740991,"fraction":52.3702157}`,
		"users/A_-9":    `{"n":1}`,
	}
	for path, data := range want {
		write(t, b, put(path, data))
	}
	wantData(t, b, want)
}

// list gives the ids that a query finds, and checks their documents.
func list(t *testing.T, b Backend, q view.Query) []string {
	t.Helper()
	documents, err := b.Store.List(t.Context(), q)
	if err != nil {
		t.Fatalf("list %+v: %v", q, err)
	}
	var ids []string
	for _, d := range documents {
		collection, id := view.Split(d.Path)
		if same := get(t, b, d.Path)[0]; collection != q.Collection || d.Revision != same.Revision || !sameJSON(t, d.Data, same.Data) {
			t.Errorf("list %+v gives %s: %s at revision %d, but get gives %s at %d", q, d.Path, d.Data, d.Revision, same.Data, same.Revision)
		}
		ids = append(ids, id)
	}
	return ids
}

func wantList(t *testing.T, b Backend, q view.Query, want ...string) {
	t.Helper()
	if got := list(t, b, q); !slices.Equal(got, want) {
		t.Errorf("list %+v: %q, want %q", q, got, want)
	}
}

// ids in their order. What looks like a number but is not written like one, or is
// too long for one, is text.
var (
	numericIDs = []string{"1", "2", "9", "10", "11", "100", "4294967296", "9223372036854775807"}
	textIDs    = []string{"007", "0x10", "10-", "108234567890123456789", "1_000", "1e3", "9223372036854775808", "Z", "_", "a", "a10", "a9"}
)

func listsInOrder(t *testing.T, b Backend) {
	all := slices.Concat(numericIDs, textIDs)
	for i, id := range slices.Backward(all) {
		write(t, b, put("things/"+id, numbered(i)))
	}
	wantList(t, b, view.Query{Collection: "things"}, all...)
	slices.Reverse(all)
	wantList(t, b, view.Query{Collection: "things", Newest: true}, all...)
	write(t, b, put("things/7", `{"n":7}`))
	if d := get(t, b, "things/007")[0]; sameJSON(t, d.Data, []byte(`{"n":7}`)) {
		t.Error("7 and 007 are one document")
	}
}

func listsRanges(t *testing.T, b Backend) {
	for i := range 20 {
		write(t, b, put(fmt.Sprint("items/", i+1), numbered(i+1)))
	}
	write(t, b, put("items/a", `{}`), put("items/0012", `{}`))
	for _, c := range []struct {
		q    view.Query
		want []string
	}{
		{view.Query{Limit: 3}, []string{"1", "2", "3"}},
		{view.Query{Limit: 3, Newest: true}, []string{"a", "0012", "20"}},
		{view.Query{After: 17}, []string{"18", "19", "20"}},
		{view.Query{After: 8, Limit: 3}, []string{"9", "10", "11"}},
		{view.Query{After: 20}, nil},
		{view.Query{After: 17, Newest: true}, []string{"20", "19", "18"}},
		{view.Query{After: 2, Limit: 2, Newest: true}, []string{"20", "19"}},
		{view.Query{Before: 4}, []string{"1", "2", "3"}},
		{view.Query{Before: 11, Limit: 3, Newest: true}, []string{"10", "9", "8"}},
		{view.Query{Before: 1}, nil},
		{view.Query{After: 9, Before: 12}, []string{"10", "11"}},
		{view.Query{After: 9, Before: 12, Newest: true}, []string{"11", "10"}},
		{view.Query{After: 12, Before: 9}, nil},
		{view.Query{After: 18, Limit: 100}, []string{"19", "20"}},
	} {
		c.q.Collection = "items"
		wantList(t, b, c.q, c.want...)
	}
}

func listsOneCollection(t *testing.T, b Backend) {
	write(t, b, put("rooms/a", `{}`), put("rooms/a/items/1", `{}`), put("rooms/a/items/2", `{}`),
		put("rooms/ab/items/3", `{}`), put("rooms/b", `{}`), put("room/c", `{}`))
	wantList(t, b, view.Query{Collection: "rooms"}, "a", "b")
	wantList(t, b, view.Query{Collection: "rooms/a/items"}, "1", "2")
	wantList(t, b, view.Query{Collection: "rooms/b/items"})
	wantList(t, b, view.Query{Collection: "items"})
}

func listsForReader(t *testing.T, b Backend) {
	reads := func(person string, want ...string) {
		t.Helper()
		wantList(t, b, view.Query{Collection: "rooms", Reader: person}, want...)
	}
	write(t, b,
		room("rooms/1", `{}`, []string{"ann", "bob"}, nil),
		room("rooms/2", `{}`, []string{"bob"}, nil),
		room("rooms/10", `{}`, []string{"ann", "bob", "108234567890123456789"}, nil),
		room("rooms/x", `{}`, []string{"ann"}, nil),
		room("others/1", `{}`, []string{"cem"}, nil))
	reads("ann", "1", "10", "x")
	reads("bob", "1", "2", "10")
	reads("108234567890123456789", "10")
	reads("cem")
	reads("an")

	write(t, b, room("rooms/1", `{"n":1}`, nil, []string{"ann"}), room("rooms/10", `{"n":1}`, []string{"cem", "ann"}, []string{"bob"}))
	reads("ann", "10", "x")
	reads("bob", "1", "2")
	reads("cem", "10")

	write(t, b, room("rooms/1", `{"n":2}`, []string{"ann"}, nil), room("rooms/2", `{"n":1}`, nil, []string{"cem"}))
	reads("ann", "1", "10", "x")
	wantList(t, b, view.Query{Collection: "rooms", Reader: "ann", Limit: 1}, "1")
	wantList(t, b, view.Query{Collection: "rooms", Reader: "ann", After: 1}, "10")
	wantList(t, b, view.Query{Collection: "rooms"}, "1", "2", "10", "x")
}

func listsDue(t *testing.T, b Backend) {
	const noon = "2026-03-01T12:00:00.000Z"
	set := func(id, due string) {
		t.Helper()
		write(t, b, shared(view.MeetupStatePath(id), fmt.Sprintf(`{"meetup":{"name":"%s"},"due":"%s"}`, id, due), view.Nobody))
	}
	due := func(limit int, want ...string) {
		t.Helper()
		wantList(t, b, view.Query{Collection: view.MeetupStates, DueBefore: noon, Limit: limit}, want...)
	}
	due(0)
	set("c", "2026-03-01T11:59:59.999Z")
	set("a", "2026-03-01T11:59:59.000Z")
	set("7", "2025-12-31T23:59:59.999Z")
	set("never", "")
	set("now", noon)
	set("later", "2026-03-01T12:00:00.001Z")
	write(t, b, shared(view.MeetupStatePath("without"), `{}`, view.Nobody), shared(view.MeetupStatePath("null"), `{"due":null}`, view.Nobody))
	write(t, b, put("things/a", `{"due":"2026-01-01T00:00:00.000Z"}`))
	due(0, "7", "a", "c")
	due(2, "7", "a")
	due(100, "7", "a", "c")

	set("7", "")
	set("later", "2026-03-01T11:00:00.000Z")
	set("a", "2026-03-01T13:00:00.000Z")
	due(0, "later", "c")
	wantList(t, b, view.Query{Collection: "things", DueBefore: noon}, "a")
	b = b.Reopen(t)
	due(0, "later", "c")
}
