package scenario

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func testMeetups(t *testing.T, s *suite) {
	t.Run("C-8 S-6 V-T1 D-38 L-7 a meetup comes with a room of the same name and people", func(t *testing.T) {
		ann, bob, cleo := s.person(t, "Ann"), s.person(t, "Bob"), s.person(t, "Cleo")
		body := with(with(dinner(), "attendeeIds", ids([]*person{bob, cleo})), "imageUrl", "https://example.com/d.png")
		key := newID()
		var created, again planned
		ann.repeat("create-meetup", body, key).want(201, shapePlanned).into(&created)
		if ann.repeat("create-meetup", body, key).want(201, shapePlanned).into(&again); again != created {
			t.Errorf("a repeat is answered %+v after %+v", again, created)
		}
		r := cleo.room(created.RoomID, 2)
		if r.Name != "Dinner" || r.ImageURL != "https://example.com/d.png" || r.participants() != strings.Join(ids([]*person{ann, bob, cleo}), " ") {
			t.Errorf("room is %+v", r)
		}
		told := ann.announced(created.RoomID, 1)
		if got := told[0]; len(told) != 1 || got.Announcement.Kind != "meetup-created" || got.Announcement.Arguments["meetupId"] != created.MeetupID ||
			got.Announcement.Arguments["meetupName"] != "Dinner" || got.Announcement.Arguments["actorId"] != ann.ID {
			t.Errorf("told is %+v", told)
		}
		if words := told[0].Content; !strings.Contains(words, "Ann") || !strings.Contains(words, "Dinner") || strings.Contains(words, ann.ID) || strings.Contains(words, created.MeetupID) {
			t.Errorf("D-25: the room is told %q", words)
		}
		for _, p := range []*person{ann, bob, cleo} {
			list := p.in(t).meetups("?when=upcoming", func(list []meetup) error {
				if len(list) != 1 {
					return fmt.Errorf("D-10: listed are %+v", list)
				}
				return nil
			})
			m := list[0]
			if m.ID != created.MeetupID || m.RoomID != created.RoomID || m.Organizer.ID != ann.ID || m.ImageURL != "https://example.com/d.png" ||
				m.TakesPlaceOn != "2031-07-01T18:00:00.000Z" || m.LocalTime != "2031-07-01T20:00:00+02:00" || m.rsvps(ann, bob, cleo) != "yes none none" {
				t.Errorf("D-30: meetup is %+v", m)
			}
		}
		ann.meetups("?when=past", func(list []meetup) error {
			if len(list) > 0 {
				return fmt.Errorf("past are %+v", list)
			}
			return nil
		})
	})
	t.Run("all members of a room attend its meetup, and only they", func(t *testing.T) { testAttendance(t, s) })
	t.Run("C-9 S-7 V-T2 L-8 answers are counted", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		id := ann.newMeetup(ann.newRoom(bob))
		for _, rsvp := range []string{"yes", "maybe", "no", "no", "yes"} {
			sequence := bob.answers(id, rsvp)
			m := ann.meetup(id, at(sequence))
			want := map[string]int{"yes": 1, "no": 0, "maybe": 0, "none": 0}
			want[rsvp]++
			if m.rsvps(ann, bob) != "yes "+rsvp || fmt.Sprint(m.RSVPCounts) != fmt.Sprint(want) {
				t.Errorf("after %s, answers are %s, counted as %v", rsvp, m.rsvps(ann, bob), m.RSVPCounts)
			}
		}
	})
	t.Run("the organizer changes and moves it, and the room is told", func(t *testing.T) { testUpdates(t, s) })
	t.Run("V-T5 D-17 the picture changes for everybody", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		id := ann.newMeetup(ann.newRoom(bob))
		last := ann.post("change-meetup-image", fields{"meetupId": id, "imageUrl": "https://example.com/new.png"}).sequence()
		if m := bob.meetup(id, at(last)); m.ImageURL != "https://example.com/new.png" {
			t.Errorf("meetup is %+v", m)
		}
	})
	t.Run("cancelling closes the polls, and clears the alerts", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		created := ann.plan(fields{"attendeeIds": []string{bob.ID}})
		id := created.MeetupID
		poll := bob.ask(id, fields{"type": "relocate", "choices": []fields{{"location": "Home"}, {"location": "Mario's"}}})
		bob.vote(id, poll, 1)
		last := ann.post("cancel-meetup", fields{"meetupId": id, "reason": "Snow"}).sequence()
		m := bob.meetup(id, at(last))
		if p := m.poll(poll); m.Status != "cancelled" || m.Location != "Luigi's" || len(m.Alerts) > 0 || p.Status != "closed" || p.Outcome == nil || p.Outcome.Applied || p.Outcome.Reason != "closed" {
			t.Errorf("meetup is %+v", m)
		}
		told := ann.announced(created.RoomID, 4)
		if last := told[3]; last.Announcement.Kind != "meetup-cancelled" || last.Announcement.Arguments["reason"] != "Snow" {
			t.Errorf("told is %+v", told)
		}
		ann.meetups("?when=upcoming", func(list []meetup) error {
			if len(list) != 1 || list[0].Status != "cancelled" {
				return fmt.Errorf("listed are %+v", list)
			}
			return nil
		})
	})
	t.Run("meetups are listed by time and in pages", func(t *testing.T) { testMeetupPages(t, s) })
	t.Run("a repeat of any command gives the first answer", func(t *testing.T) { testMeetupRepeats(t, s) })
}

func testAttendance(t *testing.T, s *suite) {
	ann, bob, cleo := s.person(t, "Ann"), s.person(t, "Bob"), s.person(t, "Cleo")
	id := ann.newRoom(bob)
	created := bob.plan(fields{"roomId": id, "attendeeIds": []string{ann.ID}})
	if created.RoomID != id {
		t.Errorf("answer is %+v for room %s", created, id)
	}
	ann.meetup(created.MeetupID, func(m meetup) error { return m.attended(ann, bob) })
	poll := ann.ask(created.MeetupID, fields{"type": "generic", "choices": texts("Red", "White")})
	ann.vote(created.MeetupID, poll, 0)

	ann.post("invite-user", fields{"roomId": id, "inviteeId": cleo.ID}).sequence()
	m := ann.meetup(created.MeetupID, func(m meetup) error { return m.attended(ann, bob, cleo) })
	if m.rsvp(cleo) != "none" || len(m.poll(poll).ParticipantIDs) != 3 {
		t.Errorf("who joins the room later is invited as in %+v", m)
	}
	cleo.meetup(created.MeetupID, func(m meetup) error {
		if len(m.Alerts) != 1 || m.Alerts[0].PollID != poll || m.Alerts[0].Type != "pending-poll" {
			return fmt.Errorf("alerts of who joined are %+v", m.Alerts)
		}
		return nil
	})
	cleo.post("leave-room", fields{"roomId": id}).sequence()
	ann.meetup(created.MeetupID, func(m meetup) error { return m.attended(ann, bob) })
	cleo.get("/v1/meetups/" + created.MeetupID).refused("not-found")

	bob.post("leave-room", fields{"roomId": id}).sequence() // whose vote alone is missing, and whose meetup it is
	m = ann.meetup(created.MeetupID, func(m meetup) error {
		if m.poll(poll).Status != "closed" {
			return fmt.Errorf("meetup is %+v", m)
		}
		return m.attended(ann)
	})
	if p := m.poll(poll); p.Outcome == nil || p.Outcome.Reason != "everyone-voted" || *p.Outcome.ChoiceIndex != 0 || m.Organizer.ID != ann.ID {
		t.Errorf("meetup is %+v", m)
	}
}

func testUpdates(t *testing.T, s *suite) {
	ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
	created := ann.plan(fields{"attendeeIds": []string{bob.ID}})
	id := created.MeetupID
	bob.answers(id, "maybe")
	for _, step := range []struct {
		change fields
		want   where // what is moved
		rsvps  string
	}{
		{fields{"name": "Supper", "durationMinutes": 90}, where{}, "yes maybe"},
		{fields{"takesPlaceOn": "2031-07-02T19:00:00+02:00"}, where{TakesPlaceOn: "2031-07-02T17:00:00.000Z", TimeZone: "Europe/Berlin", LocalTime: "2031-07-02T19:00:00+02:00"}, "yes! maybe!"},
		{fields{"timeZone": "America/New_York"}, where{TakesPlaceOn: "2031-07-02T23:00:00.000Z", TimeZone: "America/New_York", LocalTime: "2031-07-02T19:00:00-04:00"}, "yes! maybe!"},
		{fields{"takesPlaceOn": "2031-07-03T12:30", "timeZone": "Asia/Kolkata"}, where{TakesPlaceOn: "2031-07-03T07:00:00.000Z", TimeZone: "Asia/Kolkata", LocalTime: "2031-07-03T12:30:00+05:30"}, "yes! maybe!"},
		{fields{"location": "The park"}, where{Location: "The park"}, "yes! maybe!"},
	} {
		sequence := ann.post("update-meetup", with(step.change, "meetupId", id)).sequence()
		m := bob.meetup(id, at(sequence))
		if step.want.LocalTime != "" && m.takesPlace(step.want) != nil {
			t.Errorf("after %v, meetup is %+v", step.change, m)
		}
		if step.want.Location != "" && m.Location != step.want.Location || m.Name != "Supper" || m.Duration != 90 || m.rsvps(ann, bob) != step.rsvps {
			t.Errorf("after %v, meetup is %+v", step.change, m)
		}
		if last := m.History[len(m.History)-1]; step.want != (where{}) && (last.To == nil || *last.To != step.want || last.ActorID != ann.ID || last.PollID != "") {
			t.Errorf("after %v, history ends with %+v", step.change, last)
		}
		if again := ann.post("update-meetup", with(step.change, "meetupId", id)).sequence(); again != sequence {
			t.Errorf("%v, which is so already, leads to %d after %d", step.change, again, sequence)
		}
	}
	var kinds []string
	for _, it := range ann.announced(created.RoomID, 5) {
		kinds = append(kinds, it.Announcement.Kind)
	}
	if want := []string{"meetup-created", "meetup-rescheduled", "meetup-rescheduled", "meetup-rescheduled", "meetup-relocated"}; !slices.Equal(kinds, want) {
		t.Errorf("told is %v, want %v", kinds, want)
	}
	bob.answers(id, "maybe")
	if sequence := ann.answers(id, "yes"); bob.meetup(id, at(sequence)).rsvps(ann, bob) != "yes maybe" {
		t.Errorf("answers are not confirmed")
	}
}

func testMeetupPages(t *testing.T, s *suite) {
	ann := s.person(t, "Ann")
	id := ann.newRoom()
	var want []string
	for day := 1; day <= 5; day++ {
		want = append(want, ann.plan(fields{"roomId": id, "takesPlaceOn": fmt.Sprintf("2031-07-%02dT18:00:00Z", 6-day)}).MeetupID)
	}
	slices.Reverse(want)
	var got []string
	for path := "/v1/meetups?when=upcoming&limit=2"; path != ""; {
		var page struct {
			Meetups    []meetup
			NextCursor string
		}
		ann.get(path).want(200, shapeMeetups).into(&page)
		for _, m := range page.Meetups {
			got = append(got, m.ID)
		}
		path = ""
		if page.NextCursor != "" {
			path = "/v1/meetups?when=upcoming&limit=2&cursor=" + page.NextCursor
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed are %v, want %v", got, want)
	}
	ann.get("/v1/meetups?when=never").violates("limit", "when")
	ann.get("/v1/meetups?limit=0").violates("limit", "limit")
	ann.get("/v1/meetups?cursor=never").refused("malformed")
}

// testMeetupRepeats sends each command twice under one key, and something else between.
func testMeetupRepeats(t *testing.T, s *suite) {
	ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
	roomID := ann.newRoom(bob)
	id := ann.newMeetup(roomID)
	open := ann.ask(id, fields{"type": "generic", "choices": texts("Red", "White")})
	last := ann.ask(id, fields{"type": "relocate", "choices": []fields{{"location": "Home"}, {"location": "Mario's"}}})
	bob.vote(id, last, 1)
	for i, step := range []struct {
		command string
		body    fields
	}{
		{"create-meetup", with(dinner(), "roomId", roomID)},
		{"create-meetup", with(with(dinner(), "roomId", roomID), "id", newID())},
		{"create-meetup", dinner()},
		{"update-meetup", fields{"name": "Supper"}},
		{"change-meetup-image", fields{"imageUrl": "https://example.com/s.png"}},
		{"change-rsvp", fields{"rsvp": "no"}},
		{"create-poll", fields{"type": "generic", "description": "Bread?", "choices": texts("Yes", "No")}},
		{"create-poll", fields{"id": "mine", "type": "generic", "description": "Bread?", "choices": texts("Yes", "No")}},
		{"add-poll-choice", fields{"pollId": open, "choice": fields{"text": "Rosé"}}},
		{"cast-poll-vote", fields{"pollId": open, "choiceIndex": 0}},
		{"cast-poll-vote", fields{"pollId": last, "choiceIndex": 1}},
		{"withdraw-poll-vote", fields{"pollId": open}},
		{"close-poll", fields{"pollId": open, "choiceIndex": 1}},
		{"cancel-meetup", fields{}},
	} {
		if step.command != "create-meetup" {
			step.body["meetupId"] = id
		}
		key := newID()
		first := ann.repeat(step.command, step.body, key)
		if first.Status >= 300 {
			t.Fatalf("%s is answered %d %s", step.command, first.Status, first.Body)
		}
		if step.command != "cancel-meetup" {
			bob.answers(id, []string{"yes", "no"}[i%2])
			bob.post("add-poll-choice", fields{"meetupId": id, "pollId": open, "choice": fields{"text": fmt.Sprint("Another ", i)}})
		}
		if again := ann.repeat(step.command, step.body, key); again.Status != first.Status || string(again.Body) != string(first.Body) {
			t.Errorf("a repeat of %s is answered %d %s after %d %s", step.command, again.Status, again.Body, first.Status, first.Body)
		}
		bob.repeat(step.command, step.body, key).refused("idempotency-key-reused")
	}
}
