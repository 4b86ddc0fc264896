package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"boochat/emulators/scenario/client"
)

func testLive(t *testing.T, s *suite) {
	t.Run("L-6 D-35 F-5 everything of a room arrives once, in order, as the queries show it", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		id := ann.newRoom(bob)
		onPhone, onLaptop := bob.listen(), bob.listen()
		onPhone.current()
		onLaptop.current()
		for n := range 10 {
			ann.say(id, fmt.Sprint("Message ", n))
		}
		last := ann.post("rename-room", fields{"roomId": id, "name": "Garden"}).sequence()
		shown := bob.room(id, last)
		for _, l := range []*listening{onPhone, onLaptop} {
			l.shows("rooms/"+id, fmt.Sprintf(`"lastSequence":%d`, last))
			l.shows(fmt.Sprintf("rooms/%s/items/%d", id, last), "Garden")
			checkItems(t, l, id, shown.Items[1:])
		}
	})
	t.Run("every document has its shape", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		l := ann.listen()
		l.current()
		id := ann.newRoom()
		ann.post("invite-user", fields{"roomId": id, "inviteeId": bob.ID}).sequence()
		bob.say(id, "Hello")
		ann.post("open-room", fields{"roomId": id}).want(200, shapeRead)
		l.shows("users/"+ann.ID+"/visits/"+id, `"readSequence":3`)
		l.shows("rooms/"+id+"/items/3", "Hello")
		shapes := map[string]string{"user": shapeUserDocument, "room": shapeRoomDocument, "item": shapeItemDocument, "visit": shapeVisitDocument}
		for _, m := range l.log() {
			if m.Type == "change" {
				for _, fault := range misfits(m.Data, shapes[kindOf(m.Path)]) {
					t.Errorf("%s: %s in %s", m.Path, fault, m.Data)
				}
			}
		}
	})
	t.Run("D-27 a change of profile reaches everybody", func(t *testing.T) {
		ann, stranger := s.person(t, "Ann"), s.person(t, "Stranger")
		l := stranger.listen()
		l.current()
		ann.post("update-profile", fields{"name": "Annie"}).want(200, shapeUser)
		l.shows("users/"+ann.ID, `"Annie"`)
	})
	t.Run("L-3 Q-5 somebody new is told of, in a document of their own", func(t *testing.T) {
		l := s.person(t, "Ann").listen()
		l.current()
		bob := s.person(t, "Bob")
		l.shows("users/"+bob.ID, `"Bob"`)
	})
}

// testSockets is what the live connection promises besides documents.
func testSockets(t *testing.T, s *suite) {
	t.Run("L-1 L-3 F-3 users come first, then rooms, then visits, then current", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		first, second := ann.newRoom(bob), bob.newRoom(ann)
		bob.say(first, "Hello")
		ann.unread(t, first, 2, 1)
		l := ann.listen()
		l.current()
		log := l.log()
		current := slices.IndexFunc(log, func(m client.Message) bool { return m.Type == "current" })
		stage := 0
		for _, m := range log[:current] { // what comes later are the people of other tests
			next := map[string]int{"user": 0, "room": 1, "visit": 2}[kindOf(m.Path)]
			if m.Type != "change" || m.Cursor == "" || next < stage {
				t.Fatalf("%s %s comes after stage %d", m.Type, m.Path, stage)
			}
			stage = next
		}
		if log[current].Cursor == "" {
			t.Errorf("the message is %+v", log[current])
		}
		l.Look(func(m *client.Model) {
			for _, path := range []string{"users/" + ann.ID, "users/" + bob.ID, "rooms/" + first, "rooms/" + second, "users/" + ann.ID + "/visits/" + first} {
				if m.Told[path] != 1 {
					t.Errorf("%s came %d times", path, m.Told[path])
				}
			}
		})
	})
	t.Run("D-19 an invitation is notified to the invitee alone", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		annListens, bobListens := ann.listen(), bob.listen()
		annListens.current()
		bobListens.current()
		id := ann.newRoom()
		ann.post("invite-user", fields{"roomId": id, "inviteeId": bob.ID}).sequence()
		ann.say(id, "Hello")
		isNotice := func(m client.Message) bool { return m.Type == "notification" }
		bobListens.until("of the invitation", func(m *client.Model) bool { return count(m.Log, isNotice) > 0 })
		annListens.shows("rooms/"+id+"/items/3", "Hello")
		bobListens.shows("rooms/"+id+"/items/3", "Hello")
		var notices []client.Message
		for _, m := range bobListens.log() {
			if isNotice(m) {
				notices = append(notices, m)
			}
		}
		got := notices[0]
		if got.Title != "Kitchen" || got.Text != "Ann added you to this room" || got.NavigateURL != "/rooms/"+id || got.Level != "info" {
			t.Errorf("notification is %+v", got)
		}
		if others := count(annListens.log(), isNotice); len(notices) != 1 || others != 0 {
			t.Errorf("%d notifications to the invitee, %d to the inviter", len(notices), others)
		}
	})
}

func count(log []client.Message, what func(client.Message) bool) (n int) {
	for _, m := range log {
		if what(m) {
			n++
		}
	}
	return n
}

// kindOf tells what sort of document lies at a path.
func kindOf(path string) string {
	switch parts := strings.Split(path, "/"); {
	case len(parts) == 2 && parts[0] == "users":
		return "user"
	case len(parts) == 2 && parts[0] == "rooms":
		return "room"
	case len(parts) == 4 && parts[2] == "items":
		return "item"
	case len(parts) == 4 && parts[2] == "visits":
		return "visit"
	default:
		return "none"
	}
}

// checkItems checks that a room's items came once each, in order, and are those
// that the queries show. Those before may have been on their way.
func checkItems(t *testing.T, l *listening, roomID string, want []item) {
	t.Helper()
	var got []item
	for _, m := range l.log() {
		if m.Type != "change" || !strings.HasPrefix(m.Path, "rooms/"+roomID+"/items/") {
			continue
		}
		var it item
		if err := json.Unmarshal(m.Data, &it); err != nil {
			t.Fatal(err)
		}
		if m.Path != fmt.Sprintf("rooms/%s/items/%d", roomID, it.Sequence) {
			t.Errorf("item %d came as %s", it.Sequence, m.Path)
		}
		if it.Sequence >= want[0].Sequence {
			got = append(got, it)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d items came, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i].ID != want[i].ID || got[i].Sequence != want[i].Sequence || got[i].Content != want[i].Content || got[i].Timestamp != want[i].Timestamp {
			t.Errorf("item %d is %+v, the query shows %+v", i, got[i], want[i])
		}
	}
}
