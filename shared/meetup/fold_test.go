package meetup_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/meetup"
)

func TestPlannedIs(t *testing.T) {
	want := meetup.Meetup{
		Name: "Dinner", Where: luigis, When: eve, DurationMinutes: 90, ImageURL: "https://example.com/1.png", RoomID: "lunch", OrganizerID: "ann",
		Attendees: []meetup.Attendee{{ID: "ann", RSVP: meetup.Yes}, {ID: "bob", RSVP: meetup.None}},
		InRoomAt:  map[string]int64{}, SetAt: noon, RoomSequence: 3, Sequence: 1,
	}
	if got := given(created("bob")); !reflect.DeepEqual(*got, want) {
		t.Errorf("E-T1, E-T2, E-T3, E-T4, E-T5, E-T8, E-T9, E-V1: planned is %s", shown([]any{got}))
	}
	if m := meetup.New(); m.Exists() || m.Attends("ann") || m.Attends("") || len(m.AttendeeIDs()) > 0 {
		t.Errorf("what is not planned is %s", shown([]any{m}))
	}
}

// attendance is who comes, as people read it: * wants confirmation, the organizer first.
func attendance(m *meetup.Meetup) string {
	text := m.OrganizerID + ":"
	for _, a := range m.Attendees {
		text += fmt.Sprintf(" %s %s", a.ID, a.RSVP)
		if a.NeedsConfirmation {
			text += "*"
		}
	}
	return text
}

func TestWhoComes(t *testing.T) {
	relocated := fact{actor: "ann", payload: meetup.Relocated{From: luigis, To: home}}
	for _, c := range []struct {
		name  string
		facts []fact
		want  string
	}{
		{"E-T9: the organizer comes, others have not answered", nil, "ann: ann yes bob none cem none"},
		{"V-T2, E-T9: answers", []fact{answered("bob", meetup.Maybe), answered("cem", meetup.No), answered("ann", meetup.No)}, "ann: ann no bob maybe cem no"},
		{"V-T2: the last answer", []fact{answered("bob", meetup.Maybe), answered("bob", meetup.Yes)}, "ann: ann yes bob yes cem none"},
		{"D-11: answers are kept by another date, and to be confirmed", []fact{answered("bob", meetup.No), moved(boxing)}, "ann: ann yes* bob no* cem none"},
		{"D-11: answers are kept in another place, and to be confirmed", []fact{answered("bob", meetup.Maybe), relocated}, "ann: ann yes* bob maybe* cem none"},
		{"V-T2: confirmed", []fact{answered("bob", meetup.Yes), moved(boxing), answered("bob", meetup.Yes)}, "ann: ann yes* bob yes cem none"},
		{"V-T2: confirmed, and moved again", []fact{moved(boxing), answered("ann", meetup.Yes), relocated}, "ann: ann yes* bob none cem none"},
		{"D-22: who joins has not answered", []fact{moved(boxing), joined("dee", 4)}, "ann: ann yes* bob none cem none dee none"},
		{"E-T3: who leaves takes their answer along", []fact{answered("bob", meetup.Yes), left("bob", 4), joined("bob", 5)}, "ann: ann yes cem none bob none"},
		{"E-T2: after the organizer the one who has been there for longest is", []fact{left("ann", 4)}, "bob: bob none cem none"},
		{"E-T2: and so on", []fact{left("bob", 4), left("ann", 5), joined("bob", 6)}, "cem: cem none bob none"},
		{"E-T2: the former organizer comes back as one of many", []fact{left("ann", 4), joined("ann", 5)}, "bob: bob none cem none ann none"},
		{"E-T2: nobody is there", []fact{left("ann", 4), left("bob", 5), left("cem", 6)}, ":"},
		{"E-T2: where nobody was, who joins is the organizer", []fact{left("ann", 4), left("bob", 5), left("cem", 6), joined("dee", 7), joined("ann", 8)}, "dee: dee none ann none"},
		{"an answer of somebody who is not there is nobody's", []fact{answered("dee", meetup.Yes)}, "ann: ann yes bob none cem none"},
	} {
		if got := attendance(given(append([]fact{created("bob", "cem")}, c.facts...)...)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestChanges: what is seen of the meetup in its state.
func TestChanges(t *testing.T) {
	for _, c := range []struct {
		name   string
		fact   fact
		change func(*meetup.Meetup)
	}{
		{"updated", fact{actor: "ann", payload: meetup.Updated{Name: "Lunch", DurationMinutes: 30}}, func(m *meetup.Meetup) { m.Name, m.DurationMinutes = "Lunch", 30 }},
		{"V-T5, E-T8, D-17: another picture", fact{actor: "ann", payload: meetup.ImageChanged{ImageURL: "2.png"}}, func(m *meetup.Meetup) { m.ImageURL = "2.png" }},
		{"E-T4: another date", moved(boxing).later(time.Hour), func(m *meetup.Meetup) {
			m.When, m.SetAt, m.RemindedMinutes, m.Attendees[0].NeedsConfirmation = boxing, noon.Add(time.Hour), 0, true
		}},
		{"E-T1: another place", fact{actor: "ann", payload: meetup.Relocated{To: home}}, func(m *meetup.Meetup) { m.Where, m.Attendees[0].NeedsConfirmation = home, true }},
		{"cancelled", cancelled(), func(m *meetup.Meetup) { m.Cancelled = true }},
		{"reminded", fact{payload: meetup.ReminderDue{MinutesBefore: 60, When: eve}}, func(m *meetup.Meetup) { m.RemindedMinutes = 60 }},
		{"E-P9: nudged", fact{payload: meetup.NudgeDue{PollID: "a"}}, func(m *meetup.Meetup) { m.Polls[0].Nudged = true }},
		{"E-P2, V-T6: a closed poll", ended("a", meetup.ReasonClosed, won(0, pizza)), func(m *meetup.Meetup) {
			o := won(0, pizza)
			o.Reason, m.Polls[0].Outcome = meetup.ReasonClosed, &o
		}},
		{"E-P7: another choice", fact{actor: "bob", payload: meetup.PollChoiceAdded{PollID: "a", Choice: rice}}, func(m *meetup.Meetup) {
			m.Polls[0].Choices, m.Polls[0].Reached = append(m.Polls[0].Choices, rice), append(m.Polls[0].Reached, meetup.Tally{})
		}},
		{"E-P5, E-W1: a vote", voted("bob", "a", 1), func(m *meetup.Meetup) {
			m.Polls[0].Votes, m.Polls[0].Reached[1].At = []meetup.Vote{{UserID: "bob", ChoiceIndex: 1}}, []int64{4}
		}},
		{"of a poll that is not there", voted("bob", "z", 1), func(*meetup.Meetup) {}},
		{"of a poll that is not there, a choice", fact{payload: meetup.PollChoiceAdded{PollID: "z"}}, func(*meetup.Meetup) {}},
		{"what does not concern it", fact{payload: "nothing"}, func(*meetup.Meetup) {}},
	} {
		before := []fact{created("bob"), asked("a", pizza, soup), {payload: meetup.ReminderDue{MinutesBefore: 1440, When: eve}}}
		want := given(before...)
		c.change(want)
		want.Sequence++
		if got := given(append(before, c.fact)...); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s, want %s", c.name, shown([]any{got}), shown([]any{want}))
		}
	}
}

// TestClosedPollsStay: people come and go, and it is seen how the poll was.
func TestClosedPollsStay(t *testing.T) {
	facts := []fact{created("bob"), asked("a", pizza, soup), voted("bob", "a", 1), ended("a", meetup.ReasonClosed, won(1, soup))}
	want := given(facts...).Polls[0]
	got := given(append(facts, left("bob", 4), joined("cem", 5), moved(boxing), cancelled())...).Polls[0]
	if !reflect.DeepEqual(got, want) {
		t.Errorf("E-P2: the poll is %s, was %s", shown([]any{got}), shown([]any{want}))
	}
}

// rich is a meetup that everything has happened to which can.
func rich() []fact {
	return []fact{
		created("bob", "cem"), answered("bob", meetup.Maybe), asked("a", pizza, soup), closing("b", time.Hour, onBoxing, atEve), asked("c", atAnn, atLuigis),
		{actor: "cem", payload: meetup.PollChoiceAdded{PollID: "a", Choice: rice}},
		voted("bob", "a", 0), voted("cem", "a", 2), voted("ann", "a", 0), voted("ann", "b", 0), withdrew("cem", "a"), voted("bob", "c", 1),
		{payload: meetup.NudgeDue{PollID: "a", UserIDs: []string{"cem"}}}, {payload: meetup.ReminderDue{MinutesBefore: 1440, When: eve, UserIDs: []string{"ann"}}},
		ended("b", meetup.ReasonDeadline, applied(won(0, onBoxing))), moved(boxing), joined("dee", 4), left("cem", 5),
		{actor: "ann", payload: meetup.Relocated{From: luigis, To: meetup.Where{Location: "Park", Place: &meetup.Place{Label: "Park", Latitude: new(1.5), Longitude: new(-2.25)}}}},
	}
}

// TestTrialsLeaveTheStateAlone: decisions are tried on a clone that is thrown away when
// somebody else was faster.
func TestTrialsLeaveTheStateAlone(t *testing.T) {
	m := given(rich()...)
	before, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	clone := m.Clone()
	for _, f := range append(rich()[1:],
		withdrew("bob", "a"), withdrew("ann", "a"), left("ann", 6), left("bob", 7), answered("dee", meetup.No), asked("d", pizza, soup), ended("a", meetup.ReasonClosed, nobody),
		voted("dee", "c", 0), fact{actor: "ann", payload: meetup.Updated{Name: "Other"}}, fact{actor: "ann", payload: meetup.ImageChanged{ImageURL: "3.png"}}, cancelled()) {
		clone.Apply(event.Envelope{Sequence: clone.Sequence + 1, Time: noon, Actor: f.actor}, f.payload)
	}
	if after, err := json.Marshal(m); err != nil || string(after) != string(before) {
		t.Errorf("the state is %s, error %v, want %s", after, err, before)
	}
}

// TestFactsLeaveTheStateAlone: a payload is the fact's, and the state does not write in
// it.
func TestFactsLeaveTheStateAlone(t *testing.T) {
	facts := rich()
	text := func() string {
		var payloads []any
		for _, f := range facts {
			payloads = append(payloads, f.payload)
		}
		return shown(payloads)
	}
	before := text()
	given(append(facts, left("ann", 6), left("bob", 7))...)
	if after := text(); after != before {
		t.Errorf("the facts are %s\nwere %s", after, before)
	}
}

func TestSnapshotFormIsWhole(t *testing.T) {
	facts := rich()
	for i := range len(facts) + 1 {
		m := given(facts[:i]...)
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		back := meetup.New()
		if err := json.Unmarshal(data, back); err != nil || !reflect.DeepEqual(back, m) {
			t.Errorf("read back as %s, error %v, want %s", shown([]any{back}), err, shown([]any{m}))
		}
	}
	// A field without a name of its own would be taken for another's.
	for _, part := range []any{meetup.Meetup{}, meetup.Poll{}, meetup.Attendee{}, meetup.Vote{}, meetup.Tally{}} {
		for i := range reflect.TypeOf(part).NumField() {
			if field := reflect.TypeOf(part).Field(i); field.Tag.Get("json") == "" || strings.Contains(field.Tag.Get("json"), ",") {
				t.Errorf("%T.%s is not written in snapshots, or not always", part, field.Name)
			}
		}
	}
}
