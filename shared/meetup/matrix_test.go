package meetup_test

import (
	"fmt"
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/meetup"
)

// TestWhoMayDoWhat is D-4's matrix: everything that can be decided on, by everybody.
func TestWhoMayDoWhat(t *testing.T) {
	planned := []fact{created("bob", "cem", "eve"), asked("a", onBoxing, atEve), voted("ann", "a", 0), voted("bob", "a", 0), voted("cem", "a", 0), left("eve", 4)}
	people := []struct {
		kind string
		meetup.Person
	}{
		{"the organizer", ann}, {"a poll's creator", bob}, {"an attendee", cem}, {"a stranger", dee}, {"who has left", meetup.Person{ID: "eve", Name: "Eve"}}, {"nobody", meetup.Person{}},
	}
	decisions := []struct {
		name string
		when func(by meetup.Person) decide
		may  string // of the organizer, the creator and an attendee: y, or n
	}{
		{"update-meetup", func(by meetup.Person) decide { return update(by, meetup.Change{Name: new("Lunch")}) }, "ynn"},
		{"update-meetup with nothing", func(by meetup.Person) decide { return update(by, meetup.Change{}) }, "ynn"},
		{"cancel-meetup", func(by meetup.Person) decide { return cancel(by, "") }, "ynn"},
		{"change-meetup-image", func(by meetup.Person) decide { return changeImage(by, "") }, "ynn"},
		{"change-meetup-image to the same", func(by meetup.Person) decide { return changeImage(by, "https://example.com/1.png") }, "ynn"},
		{"change-rsvp", func(by meetup.Person) decide { return answer(by.ID, meetup.Maybe) }, "yyy"},
		{"create-poll", func(by meetup.Person) decide {
			return ask(by, meetup.Question{ID: "b", Type: meetup.Generic, Choices: dishes(2)})
		}, "yyy"},
		{"add-poll-choice", func(by meetup.Person) decide { return addChoice(by.ID, "a", meetup.Choice{When: new(at(time.Hour))}) }, "yyy"},
		{"cast-poll-vote", func(by meetup.Person) decide { return vote(by, "a", 1) }, "yyy"},
		{"withdraw-poll-vote", func(by meetup.Person) decide { return withdraw(by.ID, "a") }, "yyy"},
		{"close-poll", func(by meetup.Person) decide { return closePoll(by, "a") }, "yyn"},
		{"close-poll with a winner", func(by meetup.Person) decide { return name(by, "a", 1) }, "ynn"},
	}
	for _, d := range decisions {
		for i, p := range people {
			want, wantCancelled := "not found", "not found"
			if i < len(d.may) {
				want, wantCancelled = map[byte]string{'y': "allowed", 'n': "forbidden"}[d.may[i]], "meetup-cancelled"
			}
			for _, c := range []struct {
				state string
				m     *meetup.Meetup
				want  string
			}{
				{"a meetup", given(planned...), want},
				{"a cancelled meetup", given(append(planned, ended("a", meetup.ReasonClosed, nobody), cancelled())...), wantCancelled},
				{"no meetup", given(), "not found"},
			} {
				events, err := d.when(p.Person)(c.m)
				if got := verdict(err); got != c.want || err != nil && events != nil {
					t.Errorf("D-4: %s by %s of %s: %s, want %s, with events %s", d.name, p.kind, c.state, got, c.want, shown(events))
				}
			}
		}
	}
	for _, p := range people {
		if events, err := create(p.Person, dinner())(given(planned...)); verdict(err) != "conflict" || events != nil {
			t.Errorf("D-4: create-meetup by %s of a meetup that is there: %s", p.kind, verdict(err))
		}
	}
}

func verdict(err error) string {
	switch event.KindOf(err) {
	case 0:
		if err == nil {
			return "allowed"
		}
	case event.NotFound:
		return "not found"
	case event.Forbidden:
		return "forbidden"
	case event.Conflict:
		return "conflict"
	case event.RuleViolated:
		return err.(*event.Refusal).Rule
	}
	return fmt.Sprint("failed: ", err)
}
