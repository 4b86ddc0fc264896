package scenario

import (
	"strings"
	"testing"
	"time"
)

// testCommands sends every command about rooms and people as it is meant to be
// sent. What comes of it is the other tests' matter.
func testCommands(t *testing.T, s *suite) {
	ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
	roomID := newID()
	steps := []struct {
		name, command string
		body          any
		status        int
		shape         string
		sequence      int64 // of the answer, where it has one
	}{
		{"C-3 S-4 V-R1 create-room", "create-room", fields{"id": roomID, "name": "Kitchen", "imageUrl": "https://example.com/k.png", "participantIds": []string{}}, 201, shapeCreated, 1},
		{"C-4 S-2 V-R2 invite-user", "invite-user", fields{"roomId": roomID, "inviteeId": bob.ID}, 200, shapeSequence, 2},
		{"rename-room", "rename-room", fields{"roomId": roomID, "name": "Garden"}, 200, shapeSequence, 3},
		{"C-7 change-room-image", "change-room-image", fields{"roomId": roomID, "imageUrl": "https://example.com/g.png"}, 200, shapeSequence, 4},
		{"C-2 S-1 V-R5 E-M1 E-M4 E-M5 send-message", "send-message", fields{"roomId": roomID, "content": "Hello"}, 201, shapeMessage, 5},
		{"send-message under an id of one's own", "send-message", fields{"id": newID(), "roomId": roomID, "content": "Hello"}, 201, shapeMessage, 6},
		{"open-room", "open-room", fields{"roomId": roomID}, 200, shapeRead, 0},
		{"C-6 S-5 V-R4 close-room", "close-room", fields{"roomId": roomID, "readSequence": 3}, 200, shapeRead, 0},
		{"heartbeat", "heartbeat", fields{}, 204, "", 0},
		{"heartbeat from a room", "heartbeat", fields{"roomId": roomID}, 204, "", 0},
		{"C-13 V-U2 H-2 update-profile", "update-profile", fields{"name": "Anna", "imageUrl": "https://example.com/anna.png"}, 200, shapeUser, 0},
		{"C-5 S-3 V-R3 leave-room", "leave-room", fields{"roomId": roomID}, 200, shapeSequence, 7},
		{"sign-out", "sign-out", nil, 204, "", 0},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			got := ann.in(t).post(step.command, step.body).want(step.status, step.shape)
			if step.sequence == 0 {
				return
			}
			var at struct{ Sequence int64 }
			if got.into(&at); at.Sequence != step.sequence {
				t.Errorf("sequence is %d, want %d", at.Sequence, step.sequence)
			}
		})
	}
	t.Run("sign-out-everywhere", func(t *testing.T) {
		p := s.person(t, "Cleo")
		p.post("sign-out-everywhere", fields{}).want(204, "")
	})
	t.Run("C-1 H-1 V-U1 authenticate and refresh", func(t *testing.T) { testSignIn(t, s) })
}

func testSignIn(t *testing.T, s *suite) {
	cleo := s.person(t, "Cleo")
	token, err := cleo.IDToken(cleo.ctx, cleo.Identity)
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	a := s.nobody(t).post("authenticate", fields{"idToken": token}).want(200, shapeSession)
	var first, second struct {
		User                 someone
		AccessTokenExpiresAt time.Time
		RefreshToken         string
	}
	a.into(&first)
	if lives := first.AccessTokenExpiresAt.Sub(before); lives < 14*time.Minute || lives > 16*time.Minute {
		t.Errorf("the access token lives for %v, want 15 minutes", lives)
	}
	b := s.nobody(t).post("refresh", fields{"refreshToken": first.RefreshToken}).want(200, shapeSession)
	b.into(&second)
	if second.User != first.User || second.RefreshToken == first.RefreshToken {
		t.Errorf("refresh answers %s after %s", b.Body, a.Body)
	}
	for _, tokens := range []answer{a, b} {
		if got := tokens.Header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
			t.Errorf("Cache-Control of an answer with tokens is %q, want no-store", got)
		}
	}
}
