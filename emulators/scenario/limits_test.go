package scenario

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// testLimits tries every limit of the contract at its edges: with the value of a
// field, a command passes, or is refused with rule "limit" for that field.
func testLimits(t *testing.T, s *suite) {
	ann := s.person(t, "Ann")
	id := ann.newRoom()
	url := func(length int) string { return "https://example.com/" + strings.Repeat("a", length-20) }
	type try struct {
		value any
		fits  bool
	}
	names := []try{
		{"N", true}, {strings.Repeat("ä", 100), true}, {"  " + strings.Repeat("👋", 100) + "\u3000", true},
		{"", false}, {" \t\n ", false}, {strings.Repeat("n", 101), false}, {"two\nlines", false}, {"bell\a", false},
	}
	urls := []try{
		{url(2048), true}, {url(2049), false}, {"http://example.com/x", false}, {"https://", false}, {"javascript:alert(1)", false}, {"//example.com/x", false}, {"x", false},
	}
	idents := []try{
		{"", false}, {"a b", false}, {"a/b", false}, {"ä", false}, {strings.Repeat("i", 129), false}, {"../x", false}, {"a.b", false},
	}
	for _, test := range []struct {
		row, field string // the row ends in the command's name
		rest       fields
		tries      []try
	}{
		{"E-R2 create-room", "name", fields{"participantIds": []string{}}, names},
		{"create-room", "imageUrl", fields{"name": "N", "participantIds": []string{}}, append(urls, try{"", true})},
		{"create-room", "id", fields{"name": "N", "participantIds": []string{}}, []try{{newID() + strings.Repeat("i", 92), true}, {strings.Repeat("i", 129), false}, {"a b", false}, {"ä", false}}},
		{"rename-room", "name", fields{"roomId": id}, names},
		{"rename-room", "roomId", fields{"name": "N"}, idents},
		{"change-room-image", "imageUrl", fields{"roomId": id}, append(urls, try{"", false})},
		{"change-room-image", "roomId", fields{"imageUrl": "https://example.com/x"}, idents},
		{"E-M3 send-message", "content", fields{"roomId": id}, []try{
			{"c", true}, {strings.Repeat("👋", 4000), true}, {"\n" + strings.Repeat("c", 4000) + "\n", true}, {"a\n\tb", true},
			{"", false}, {" \n ", false}, {strings.Repeat("c", 4001), false}, {"bell\a", false}, {"\x00", false},
		}},
		{"send-message", "id", fields{"roomId": id, "content": "c"}, []try{{strings.Repeat("i", 128), true}, {"A-z_0", true}, {strings.Repeat("i", 129), false}, {"a b", false}}},
		{"send-message", "roomId", fields{"content": "c"}, idents},
		{"invite-user", "roomId", fields{"inviteeId": ann.ID}, idents},
		{"invite-user", "inviteeId", fields{"roomId": id}, idents},
		{"leave-room", "roomId", fields{}, idents},
		{"open-room", "roomId", fields{}, idents},
		{"open-room", "readSequence", fields{"roomId": id}, []try{{0, true}, {1, true}, {int64(1) << 53, true}, {-1, false}}},
		{"close-room", "roomId", fields{}, idents},
		{"close-room", "readSequence", fields{"roomId": id}, []try{{0, true}, {1, true}, {int64(1) << 53, true}, {-1, false}}},
		{"heartbeat", "roomId", fields{}, idents[1:]},
		{"update-profile", "name", fields{}, names},
		{"update-profile", "imageUrl", fields{}, append(urls, try{"", false})},
	} {
		command := test.row[strings.LastIndexByte(test.row, ' ')+1:]
		for i, try := range test.tries {
			t.Run(fmt.Sprintf("%s %s %d", test.row, test.field, i), func(t *testing.T) {
				body := fields{test.field: try.value}
				for name, value := range test.rest {
					body[name] = value
				}
				a := ann.in(t).post(command, body)
				if !try.fits {
					a.violates("limit", test.field)
				} else if a.Status >= 300 {
					t.Errorf("%q is answered %d %s", try.value, a.Status, a.Body)
				}
			})
		}
	}
}

// testFullRoom fills a room to the last seat.
func testFullRoom(t *testing.T, s *suite) {
	const most = 500
	ann := s.person(t, "Ann")
	others := make([]*person, most)
	var group errgroup.Group
	group.SetLimit(8)
	for i := range others {
		group.Go(func() (err error) {
			others[i] = s.nobody(t)
			others[i].Session, err = others[i].SignIn(ann.ctx, s.identity("Guest"))
			others[i].Token, others[i].ID = others[i].AccessToken, others[i].User.ID
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	tooMany := append(ids(others), "another")
	ann.post("create-room", fields{"name": "Hall", "participantIds": tooMany}).violates("limit", "participantIds")
	ann.post("create-room", fields{"name": "Hall", "participantIds": ids(others)}).violates("limit", "participantIds")
	id := ann.newRoom(others[:most-1]...)
	if got := len(ann.room(id, 1).Participants); got != most {
		t.Fatalf("the room holds %d, want %d", got, most)
	}
	ann.post("invite-user", fields{"roomId": id, "inviteeId": others[most-1].ID}).violates("limit", "inviteeId")
	others[0].post("leave-room", fields{"roomId": id}).sequence()
	ann.post("invite-user", fields{"roomId": id, "inviteeId": others[most-1].ID}).sequence()
}
