package realtime

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestPresence tells when somebody is online, by heartbeats and sockets at times
// from the start, in seconds (P-1 and D-46 of the parity list).
func TestPresence(t *testing.T) {
	const ann = "ann"
	beat := func(p *Presence) { _ = p.Beat(t.Context(), ann, nil) }
	connect := func(p *Presence) { p.connect(ann) }
	disconnect := func(p *Presence) { p.disconnect(ann) }
	type at struct {
		second float64
		do     func(*Presence)
	}
	for _, test := range []struct {
		name    string
		does    []at
		changes []float64 // when it changes, beginning with online
	}{
		{"nobody", nil, nil},
		{"a heartbeat lasts 60 s", []at{{0, beat}}, []float64{0, 60}},
		{"another one prolongs it", []at{{0, beat}, {59, beat}}, []float64{0, 119}},
		{"many do not add up", []at{{0, beat}, {1, beat}, {2, beat}, {3, beat}}, []float64{0, 63}},
		{"one after the end begins anew", []at{{0, beat}, {70, beat}}, []float64{0, 60, 70, 130}},
		{"a socket", []at{{5, connect}, {500, disconnect}}, []float64{5, 500}},
		{"D-46 two sockets, one closed", []at{{0, connect}, {1, connect}, {2, disconnect}, {90, disconnect}}, []float64{0, 90}},
		{"a heartbeat outlives a socket", []at{{0, connect}, {10, beat}, {20, disconnect}}, []float64{0, 70}},
		{"a socket outlives a heartbeat", []at{{0, beat}, {10, connect}, {100, disconnect}}, []float64{0, 100}},
		{"a heartbeat after the end of one, with a socket open", []at{{0, connect}, {1, beat}, {65, beat}, {70, disconnect}}, []float64{0, 125}},
	} {
		t.Run("P-1 "+test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := NewPresence()
				begun := time.Now()
				var changes []float64
				p.Notice(func(person string) {
					changes = append(changes, time.Since(begun).Seconds())
					if online := len(changes)%2 == 1; person != ann || p.isOnline(ann) != online {
						t.Errorf("change %d of %s: online is %t", len(changes), person, p.isOnline(person))
					}
				})
				for _, next := range test.does {
					time.Sleep(time.Duration(next.second*float64(time.Second)) - time.Since(begun))
					next.do(p)
				}
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				if !slices.Equal(changes, test.changes) {
					t.Errorf("presence changes at %v, want %v", changes, test.changes)
				}
				if p.isOnline(ann) || len(p.people) > 0 {
					t.Error("somebody is left")
				}
			})
		})
	}
}
