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
	words := []try{
		{"W", true}, {strings.Repeat("ä", 200), true}, {"", false}, {strings.Repeat("w", 201), false}, {"two\nlines", false},
	}
	degrees := func(most float64) []try {
		return []try{{most, true}, {-most, true}, {0, true}, {most + 0.001, false}, {-most - 1, false}}
	}
	minutes := []try{{0, true}, {43200, true}, {-1, false}, {43201, false}}
	idents := []try{
		{"", false}, {"a b", false}, {"a/b", false}, {"ä", false}, {strings.Repeat("i", 129), false}, {"../x", false}, {"a.b", false},
	}
	wine := fields{"type": "generic", "description": "Wine?", "choices": texts("Red", "White")}
	for _, test := range []struct {
		row, field string // the row ends in the command's name
		rest       fields
		tries      []try
		part       func(value any) any // of the first part of the field: it with the value in its place
	}{
		{"E-R2 create-room", "name", fields{"participantIds": []string{}}, names, nil},
		{"create-room", "imageUrl", fields{"name": "N", "participantIds": []string{}}, append(urls, try{"", true}), nil},
		{"create-room", "id", fields{"name": "N", "participantIds": []string{}}, []try{{newID() + strings.Repeat("i", 92), true}, {strings.Repeat("i", 129), false}, {"a b", false}, {"ä", false}}, nil},
		{"rename-room", "name", fields{"roomId": id}, names, nil},
		{"rename-room", "roomId", fields{"name": "N"}, idents, nil},
		{"change-room-image", "imageUrl", fields{"roomId": id}, append(urls, try{"", false}), nil},
		{"change-room-image", "roomId", fields{"imageUrl": "https://example.com/x"}, idents, nil},
		{"E-M3 send-message", "content", fields{"roomId": id}, []try{
			{"c", true}, {strings.Repeat("👋", 4000), true}, {"\n" + strings.Repeat("c", 4000) + "\n", true}, {"a\n\tb", true},
			{"", false}, {" \n ", false}, {strings.Repeat("c", 4001), false}, {"bell\a", false}, {"\x00", false},
		}, nil},
		{"send-message", "id", fields{"roomId": id, "content": "c"}, []try{{strings.Repeat("i", 128), true}, {"A-z_0", true}, {strings.Repeat("i", 129), false}, {"a b", false}}, nil},
		{"send-message", "roomId", fields{"content": "c"}, idents, nil},
		{"invite-user", "roomId", fields{"inviteeId": ann.ID}, idents, nil},
		{"invite-user", "inviteeId", fields{"roomId": id}, idents, nil},
		{"leave-room", "roomId", fields{}, idents, nil},
		{"open-room", "roomId", fields{}, idents, nil},
		{"open-room", "readSequence", fields{"roomId": id}, []try{{0, true}, {1, true}, {int64(1) << 53, true}, {-1, false}}, nil},
		{"close-room", "roomId", fields{}, idents, nil},
		{"close-room", "readSequence", fields{"roomId": id}, []try{{0, true}, {1, true}, {int64(1) << 53, true}, {-1, false}}, nil},
		{"heartbeat", "roomId", fields{}, idents[1:], nil},
		{"update-profile", "name", fields{}, names, nil},
		{"update-profile", "imageUrl", fields{}, append(urls, try{"", false}), nil},
		{"E-T1 create-meetup", "name", dinner(), names, nil},
		{"E-T1 create-meetup", "location", dinner(), words, nil},
		{"create-meetup", "id", dinner(), []try{{newID() + strings.Repeat("i", 92), true}, {strings.Repeat("i", 129), false}, {"a b", false}}, nil},
		{"create-meetup", "roomId", dinner(), idents[1:], nil},
		{"create-meetup", "imageUrl", dinner(), append(urls, try{"", true}), nil},
		{"create-meetup", "durationMinutes", dinner(), minutes, nil},
		{"create-meetup", "place.label", dinner(), names, inPlace("label")},
		{"create-meetup", "place.url", dinner(), append(urls, try{"", true}), inPlace("url")},
		{"create-meetup", "place.latitude", dinner(), degrees(90), inPlace("latitude")},
		{"create-meetup", "place.longitude", dinner(), degrees(180), inPlace("longitude")},
		{"update-meetup", "meetupId", fields{}, idents, nil},
		{"update-meetup", "name", fields{"meetupId": ann.newMeetup(id)}, names, nil},
		{"update-meetup", "location", fields{"meetupId": ann.newMeetup(id)}, words, nil},
		{"update-meetup", "durationMinutes", fields{"meetupId": ann.newMeetup(id)}, minutes, nil},
		{"update-meetup", "place.label", fields{"meetupId": ann.newMeetup(id)}, names, inPlace("label")},
		{"cancel-meetup", "meetupId", fields{}, idents, nil},
		{"cancel-meetup", "reason", fields{"meetupId": ann.newMeetup(id)}, []try{{strings.Repeat("r", 501), false}, {" \n ", false}, {"bell\a", false}, {strings.Repeat("ä", 499) + "\n.", false}, {strings.Repeat("ä", 498) + "\n.", true}}, nil},
		{"change-meetup-image", "meetupId", fields{"imageUrl": "https://example.com/x"}, idents, nil},
		{"change-meetup-image", "imageUrl", fields{"meetupId": ann.newMeetup(id)}, append(urls, try{"", false}), nil},
		{"change-rsvp", "meetupId", fields{"rsvp": "no"}, idents, nil},
		{"E-V1 change-rsvp", "rsvp", fields{"meetupId": ann.newMeetup(id)}, []try{{"yes", true}, {"no", true}, {"maybe", true}, {"none", false}, {"YES", false}, {"", false}}, nil},
		{"create-poll", "meetupId", wine, idents, nil},
		{"create-poll", "id", with(wine, "meetupId", ann.newMeetup(id)), []try{{strings.Repeat("i", 128), true}, {strings.Repeat("i", 129), false}, {"a b", false}}, nil},
		{"E-P1 create-poll", "type", with(wine, "meetupId", ann.newMeetup(id)), []try{{"generic", true}, {"x", false}, {"", false}}, nil},
		{"E-P6 create-poll", "description", with(wine, "meetupId", ann.newMeetup(id)), []try{{strings.Repeat("ä", 500), true}, {"two\nlines", true}, {strings.Repeat("d", 501), false}, {"", false}}, nil},
		{"E-P7 create-poll", "choices", with(wine, "meetupId", ann.newMeetup(id)), []try{{numbered(2), true}, {numbered(20), true}, {numbered(21), false}, {numbered(1), false}, {numbered(0), false}}, nil},
		{"E-P7 create-poll", "choices.1.text", with(wine, "meetupId", ann.newMeetup(id)), words, func(value any) any { return []fields{{"text": "Another"}, {"text": value}} }},
		{"add-poll-choice", "meetupId", fields{"pollId": "p", "choice": fields{"text": "x"}}, idents, nil},
		{"add-poll-choice", "pollId", fields{"meetupId": "m", "choice": fields{"text": "x"}}, idents, nil},
		{"add-poll-choice", "choice.text", ann.atPoll(ann.newMeetup(id)), words, func(value any) any { return fields{"text": value} }},
		{"cast-poll-vote", "meetupId", fields{"pollId": "p", "choiceIndex": 0}, idents, nil},
		{"cast-poll-vote", "pollId", fields{"meetupId": "m", "choiceIndex": 0}, idents, nil},
		{"withdraw-poll-vote", "meetupId", fields{"pollId": "p"}, idents, nil},
		{"withdraw-poll-vote", "pollId", fields{"meetupId": "m"}, idents, nil},
		{"close-poll", "meetupId", fields{"pollId": "p"}, idents, nil},
		{"close-poll", "pollId", fields{"meetupId": "m"}, idents, nil},
	} {
		command := test.row[strings.LastIndexByte(test.row, ' ')+1:]
		for i, try := range test.tries {
			t.Run(fmt.Sprintf("%s %s %d", test.row, test.field, i), func(t *testing.T) {
				value, top := try.value, test.field
				if test.part != nil {
					top, _, _ = strings.Cut(test.field, ".")
					value = test.part(value)
				}
				body := with(test.rest, top, value)
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

// inPlace gives a place with a value in one of its fields.
func inPlace(field string) func(value any) any {
	return func(value any) any { return with(fields{"label": "There"}, field, value) }
}

// numbered gives so many choices, all different.
func numbered(n int) []fields {
	choices := make([]string, n)
	for i := range choices {
		choices[i] = fmt.Sprint("Choice ", i)
	}
	return texts(choices...)
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
