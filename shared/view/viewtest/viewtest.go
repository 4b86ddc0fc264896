// Package viewtest is the contract of view.Store and view.Feed as a test suite. An
// adapter passes it with nothing but a way to open empty read documents and to
// crash them.
package viewtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"boochat/shared/view"
)

// Backend is a running store of read documents.
type Backend struct {
	Store view.Store
	Feed  view.Feed // nil without Features.Feed
	// Reopen ends the process of the store as a crash would and opens another on
	// what it leaves behind.
	Reopen func(testing.TB) Backend
}

// Open makes an empty store that ends with its test.
type Open func(testing.TB) Backend

// Features says what only some stores promise.
type Features struct {
	Feed bool // it tells what changes
	// FeedKeeps is how many changes the feed goes back at most: a position with more
	// changes after it is too old.
	FeedKeeps int
}

type tests map[string]func(*testing.T, Backend)

// Test runs the contract against the stores that open makes.
func Test(t *testing.T, features Features, open Open) {
	all := tests{
		"Get/gives documents in the order asked":           gets,
		"Get/data comes back as it was":                    keepsData,
		"List/numbers by value, then text":                 listsInOrder,
		"List/ranges, limits and the newest":               listsRanges,
		"List/one collection alone":                        listsOneCollection,
		"List/only what a reader has joined":               listsForReader,
		"List/what is due":                                 listsDue,
		"Write/all or none":                                writesAllOrNone,
		"Write/what was read must still be so":             refusesStale,
		"Write/of many writers at a revision one wins":     oneWriterWins,
		"Write/together with many others":                  writesAtOnce,
		"Write/blind writes always succeed":                writesBlindly,
		"Write/revisions rise":                             revisionsRise,
		"Crash/documents, readers and revisions are there": crashKeepsAll,
	}
	if features.Feed {
		maps.Copy(all, feedTests)
		all["Since/a position from too long ago"] = func(t *testing.T, b Backend) { forgets(t, b, features.FeedKeeps) }
	}
	for name, test := range all {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

const patience = 10 * time.Second

// put is a blind write of a document that everybody may read.
func put(path, data string) view.Write {
	return view.Write{Path: path, Data: json.RawMessage(data), Scope: view.Everyone, Blind: true}
}

// shared is a blind write of a document that some may read.
func shared(path, data string, scope view.Scope) view.Write {
	return view.Write{Path: path, Data: json.RawMessage(data), Scope: scope, Blind: true}
}

// room is a blind write of a document that its readers may read.
func room(path, data string, joined, left []string) view.Write {
	return view.Write{Path: path, Data: json.RawMessage(data), Scope: view.ReadersOf(path), Blind: true, Joined: joined, Left: left}
}

// write writes and gives the revisions.
func write(t *testing.T, b Backend, writes ...view.Write) []int64 {
	t.Helper()
	revisions, err := b.Store.Write(t.Context(), writes)
	if err != nil {
		t.Fatalf("write %d documents: %v", len(writes), err)
	}
	if len(revisions) != len(writes) {
		t.Fatalf("%d revisions of %d documents", len(revisions), len(writes))
	}
	return revisions
}

func get(t *testing.T, b Backend, paths ...string) []view.Document {
	t.Helper()
	documents, err := b.Store.Get(t.Context(), paths...)
	if err != nil {
		t.Fatalf("get %q: %v", paths, err)
	}
	if len(documents) != len(paths) {
		t.Fatalf("%d documents at %d paths", len(documents), len(paths))
	}
	for i, d := range documents {
		if d.Path != paths[i] {
			t.Fatalf("document %d is %s, want %s", i, d.Path, paths[i])
		}
	}
	return documents
}

// wantData checks documents' data; "" stands for none.
func wantData(t *testing.T, b Backend, want map[string]string) {
	t.Helper()
	for path, data := range want {
		d := get(t, b, path)[0]
		if data == "" && (d.Data != nil || d.Revision != 0) {
			t.Errorf("%s is %s at revision %d, want none", path, d.Data, d.Revision)
		}
		if data != "" && (!sameJSON(t, d.Data, []byte(data)) || d.Revision <= 0) {
			t.Errorf("%s is %s at revision %d, want %s", path, d.Data, d.Revision, data)
		}
	}
}

// sameJSON compares values: a store may keep them in a form of its own.
func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	return bytes.Equal(canonical(t, a), canonical(t, b))
}

func canonical(t *testing.T, data []byte) []byte {
	t.Helper()
	if data == nil {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("data %q: %v", data, err)
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// numbered is the data of a document's version.
func numbered(n int) string { return fmt.Sprintf(`{"n":%d}`, n) }
