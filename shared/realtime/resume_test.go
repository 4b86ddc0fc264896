package realtime_test

import (
	"strings"
	"testing"
	"time"

	"boochat/shared/view"
)

func TestJoiningAndLeaving(t *testing.T) {
	perform(t, func(s *stage) {
		kitchen(s)
		ann, stranger := s.listen("ann", ""), s.listen("stranger", "")
		n, m := len(ann.messages()), len(stranger.messages())

		s.write(joined(room("kitchen", 2, "ann", "bob", "stranger"), "stranger"), item("kitchen", 2))
		n = ann.want(n, "rooms/kitchen users/stranger+ rooms/kitchen/items/2")
		m = stranger.want(m, "rooms/kitchen users/ann+ users/stranger+ rooms/kitchen/items/2")
		s.beat("bob")
		n, m = ann.want(n, "users/bob+"), stranger.want(m, "users/bob+")

		s.write(left(room("kitchen", 3, "ann", "bob"), "stranger"), item("kitchen", 3))
		n = ann.want(n, "rooms/kitchen users/stranger rooms/kitchen/items/3")
		m = stranger.want(m, "rooms/kitchen! users/ann users/bob")
		time.Sleep(2 * time.Minute) // the heartbeat ends
		s.write(room("kitchen", 4, "ann", "bob"), item("kitchen", 4))
		ann.want(n, "users/bob- rooms/kitchen rooms/kitchen/items/4")
		stranger.want(m, "")
	})
}

func TestResume(t *testing.T) {
	for name, test := range map[string]struct {
		meanwhile func(*stage)
		want      string // of Bob, who comes back
	}{
		"nothing":         {func(*stage) {}, "users/bob+ current"},
		"items":           {func(s *stage) { s.write(room("kitchen", 2, "ann", "bob"), item("kitchen", 2)) }, "rooms/kitchen rooms/kitchen/items/2 users/bob+ current"},
		"a person":        {func(s *stage) { s.write(person("ann")) }, "users/ann- users/bob+ current"},
		"a far person":    {func(s *stage) { s.write(person("stranger")) }, "users/stranger users/bob+ current"},
		"a heartbeat":     {func(s *stage) { s.beat("ann") }, "users/ann+ users/bob+ current"},
		"a far heartbeat": {func(s *stage) { s.beat("stranger") }, "users/bob+ current"},
		"another's room":  {func(s *stage) { s.write(joined(room("den", 1, "stranger"), "stranger"), item("den", 1)) }, "users/bob+ current"},
		"F-7 an invitation": {func(s *stage) {
			s.write(joined(room("den", 1, "ann"), "ann"), item("den", 1))
			s.write(joined(room("den", 2, "ann", "bob"), "bob"), item("den", 2))
			s.write(room("den", 3, "ann", "bob"), item("den", 3))
		}, "rooms/den rooms/den/items/1 rooms/den/items/2 rooms/den/items/3 users/bob+ current"},
		"leaving": {func(s *stage) {
			s.write(room("kitchen", 2, "ann", "bob"), item("kitchen", 2))
			s.write(left(room("kitchen", 3, "ann"), "bob"), item("kitchen", 3))
			s.write(room("kitchen", 4, "ann"), item("kitchen", 4))
		}, "rooms/kitchen! users/ann users/bob+ users/stranger current"},
		"another's leaving": {func(s *stage) {
			announced := item("kitchen", 2)
			announced.Data = encode(view.Item{RoomID: "kitchen", Sequence: 2, Announcement: &view.Announcement{Kind: "user-left"}})
			s.write(left(room("kitchen", 2, "bob"), "ann"), announced)
		}, "rooms/kitchen rooms/kitchen/items/2 users/ann users/bob+ users/stranger current"},
		"leaving and coming back": {func(s *stage) {
			s.write(left(room("kitchen", 2, "ann"), "bob"), item("kitchen", 2))
			s.write(joined(room("kitchen", 3, "ann", "bob"), "bob"), item("kitchen", 3))
		}, "rooms/kitchen rooms/kitchen/items/2 rooms/kitchen/items/3 users/bob+ current"},
	} {
		t.Run(name, func(t *testing.T) {
			perform(t, func(s *stage) {
				kitchen(s)
				first := s.listen("bob", "")
				first.hangUp()
				test.meanwhile(s)
				s.settle()
				again := s.listen("bob", first.last())
				again.want(0, test.want)
				isRising(t, again.messages())
			})
		})
	}
}

// TestResumeBeforeTheHubIsTold has somebody come back when documents are written
// that the process has not sent on yet. Nothing may come twice, whichever of the
// messages is the last that arrives before the next disconnect.
func TestResumeBeforeTheHubIsTold(t *testing.T) {
	perform(t, func(s *stage) {
		kitchen(s)
		first := s.listen("bob", "")
		first.hangUp()
		s.write(room("kitchen", 2, "ann", "bob"), item("kitchen", 2))
		s.settle()
		s.feed.close()
		s.write(room("kitchen", 3, "ann", "bob"), item("kitchen", 3), person("ann"))
		s.write(joined(room("den", 1, "ann", "bob"), "ann", "bob"), item("den", 1))
		again := s.listen("bob", first.last())
		s.beat("ann")
		n := again.want(0, "rooms/kitchen rooms/den rooms/kitchen/items/2 users/bob+ current users/ann+")
		s.write(room("kitchen", 4, "ann", "bob"), item("kitchen", 4))
		s.feed.open()
		again.want(n, "rooms/kitchen/items/3 users/ann+ users/ann+ users/bob+ rooms/den/items/1 rooms/kitchen rooms/kitchen/items/4")
		log := again.messages()
		isRising(t, log)
		again.hangUp()
		for i := range log {
			if log[i].Cursor == "" {
				continue
			}
			later := s.listen("bob", log[i].Cursor)
			if got, want := items(later.messages()), items(log[i+1:]); got != want {
				t.Errorf("after message %d come %s, want %s", i, got, want)
			}
			later.hangUp()
		}
	})
}

// TestResumeAfterLeavingARoomThatGoesOn has somebody come back who has left a room,
// when the room has changed since and the process has not sent that on yet.
func TestResumeAfterLeavingARoomThatGoesOn(t *testing.T) {
	perform(t, func(s *stage) {
		kitchen(s)
		first := s.listen("bob", "")
		first.hangUp()
		s.write(left(room("kitchen", 2, "ann"), "bob"), item("kitchen", 2))
		s.settle()
		s.feed.close()
		s.write(room("kitchen", 3, "ann"), item("kitchen", 3))
		again := s.listen("bob", first.last())
		n := again.want(0, "rooms/kitchen! users/ann users/bob+ users/stranger current")
		s.feed.open()
		again.want(n, "")
	})
}

// items summarises the items among messages.
func items(log []message) string {
	var all []message
	for _, m := range log {
		if strings.Contains(m.Path, "/items/") {
			all = append(all, m)
		}
	}
	return summary(all)
}

// isRising checks that cursors never lead back.
func isRising(t *testing.T, log []message) {
	t.Helper()
	for i := 1; i < len(log); i++ {
		if position(log[i].Cursor) < position(log[i-1].Cursor) {
			t.Errorf("the cursor of message %d, %s, leads back from %s", i, log[i].Cursor, log[i-1].Cursor)
		}
	}
}

func TestCursorThatLeadsNowhereBeginsAnew(t *testing.T) {
	perform(t, func(s *stage) {
		kitchen(s)
		const everything = "users/ann- users/bob+ users/stranger rooms/kitchen current"
		for _, cursor := range []string{"anew", "x", "-----", "a-1-b-2", s.feed.Generation() + "-999-x-0", s.feed.Generation() + "--1-x-0"} {
			l := s.listen("bob", cursor)
			l.want(0, "reset "+everything)
			l.hangUp()
		}
		s.listen("bob", "").want(0, everything)
	})
}

func TestPeopleOffTheListAreNotShown(t *testing.T) {
	perform(t, func(s *stage) {
		kitchen(s)
		s.write(person("former"), account("former"))
		s.listen("stranger", "").want(0, "users/ann users/bob users/stranger+ current")
	})
}

func TestNothingIsReadForThoseWhoHaveGone(t *testing.T) {
	perform(t, func(s *stage) {
		kitchen(s)
		first := s.listen("bob", "")
		first.hangUp()
		s.feed.mu.Lock()
		s.feed.stuck = true
		s.feed.mu.Unlock()
		for range 5 {
			s.listen("bob", first.last()).hangUp()
		}
		s.feed.mu.Lock()
		defer s.feed.mu.Unlock()
		if s.feed.givenUp != 5 {
			t.Errorf("%d of 5 were given up", s.feed.givenUp)
		}
	})
}
