package scenario

import (
	"fmt"
	"testing"

	"boochat/emulators/scenario/client"
)

// testMeetupRefusals sends what must be refused: the right problem with its rule, and no
// event (D-12, D-22, D-23, D-34).
func testMeetupRefusals(t *testing.T, s *suite) {
	ann, bob, stranger := s.person(t, "Ann"), s.person(t, "Bob"), s.person(t, "Stranger")
	roomID := ann.newRoom(bob)
	id, off := ann.newMeetup(roomID), ann.newMeetup(roomID)
	open := bob.ask(id, fields{"type": "generic", "choices": texts("Red", "White")})
	closed := ann.ask(id, fields{"type": "generic", "choices": texts("Red", "White")})
	ann.close(id, closed, fields{})
	inOff := ann.ask(off, fields{"type": "generic", "choices": texts("Red", "White")})
	ann.post("cancel-meetup", fields{"meetupId": off}).sequence()
	ann.announced(roomID, 8) // two plans, three polls of which two are closed, and one end

	at := func(rest fields) fields { return with(rest, "meetupId", id) }
	plan := func(name string, value any) fields { return with(with(dinner(), "roomId", roomID), name, value) }
	ask := func(kind string, choices ...fields) fields {
		return at(fields{"type": kind, "description": "What?", "choices": choices})
	}
	later, berlin := fields{"takesPlaceOn": "2031-07-08T18:00:00Z"}, "Europe/Berlin"
	before := bob.answers(id, "yes")
	last := ann.room(roomID, 1).LastSequence
	for _, test := range []struct {
		name, command     string
		by                *person
		body              fields
		code, rule, field string
	}{
		{"a choice index out of range", "cast-poll-vote", bob, at(fields{"pollId": open, "choiceIndex": 2}), "", "no-such-choice", "choiceIndex"},
		{"a choice index below the range", "cast-poll-vote", bob, at(fields{"pollId": open, "choiceIndex": -1}), "", "no-such-choice", "choiceIndex"},
		{"a vote on a closed poll", "cast-poll-vote", bob, at(fields{"pollId": closed, "choiceIndex": 0}), "", "poll-closed", ""},
		{"a withdrawal from a closed poll", "withdraw-poll-vote", bob, at(fields{"pollId": closed}), "", "poll-closed", ""},
		{"a choice for a closed poll", "add-poll-choice", bob, at(fields{"pollId": closed, "choice": fields{"text": "Rosé"}}), "", "poll-closed", ""},
		{"a vote in no poll", "cast-poll-vote", bob, at(fields{"pollId": "none", "choiceIndex": 0}), "not-found", "", ""},
		{"a vote by a stranger", "cast-poll-vote", stranger, at(fields{"pollId": open, "choiceIndex": 0}), "not-found", "", ""},
		{"a vote for a cancelled meetup", "cast-poll-vote", bob, fields{"meetupId": off, "pollId": inOff, "choiceIndex": 0}, "", "meetup-cancelled", ""},
		{"an answer for a cancelled meetup", "change-rsvp", bob, fields{"meetupId": off, "rsvp": "yes"}, "", "meetup-cancelled", ""},
		{"an update of a cancelled meetup", "update-meetup", ann, fields{"meetupId": off, "name": "On again"}, "", "meetup-cancelled", ""},
		{"cancelling twice", "cancel-meetup", ann, fields{"meetupId": off}, "", "meetup-cancelled", ""},
		{"an answer of somebody not invited", "change-rsvp", stranger, at(fields{"rsvp": "yes"}), "not-found", "", ""},
		{"a time that the clocks skip", "create-meetup", ann, plan("takesPlaceOn", "2031-03-30T02:30:00"), "", "no-such-time", "takesPlaceOn"},
		{"a day that the calendar does not have", "create-meetup", ann, plan("takesPlaceOn", "2031-02-30T19:00:00"), "", "no-such-time", "takesPlaceOn"},
		{"a zone that does not exist", "create-meetup", ann, plan("timeZone", "Europe/Atlantis"), "", "no-such-time-zone", "timeZone"},
		{"a zone without a name", "create-meetup", ann, plan("timeZone", ""), "", "no-such-time-zone", "timeZone"},
		{"a past date", "create-meetup", ann, plan("takesPlaceOn", "2020-07-01T18:00:00Z"), "", "past-date", "takesPlaceOn"},
		{"what is no date", "create-meetup", ann, plan("takesPlaceOn", "tomorrow"), "malformed", "", "takesPlaceOn"},
		{"an attendee who is not in the room", "create-meetup", ann, plan("attendeeIds", []string{stranger.ID}), "", "not-in-room", "attendeeIds"},
		{"an attendee nobody knows", "create-meetup", ann, with(dinner(), "attendeeIds", []string{newID()}), "not-found", "", "attendeeIds"},
		{"a room of others", "create-meetup", stranger, plan("name", "Mine"), "not-found", "", ""},
		{"a move to the past", "update-meetup", ann, at(fields{"takesPlaceOn": "2020-07-01T18:00:00Z"}), "", "past-date", "takesPlaceOn"},
		{"a move to a time that the clocks skip", "update-meetup", ann, at(fields{"takesPlaceOn": "2031-03-30T02:30:00"}), "", "no-such-time", "takesPlaceOn"},
		{"a move to no zone", "update-meetup", ann, at(fields{"timeZone": "Mars/Olympus"}), "", "no-such-time-zone", "timeZone"},
		{"two equal texts", "create-poll", bob, ask("generic", fields{"text": "Red"}, fields{"text": " red "}), "", "equal-choices", "choices"},
		{"two equal instants", "create-poll", bob, ask("reschedule", later, fields{"takesPlaceOn": "2031-07-08T20:00:00", "timeZone": berlin}), "", "equal-choices", "choices"},
		{"two equal locations", "create-poll", bob, ask("relocate", fields{"location": "Home"}, fields{"location": "home"}), "", "equal-choices", "choices"},
		{"one more equal choice", "add-poll-choice", bob, at(fields{"pollId": open, "choice": fields{"text": "White"}}), "", "equal-choices", "choice"},
		{"a choice in the past", "create-poll", bob, ask("reschedule", later, fields{"takesPlaceOn": "2020-07-08T18:00:00Z"}), "", "past-date", "choices"},
		{"a choice in no zone", "create-poll", bob, ask("reschedule", later, with(later, "timeZone", "Mars/Olympus")), "", "no-such-time-zone", "choices.1.timeZone"},
		{"a choice that the clocks skip", "create-poll", bob, ask("reschedule", fields{"takesPlaceOn": "2031-03-30T02:30:00"}, later), "", "no-such-time", "choices.0.takesPlaceOn"},
		{"a choice of another type", "create-poll", bob, ask("relocate", fields{"location": "Home"}, fields{"text": "Nowhere"}), "malformed", "", "choices.1"},
		{"one more choice of another type", "add-poll-choice", bob, at(fields{"pollId": open, "choice": later}), "malformed", "", "choice"},
		{"a deadline that has passed", "create-poll", bob, with(ask("generic", texts("Red", "White")...), "closesAt", "2020-07-08T18:00:00Z"), "", "past-date", "closesAt"},
		{"an id that another poll has", "create-poll", bob, with(ask("generic", texts("Red", "White")...), "id", open), "conflict", "", ""},
		{"an id that another meetup has", "create-meetup", bob, plan("id", id), "conflict", "", ""},
		{"a winner that is none", "close-poll", ann, at(fields{"pollId": open, "choiceIndex": 2}), "", "no-such-choice", "choiceIndex"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := test.by.in(t).post(test.command, test.body)
			if test.rule != "" {
				a.violates(test.rule, test.field)
				return
			}
			problem := a.refused(test.code)
			if test.field != "" && (len(problem.Errors) == 0 || problem.Errors[0].Field != test.field) {
				t.Errorf("errors are %v, want one about %q", problem.Errors, test.field)
			}
		})
	}
	if after := bob.answers(id, "no"); after != before+1 {
		t.Errorf("what was refused has left %d events", after-before-1)
	}
	if after := ann.say(roomID, "After").Sequence; after != last+1 {
		t.Errorf("what was refused has left %d items", after-last-1)
	}
}

// testLateVote holds the notification of a vote that comes too late to its payload.
func testLateVote(t *testing.T, s *suite) {
	ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
	id := ann.newMeetup(ann.newRoom(bob))
	poll := ann.ask(id, fields{"type": "generic", "description": "Which wine?", "choices": texts("Red", "White")})
	ann.close(id, poll, fields{})
	l, other := bob.listen(), ann.listen()
	l.current()
	other.current()
	bob.post("cast-poll-vote", fields{"meetupId": id, "pollId": poll, "choiceIndex": 0}).violates("poll-closed", "")
	isNotice := func(m client.Message) bool { return m.Type == "notification" }
	notices := func(l *listening) (notices []client.Message) {
		for _, m := range l.log() {
			if isNotice(m) {
				notices = append(notices, m)
			}
		}
		return notices
	}
	l.until("of the late vote", func(m *client.Model) bool {
		for _, message := range m.Log {
			if isNotice(message) {
				return true
			}
		}
		return false
	})
	want := client.Message{Type: "notification", Title: "Dinner", Text: "Your vote came too late: the poll “Which wine?” is closed", NavigateURL: "/meetups/" + id, Level: "warning"}
	if got := notices(l); len(got) != 1 || fmt.Sprint(got[0]) != fmt.Sprint(want) {
		t.Errorf("L-12 D-15: notifications are %+v, want %+v", got, want)
	}
	if got := notices(other); len(got) > 0 {
		t.Errorf("others are told %+v", got)
	}
}
