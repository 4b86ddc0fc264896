package scenario

import (
	"fmt"
	"testing"
	"time"
)

func testRooms(t *testing.T, s *suite) {
	t.Run("E-R1 E-R3 E-R5 D-21 the creator is in, whoever is named", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		for name, participants := range map[string][]string{
			"nobody": {}, "another": {bob.ID}, "both": {bob.ID, ann.ID}, "twice": {ann.ID, bob.ID, bob.ID, ann.ID},
		} {
			var created struct{ RoomID string }
			ann.post("create-room", fields{"name": name, "imageUrl": "https://example.com/r.png", "participantIds": participants}).want(201, shapeCreated).into(&created)
			want := map[bool]string{true: sorted([]string{ann.ID, bob.ID}), false: ann.ID}[len(participants) > 0]
			got := ann.room(created.RoomID, 1)
			var members []string
			for _, p := range got.Participants {
				members = append(members, p.ID)
			}
			if sorted(members) != want || got.ID != created.RoomID || got.Name != name || got.ImageURL != "https://example.com/r.png" {
				t.Errorf("%s: room is %+v", name, got)
			}
		}
	})
	t.Run("Q-2 E-R4 E-I1 E-N1 D-25 D-37 what happens is announced, with names", func(t *testing.T) { testAnnouncements(t, s) })
	t.Run("E-M2 E-M3 Q-2 a message is shown as it was sent", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		id := ann.newRoom(bob)
		text := "Grüße 👋\n\tand <b>more</b>  \"quoted\""
		sent := ann.say(id, "  "+text+"\n")
		got := bob.room(id, sent.Sequence).Items[sent.Sequence-1]
		want := item{ID: sent.ID, Sequence: sent.Sequence, RoomID: id, Kind: "message", Content: text, Timestamp: sent.SentAt}
		sender := got.Sender
		if got.Sender = nil; got != want || sender == nil || sender.ID != ann.ID || sender.Name != "Ann" {
			t.Errorf("item is %+v from %+v, want %+v from Ann", got, sender, want)
		}
		if at, err := time.Parse(time.RFC3339, sent.SentAt); err != nil || time.Since(at).Abs() > time.Minute {
			t.Errorf("sentAt is %q", sent.SentAt)
		}
	})
	t.Run("Q-1 rooms are listed with the latest item first", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		first, second, third := ann.newRoom(bob), ann.newRoom(bob), ann.newRoom()
		for _, latest := range []string{first, third, second, first} {
			time.Sleep(2 * time.Millisecond) // items are told apart by the millisecond
			sent := ann.say(latest, "Here")
			ann.rooms(func(list []room) error {
				if len(list) != 3 || list[0].ID != latest || list[0].LastItem == nil || list[0].LastItem.ID != sent.ID {
					return fmt.Errorf("rooms are %+v, want %s first", list, latest)
				}
				return nil
			})
		}
		bob.rooms(func(list []room) error {
			if len(list) != 2 || list[0].ID != first || list[1].ID != second || list[0].Items != nil {
				return fmt.Errorf("rooms of the other are %+v", list)
			}
			return nil
		})
	})
	t.Run("D-17 name and picture change for everybody", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		id := ann.newRoom(bob)
		bob.post("rename-room", fields{"roomId": id, "name": " Cellar "})
		last := bob.post("change-room-image", fields{"roomId": id, "imageUrl": "https://example.com/new.png"}).sequence()
		if got := ann.room(id, last); got.Name != "Cellar" || got.ImageURL != "https://example.com/new.png" {
			t.Errorf("room is %+v", got)
		}
		for command, body := range map[string]fields{
			"rename-room":       {"roomId": id, "name": "Cellar"},
			"change-room-image": {"roomId": id, "imageUrl": "https://example.com/new.png"},
		} {
			if got := ann.post(command, body).sequence(); got != last {
				t.Errorf("%s to what is so already leads to %d, want %d", command, got, last)
			}
		}
	})
	t.Run("D-20 members come and go", func(t *testing.T) { testMembership(t, s) })
}

func testAnnouncements(t *testing.T, s *suite) {
	ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
	id := ann.newRoom()
	ann.post("invite-user", fields{"roomId": id, "inviteeId": bob.ID}).sequence()
	bob.post("rename-room", fields{"roomId": id, "name": "Garden"}).sequence()
	bob.post("change-room-image", fields{"roomId": id, "imageUrl": "https://example.com/g.png"}).sequence()
	last := bob.post("leave-room", fields{"roomId": id}).sequence()
	want := []struct {
		kind, text string
		arguments  map[string]string
	}{
		{"room-created", "Ann created the room", map[string]string{"actorId": ann.ID, "actorName": "Ann"}},
		{"user-joined", "Ann added Bob", map[string]string{"actorId": ann.ID, "actorName": "Ann", "userId": bob.ID, "userName": "Bob"}},
		{"room-renamed", "Bob renamed the room to “Garden”", map[string]string{"actorId": bob.ID, "actorName": "Bob", "name": "Garden"}},
		{"room-image-changed", "Bob changed the room's picture", map[string]string{"actorId": bob.ID, "actorName": "Bob", "imageUrl": "https://example.com/g.png"}},
		{"user-left", "Bob left the room", map[string]string{"userId": bob.ID, "userName": "Bob"}},
	}
	items := ann.room(id, last).Items
	if len(items) != len(want) {
		t.Fatalf("there are %d items, want %d", len(items), len(want))
	}
	for i, it := range items {
		switch {
		case it.Sequence != int64(i+1) || it.Kind != "announcement" || it.Sender != nil || it.RoomID != id || it.Announcement == nil:
			t.Errorf("item %d is %+v", i+1, it)
		case it.Content != want[i].text || it.Announcement.Kind != want[i].kind || fmt.Sprint(it.Announcement.Arguments) != fmt.Sprint(want[i].arguments):
			t.Errorf("announcement %d is %q %+v, want %+v", i+1, it.Content, *it.Announcement, want[i])
		}
	}
}

func testMembership(t *testing.T, s *suite) {
	ann, bob, cleo := s.person(t, "Ann"), s.person(t, "Bob"), s.person(t, "Cleo")
	id := ann.newRoom(bob)
	joined := bob.post("invite-user", fields{"roomId": id, "inviteeId": cleo.ID}).sequence()
	if again := ann.post("invite-user", fields{"roomId": id, "inviteeId": cleo.ID}).sequence(); again != joined {
		t.Errorf("inviting a member again leads to %d, want %d", again, joined)
	}
	if got := ann.room(id, joined); got.participants() != ann.ID+" "+bob.ID+" "+cleo.ID || got.LastSequence != joined {
		t.Errorf("room is %+v", got)
	}
	left := cleo.post("leave-room", fields{"roomId": id}).sequence()
	cleo.post("leave-room", fields{"roomId": id}).violates("already-left", "")
	if got := ann.room(id, left); got.participants() != ann.ID+" "+bob.ID {
		t.Errorf("room is %+v", got)
	}
	cleo.rooms(func(list []room) error {
		if len(list) != 0 {
			return fmt.Errorf("who has left still has %+v", list)
		}
		return nil
	})
	cleo.post("send-message", fields{"roomId": id, "content": "Still here"}).refused("not-found")
	back := ann.post("invite-user", fields{"roomId": id, "inviteeId": cleo.ID}).sequence()
	if got := cleo.room(id, back); got.participants() != ann.ID+" "+bob.ID+" "+cleo.ID {
		t.Errorf("room is %+v", got)
	}
	cleo.say(id, "Back again")
	for _, p := range []*person{ann, bob, cleo} {
		p.post("leave-room", fields{"roomId": id}).sequence()
	}
	ann.post("leave-room", fields{"roomId": id}).violates("already-left", "")
}
