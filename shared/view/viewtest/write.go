package viewtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"boochat/shared/view"
)

// at is a write of a document that was read at a revision.
func at(path string, revision int64, data string) view.Write {
	return view.Write{Path: path, Data: json.RawMessage(data), Scope: view.Everyone, Revision: revision}
}

func wantStale(t *testing.T, b Backend, what string, writes ...view.Write) {
	t.Helper()
	if revisions, err := b.Store.Write(t.Context(), writes); !errors.Is(err, view.ErrStale) {
		t.Errorf("%s: revisions %v, error %v, want ErrStale", what, revisions, err)
	}
}

func writesAllOrNone(t *testing.T, b Backend) {
	revision := write(t, b, at("rooms/a", 0, `{"n":1}`))[0]
	for place := range 3 {
		writes := []view.Write{at("rooms/new", 0, `{}`), put("rooms/blind", `{}`)}
		writes[0].Joined = []string{"ann"}
		stale := at("rooms/a", revision+1, `{"n":2}`)
		writes = append(writes[:place], append([]view.Write{stale}, writes[place:]...)...)
		wantStale(t, b, fmt.Sprint("stale write at place ", place), writes...)
		wantData(t, b, map[string]string{"rooms/a": `{"n":1}`, "rooms/new": "", "rooms/blind": ""})
		wantList(t, b, view.Query{Collection: "rooms", Reader: "ann"})
	}
	if revisions := write(t, b); len(revisions) != 0 {
		t.Errorf("revisions %v of no documents", revisions)
	}
}

func refusesStale(t *testing.T, b Backend) {
	first := write(t, b, at("rooms/a", 0, `{"n":1}`))[0]
	wantStale(t, b, "new, but there", at("rooms/a", 0, `{"n":9}`))
	wantStale(t, b, "read, but not there", at("rooms/b", first, `{"n":9}`))
	second := write(t, b, at("rooms/a", first, `{"n":2}`))[0]
	wantStale(t, b, "of an older revision", at("rooms/a", first, `{"n":9}`))
	if read := get(t, b, "rooms/a")[0]; read.Revision != second {
		t.Errorf("read at revision %d, written at %d", read.Revision, second)
	}
	write(t, b, at("rooms/a", second, `{"n":3}`))
	wantData(t, b, map[string]string{"rooms/a": `{"n":3}`, "rooms/b": ""})
}

func oneWriterWins(t *testing.T, b Backend) {
	const writers, rounds = 64, 3
	var revision int64
	for round := range rounds {
		var wins, losses atomic.Int32
		var winner, next atomic.Int64
		begin := make(chan struct{})
		var writing sync.WaitGroup
		for i := range writers {
			writing.Go(func() {
				<-begin
				// The second document shows whether a loser leaves anything behind.
				revisions, err := b.Store.Write(t.Context(), []view.Write{
					at("rooms/a", revision, numbered(i)),
					put(fmt.Sprintf("attempts/%d-%d", round, i), numbered(i)),
				})
				switch {
				case err == nil:
					wins.Add(1)
					winner.Store(int64(i))
					next.Store(revisions[0])
				case errors.Is(err, view.ErrStale):
					losses.Add(1)
				default:
					t.Errorf("write: %v", err)
				}
			})
		}
		close(begin)
		writing.Wait()
		if wins.Load() != 1 || losses.Load() != writers-1 {
			t.Fatalf("%d won and %d were stale, want 1 and %d", wins.Load(), losses.Load(), writers-1)
		}
		wantData(t, b, map[string]string{"rooms/a": numbered(int(winner.Load()))})
		if left := len(list(t, b, view.Query{Collection: "attempts"})); left != round+1 {
			t.Fatalf("%d attempts have left a document, want %d", left, round+1)
		}
		revision = next.Load()
	}
}

// writesAtOnce counts up one document and a document of each writer, both at the
// revision read: no count may be lost.
func writesAtOnce(t *testing.T, b Backend) {
	const writers, times = 8, 25
	var writing sync.WaitGroup
	for i := range writers {
		own := fmt.Sprint("own/", i)
		writing.Go(func() {
			for done := 0; done < times; {
				documents, err := b.Store.Get(t.Context(), "counts/all", own)
				if err != nil {
					t.Errorf("get: %v", err)
					return
				}
				var writes []view.Write
				for _, d := range documents {
					count, err := view.Decode[struct{ N int }](d)
					if err != nil {
						t.Error(err)
						return
					}
					writes = append(writes, at(d.Path, d.Revision, numbered(count.N+1)))
				}
				switch _, err := b.Store.Write(t.Context(), writes); {
				case err == nil:
					done++
				case !errors.Is(err, view.ErrStale):
					t.Errorf("write: %v", err)
					return
				}
			}
		})
	}
	writing.Wait()
	want := map[string]string{"counts/all": numbered(writers * times)}
	for i := range writers {
		want[fmt.Sprint("own/", i)] = numbered(times)
	}
	wantData(t, b, want)
}

func writesBlindly(t *testing.T, b Backend) {
	write(t, b, put("items/1", `{"n":1}`))
	first := write(t, b, put("items/1", `{"n":2}`))[0]
	wantStale(t, b, "of the revision before a blind write", at("items/1", first-1, `{"n":9}`))
	blind := put("items/1", `{"n":3}`)
	blind.Revision = first + 1000 // it does not matter
	second := write(t, b, blind)[0]
	write(t, b, at("items/1", second, `{"n":4}`))
	wantData(t, b, map[string]string{"items/1": `{"n":4}`})
}

func revisionsRise(t *testing.T, b Backend) {
	var last int64
	for n := range 10 {
		write(t, b, put("rooms/other", numbered(n)))
		revision := write(t, b, put("rooms/a", numbered(n)))[0]
		if revision <= last {
			t.Errorf("revision %d after %d", revision, last)
		}
		last = revision
	}
	revisions := write(t, b, put("rooms/b", `{}`), put("rooms/a", `{}`))
	for i, d := range get(t, b, "rooms/b", "rooms/a") {
		if d.Revision != revisions[i] {
			t.Errorf("%s is at revision %d, Write gave %d", d.Path, d.Revision, revisions[i])
		}
	}
}

func crashKeepsAll(t *testing.T, b Backend) {
	revision := write(t, b, room("rooms/a", `{"n":1}`, []string{"ann", "bob"}, nil))[0]
	write(t, b, room("rooms/b", `{"n":2}`, []string{"ann"}, nil))
	b = b.Reopen(t)
	wantData(t, b, map[string]string{"rooms/a": `{"n":1}`, "rooms/b": `{"n":2}`})
	wantList(t, b, view.Query{Collection: "rooms", Reader: "bob"}, "a")
	wantStale(t, b, "as if it were new", at("rooms/a", 0, `{}`))
	if next := write(t, b, at("rooms/a", revision, `{"n":3}`))[0]; next <= revision {
		t.Errorf("revision %d after %d", next, revision)
	}
}
