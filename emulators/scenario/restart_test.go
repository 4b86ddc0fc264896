package scenario

import (
	"bytes"
	"fmt"
	"testing"

	"boochat/emulators/scenario/client"

	"github.com/coder/websocket"
)

// testRestart ends and starts a server under its people's feet.
func testRestart(t *testing.T, s *suite) {
	own := s.alone(t)
	ann, bob := own.person(t, "Ann"), own.person(t, "Bob")
	id := ann.newRoom(bob)
	key := newID()
	body := fields{"roomId": id, "content": "Hello"}
	first := ann.repeat("send-message", body, key).want(201, shapeMessage)
	for n := range 600 { // more than is remembered
		ann.say(id, fmt.Sprint(n))
	}
	bob.post("open-room", fields{"roomId": id, "readSequence": 300}).want(200, shapeRead)
	bob.post("heartbeat", nil).want(204, "")
	bob.unread(t, id, 602, 300)
	l, other := ann.listen(), bob.listen()
	l.current()
	l.sees(bob, "online")
	other.current()

	own.Restart(t, settings()...)
	for _, ended := range []*listening{l, other} {
		ended.endsWith(websocket.StatusGoingAway)
	}
	bob.unread(t, id, 602, 300)
	if again := ann.repeat("send-message", body, key); !bytes.Equal(again.Body, first.Body) || again.Status != 201 {
		t.Errorf("a repeat is answered %d %s, first was %s", again.Status, again.Body, first.Body)
	}
	ann.repeat("send-message", fields{"roomId": id, "content": "Another"}, key).refused("idempotency-key-reused")
	sent := ann.say(id, "While away")
	if sent.Sequence != 603 {
		t.Errorf("the next message is %d, want 603", sent.Sequence)
	}
	for _, back := range []*listening{l, other} {
		back.connect()
		back.shows("rooms/"+id+"/items/603", "While away")
		back.shows("rooms/"+id, `"lastSequence":603`)
		back.Look(func(m *client.Model) {
			if m.Resets > 0 || m.Told["rooms/"+id+"/items/603"] != 1 || m.Told["rooms/"+id+"/items/602"] > 0 {
				t.Errorf("%d resets, told %v", m.Resets, m.Told)
			}
		})
	}
	other.Cut()
	if again := ann.refreshed(ann.RefreshToken, newID()); again.ID != ann.ID {
		t.Errorf("the session goes on as %s", again.ID)
	}
	if own.Firestore() != nil { // where presence is in documents, and ends by itself
		return
	}
	t.Run("V-A1 presence begins anew", func(t *testing.T) {
		again := ann.in(t).listen()
		again.current()
		again.sees(bob, "offline")
		l.sees(bob, "offline")
	})
}
