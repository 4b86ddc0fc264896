package trigger_test

import (
	"testing"

	"boochat/functions/trigger"
	"boochat/shared/catalogue"
	"boochat/shared/room"
)

// TestAnnouncementOfAMeetup: what the system announces is an item with kind, arguments
// and text, which everybody in the room has yet to read (V-R6, E-N1, E-A3).
func TestAnnouncementOfAMeetup(t *testing.T) {
	h := newHistory(t)
	garden := room.Stream("garden")
	h.happens(t, garden, "Bob", room.Created{Name: "Garden", MemberIDs: []string{"Bob", "Dan"}, ActorName: "Bob"})
	h.happens(t, garden, "", room.AnnouncementCreated{
		Kind: "meetup-cancelled", Arguments: map[string]string{"meetupId": "m-1", "actorName": "Bob"}, Text: "Bob cancelled “Dinner”", MeetupID: "m-1", MeetupSequence: 7,
	})
	views := readDocuments(t)
	handle := trigger.NewRooms(h.store, views, catalogue.Events, atNoon).Handle
	until(t, handle, h.events[1:], h.events[:1], h.events)
	all := documents(t, views)
	for path, want := range map[string]string{
		"rooms/garden/items/2": `{"id":"event-1","sequence":2,"roomId":"garden","kind":"announcement","content":"Bob cancelled “Dinner”",` +
			`"announcement":{"kind":"meetup-cancelled","arguments":{"actorName":"Bob","meetupId":"m-1"}},"timestamp":"2026-03-01T12:00:01.000Z"}`,
		"rooms/garden": `{"id":"garden","name":"Garden","imageUrl":"","memberIds":["Bob","Dan"],` +
			`"lastItem":{"id":"event-1","sequence":2,"roomId":"garden","kind":"announcement","content":"Bob cancelled “Dinner”",` +
			`"announcement":{"kind":"meetup-cancelled","arguments":{"actorName":"Bob","meetupId":"m-1"}},"timestamp":"2026-03-01T12:00:01.000Z"},"lastSequence":2}`,
		"users/Bob/visits/garden": `{"roomId":"garden","readSequence":1}`,
		"users/Dan/visits/garden": "", // has read nothing yet
	} {
		if all[path] != want {
			t.Errorf("%s is %s, want %s", path, all[path], want)
		}
	}
	if len(all) != 4 {
		t.Errorf("there are %d documents, want the room, two items and Bob's visit", len(all))
	}
}
