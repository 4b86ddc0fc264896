package viewtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"boochat/shared/view"
)

// since asks what has changed for a person and gives it as "path=data" or, without
// data, "path gone".
func since(t *testing.T, b Backend, person string, position int64) []string {
	t.Helper()
	changes, err := b.Feed.Since(t.Context(), person, position)
	if err != nil {
		t.Fatalf("since %d: %v", position, err)
	}
	wantRising(t, position, changes)
	var words []string
	for _, c := range changes {
		if c.Data == nil {
			words = append(words, c.Path+" gone")
		} else {
			words = append(words, c.Path+"="+string(canonical(t, c.Data)))
		}
	}
	return words
}

var (
	roomA  = view.ReadersOf("rooms/a")
	scenes = map[string]struct {
		writes []view.Write
		want   map[string]string // by person; changes joined with blanks
	}{
		"a document for everybody": {
			[]view.Write{put("users/ann", `{"n":2}`)},
			map[string]string{"ann": `users/ann={"n":2}`, "bob": `users/ann={"n":2}`, "cem": `users/ann={"n":2}`},
		},
		"a document for one": {
			[]view.Write{shared("users/ann/visits/a", `{"n":2}`, view.Only("ann"))},
			map[string]string{"ann": `users/ann/visits/a={"n":2}`},
		},
		"a document for nobody": {
			[]view.Write{shared("accounts/ann", `{"n":2}`, view.Nobody)},
			nil,
		},
		"a shared document and what lies below": {
			[]view.Write{room("rooms/a", `{"n":2}`, nil, nil), shared("rooms/a/items/2", `{"n":3}`, roomA)},
			map[string]string{"ann": `rooms/a={"n":2} rooms/a/items/2={"n":3}`, "bob": `rooms/a={"n":2} rooms/a/items/2={"n":3}`},
		},
		"each once, as it is now, in the order of the last change": {
			[]view.Write{put("users/ann", `{"n":2}`), put("users/bob", `{"n":3}`), put("users/cem", `{"n":4}`), put("users/ann", `{"n":5}`)},
			map[string]string{
				"ann": `users/bob={"n":3} users/cem={"n":4} users/ann={"n":5}`,
				"cem": `users/bob={"n":3} users/cem={"n":4} users/ann={"n":5}`,
				"bob": `users/bob={"n":3} users/cem={"n":4} users/ann={"n":5}`,
			},
		},
		"who left has lost it, and is told nothing of what lies below": {
			[]view.Write{shared("rooms/a/items/2", `{"n":3}`, roomA), room("rooms/a", `{"n":4}`, nil, []string{"bob"}), shared("rooms/a/items/3", `{"n":5}`, roomA)},
			map[string]string{"ann": `rooms/a/items/2={"n":3} rooms/a={"n":4} rooms/a/items/3={"n":5}`, "bob": `rooms/a gone`},
		},
		"what was lost stays lost when it changes": {
			[]view.Write{room("rooms/a", `{"n":4}`, nil, []string{"bob"}), put("users/ann", `{"n":5}`), room("rooms/a", `{"n":6}`, nil, nil)},
			map[string]string{"ann": `users/ann={"n":5} rooms/a={"n":6}`, "bob": `users/ann={"n":5} rooms/a gone`, "cem": `users/ann={"n":5}`},
		},
		"who left and came back has it": {
			[]view.Write{room("rooms/a", `{"n":4}`, nil, []string{"bob"}), shared("rooms/a/items/2", `{"n":5}`, roomA), room("rooms/a", `{"n":6}`, []string{"bob"}, nil)},
			map[string]string{"ann": `rooms/a/items/2={"n":5} rooms/a={"n":6}`, "bob": `rooms/a/items/2={"n":5} rooms/a={"n":6}`},
		},
		"who joined has it": {
			[]view.Write{room("rooms/a", `{"n":4}`, []string{"cem"}, nil), shared("rooms/a/items/2", `{"n":5}`, roomA)},
			map[string]string{
				"ann": `rooms/a={"n":4} rooms/a/items/2={"n":5}`, "bob": `rooms/a={"n":4} rooms/a/items/2={"n":5}`,
				"cem": `rooms/a={"n":4} rooms/a/items/2={"n":5}`,
			},
		},
		"who joined and left again may have seen it": {
			[]view.Write{room("rooms/a", `{"n":4}`, []string{"cem"}, nil), room("rooms/a", `{"n":5}`, nil, []string{"cem"})},
			map[string]string{"ann": `rooms/a={"n":5}`, "bob": `rooms/a={"n":5}`, "cem": `rooms/a gone`},
		},
		"a name within another's is somebody else": {
			[]view.Write{room("rooms/a", `{"n":4}`, []string{"ann-bob-cem"}, nil), room("rooms/a", `{"n":5}`, nil, []string{"ann-bob-cem", "ann"})},
			map[string]string{"ann": `rooms/a gone`, "bob": `rooms/a={"n":5}`, "ann-bob-cem": `rooms/a gone`},
		},
		"a room of others": {
			[]view.Write{room("rooms/b", `{"n":4}`, []string{"cem"}, nil), shared("rooms/b/items/1", `{"n":5}`, view.ReadersOf("rooms/b"))},
			map[string]string{"cem": `rooms/b={"n":4} rooms/b/items/1={"n":5}`},
		},
	}
)

func sinceTable(t *testing.T, b Backend) {
	for name, scene := range scenes {
		// Every scene begins alike: ann and bob are in room a, cem is in none.
		write(t, b,
			put("users/ann", `{"n":1}`), put("users/bob", `{"n":1}`), put("users/cem", `{"n":1}`),
			room("rooms/a", `{"n":1}`, []string{"ann", "bob"}, []string{"cem", "ann-bob-cem"}),
			shared("rooms/a/items/1", `{"n":1}`, roomA),
			room("rooms/b", `{"n":1}`, nil, []string{"cem"}))
		before := position(b)
		for _, w := range scene.writes {
			write(t, b, w)
		}
		people := map[string]bool{"ann": true, "bob": true, "cem": true}
		for person := range scene.want {
			people[person] = true
		}
		for person := range people {
			want := scene.want[person]
			if got := strings.Join(since(t, b, person, before), " "); got != want {
				t.Errorf("%s: %s learns %q, want %q", name, person, got, want)
			}
		}
	}
}

func sinceNow(t *testing.T, b Backend) {
	if got := since(t, b, "ann", position(b)); len(got) != 0 {
		t.Errorf("without a document: %q", got)
	}
	write(t, b, put("users/ann", `{}`))
	if got := since(t, b, "ann", position(b)); len(got) != 0 {
		t.Errorf("after the newest: %q", got)
	}
	if got := since(t, b, "ann", 0); len(got) != 1 {
		t.Errorf("since the beginning: %q", got)
	}
}

func wantTooOld(t *testing.T, b Backend, position int64) {
	t.Helper()
	if changes, err := b.Feed.Since(t.Context(), "ann", position); !errors.Is(err, view.ErrTooOld) {
		t.Errorf("since %d: %d changes, error %v, want ErrTooOld", position, len(changes), err)
	}
}

func sinceTheFuture(t *testing.T, b Backend) {
	write(t, b, put("users/ann", `{}`))
	wantTooOld(t, b, position(b)+1)
	wantTooOld(t, b, position(b)+1_000_000)
}

// forgets writes so much that the feed goes back no further.
func forgets(t *testing.T, b Backend, keeps int) {
	write(t, b, put("users/ann", `{"n":1}`))
	before := position(b)
	for done := 0; done <= keeps; {
		var writes []view.Write
		for range min(1000, keeps+1-done) {
			writes = append(writes, put(fmt.Sprint("items/", done%7), numbered(done)))
			done++
		}
		write(t, b, writes...)
	}
	wantTooOld(t, b, before)
	after := position(b)
	write(t, b, put("users/ann", `{"n":2}`))
	if got := since(t, b, "ann", after); !slices.Equal(got, []string{`users/ann={"n":2}`}) {
		t.Errorf("since a moment ago: %q", got)
	}
}

func sinceCrash(t *testing.T, b Backend) {
	write(t, b, room("rooms/a", `{"n":1}`, []string{"ann", "bob"}, nil))
	before := position(b)
	write(t, b, room("rooms/a", `{"n":2}`, nil, []string{"bob"}), put("users/cem", `{"n":3}`))
	b = b.Reopen(t)
	write(t, b, put("users/ann", `{"n":4}`))
	for person, want := range map[string][]string{
		"ann": {`rooms/a={"n":2}`, `users/cem={"n":3}`, `users/ann={"n":4}`},
		"bob": {`rooms/a gone`, `users/cem={"n":3}`, `users/ann={"n":4}`},
	} {
		if got := since(t, b, person, before); !slices.Equal(got, want) {
			t.Errorf("%s learns %q, want %q", person, got, want)
		}
	}
}
