package scenario

import (
	"slices"
	"testing"

	"boochat/emulators/scenario/client"
)

func testLiveMeetups(t *testing.T, s *suite) {
	t.Run("L-2 L-7 L-8 meetups are told of at the beginning, and as they come and change", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		before := ann.plan(fields{"name": "Before", "attendeeIds": []string{bob.ID}})
		l := bob.listen()
		l.current()
		l.shows("meetups/"+before.MeetupID, "Before")
		later := ann.plan(fields{"name": "Later", "attendeeIds": []string{bob.ID}})
		l.shows("meetups/"+later.MeetupID, "Later")
		bob.answers(later.MeetupID, "maybe")
		l.shows("meetups/"+later.MeetupID, `"maybe"`)
	})
	t.Run("L-9 L-10 L-11 polls are told of from their making to their end", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		id := ann.plan(fields{"attendeeIds": []string{bob.ID}}).MeetupID
		l := bob.listen()
		l.current()
		pollID := ann.ask(id, fields{"type": "relocate", "choices": []fields{{"location": "Luigi's"}, {"location": "Mario's"}}})
		l.shows("meetups/"+id, `"pending-relocation-poll"`)
		ann.vote(id, pollID, 1)
		l.polled(id, func(m shownMeetup) bool {
			return len(m.Polls[0].Votes) == 1 && slices.Equal(m.Alerts[0].UserIDs, []string{bob.ID})
		})
		bob.vote(id, pollID, 1)
		l.polled(id, func(m shownMeetup) bool {
			return m.Polls[0].Status == "closed" && m.Polls[0].Outcome.Applied && m.Location == "Mario's" && len(m.Alerts) == 0
		})
	})
	t.Run("E-T3 who leaves the room is told that its meetups are gone", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		created := ann.plan(fields{"attendeeIds": []string{bob.ID}})
		l := bob.listen()
		l.current()
		l.shows("meetups/"+created.MeetupID, "Dinner")
		bob.post("leave-room", fields{"roomId": created.RoomID}).sequence()
		l.misses("meetups/" + created.MeetupID)
	})
}

// shownMeetup is what a meetup's document has of its polls.
type shownMeetup struct {
	Location string
	Polls    []poll
	Alerts   []struct{ UserIDs []string }
}

// polled waits until a meetup's document, with a poll, meets a condition.
func (l *listening) polled(id string, condition func(shownMeetup) bool) {
	l.p.t.Helper()
	l.until("how the poll goes on", func(m *client.Model) bool {
		shown, err := document[shownMeetup](m.Documents["meetups/"+id])
		return err == nil && len(shown.Polls) > 0 && condition(shown)
	})
}
