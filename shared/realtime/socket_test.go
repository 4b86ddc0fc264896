package realtime

import (
	"net"
	"strings"
	"testing"
	"testing/synctest"
)

// waiting gives what waits in a socket's queue, and why it has to end.
func waiting(s *socket) (text string, why *ending) {
	messages, why := s.take()
	var all []string
	for _, message := range messages {
		all = append(all, string(message))
	}
	return strings.Join(all, " "), why
}

// unread is a socket whose network takes nothing.
func unread() *socket {
	network, _ := net.Pipe()
	return newSocket(nil, &gatheringConn{Conn: network}, "ann")
}

func TestHeldChangesComeOnce(t *testing.T) {
	s := unread()
	s.change("rooms/r", 5, []byte("room@5"))
	s.change("rooms/r/items/2", 6, []byte("item@6"))
	s.change("users/bob", unplaced, []byte("bob"))
	if got, _ := waiting(s); got != "" {
		t.Errorf("while it is brought up to date, %q waits", got)
	}
	s.release(map[string]int64{"rooms/r": 7, "users/bob": 3})
	if got, _ := waiting(s); got != "item@6 bob" {
		t.Errorf("%q waits, want what was not sent already", got)
	}
	s.change("rooms/r", 7, []byte("room@7")) // the feed is behind what was sent
	s.change("users/bob", unplaced, []byte("bob again"))
	s.change("rooms/r/items/3", 7, []byte("item@7"))
	s.change("rooms/r", 8, []byte("room@8"))
	s.change("rooms/r", 9, []byte("room@9"))
	if got, _ := waiting(s); got != "bob again item@7 room@8 room@9" {
		t.Errorf("%q waits", got)
	}
	if s.sent != nil {
		t.Error("what was sent is kept for ever")
	}
}

func TestCutOffEndsABlockedWrite(t *testing.T) {
	s := unread()
	s.send(make([]byte, largestQueue+1))
	if _, err := s.network.Write([]byte("nobody reads this")); err == nil {
		t.Error("a write to somebody who reads nothing has succeeded")
	}
}

func TestSlowClientIsCutOff(t *testing.T) {
	megabyte := make([]byte, 1<<20)
	for name, fill := range map[string]func(*socket){
		"queue": func(s *socket) { s.holding = false; s.change("rooms/r", 1, megabyte) },
		"held":  func(s *socket) { s.change("rooms/r", 1, megabyte) },
		"both":  func(s *socket) { s.change("rooms/r", 1, megabyte[1<<19:]); s.send(megabyte[1<<19:]) },
	} {
		s := unread()
		for range 4 {
			fill(s)
		}
		if s.ending != nil {
			t.Errorf("%s: cut off at %d bytes", name, largestQueue)
		}
		fill(s)
		if s.ending == nil || *s.ending != closeTooSlow {
			t.Errorf("%s: ending is %v", name, s.ending)
		}
		before := s.queued + s.heldUp
		fill(s)
		s.supply(megabyte)
		if s.queued+s.heldUp != before {
			t.Errorf("%s: what comes after the end is kept", name)
		}
	}
}

func TestBringingUpToDateWaitsForSlowClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const messages = 100
		s := unread()
		supplied := 0
		go func() {
			for range messages {
				s.supply(make([]byte, 256<<10))
				supplied++
			}
		}()
		taken := 0
		for taken < messages {
			synctest.Wait()
			if s.queued > largestQueue || s.ending != nil {
				t.Fatalf("%d bytes wait, ending is %v", s.queued, s.ending)
			}
			if supplied == taken {
				t.Fatalf("nothing comes after %d messages", taken)
			}
			all, _ := s.take()
			taken += len(all)
		}
	})
}

func TestEndReleasesWhoeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := unread()
		go func() {
			for range 10 {
				s.supply(make([]byte, supplied))
			}
		}()
		synctest.Wait()
		s.end(closeGone)
		s.end(closeTooSlow)
		synctest.Wait() // or the bubble ends in a deadlock
		if *s.ending != closeGone {
			t.Errorf("ending is %v, want the first", *s.ending)
		}
	})
}
