package scenario

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"boochat/emulators/scenario/client"
)

func testLiveRooms(t *testing.T, s *suite) {
	t.Run("L-5 F-7 D-19 a new room reaches all its people before its items", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		l := bob.listen()
		l.current()
		created := ann.newRoom(bob)
		ann.say(created, "Hello")
		l.shows("rooms/"+created+"/items/2", "Hello")
		roomFirst(t, l, created)

		id := ann.newRoom()
		ann.say(id, "Before")
		ann.post("invite-user", fields{"roomId": id, "inviteeId": bob.ID}).sequence()
		ann.say(id, "Welcome")
		l.shows("rooms/"+id+"/items/4", "Welcome")
		roomFirst(t, l, id)
		l.Look(func(m *client.Model) {
			if m.Told["rooms/"+id+"/items/1"] > 0 || m.Told["rooms/"+id+"/items/3"] != 1 {
				t.Errorf("told of %v", m.Told)
			}
		})
	})
	t.Run("L-5 F-7 joining while away, the room comes before its items, too", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		l := bob.listen()
		l.current()
		l.Cut()
		id := ann.newRoom()
		ann.post("invite-user", fields{"roomId": id, "inviteeId": bob.ID}).sequence()
		ann.say(id, "Welcome")
		last := ann.say(id, "Where are you?").Sequence
		bob.room(id, last)
		l.connect()
		l.current()
		l.shows(fmt.Sprintf("rooms/%s/items/%d", id, last), "Where")
		roomFirst(t, l, id)
	})
	t.Run("D-4 who leaves is told so, and nothing after", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		id, other := ann.newRoom(bob), ann.newRoom(bob)
		l := bob.listen()
		l.current()
		bob.post("leave-room", fields{"roomId": id}).sequence()
		l.misses("rooms/" + id)
		ann.say(id, "Secret")
		ann.post("rename-room", fields{"roomId": id, "name": "Secret"}).sequence()
		ann.say(other, "The end")
		l.shows("rooms/"+other+"/items/2", "The end")
		nothingAfterLeaving(t, l, id)
	})
	t.Run("D-4 who has left while away is told so on return, and nothing else", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		id := ann.newRoom(bob)
		l := bob.listen()
		l.current()
		l.Cut()
		bob.post("leave-room", fields{"roomId": id}).sequence()
		last := ann.say(id, "Secret").Sequence
		ann.room(id, last)
		l.connect()
		l.current()
		l.misses("rooms/" + id)
		nothingAfterLeaving(t, l, id)
	})
	t.Run("who is invited again has the room again", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		id := ann.newRoom(bob)
		l := bob.listen()
		l.current()
		bob.post("leave-room", fields{"roomId": id}).sequence()
		l.misses("rooms/" + id)
		ann.say(id, "While away")
		ann.post("invite-user", fields{"roomId": id, "inviteeId": bob.ID}).sequence()
		last := ann.say(id, "Welcome back").Sequence
		l.shows(fmt.Sprintf("rooms/%s/items/%d", id, last), "Welcome back")
		l.shows("rooms/"+id, fmt.Sprintf(`"lastSequence":%d`, last))
		l.Look(func(m *client.Model) {
			if m.Told["rooms/"+id+"/items/3"] > 0 {
				t.Error("an item of the time away was told")
			}
		})
	})
	t.Run("D-4 strangers are told nothing of a room", func(t *testing.T) {
		ann, stranger := s.person(t, "Ann"), s.person(t, "Stranger")
		l := stranger.listen()
		l.current()
		id := ann.newRoom()
		ann.say(id, "Secret")
		stranger.say(stranger.newRoom(), "The end")
		l.until("of their own message", func(m *client.Model) bool {
			return slices.ContainsFunc(m.Log, func(c client.Message) bool { return strings.Contains(string(c.Data), "The end") })
		})
		for _, m := range l.log() {
			if strings.Contains(m.Path, id) || strings.Contains(string(m.Data), id) {
				t.Errorf("told of %s %s", m.Path, m.Data)
			}
		}
	})
}

// roomFirst checks that no item of a room came before the room itself.
func roomFirst(t *testing.T, l *listening, id string) {
	t.Helper()
	for _, path := range l.paths() {
		if path == "rooms/"+id {
			return
		}
		if strings.HasPrefix(path, "rooms/"+id+"/") {
			t.Errorf("%s came before its room", path)
			return
		}
	}
	t.Error("the room did not come")
}

// nothingAfterLeaving checks that the room's end was the last that was told of it.
func nothingAfterLeaving(t *testing.T, l *listening, id string) {
	t.Helper()
	left := false
	for _, m := range l.log() {
		switch {
		case m.Path == "rooms/"+id:
			left = m.IsGone()
		case left && strings.HasPrefix(m.Path, "rooms/"+id):
			t.Errorf("after the end of the room came %s %s", m.Path, m.Data)
		}
		if strings.Contains(string(m.Data), "Secret") {
			t.Errorf("told of %s %s", m.Path, m.Data)
		}
	}
	if !left {
		t.Error("the room did not end")
	}
}
