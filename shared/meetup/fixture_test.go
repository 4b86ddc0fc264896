package meetup_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/meetup"
)

var (
	ann = meetup.Person{ID: "ann", Name: "Ann"} // the organizer
	bob = meetup.Person{ID: "bob", Name: "Bob"}
	cem = meetup.Person{ID: "cem", Name: "Cem"}
	dee = meetup.Person{ID: "dee", Name: "Dee"} // a stranger, unless said otherwise
)

// What polls are about, and what their choices lead to.
var (
	atEve, onBoxing = meetup.Choice{When: &eve}, meetup.Choice{When: &boxing}
	atLuigis, atAnn = meetup.Choice{Where: &luigis}, meetup.Choice{Where: &home}
	pizza, soup     = meetup.Choice{Text: "Pizza"}, meetup.Choice{Text: "Soup"}
	rice            = meetup.Choice{Text: "Rice"}
)

// fact is a payload with its actor. Facts are of noon, unless said otherwise.
type fact struct {
	actor   string
	payload any
	after   time.Duration // noon
}

func (f fact) later(d time.Duration) fact {
	f.after = d
	return f
}

// given folds facts into a meetup. A poll without participants is one of all who attend
// by then.
func given(facts ...fact) *meetup.Meetup {
	m := meetup.New()
	for _, f := range facts {
		if p, ok := f.payload.(meetup.PollCreated); ok && p.ParticipantIDs == nil {
			p.ParticipantIDs = m.AttendeeIDs()
			f.payload = p
		}
		m.Apply(event.Envelope{Sequence: m.Sequence + 1, Time: noon.Add(f.after), Actor: f.actor}, f.payload)
	}
	return m
}

// created is a meetup that Ann has planned in a room that was at sequence 3.
func created(others ...string) fact {
	return fact{actor: "ann", payload: meetup.Created{
		Name: "Dinner", Where: luigis, When: eve, DurationMinutes: 90, ImageURL: "https://example.com/1.png",
		AttendeeIDs: append([]string{"ann"}, others...), RoomID: "lunch", RoomSequence: 3, ActorName: "Ann",
	}}
}

func cancelled() fact { return fact{actor: "ann", payload: meetup.Cancelled{ActorName: "Ann"}} }

func answered(person string, rsvp meetup.RSVP) fact {
	return fact{actor: person, payload: meetup.RSVPChanged{RSVP: rsvp}}
}

func moved(to meetup.When) fact {
	return fact{actor: "ann", payload: meetup.Rescheduled{From: eve, To: to, ActorName: "Ann"}}
}

func joined(person string, roomSequence int64) fact {
	return fact{payload: meetup.AttendeeJoined{UserID: person, RoomSequence: roomSequence}}
}

func left(person string, roomSequence int64) fact {
	return fact{payload: meetup.AttendeeLeft{UserID: person, RoomSequence: roomSequence}}
}

// poll is what p, the poll that most rules are tried on, is made with.
func poll(id string, choices ...meetup.Choice) meetup.PollCreated {
	p := meetup.PollCreated{PollID: id, Type: meetup.Generic, Description: id + "?", Choices: choices, ActorName: "Bob"}
	switch {
	case choices[0].When != nil:
		p.Type = meetup.Reschedule
	case choices[0].Where != nil:
		p.Type = meetup.Relocate
	}
	return p
}

// asked is a poll that Bob has made.
func asked(id string, choices ...meetup.Choice) fact {
	return fact{actor: "bob", payload: poll(id, choices...)}
}

// closing is a poll of Bob's that closes so long after noon.
func closing(id string, after time.Duration, choices ...meetup.Choice) fact {
	p := poll(id, choices...)
	p.ClosesAt = noon.Add(after).Format(event.TimeLayout)
	return fact{actor: "bob", payload: p}
}

func voted(person, pollID string, choice int) fact {
	return fact{actor: person, payload: meetup.PollVoteCast{PollID: pollID, ChoiceIndex: choice}}
}

func withdrew(person, pollID string) fact {
	return fact{actor: person, payload: meetup.PollVoteWithdrawn{PollID: pollID}}
}

func ended(pollID, reason string, o meetup.Outcome) fact {
	o.Reason = reason
	return fact{payload: meetup.PollClosed{PollID: pollID, Description: pollID + "?", Outcome: o}}
}

// won is the outcome for a choice, and nobody is the one without votes.
func won(index int, choice meetup.Choice) meetup.Outcome {
	return meetup.Outcome{ChoiceIndex: &index, Choice: &choice}
}

var nobody = meetup.Outcome{}

// end is the closing of a poll as it is decided on.
func end(pollID, reason string, o meetup.Outcome) meetup.PollClosed {
	return ended(pollID, reason, o).payload.(meetup.PollClosed)
}

func applied(o meetup.Outcome) meetup.Outcome {
	o.Applied = true
	return o
}

func tie(o meetup.Outcome) meetup.Outcome {
	o.Tie = true
	return o
}

// crowd are so many people beside Ann.
func crowd(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("p-%03d", i)
	}
	return ids
}

type decide = func(*meetup.Meetup) ([]any, error)

// rule is what follows from a decision on what is given: events, nothing, or a refusal.
type rule struct {
	name    string
	given   *meetup.Meetup
	when    decide
	then    []any
	refused *event.Refusal // of its kind, rule and field
}

// hold tries rules. Whatever is decided leaves the state alone (D-34: what is refused is
// not in the history).
func hold(t *testing.T, rules []rule) {
	t.Helper()
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			before := r.given.Clone()
			events, err := r.when(r.given)
			if !reflect.DeepEqual(events, r.then) {
				t.Errorf("events %s, want %s", shown(events), shown(r.then))
			}
			if !refusedAs(err, r.refused) {
				t.Errorf("refused with %#v, want %#v", err, r.refused)
			}
			if !reflect.DeepEqual(r.given, before) {
				t.Errorf("deciding has changed the meetup to %s", shown([]any{r.given}))
			}
		})
	}
}

func refusedAs(err error, want *event.Refusal) bool {
	var got *event.Refusal
	if !errors.As(err, &got) {
		return err == nil && want == nil
	}
	return want != nil && got.Kind == want.Kind && got.Rule == want.Rule && got.Field == want.Field
}

func limit(field string) *event.Refusal {
	return &event.Refusal{Kind: event.RuleViolated, Rule: "limit", Field: field}
}

// in is the refusal about another field.
func in(field string, refusal *event.Refusal) *event.Refusal {
	return &event.Refusal{Kind: refusal.Kind, Rule: refusal.Rule, Field: field}
}

// shown is events as people read them, with what they point to.
func shown(events []any) string {
	var text string
	for _, e := range events {
		data, err := json.Marshal(e)
		if err != nil {
			return err.Error()
		}
		text += fmt.Sprintf("\n\t%T%s", e, data)
	}
	return text
}
