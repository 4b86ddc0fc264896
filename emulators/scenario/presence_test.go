package scenario

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"boochat/emulators/scenario/client"
)

func testPresence(t *testing.T, s *suite) {
	t.Run("P-1 D-46 L-4 who has a socket open is online, on however many devices", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		ann.newRoom(bob)
		l := ann.listen()
		l.current()
		l.sees(bob, "offline")
		phone, laptop := bob.listen(), bob.listen()
		phone.current()
		laptop.current()
		l.sees(bob, "online")
		ann.isOnline(bob, true)
		phone.Cut()
		time.Sleep(200 * time.Millisecond) // for the server to notice
		ann.isOnline(bob, true)
		laptop.Cut()
		l.sees(bob, "offline")
		ann.isOnline(bob, false)
		var seen []string
		for _, m := range l.log() {
			if m.Path == "users/"+bob.ID {
				seen = append(seen, presence(m.Data))
			}
		}
		if got := slices.Compact(seen); !slices.Equal(got, []string{"offline", "online", "offline"}) {
			t.Errorf("presence went %v", got)
		}
	})
	t.Run("D-8 L-4 presence is for people who share a room", func(t *testing.T) {
		ann, stranger := s.person(t, "Ann"), s.person(t, "Stranger")
		watching, own := stranger.listen(), ann.listen()
		watching.current()
		own.current()
		own.sees(ann, "online")
		ann.isOnline(ann, true)
		ann.post("update-profile", fields{"name": "Annie"})
		watching.shows("users/"+ann.ID, "Annie")
		again := stranger.listen()
		again.current()
		for _, l := range []*listening{watching, again} {
			for _, m := range l.log() {
				if m.Path == "users/"+ann.ID && presence(m.Data) != "unknown" {
					t.Errorf("a stranger is told %s", m.Data)
				}
			}
		}
		stranger.isOnline(ann, false)

		id := ann.newRoom(stranger)
		watching.sees(ann, "online")
		own.sees(stranger, "online")
		stranger.isOnline(ann, true)
		stranger.post("leave-room", fields{"roomId": id}).sequence()
		stranger.isOnline(ann, false)
		watching.sees(ann, "unknown")
		own.sees(stranger, "unknown")
	})
	t.Run("D-8 what changed while away is told on return", func(t *testing.T) {
		ann, bob, stranger := s.person(t, "Ann"), s.person(t, "Bob"), s.person(t, "Stranger")
		id := ann.newRoom(bob)
		bobListens := bob.listen()
		bobListens.current()
		l := ann.listen()
		l.current()
		l.sees(bob, "online")
		l.Cut()
		bobListens.Cut()
		stranger.post("heartbeat", fields{}).want(204, "")
		ann.isOnline(bob, false)
		l.connect()
		l.current()
		l.sees(bob, "offline")
		l.Look(func(m *client.Model) {
			if got := presence(m.Documents["users/"+stranger.ID]); got != "unknown" {
				t.Errorf("the presence of a stranger is %s", got)
			}
		})
		l.Cut()
		ann.post("leave-room", fields{"roomId": id}).sequence()
		bob.rooms(func(list []room) error {
			if len(list) != 1 || len(list[0].Participants) != 1 {
				return fmt.Errorf("rooms are %+v", list)
			}
			return nil
		})
		l.connect()
		l.current()
		l.sees(bob, "unknown")
	})
}

func testHeartbeat(t *testing.T, s *suite) {
	t.Run("P-1 V-A1 a heartbeat makes online, and leaves no event", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		id := ann.newRoom(bob)
		l := ann.listen()
		l.current()
		bob.post("heartbeat", fields{"roomId": id}).want(204, "")
		l.sees(bob, "online")
		ann.isOnline(bob, true)
		if got := ann.room(id, 1); got.LastSequence != 1 {
			t.Errorf("room is at %d", got.LastSequence)
		}
		bob.unread(t, id, 1, 0)
	})
}

// isOnline waits until the list of people tells somebody whether another is online.
func (p *person) isOnline(other *person, want bool) {
	p.t.Helper()
	eventually(p.t, func() error {
		if got := p.seesOnline(other); got != want {
			return fmt.Errorf("%s sees %s online: %t", p.Name, other.Name, got)
		}
		return nil
	})
}

// seesOnline tells whether the list of people shows somebody as online now.
func (p *person) seesOnline(other *person) bool {
	p.t.Helper()
	return p.listed()[other.ID].Online
}
