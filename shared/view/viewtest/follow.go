package viewtest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"boochat/shared/view"
)

var feedTests = tests{
	"Follow/tells all changes in order":                       follows,
	"Follow/without gaps while many write":                    followsWhileWriting,
	"Follow/tells nothing of what was not written":            followsNoStale,
	"Follow/ends when stopped":                                stopsFollowing,
	"Since/each person learns what they may read":             sinceTable,
	"Since/nothing has changed":                               sinceNow,
	"Since/a position of another history":                     sinceTheFuture,
	"Since/goes on after a crash":                             sinceCrash,
	"Since and Follow/together miss nothing while many write": missesNothing,
	"Generation/is the same after a crash, and not another's": generations,
}

// record collects what a follower is told.
type record struct {
	from int64 // position the changes start after
	stop func()

	mu      sync.Mutex
	changes []view.Change
	calls   int // under way
	overlap bool
}

func follow(b Backend) *record {
	r := &record{}
	r.from, r.stop = b.Feed.Follow(func(changes []view.Change) {
		r.enter(+1)
		defer r.enter(-1)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.changes = append(r.changes, changes...)
	})
	return r
}

func (r *record) enter(by int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls += by
	r.overlap = r.overlap || r.calls > 1
}

// told gives the changes so far.
func (r *record) told(t *testing.T) []view.Change {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.overlap {
		t.Error("the follower is called while it is being called")
	}
	return slices.Clone(r.changes)
}

// wait gives the changes when there are so many.
func (r *record) wait(t *testing.T, n int) []view.Change {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if changes := r.told(t); len(changes) >= n {
			return changes
		}
	}
	t.Fatalf("told of %d changes, want %d", len(r.told(t)), n)
	return nil
}

// position is where the feed is now.
func position(b Backend) int64 {
	position, stop := b.Feed.Follow(func([]view.Change) {})
	stop()
	return position
}

func wantRising(t *testing.T, from int64, changes []view.Change) {
	t.Helper()
	for i, c := range changes {
		if c.Position <= from {
			t.Fatalf("change %d, of %s, is at %d, after %d", i, c.Path, c.Position, from)
		}
		from = c.Position
	}
}

func follows(t *testing.T, b Backend) {
	write(t, b, put("rooms/before", `{}`))
	first, second := follow(b), follow(b)
	defer first.stop()
	defer second.stop()
	writes := []view.Write{
		put("users/ann", `{"n":1}`),
		room("rooms/a", `{"n":2}`, []string{"ann", "bob"}, nil),
		shared("rooms/a/items/1", `{"n":3}`, view.ReadersOf("rooms/a")),
		shared("accounts/ann", `{"n":4}`, view.Nobody),
		room("rooms/a", `{"n":5}`, []string{"cem"}, []string{"ann", "bob"}),
		put("users/ann", `{"n":6}`),
	}
	write(t, b, writes[:2]...)
	for _, w := range writes[2:] {
		write(t, b, w)
	}
	for _, r := range []*record{first, second} {
		changes := r.wait(t, len(writes))
		wantRising(t, r.from, changes)
		for i, c := range changes {
			w := writes[i]
			if c.Path != w.Path || c.Scope != w.Scope || !sameJSON(t, c.Data, w.Data) || !slices.Equal(c.Joined, w.Joined) || !slices.Equal(c.Left, w.Left) {
				t.Errorf("change %d is %+v, want %+v", i, c, w)
			}
		}
	}
	if last := first.wait(t, len(writes))[len(writes)-1]; position(b) < last.Position {
		t.Errorf("the feed is at %d, a change at %d was told", position(b), last.Position)
	}
}

func followsWhileWriting(t *testing.T, b Backend) {
	const writers, times = 8, 40
	first := follow(b)
	defer first.stop()
	var writing sync.WaitGroup
	var followers []*record
	for i := range writers {
		writing.Go(func() {
			for n := range times {
				if _, err := b.Store.Write(t.Context(), []view.Write{put(fmt.Sprint("own/", i), numbered(n)), put("rooms/a", numbered(n))}); err != nil {
					t.Errorf("write: %v", err)
				}
			}
		})
		r := follow(b)
		defer r.stop()
		followers = append(followers, r)
	}
	writing.Wait()
	all := first.wait(t, 2*writers*times)
	if len(all) != 2*writers*times {
		t.Errorf("told of %d changes, %d were written", len(all), 2*writers*times)
	}
	wantRising(t, first.from, all)
	for _, r := range followers {
		want := slices.DeleteFunc(slices.Clone(all), func(c view.Change) bool { return c.Position <= r.from })
		got := r.wait(t, len(want))
		same := func(a, b view.Change) bool {
			return a.Position == b.Position && a.Path == b.Path && string(a.Data) == string(b.Data)
		}
		if !slices.EqualFunc(got, want, same) {
			t.Errorf("told of %d changes after %d, where another follower was told of %d", len(got), r.from, len(want))
		}
	}
}

func followsNoStale(t *testing.T, b Backend) {
	revision := write(t, b, put("rooms/a", `{"n":1}`))[0]
	r := follow(b)
	defer r.stop()
	wantStale(t, b, "stale", put("rooms/b", `{}`), at("rooms/a", revision+1, `{"n":9}`))
	write(t, b, put("rooms/c", `{}`))
	if changes := r.wait(t, 1); len(changes) != 1 || changes[0].Path != "rooms/c" {
		t.Errorf("told of %+v, want rooms/c alone", changes)
	}
}

func stopsFollowing(t *testing.T, b Backend) {
	stopped, other := follow(b), follow(b)
	defer other.stop()
	write(t, b, put("rooms/a", `{}`))
	stopped.wait(t, 1)
	stopped.stop()
	stopped.stop() // once more does no harm
	write(t, b, put("rooms/b", `{}`))
	other.wait(t, 2)
	if told := len(stopped.wait(t, 1)); told != 1 {
		t.Errorf("told of %d changes, one of them after the end", told)
	}
}

func generations(t *testing.T, b Backend) {
	generation := b.Feed.Generation()
	if generation == "" {
		t.Error("the history has no name")
	}
	if reopened := b.Reopen(t).Feed.Generation(); reopened != generation {
		t.Errorf("the history is %q, and after a crash %q", generation, reopened)
	}
}
