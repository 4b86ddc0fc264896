package room_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"boochat/shared/event"
	"boochat/shared/room"
	"boochat/shared/user"
)

// Announcements are derived from facts, with people's names and arguments for
// clients that word them themselves (D-25, D-37, E-N1, V-R6).
func TestAnnouncements(t *testing.T) {
	const annID = "108234567890123456789"
	for _, c := range []struct {
		payload   any
		kind      string
		text      string
		arguments map[string]string
	}{
		{room.Created{Name: "Lunch", ActorName: "Ann"}, "room-created", "Ann created the room",
			map[string]string{"actorId": annID, "actorName": "Ann"}},
		{room.UserInvited{InviteeID: "bob", InviteeName: "Bob", ActorName: "Ann"}, "user-joined", "Ann added Bob",
			map[string]string{"actorId": annID, "actorName": "Ann", "userId": "bob", "userName": "Bob"}},
		{room.UserLeft{ActorName: "Ann"}, "user-left", "Ann left the room",
			map[string]string{"userId": annID, "userName": "Ann"}},
		{room.Renamed{Name: "Dinner", ActorName: "Ann"}, "room-renamed", "Ann renamed the room to “Dinner”",
			map[string]string{"actorId": annID, "actorName": "Ann", "name": "Dinner"}},
		{room.ImageChanged{ImageURL: "https://example.com/2.png", ActorName: "Ann"}, "room-image-changed", "Ann changed the room's picture",
			map[string]string{"actorId": annID, "actorName": "Ann", "imageUrl": "https://example.com/2.png"}},
		{room.AnnouncementCreated{Kind: "poll-created", Text: "Ann asks: When?", Arguments: map[string]string{"actorId": annID, "actorName": "Ann"}, MeetupID: "picnic", MeetupSequence: 2},
			"poll-created", "Ann asks: When?", map[string]string{"actorId": annID, "actorName": "Ann"}},
	} {
		a, ok := room.Announce(annID, c.payload)
		if !ok || a.Kind != c.kind || a.Text != c.text || !maps.Equal(a.Arguments, c.arguments) {
			t.Errorf("%T is announced as %+v, %t, want %+v", c.payload, a, ok, c)
		}
		if strings.Contains(a.Text, annID) {
			t.Errorf("D-25: %q names an account", a.Text)
		}
	}
}

// TestEveryFactIsOneItem: a message speaks for itself, everything else of a room is
// announced (E-I1).
func TestEveryFactIsOneItem(t *testing.T) {
	for name := range event.NewCatalogue(room.Events).Versions() {
		payload, err := event.NewCatalogue(room.Events).Decode(event.Envelope{Type: name, Version: 1, Data: json.RawMessage(`{}`)})
		if err != nil {
			t.Fatal(err)
		}
		if _, announced := room.Announce("ann", payload); announced == (name == "room.message-sent") {
			t.Errorf("%s is announced: %t", name, announced)
		}
	}
	if a, ok := room.Announce("ann", user.Updated{}); ok {
		t.Errorf("what is not of a room is announced as %+v", a)
	}
}
