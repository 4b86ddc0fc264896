package scenario

import (
	"fmt"
	"testing"
)

// testUnread takes api.md's rules about what is unread one by one.
func testUnread(t *testing.T, s *suite) {
	t.Run("E-R6 unread is what follows the read sequence, and announcements count", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		id := ann.newRoom(bob)
		bob.unread(t, id, 1, 0)
		ann.say(id, "One")
		ann.say(id, "Two")
		bob.unread(t, id, 3, 0)
		ann.post("rename-room", fields{"roomId": id, "name": "Garden"}).sequence()
		bob.unread(t, id, 4, 0)
	})
	for command, body := range map[string]fields{
		"send-message":      {"content": "Mine"},
		"rename-room":       {"name": "Mine"},
		"change-room-image": {"imageUrl": "https://example.com/mine.png"},
		"invite-user":       {"inviteeId": s.person(t, "Cleo").ID},
	} {
		t.Run("what a person does in a room reads it up to there: "+command, func(t *testing.T) {
			ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
			id := ann.newRoom(bob)
			ann.say(id, "Unread")
			bob.unread(t, id, 2, 0)
			body["roomId"] = id
			var at struct{ Sequence int64 }
			bob.post(command, body).into(&at)
			bob.unread(t, id, at.Sequence, at.Sequence)
			ann.unread(t, id, at.Sequence, at.Sequence-1)
		})
	}
	t.Run("a person who joins starts with everything before the joining read", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		id := ann.newRoom()
		for range 5 {
			ann.say(id, "Before")
		}
		joined := ann.post("invite-user", fields{"roomId": id, "inviteeId": bob.ID}).sequence()
		bob.unread(t, id, joined, joined-1)
		bob.post("leave-room", fields{"roomId": id}).sequence()
		ann.say(id, "While away")
		joined = ann.post("invite-user", fields{"roomId": id, "inviteeId": bob.ID}).sequence()
		bob.unread(t, id, joined, joined-1)
	})
	for _, command := range []string{"open-room", "close-room"} {
		t.Run("E-R7 P-3 F-6 "+command+" reads to the end or to the given sequence, never back", func(t *testing.T) {
			ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
			id := ann.newRoom(bob)
			for range 4 {
				ann.say(id, "New")
			}
			for _, step := range []struct {
				to   any
				read int64
			}{{2, 2}, {1, 2}, {0, 2}, {4, 4}, {3, 4}, {1000, 5}, {nil, 5}} {
				body := fields{"roomId": id}
				if step.to != nil {
					body["readSequence"] = step.to
				}
				var got struct{ ReadSequence int64 }
				if bob.post(command, body).want(200, shapeRead).into(&got); got.ReadSequence != step.read {
					t.Errorf("to %v: readSequence is %d, want %d", step.to, got.ReadSequence, step.read)
				}
				bob.unread(t, id, 5, step.read)
			}
			last := ann.say(id, "Newest").Sequence
			var got struct{ ReadSequence int64 }
			if bob.post(command, fields{"roomId": id}).into(&got); got.ReadSequence != last {
				t.Errorf("readSequence is %d, want all %d", got.ReadSequence, last)
			}
			bob.unread(t, id, last, last)
		})
	}
	t.Run("P-4 a lost connection is no visit: what is read is in the log", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		id := ann.newRoom(bob)
		l := bob.listen()
		l.current()
		bob.post("open-room", fields{"roomId": id}).want(200, shapeRead)
		last := ann.say(id, "Hello").Sequence
		l.shows(fmt.Sprintf("rooms/%s/items/%d", id, last), "Hello")
		l.Cut()
		ann.isOnline(bob, false)
		bob.unread(t, id, last, last-1)
	})
	t.Run("P-2 H-3 looking at a room reads nothing", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		id := ann.newRoom(bob)
		ann.say(id, "Hello")
		bob.room(id, 2)
		bob.get("/v1/rooms/"+id+"/items").want(200, shapePage)
		bob.unread(t, id, 2, 0)
	})
}

// unread waits until a room has a last and a read sequence for somebody, and
// checks what follows from them, in the list and in the room itself.
func (p *person) unread(t *testing.T, id string, last, read int64) {
	t.Helper()
	check := func(r room) error {
		if r.LastSequence != last || r.ReadSequence != read || r.UnreadCount != last-read || r.HasUnread != (last > read) {
			return fmt.Errorf("room of %s has last %d, read %d, unread %d %t; want last %d, read %d",
				p.Name, r.LastSequence, r.ReadSequence, r.UnreadCount, r.HasUnread, last, read)
		}
		return nil
	}
	eventually(t, func() error {
		if err := check(p.room(id, 0)); err != nil {
			return err
		}
		var answer struct{ Rooms []room }
		p.get("/v1/rooms").into(&answer)
		for _, r := range answer.Rooms {
			if r.ID == id {
				return check(r)
			}
		}
		return fmt.Errorf("the list lacks room %s", id)
	})
}
