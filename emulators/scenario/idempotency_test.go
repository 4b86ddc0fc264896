package scenario

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// effect is a command that changes something every time it is sent with another n.
type effect struct {
	name, command string
	body          func(roomID string, n int) fields
}

// effects are all commands that leave events, in every way to identify what comes
// to be. The invitee is nobody's companion yet.
func effects(invitee *person) []effect {
	picture := func(n int) string { return fmt.Sprintf("https://example.com/%d.png", n) }
	return []effect{
		{"create-room", "create-room", func(_ string, n int) fields {
			return fields{"name": fmt.Sprint("Room ", n), "participantIds": []string{}}
		}},
		{"create-room with id", "create-room", func(roomID string, n int) fields {
			return fields{"id": fmt.Sprintf("%s-%d", roomID, n), "name": "Room", "participantIds": []string{}}
		}},
		{"invite-user", "invite-user", func(roomID string, _ int) fields { return fields{"roomId": roomID, "inviteeId": invitee.ID} }},
		{"rename-room", "rename-room", func(roomID string, n int) fields { return fields{"roomId": roomID, "name": fmt.Sprint("Name ", n)} }},
		{"change-room-image", "change-room-image", func(roomID string, n int) fields { return fields{"roomId": roomID, "imageUrl": picture(n)} }},
		{"send-message", "send-message", func(roomID string, n int) fields { return fields{"roomId": roomID, "content": fmt.Sprint(n)} }},
		{"send-message with id", "send-message", func(roomID string, n int) fields {
			return fields{"id": fmt.Sprintf("m-%d", n), "roomId": roomID, "content": "Hello"}
		}},
		{"open-room", "open-room", func(roomID string, n int) fields { return fields{"roomId": roomID, "readSequence": n} }},
		{"close-room", "close-room", func(roomID string, n int) fields { return fields{"roomId": roomID, "readSequence": n} }},
		{"update-profile", "update-profile", func(_ string, n int) fields { return fields{"name": fmt.Sprint("Ann ", n)} }},
		{"leave-room", "leave-room", func(roomID string, _ int) fields { return fields{"roomId": roomID} }},
	}
}

// inRoom reports whether the command leaves an item in the room of its body.
func (e effect) inRoom() bool {
	return !slices.Contains([]string{"create-room", "open-room", "close-room", "update-profile"}, e.command)
}

func testIdempotency(t *testing.T, s *suite) {
	for _, e := range effects(s.person(t, "Cleo")) {
		t.Run("a repeat gives the first answer: "+e.name, func(t *testing.T) { testRepeat(t, s, e) })
		t.Run("of many at once one takes effect: "+e.name, func(t *testing.T) { testConcurrentRepeats(t, s, e) })
		t.Run("a key is good for one request: "+e.name, func(t *testing.T) { testReusedKey(t, s, e) })
	}
	t.Run("V-R5 E-M1 an id of one's own is good for one message of a room", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		id, other := ann.newRoom(bob), ann.newRoom(bob)
		body := fields{"id": "mine", "roomId": id, "content": "Hello"}
		first := ann.repeat("send-message", body, "").want(201, shapeMessage)
		if again := ann.repeat("send-message", body, "").want(201, shapeMessage); !bytes.Equal(again.Body, first.Body) {
			t.Errorf("without a key, the same message is answered %s after %s", again.Body, first.Body)
		}
		ann.post("send-message", fields{"id": "mine", "roomId": id, "content": "Another"}).refused("conflict")
		bob.post("send-message", body).refused("conflict")
		ann.post("send-message", fields{"id": "mine", "roomId": other, "content": "Hello"}).want(201, shapeMessage)
		if got := ann.room(id, 2); got.LastSequence != 2 || got.LastItem.ID != "mine" {
			t.Errorf("room is %+v", got)
		}
	})
	t.Run("E-R1 an id of one's own is good for one room", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		body := fields{"id": newID(), "name": "Kitchen", "participantIds": []string{}}
		ann.post("create-room", body).want(201, shapeCreated)
		bob.post("create-room", body).refused("conflict")
		body["name"] = "Garden"
		ann.post("create-room", body).refused("conflict")
	})
}

// stage is a room of two with something to read, and who acts in it.
func stage(t *testing.T, s *suite) (ann, bob *person, roomID string) {
	t.Helper()
	ann, bob = s.person(t, "Ann"), s.person(t, "Bob")
	return ann, bob, furnish(ann, bob)
}

func furnish(ann, bob *person) (roomID string) {
	roomID = ann.newRoom(bob)
	for range 4 {
		bob.say(roomID, "Something to read")
	}
	return roomID
}

func testRepeat(t *testing.T, s *suite, e effect) {
	ann, bob, id := stage(t, s)
	key, body := newID(), e.body(id, 2)
	first := ann.repeat(e.command, body, key)
	if first.Status >= 300 {
		t.Fatalf("answer is %d %s", first.Status, first.Body)
	}
	bob.say(id, "Meanwhile")
	ann.post("update-profile", fields{"name": "Ann meanwhile"})
	ann.post("open-room", fields{"roomId": id})
	for range 2 {
		if again := ann.repeat(e.command, body, key); again.Status != first.Status || !bytes.Equal(again.Body, first.Body) {
			t.Errorf("repeat is answered %d %s, first was %d %s", again.Status, again.Body, first.Status, first.Body)
		}
	}
	last := int64(6)
	if e.inRoom() {
		last = 7
	}
	if got := bob.room(id, last); got.LastSequence != last {
		t.Errorf("room is at %d, want %d", got.LastSequence, last)
	}
}

func testConcurrentRepeats(t *testing.T, s *suite, e effect) {
	ann, bob, id := stage(t, s)
	key, body := newID(), e.body(id, 2)
	answers := make([]string, 20)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() {
			a, err := ann.Post(ann.ctx, e.command, body, key)
			answers[i] = fmt.Sprint(a.Status, string(a.Body), err)
		})
	}
	group.Wait()
	for _, got := range answers {
		if got != answers[0] || got[0] != '2' {
			t.Errorf("answers differ: %s and %s", got, answers[0])
		}
	}
	if got := bob.say(id, "After").Sequence; got > 7 {
		t.Errorf("the next item is %d: there was more than one effect", got)
	}
}

func testReusedKey(t *testing.T, s *suite, first effect) {
	ann, bob, id := stage(t, s)
	other := furnish(ann, bob)
	key, body := newID(), first.body(id, 2)
	if a := ann.repeat(first.command, body, key); a.Status >= 300 {
		t.Fatalf("answer is %d %s", a.Status, a.Body)
	}
	reused := func(p *person, what string, command string, body fields) {
		problem, err := p.repeat(command, body, key).problem("idempotency-key-reused", 409)
		if err != nil {
			t.Errorf("%s: %v", what, err)
		} else if len(problem.Errors) != 1 || problem.Errors[0].Field != "Idempotency-Key" {
			t.Errorf("%s: errors are %+v", what, problem.Errors)
		}
	}
	reused(bob, "another caller", first.command, body)
	for _, second := range effects(s.person(t, "Dan")) {
		// A message under an id of its own is told by that, and knows the keys of its room alone.
		if !strings.Contains(first.name+second.name, "message with id") {
			reused(ann, "another room, "+second.name, second.command, second.body(other, 3))
		}
	}
	if first.command != "leave-room" { // who has left can do nothing more there
		for _, second := range effects(s.person(t, "Dan")) {
			if inSameRoom := first.inRoom() && second.inRoom(); inSameRoom || !strings.Contains(first.name+second.name, "message with id") {
				reused(ann, "another body, "+second.name, second.command, second.body(id, 3))
			}
		}
	}
	if got := bob.say(other, "After").Sequence; got != 6 {
		t.Errorf("the next item of the other room is %d, want 6", got)
	}
}
