package viewtest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"boochat/shared/view"
)

// client keeps a model of the documents the way a listener does: it follows, asks
// what it has missed, and goes on with what it is told.
type client struct {
	person string
	scopes map[view.Scope]bool
	cursor int64
	model  map[string]string // data by path
}

// listen is one connection: some time of following, from where the last one ended.
func (c *client) listen(t *testing.T, b Backend, duration time.Duration) {
	r := follow(b)
	missed, err := b.Feed.Since(t.Context(), c.person, c.cursor)
	if err != nil {
		t.Errorf("since %d: %v", c.cursor, err)
	}
	c.cursor = max(c.cursor, r.from)
	for _, change := range missed {
		c.model[change.Path] = string(change.Data)
		c.cursor = max(c.cursor, change.Position)
	}
	time.Sleep(duration)
	r.stop()
	for _, change := range r.told(t) {
		if change.Position > c.cursor && c.scopes[change.Scope] {
			c.model[change.Path] = string(change.Data)
		}
		c.cursor = max(c.cursor, change.Position)
	}
}

// missesNothing has clients come and go while others write. In the end each must
// hold just what it may read, as it is.
func missesNothing(t *testing.T, b Backend) {
	const writers, times, documents = 6, 120, 40
	write(t, b, room("rooms/a", `{}`, []string{"ann"}, nil), room("rooms/b", `{}`, []string{"bob"}, nil), room("rooms/both", `{}`, []string{"ann", "bob"}, nil))
	scopes := []view.Scope{view.Everyone, view.Nobody, view.Only("ann"), view.Only("bob"), view.ReadersOf("rooms/a"), view.ReadersOf("rooms/b"), view.ReadersOf("rooms/both")}
	scopeOf := func(i int) view.Scope { return scopes[i%len(scopes)] }
	path := func(i int) string { return fmt.Sprint("things/", i) }

	begin := position(b)
	readable := func(person string, rooms ...string) *client {
		c := &client{person: person, cursor: begin, model: map[string]string{}, scopes: map[view.Scope]bool{view.Everyone: true, view.Only(person): true}}
		for _, room := range rooms {
			c.scopes[view.ReadersOf(room)] = true
		}
		return c
	}
	clients := []*client{
		readable("ann", "rooms/a", "rooms/both"), readable("bob", "rooms/b", "rooms/both"), readable("cem"),
	}
	finished := make(chan struct{})
	var writing, listening sync.WaitGroup
	for seed := range writers {
		random := rand.New(rand.NewPCG(uint64(seed), 1))
		writing.Go(func() {
			for n := range times {
				var writes []view.Write
				for range 1 + random.IntN(3) {
					i := random.IntN(documents)
					writes = append(writes, shared(path(i), fmt.Sprintf(`{"by":%d,"n":%d}`, seed, n), scopeOf(i)))
				}
				if _, err := b.Store.Write(t.Context(), writes); err != nil {
					t.Errorf("write: %v", err)
				}
			}
		})
	}
	for seed, c := range clients {
		random := rand.New(rand.NewPCG(uint64(seed), 2))
		listening.Go(func() {
			for {
				select {
				case <-finished:
					c.listen(t, b, 0)
					return
				default:
					c.listen(t, b, time.Duration(random.IntN(5))*time.Millisecond)
				}
			}
		})
	}
	writing.Wait()
	close(finished)
	listening.Wait()

	for _, c := range clients {
		want := map[string]string{}
		for i := range documents {
			if d := get(t, b, path(i))[0]; d.Data != nil && c.scopes[scopeOf(i)] {
				want[d.Path] = string(d.Data)
			}
		}
		if !maps.EqualFunc(c.model, want, func(got, want string) bool { return sameJSON(t, []byte(got), []byte(want)) }) {
			t.Errorf("%s holds %v, want %v", c.person, c.model, want)
		}
	}
}
