package realtime_test

import (
	"testing"

	"boochat/shared/view"
)

// picnic is a meetup of Ann and Bob in their kitchen.
func picnic(s *stage) {
	kitchen(s)
	s.write(joined(plan("picnic", 1, "ann", "bob"), "ann", "bob"), state("picnic"))
	s.settle()
}

func TestMeetupsAreSentToTheirAttendees(t *testing.T) {
	perform(t, func(s *stage) {
		picnic(s)
		ann, stranger := s.listen("ann", ""), s.listen("stranger", "")
		n := ann.want(0, "users/ann+ users/bob- users/stranger rooms/kitchen meetups/picnic current")
		m := stranger.want(0, "users/ann users/bob users/stranger+ current")
		s.write(plan("picnic", 2, "ann", "bob"), state("picnic"))
		n, m = ann.want(n, "meetups/picnic"), stranger.want(m, "")

		// Attending is not sharing a room: nobody is told of the other's presence.
		s.write(joined(plan("picnic", 3, "ann", "bob", "stranger"), "stranger"))
		n, m = ann.want(n, "meetups/picnic"), stranger.want(m, "meetups/picnic")
		s.write(left(plan("picnic", 4, "ann", "bob"), "stranger"))
		n, m = ann.want(n, "meetups/picnic"), stranger.want(m, "meetups/picnic!")
		s.write(plan("picnic", 5, "ann", "bob"))
		ann.want(n, "meetups/picnic")
		stranger.want(m, "")
	})
}

// TestMeetupsAfterComingBack has Bob come back to what has happened meanwhile.
func TestMeetupsAfterComingBack(t *testing.T) {
	for name, test := range map[string]struct {
		meanwhile func(*stage)
		want      string
	}{
		"a change":            {func(s *stage) { s.write(plan("picnic", 2, "ann", "bob"), state("picnic")) }, "meetups/picnic users/bob+ current"},
		"a meetup of his own": {func(s *stage) { s.write(joined(plan("tea", 1, "bob"), "bob")) }, "meetups/tea users/bob+ current"},
		"another's meetup":    {func(s *stage) { s.write(joined(plan("tea", 1, "ann"), "ann")) }, "users/bob+ current"},
		"an invitation": {func(s *stage) {
			s.write(joined(plan("tea", 1, "ann"), "ann"))
			s.write(joined(plan("tea", 2, "ann", "bob"), "bob"))
		}, "meetups/tea users/bob+ current"},
		"he no longer attends": {func(s *stage) {
			s.write(left(plan("picnic", 2, "ann"), "bob"))
			s.write(plan("picnic", 3, "ann"))
		}, "meetups/picnic! users/bob+ current"},
		"another no longer attends": {func(s *stage) { s.write(left(plan("picnic", 2, "bob"), "ann")) }, "meetups/picnic users/bob+ current"},
		"a move and its announcement": {func(s *stage) {
			s.write(plan("picnic", 2, "ann", "bob"))
			s.write(room("kitchen", 2, "ann", "bob"), item("kitchen", 2))
		}, "meetups/picnic rooms/kitchen rooms/kitchen/items/2 users/bob+ current"},
	} {
		t.Run(name, func(t *testing.T) {
			perform(t, func(s *stage) {
				picnic(s)
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

// TestMeetupsThatGoOnWithoutTheListener has Bob come back when a meetup that he left
// has changed since, and the process has not sent that on yet.
func TestMeetupsThatGoOnWithoutTheListener(t *testing.T) {
	perform(t, func(s *stage) {
		picnic(s)
		first := s.listen("bob", "")
		first.hangUp()
		s.write(left(plan("picnic", 2, "ann"), "bob"))
		s.settle()
		s.feed.close()
		s.write(plan("picnic", 3, "ann"))
		s.write(joined(plan("tea", 1, "bob"), "bob"))
		again := s.listen("bob", first.last())
		n := again.want(0, "meetups/picnic! meetups/tea users/bob+ current")
		s.write(plan("tea", 2, "bob"))
		s.feed.open()
		again.want(n, "meetups/tea")
	})
}

// TestTheServersStateOfAMeetupIsSentToNobody: not even to those who attend.
func TestTheServersStateOfAMeetupIsSentToNobody(t *testing.T) {
	perform(t, func(s *stage) {
		picnic(s)
		l := s.listen("ann", "")
		s.write(state("picnic"))
		s.settle()
		for _, m := range l.messages() {
			if m.Path == view.MeetupStatePath("picnic") {
				t.Errorf("sent %s", m.Data)
			}
		}
	})
}
