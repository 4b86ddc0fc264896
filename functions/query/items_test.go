package query

import (
	"fmt"
	"testing"
)

// TestBounds compares pages with api.md's words for them, on all small rooms.
func TestBounds(t *testing.T) {
	for newest := int64(1); newest <= 9; newest++ {
		for limit := int64(1); limit <= 11; limit++ {
			for at := int64(0); at <= 12; at++ {
				for direction, shown := range map[string]func(int64) bool{
					"before": func(n int64) bool { return n < at && n >= at-limit-max(0, at-newest-1) },
					"after":  func(n int64) bool { return n > at && n <= at+limit },
					"around": around(at, limit, newest),
				} {
					query := map[string]string{direction: fmt.Sprint(at), "limit": fmt.Sprint(limit)}
					first, last, err := bounds(func(name string) string { return query[name] }, newest)
					if err != nil {
						t.Fatal(err)
					}
					for n := int64(1); n <= newest; n++ {
						if got := first <= n && n <= last; got != shown(n) {
							t.Fatalf("%v of %d: %d to %d, which shows %d: %t", query, newest, first, last, n, got)
						}
					}
					if first < 1 || last > newest || last < 0 {
						t.Fatalf("%v of %d: %d to %d", query, newest, first, last)
					}
				}
			}
		}
	}
}

// around is a page that holds the sequence in its middle, moved where the room ends.
func around(at, limit, newest int64) func(int64) bool {
	first := at - limit/2
	for first+limit-1 > newest {
		first--
	}
	for first < 1 {
		first++
	}
	return func(n int64) bool { return n >= first && n < first+limit }
}
