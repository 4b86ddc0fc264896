package meetup_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/meetup"
)

const annID = "108234567890123456789"

var (
	noon   = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	eve    = meetup.When{TakesPlaceOn: "2026-12-24T18:30:00.000Z", TimeZone: "Europe/Berlin", LocalTime: "2026-12-24T19:30:00+01:00"}
	boxing = meetup.When{TakesPlaceOn: "2026-12-26T18:30:00.000Z", TimeZone: "Asia/Tokyo", LocalTime: "2026-12-27T03:30:00+09:00"}
	luigis = meetup.Where{Location: "Luigi's"}
	home   = meetup.Where{Location: "Ann's home"}
)

// told is a meetup and its facts as its room is told them.
type told struct {
	*meetup.Meetup
	announced []meetup.Announcement
}

// happens folds events of one actor and words them.
func (d *told) happens(actor string, payloads ...any) {
	for _, payload := range payloads {
		e := event.Envelope{Stream: meetup.Stream("m-1"), Sequence: d.Sequence + 1, Actor: actor, Time: noon}
		d.Apply(e, payload)
		if a, ok := meetup.Announce(e, payload, d.Meetup); ok {
			d.announced = append(d.announced, a)
		}
	}
}

func planned(choices ...meetup.Choice) *told {
	d := &told{Meetup: meetup.New()}
	d.happens(annID, meetup.Created{Name: "Dinner", Where: luigis, When: eve, AttendeeIDs: []string{annID, "bob"}, RoomID: "r-1", ActorName: "Ann"})
	if len(choices) > 0 {
		kind := meetup.Generic
		switch {
		case choices[0].When != nil:
			kind = meetup.Reschedule
		case choices[0].Where != nil:
			kind = meetup.Relocate
		}
		d.happens("bob", meetup.PollCreated{PollID: "p-1", Type: kind, Description: "What then?", Choices: choices, ParticipantIDs: []string{annID, "bob"}, ActorName: "Bob"})
	}
	return d
}

func closed(reason string, choice *meetup.Choice, applied, tie bool) meetup.PollClosed {
	return meetup.PollClosed{PollID: "p-1", Description: "What then?", Outcome: meetup.Outcome{Choice: choice, Reason: reason, Applied: applied, Tie: tie}}
}

// Meetups are announced in words, with names and the place's own time, and as kinds
// with arguments (D-25, D-37, E-A3, V-T1, V-T3, V-T6).
func TestAnnouncements(t *testing.T) {
	later, inside := meetup.Choice{When: &boxing}, meetup.Choice{Where: &home}
	pizza, soup := meetup.Choice{Text: "Pizza"}, meetup.Choice{Text: "Soup"}
	const asked = `Bob asks about “Dinner”: “What then?”`
	const moved = ` moved “Dinner” from Thu 24 Dec 2026, 19:30 (Europe/Berlin) to Sun 27 Dec 2026, 03:30 (Asia/Tokyo)`
	rescheduled := func(pollID, name string) meetup.Rescheduled {
		return meetup.Rescheduled{From: eve, To: boxing, PollID: pollID, ActorName: name}
	}
	for name, c := range map[string]struct {
		told *told
		by   string
		what []any
		want []string // after its planning
	}{
		"moved by hand": {planned(), annID, []any{rescheduled("", "Ann")}, []string{"Ann" + moved}},
		"moved to another place": {planned(), annID, []any{meetup.Relocated{From: luigis, To: home, ActorName: "Ann"}},
			[]string{"Ann moved “Dinner” from “Luigi's” to “Ann's home”"}},
		"moved by the last vote": {planned(later, meetup.Choice{When: &eve}), "bob", []any{closed(meetup.ReasonEveryoneVoted, &later, true, false), rescheduled("p-1", "Bob")}, []string{asked,
			"The poll “What then?” about “Dinner” is closed as everybody has voted: “Sun 27 Dec 2026, 03:30 (Asia/Tokyo)” won",
			"The poll “What then?”, completed by the vote of Bob," + moved}},
		"moved as the last missing vote has left": {planned(later, meetup.Choice{When: &eve}), "", []any{closed(meetup.ReasonEveryoneVoted, &later, true, false), rescheduled("p-1", "")}, []string{asked,
			"The poll “What then?” about “Dinner” is closed as everybody has voted: “Sun 27 Dec 2026, 03:30 (Asia/Tokyo)” won",
			"The poll “What then?”" + moved}},
		"moved by a deadline, in a tie": {planned(later, meetup.Choice{When: &eve}), "", []any{closed(meetup.ReasonDeadline, &later, true, true), rescheduled("p-1", "")}, []string{asked,
			"The poll “What then?” about “Dinner” is closed as its time is over: “Sun 27 Dec 2026, 03:30 (Asia/Tokyo)” won a tie, as the first to have that many votes",
			"The poll “What then?”, whose time is over," + moved}},
		"moved by who closed the poll": {planned(inside, meetup.Choice{Where: &luigis}), annID,
			[]any{closed(meetup.ReasonClosed, &inside, true, false), meetup.Relocated{From: luigis, To: home, PollID: "p-1", ActorName: "Ann"}}, []string{asked,
				"The poll “What then?” about “Dinner” is closed: “Ann's home” won",
				"The poll “What then?”, closed by Ann, moved “Dinner” from “Luigi's” to “Ann's home”"}},
		"a poll for the present place": {planned(inside, meetup.Choice{Where: &luigis}), "bob", []any{closed(meetup.ReasonEveryoneVoted, &meetup.Choice{Where: &luigis}, false, false)}, []string{asked,
			"The poll “What then?” about “Dinner” is closed as everybody has voted: “Luigi's” won; nothing is moved by it"}},
		"a poll without votes": {planned(later, meetup.Choice{When: &eve}), "", []any{closed(meetup.ReasonDeadline, nil, false, false)}, []string{asked,
			"The poll “What then?” about “Dinner” is closed as its time is over: nobody voted; nothing is moved by it"}},
		"a poll about something else": {planned(pizza, soup), "bob", []any{closed(meetup.ReasonEveryoneVoted, &pizza, false, false)}, []string{asked,
			"The poll “What then?” about “Dinner” is closed as everybody has voted: “Pizza” won"}},
		"cancelled":               {planned(), annID, []any{meetup.Cancelled{ActorName: "Ann"}}, []string{"Ann cancelled “Dinner”"}},
		"cancelled for a reason":  {planned(), annID, []any{meetup.Cancelled{Reason: "Snow", ActorName: "Ann"}}, []string{"Ann cancelled “Dinner”: Snow"}},
		"renamed, then cancelled": {planned(), annID, []any{meetup.Updated{Name: "Lunch", ActorName: "Ann"}, meetup.Cancelled{ActorName: "Ann"}}, []string{"Ann cancelled “Lunch”"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.told.happens(c.by, c.what...)
			var texts []string
			for _, a := range c.told.announced {
				texts = append(texts, a.Text)
				if strings.Contains(a.Text, annID) {
					t.Errorf("D-25: %q names an account", a.Text)
				}
			}
			want := append([]string{"Ann planned “Dinner” for Thu 24 Dec 2026, 19:30 (Europe/Berlin) at Luigi's"}, c.want...)
			if !slices.Equal(texts, want) {
				t.Errorf("announced is\n%s\nwant\n%s", strings.Join(texts, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

func TestArgumentsOfAnnouncements(t *testing.T) {
	later := meetup.Choice{When: &boxing}
	d := planned(later, meetup.Choice{When: &eve})
	d.happens("bob", closed(meetup.ReasonEveryoneVoted, &later, true, true), meetup.Rescheduled{From: eve, To: boxing, PollID: "p-1", ActorName: "Bob"})
	d.happens(annID, meetup.Relocated{From: luigis, To: home, ActorName: "Ann"}, meetup.Cancelled{Reason: "Snow", ActorName: "Ann"})
	want := []map[string]string{
		{"kind": "meetup-created", "actorId": annID, "actorName": "Ann", "to": eve.LocalTime, "toTimeZone": "Europe/Berlin", "location": "Luigi's"},
		{"kind": "poll-created", "actorId": "bob", "actorName": "Bob", "pollId": "p-1", "pollType": "reschedule", "pollDescription": "What then?"},
		{"kind": "poll-closed", "actorId": "bob", "pollId": "p-1", "pollDescription": "What then?", "choice": "Sun 27 Dec 2026, 03:30 (Asia/Tokyo)",
			"reason": "everyone-voted", "tie": "true", "applied": "true"},
		{"kind": "meetup-rescheduled", "actorId": "bob", "actorName": "Bob", "pollId": "p-1", "pollDescription": "What then?", "reason": "everyone-voted",
			"from": eve.LocalTime, "fromTimeZone": "Europe/Berlin", "to": boxing.LocalTime, "toTimeZone": "Asia/Tokyo"},
		{"kind": "meetup-relocated", "actorId": annID, "actorName": "Ann", "from": "Luigi's", "to": "Ann's home"},
		{"kind": "meetup-cancelled", "actorId": annID, "actorName": "Ann", "reason": "Snow"},
	}
	if len(d.announced) != len(want) {
		t.Fatalf("%d announcements, want %d", len(d.announced), len(want))
	}
	for i, a := range d.announced {
		got := maps.Clone(a.Arguments)
		got["kind"] = a.Kind
		want[i]["meetupId"], want[i]["meetupName"] = "m-1", "Dinner"
		if !maps.Equal(got, want[i]) {
			t.Errorf("announcement is %v, want %v", got, want[i])
		}
	}
}

// TestWhatIsAnnounced: what people answer and vote, and what they are reminded of, is
// seen at the meetup.
func TestWhatIsAnnounced(t *testing.T) {
	announced := map[string]bool{
		"meetup.created": true, "meetup.rescheduled": true, "meetup.relocated": true, "meetup.cancelled": true, "meetup.poll-created": true, "meetup.poll-closed": true,
	}
	all := event.NewCatalogue(meetup.Events)
	for name := range all.Versions() {
		payload, err := all.Decode(event.Envelope{Type: name, Version: 1, Data: json.RawMessage(`{}`)})
		if err != nil {
			t.Fatal(err)
		}
		if meetup.Announces(payload) != announced[name] {
			t.Errorf("%s is announced: %t", name, !announced[name])
		}
	}
}

// TestReminders: words of what is due, to those whom it still concerns.
func TestReminders(t *testing.T) {
	due := meetup.ReminderDue{MinutesBefore: 60, When: eve, UserIDs: []string{annID, "bob", "cem"}}
	nudge := meetup.NudgeDue{PollID: "p-1", UserIDs: []string{annID, "bob", "cem"}}
	pizza := meetup.Choice{Text: "Pizza"}
	for name, c := range map[string]struct {
		since   []any // of Bob
		payload any
		text    string
		people  []string
	}{
		"to who is still there": {nil, due, "Coming up: Thu 24 Dec 2026, 19:30 (Europe/Berlin) at Luigi's", []string{annID, "bob"}},
		"after a move":          {[]any{meetup.Rescheduled{From: eve, To: boxing}}, due, "", nil},
		"when it is off":        {[]any{meetup.Cancelled{}}, due, "", nil},
		"of a poll":             {nil, nudge, "Your vote is missing: “What then?”", []string{annID, "bob"}},
		"of a poll after voting": {[]any{meetup.PollVoteCast{PollID: "p-1"}}, nudge,
			"Your vote is missing: “What then?”", []string{annID}},
		"of a poll that is over": {[]any{closed(meetup.ReasonClosed, nil, false, false)}, nudge, "", nil},
		"of something else":      {nil, meetup.RSVPChanged{}, "", nil},
	} {
		d := planned(pizza, meetup.Choice{Text: "Soup"})
		d.happens("bob", c.since...)
		if text, people := meetup.Remind(c.payload, d.Meetup); text != c.text || !slices.Equal(people, c.people) {
			t.Errorf("%s: %q to %v, want %q to %v", name, text, people, c.text, c.people)
		}
	}
}
