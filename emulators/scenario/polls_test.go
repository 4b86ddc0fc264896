package scenario

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func testPolls(t *testing.T, s *suite) {
	t.Run("D-11 D-14 E-P11 E-W1 the last vote closes the poll, and the winner moves the meetup", func(t *testing.T) { testChain(t, s) })
	t.Run("C-10 C-11 C-12 S-8 S-9 S-10 V-T3 V-T4 V-T6 a relocate poll moves the place, and a generic one nothing", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		id := ann.newMeetup(ann.newRoom(bob))
		wine := bob.ask(id, fields{"type": "generic", "choices": texts("Red", "White")})
		ann.vote(id, wine, 1)
		if got := bob.vote(id, wine, 1); got.PollStatus != "closed" || got.Outcome == nil || got.Outcome.Applied || got.Outcome.Choice.Text != "White" {
			t.Errorf("the last vote is answered %+v", got)
		}
		place := fields{"label": "Home", "latitude": 52.5, "longitude": -13.25, "url": "https://example.com/home"}
		where := bob.ask(id, fields{"type": "relocate", "choices": []fields{{"location": "Mario's"}, {"location": "Ann's", "place": place}}})
		bob.vote(id, where, 0)
		if got := ann.close(id, where, fields{"choiceIndex": 1}); got.ChoiceIndex == nil || *got.ChoiceIndex != 1 || !got.Applied || got.Reason != "closed" || got.Choice.Location != "Ann's" {
			t.Errorf("naming the winner is answered %+v", got)
		}
		m := bob.meetup(id, func(m meetup) error {
			if m.Location != "Ann's" {
				return fmt.Errorf("meetup is %+v", m)
			}
			return nil
		})
		if m.poll(where).Status != "closed" || m.rsvps(ann, bob) != "yes! none" || m.TakesPlaceOn != "2031-07-01T18:00:00.000Z" {
			t.Errorf("meetup is %+v", m)
		}
	})
	t.Run("E-P5 E-P9 E-P10 L-10 votes change, and are withdrawn, and choices are added", func(t *testing.T) { testChangingVotes(t, s) })
	t.Run("L-11 closing: ties, no votes, and by whom", func(t *testing.T) { testClosing(t, s) })
	t.Run("E-P2 a poll ends at its deadline", func(t *testing.T) { testDeadline(t, s) })
}

// close has somebody close a poll.
func (p *person) close(meetupID, pollID string, more fields) outcome {
	p.t.Helper()
	body := with(with(more, "meetupId", meetupID), "pollId", pollID)
	var ended struct{ Outcome outcome }
	p.post("close-poll", body).want(200, shapeEnded).into(&ended)
	return ended.Outcome
}

// dates are the choices of a reschedule poll.
func dates(times ...string) []fields {
	choices := []fields{}
	for _, at := range times {
		choices = append(choices, fields{"takesPlaceOn": at})
	}
	return choices
}

func testChain(t *testing.T, s *suite) {
	ann, bob, cleo := s.person(t, "Ann"), s.person(t, "Bob"), s.person(t, "Cleo")
	created := ann.plan(fields{"attendeeIds": ids([]*person{bob, cleo})})
	id := created.MeetupID
	bob.answers(id, "maybe")
	poll := bob.ask(id, fields{"type": "reschedule", "description": "Another day?", "choices": []fields{
		{"takesPlaceOn": "2031-07-08T18:00:00Z"}, {"takesPlaceOn": "2031-07-09T19:30", "timeZone": "Asia/Tokyo"}, {"takesPlaceOn": "2031-07-10T20:00"},
	}})
	alerts := func(p *person, want ...alert) {
		t.Helper()
		p.in(t).meetup(id, func(m meetup) error {
			if !slices.Equal(m.Alerts, want) {
				return fmt.Errorf("alerts of %s are %+v, want %+v", p.Name, m.Alerts, want)
			}
			return nil
		})
	}
	pending := alert{"pending-reschedule-poll", poll, "Another day?"}
	for _, p := range []*person{ann, bob, cleo} {
		alerts(p, pending)
	}
	if got := ann.vote(id, poll, 1); got.PollStatus != "active" || got.Outcome != nil {
		t.Errorf("a vote is answered %+v", got)
	}
	alerts(ann)
	alerts(bob, pending)
	bob.vote(id, poll, 0)
	bob.vote(id, poll, 1)
	tokyo := where{TakesPlaceOn: "2031-07-09T10:30:00.000Z", TimeZone: "Asia/Tokyo", LocalTime: "2031-07-09T19:30:00+09:00"}
	got := cleo.vote(id, poll, 2)
	if o := got.Outcome; got.PollStatus != "closed" || o == nil || *o.ChoiceIndex != 1 || *o.Choice != tokyo || o.Reason != "everyone-voted" || o.Tie || !o.Applied {
		t.Errorf("the last vote is answered %+v", got)
	}
	for _, p := range []*person{ann, bob, cleo} {
		alerts(p)
	}
	m := cleo.meetup(id, func(m meetup) error { return m.takesPlace(tokyo) })
	if m.rsvps(ann, bob, cleo) != "yes! maybe! none" {
		t.Errorf("meetup is %+v", m)
	}
	from := where{TakesPlaceOn: "2031-07-01T18:00:00.000Z", TimeZone: "Europe/Berlin", LocalTime: "2031-07-01T20:00:00+02:00"}
	if last := m.History[len(m.History)-1]; last.Kind != "rescheduled" || last.PollID != poll || last.ActorID != cleo.ID || *last.From != from || *last.To != tokyo {
		t.Errorf("history ends with %+v", last)
	}
	p := m.poll(poll)
	if p.Type != "reschedule" || p.CreatorID != bob.ID || p.Description != "Another day?" || sorted(p.ParticipantIDs) != sorted(ids([]*person{ann, bob, cleo})) ||
		len(p.Choices) != 3 || p.Choices[1] != tokyo || p.Choices[2].TakesPlaceOn != "2031-07-10T18:00:00.000Z" || p.CreatedAt == "" {
		t.Errorf("D-13 D-29 L-9: poll is %+v", p)
	}
	if want := []vote{{ann.ID, 1}, {bob.ID, 1}, {cleo.ID, 2}}; !slices.Equal(p.Votes, want) {
		t.Errorf("votes are %v, want %v", p.Votes, want)
	}
	told := ann.announced(created.RoomID, 4)
	var kinds []string
	for _, it := range told {
		kinds = append(kinds, it.Announcement.Kind)
		for _, person := range []*person{ann, bob, cleo} {
			if strings.Contains(it.Content, person.ID) {
				t.Errorf("D-25: the room is told %q", it.Content)
			}
		}
	}
	if want := []string{"meetup-created", "poll-created", "poll-closed", "meetup-rescheduled"}; !slices.Equal(kinds, want) {
		t.Fatalf("told is %v, want %v", kinds, want)
	}
	if a := told[3].Announcement.Arguments; a["pollId"] != poll || a["actorId"] != cleo.ID || a["from"] == "" || a["to"] == "" || a["from"] == a["to"] {
		t.Errorf("the move is told with %v", a)
	}
	sequence := bob.answers(id, "maybe")
	if m := ann.meetup(id, at(sequence)); m.rsvps(ann, bob) != "yes! maybe" {
		t.Errorf("after a confirmation, answers are %s", m.rsvps(ann, bob))
	}
}

func testChangingVotes(t *testing.T, s *suite) {
	ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
	id := ann.newMeetup(ann.newRoom(bob))
	body := ann.atPoll(id)
	poll := body["pollId"].(string)
	var added struct{ ChoiceIndex int }
	bob.post("add-poll-choice", with(body, "choice", fields{"text": "Rosé"})).want(200, shapeAdded).into(&added)
	if added.ChoiceIndex != 2 {
		t.Errorf("the added choice is %d", added.ChoiceIndex)
	}
	for _, choice := range []int{0, 2, 2, 1, 2} {
		if got := ann.vote(id, poll, choice); got.PollStatus != "active" {
			t.Errorf("a changed vote is answered %+v", got)
		}
	}
	ann.post("withdraw-poll-vote", body).sequence()
	last := ann.post("withdraw-poll-vote", body).sequence()
	if p := ann.meetup(id, at(last)).poll(poll); len(p.Votes) > 0 || p.Status != "active" || p.Choices[2].Text != "Rosé" {
		t.Errorf("poll is %+v", p)
	}
	bob.vote(id, poll, 2)
	if got := ann.vote(id, poll, 2); got.PollStatus != "closed" || *got.Outcome.ChoiceIndex != 2 || got.Outcome.Tie {
		t.Errorf("the last vote is answered %+v", got)
	}
}

func testClosing(t *testing.T, s *suite) {
	ann, bob, cleo := s.person(t, "Ann"), s.person(t, "Bob"), s.person(t, "Cleo")
	id := ann.newMeetup(ann.newRoom(bob, cleo))
	ask := func() string {
		return bob.ask(id, fields{"type": "reschedule", "choices": dates("2031-07-08T18:00:00Z", "2031-07-09T18:00:00Z")})
	}
	none := ask()
	if o := bob.close(id, none, fields{}); o.ChoiceIndex != nil || o.Choice != nil || o.Applied || o.Tie || o.Reason != "closed" {
		t.Errorf("without votes, closing is answered %+v", o)
	}
	tie := ask()
	bob.vote(id, tie, 1)
	ann.vote(id, tie, 0)
	cleo.post("close-poll", fields{"meetupId": id, "pollId": tie}).refused("forbidden")
	bob.post("close-poll", fields{"meetupId": id, "pollId": tie, "choiceIndex": 0}).refused("forbidden")
	if o := ann.close(id, tie, fields{}); *o.ChoiceIndex != 1 || !o.Tie || !o.Applied {
		t.Errorf("a tie is answered %+v", o)
	}
	ann.post("close-poll", fields{"meetupId": id, "pollId": tie}).violates("poll-closed", "")
}

func testDeadline(t *testing.T, s *suite) {
	own := s.alone(t)
	ann, bob := own.person(t, "Ann"), own.person(t, "Bob")
	id := ann.newMeetup(ann.newRoom(bob))
	poll := ann.ask(id, fields{"type": "reschedule", "closesAt": time.Now().Add(time.Hour).UTC(), "choices": dates("2031-07-08T18:00:00Z", "2031-07-09T18:00:00Z")})
	bob.vote(id, poll, 1)
	own.Advance(61 * time.Minute)
	again := own.signIn(t, bob.Identity)
	m := again.meetup(id, func(m meetup) error {
		if own.Firestore() != nil {
			again.send(http.MethodPost, "/scheduled/run-due-timers", []byte("{}"), http.Header{"Content-Type": {"application/json"}}).want(204, "")
		}
		return m.takesPlace(where{TakesPlaceOn: "2031-07-09T18:00:00.000Z", TimeZone: "Europe/Berlin", LocalTime: "2031-07-09T20:00:00+02:00"})
	})
	if o := m.poll(poll).Outcome; o == nil || o.Reason != "deadline" || *o.ChoiceIndex != 1 || !o.Applied || len(m.Alerts) > 0 {
		t.Errorf("meetup is %+v", m)
	}
	again.post("cast-poll-vote", fields{"meetupId": id, "pollId": poll, "choiceIndex": 0}).violates("poll-closed", "")
}
