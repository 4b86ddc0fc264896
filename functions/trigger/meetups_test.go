package trigger_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"boochat/shared/catalogue"
	"boochat/shared/event"
	"boochat/shared/meetup"
	"boochat/shared/view"
)

// Times and places of the meetups in a life.
var (
	saturday = meetup.When{TakesPlaceOn: "2026-03-07T12:00:00.000Z", TimeZone: "Europe/Berlin", LocalTime: "2026-03-07T13:00:00+01:00"}
	sunday   = meetup.When{TakesPlaceOn: "2026-03-08T12:00:00.000Z", TimeZone: "Europe/Berlin", LocalTime: "2026-03-08T13:00:00+01:00"}
	park     = meetup.Where{Location: "In the park"}
	lake     = meetup.Where{Location: "At the lake", Place: &meetup.Place{Label: "Müggelsee", Latitude: new(52.4377), Longitude: new(13.6493)}}
)

// plans has everything happen to two meetups that can.
func plans(t testing.TB, h *history) {
	t.Helper()
	picnic, tea := meetup.Stream("picnic"), meetup.Stream("tea")
	h.happens(t, picnic, "Ann", meetup.Created{
		Name: "Picnic", Where: park, When: saturday, DurationMinutes: 90, ImageURL: "https://example.com/p.png",
		AttendeeIDs: []string{"Ann", "Bob", "Cleo"}, RoomID: "kitchen", RoomSequence: 9, ActorName: "Annie",
	})
	h.happens(t, tea, "Bob", meetup.Created{Name: "Tea", Where: park, When: sunday, AttendeeIDs: []string{"Bob"}, RoomID: "garden", OpensRoom: true, ActorName: "Bob"})
	h.happens(t, picnic, "Bob", meetup.RSVPChanged{RSVP: meetup.Maybe})
	h.happens(t, picnic, "Cleo", meetup.PollCreated{
		PollID: "when", Type: meetup.Reschedule, Description: "Which day?", Choices: []meetup.Choice{{When: &saturday}, {When: &sunday}},
		ParticipantIDs: []string{"Ann", "Bob", "Cleo"}, ClosesAt: "2026-03-05T12:00:00.000Z", ActorName: "Cleo",
	})
	h.happens(t, picnic, "Bob", meetup.PollCreated{
		PollID: "where", Type: meetup.Relocate, Description: "Which place?", Choices: []meetup.Choice{{Where: &park}, {Where: &lake}},
		ParticipantIDs: []string{"Ann", "Bob", "Cleo"}, ActorName: "Bob",
	})
	h.happens(t, picnic, "Ann", meetup.PollVoteCast{PollID: "when", ChoiceIndex: 0}, meetup.PollVoteCast{PollID: "when", ChoiceIndex: 1})
	h.happens(t, picnic, "Bob", meetup.PollVoteCast{PollID: "where", ChoiceIndex: 1}, meetup.PollVoteWithdrawn{PollID: "where"}, meetup.PollVoteCast{PollID: "where", ChoiceIndex: 0})
	h.happens(t, picnic, "", meetup.AttendeeJoined{UserID: "Dan", RoomSequence: 10}, meetup.NudgeDue{PollID: "when", UserIDs: []string{"Bob", "Cleo", "Dan"}})
	h.happens(t, picnic, "Ann", meetup.PollCreated{
		PollID: "food", Type: meetup.Generic, Description: "What to eat?", Choices: []meetup.Choice{{Text: "Cake"}, {Text: "Soup"}},
		ParticipantIDs: []string{"Ann", "Bob", "Cleo", "Dan"}, ActorName: "Annie",
	}, meetup.PollChoiceAdded{PollID: "food", Choice: meetup.Choice{Text: "Salad"}})
	h.happens(t, picnic, "", meetup.PollClosed{PollID: "when", Description: "Which day?", Outcome: meetup.Outcome{
		ChoiceIndex: new(1), Choice: &meetup.Choice{When: &sunday}, Reason: meetup.ReasonDeadline, Applied: true,
	}}, meetup.Rescheduled{From: saturday, To: sunday, PollID: "when"})
	h.happens(t, picnic, "", meetup.AttendeeLeft{UserID: "Ann", RoomSequence: 11})
	h.happens(t, picnic, "Bob",
		meetup.Updated{Name: "Big picnic", DurationMinutes: 120, ActorName: "Bob"}, meetup.ImageChanged{ImageURL: "https://example.com/big.png"},
		meetup.RSVPChanged{RSVP: meetup.Maybe}, meetup.Relocated{From: park, To: lake, ActorName: "Bob"})
	h.happens(t, picnic, "", meetup.ReminderDue{MinutesBefore: 1440, When: sunday, UserIDs: []string{"Bob", "Cleo", "Dan"}})
	h.happens(t, tea, "Bob", meetup.PollCreated{
		PollID: "cup", Type: meetup.Generic, Description: "Whose cup?", Choices: []meetup.Choice{{Text: "Mine"}, {Text: "Yours"}}, ParticipantIDs: []string{"Bob"}, ActorName: "Bob",
	}, meetup.PollClosed{PollID: "cup", Description: "Whose cup?", Outcome: meetup.Outcome{Reason: meetup.ReasonClosed}},
		meetup.Cancelled{Reason: "No tea", ActorName: "Bob"})
	h.happens(t, tea, "", meetup.AttendeeLeft{UserID: "Bob", RoomSequence: 4})
}

// shown projects a history of meetups and gives the read documents.
func shown(t *testing.T, h *history) view.Store {
	t.Helper()
	views := readDocuments(t)
	until(t, projections["meetup-events"](h, views), singly(h.topic("meetup-events"))...)
	return views
}

// TestMeetupDocuments holds the documents to the contract: all that a page shows after
// a reload is in them, and empty lists are lists.
func TestMeetupDocuments(t *testing.T) {
	views := shown(t, life(t))
	for name, want := range map[string]string{
		"E-T1 to E-T9 (E-T6 polls, E-T7 alerts) E-P1 to E-P8 E-W1 D-13 D-29 D-30 picnic": `{"id":"picnic","name":"Big picnic","roomId":"kitchen","location":"At the lake",` +
			`"place":{"label":"Müggelsee","latitude":52.4377,"longitude":13.6493},` +
			`"takesPlaceOn":"2026-03-08T12:00:00.000Z","timeZone":"Europe/Berlin","localTime":"2026-03-08T13:00:00+01:00","durationMinutes":120,` +
			`"imageUrl":"https://example.com/big.png","status":"planned","organizerId":"Bob","attendeeIds":["Bob","Cleo","Dan"],` +
			`"attendees":[{"id":"Bob","rsvp":"maybe","needsConfirmation":true},{"id":"Cleo","rsvp":"none","needsConfirmation":false},{"id":"Dan","rsvp":"none","needsConfirmation":false}],` +
			`"rsvpCounts":{"yes":0,"no":0,"maybe":1,"none":2},"polls":[` +
			`{"id":"when","type":"reschedule","description":"Which day?","status":"closed","creatorId":"Cleo","participantIds":["Ann","Bob","Cleo","Dan"],` +
			`"choices":[{"takesPlaceOn":"2026-03-07T12:00:00.000Z","timeZone":"Europe/Berlin","localTime":"2026-03-07T13:00:00+01:00"},` +
			`{"takesPlaceOn":"2026-03-08T12:00:00.000Z","timeZone":"Europe/Berlin","localTime":"2026-03-08T13:00:00+01:00"}],` +
			`"votes":[{"userId":"Ann","choiceIndex":1}],"createdAt":"2026-03-01T12:00:25.000Z","closesAt":"2026-03-05T12:00:00.000Z",` +
			`"outcome":{"choiceIndex":1,"choice":{"takesPlaceOn":"2026-03-08T12:00:00.000Z","timeZone":"Europe/Berlin","localTime":"2026-03-08T13:00:00+01:00"},` +
			`"reason":"deadline","tie":false,"applied":true}},` +
			`{"id":"where","type":"relocate","description":"Which place?","status":"active","creatorId":"Bob","participantIds":["Bob","Cleo","Dan"],` +
			`"choices":[{"location":"In the park"},{"location":"At the lake","place":{"label":"Müggelsee","latitude":52.4377,"longitude":13.6493}}],` +
			`"votes":[{"userId":"Bob","choiceIndex":0}],"createdAt":"2026-03-01T12:00:26.000Z"},` +
			`{"id":"food","type":"generic","description":"What to eat?","status":"active","creatorId":"Ann","participantIds":["Bob","Cleo","Dan"],` +
			`"choices":[{"text":"Cake"},{"text":"Soup"},{"text":"Salad"}],"votes":[],"createdAt":"2026-03-01T12:00:34.000Z"}],` +
			`"alerts":[{"type":"pending-relocation-poll","pollId":"where","description":"Which place?","userIds":["Cleo","Dan"]},` +
			`{"type":"pending-poll","pollId":"food","description":"What to eat?","userIds":["Bob","Cleo","Dan"]}],` +
			`"history":[{"kind":"created","at":"2026-03-01T12:00:22.000Z","actorId":"Ann"},` +
			`{"kind":"rescheduled","at":"2026-03-01T12:00:37.000Z","pollId":"when",` +
			`"from":{"takesPlaceOn":"2026-03-07T12:00:00.000Z","timeZone":"Europe/Berlin","localTime":"2026-03-07T13:00:00+01:00"},` +
			`"to":{"takesPlaceOn":"2026-03-08T12:00:00.000Z","timeZone":"Europe/Berlin","localTime":"2026-03-08T13:00:00+01:00"}},` +
			`{"kind":"updated","at":"2026-03-01T12:00:39.000Z","actorId":"Bob"},` +
			`{"kind":"relocated","at":"2026-03-01T12:00:42.000Z","actorId":"Bob","from":{"location":"In the park"},` +
			`"to":{"location":"At the lake"}}],"revision":3,"sequence":21}`,
		"a cancelled meetup that nobody attends any more tea": `{"id":"tea","name":"Tea","roomId":"garden","location":"In the park",` +
			`"takesPlaceOn":"2026-03-08T12:00:00.000Z","timeZone":"Europe/Berlin","localTime":"2026-03-08T13:00:00+01:00","imageUrl":"",` +
			`"status":"cancelled","cancelReason":"No tea","organizerId":"","attendeeIds":[],"attendees":[],"rsvpCounts":{"yes":0,"no":0,"maybe":0,"none":0},` +
			`"polls":[{"id":"cup","type":"generic","description":"Whose cup?","status":"closed","creatorId":"Bob","participantIds":["Bob"],` +
			`"choices":[{"text":"Mine"},{"text":"Yours"}],"votes":[],"createdAt":"2026-03-01T12:00:44.000Z",` +
			`"outcome":{"choiceIndex":null,"reason":"closed","tie":false,"applied":false}}],"alerts":[],` +
			`"history":[{"kind":"created","at":"2026-03-01T12:00:23.000Z","actorId":"Bob"},` +
			`{"kind":"cancelled","at":"2026-03-01T12:00:46.000Z","actorId":"Bob","reason":"No tea"}],"revision":1,"sequence":5}`,
	} {
		t.Run(name, func(t *testing.T) {
			id := name[len(name)-len("picnic"):]
			if id != "picnic" {
				id = "tea"
			}
			got, err := views.Get(t.Context(), view.MeetupPath(id))
			if err != nil || string(got[0].Data) != want {
				t.Errorf("document is %s, error %v, want %s", got[0].Data, err, want)
			}
		})
	}
}

// TestMeetupsAreOfAllAttendees: D-10, a meetup of three is listed for all three, and
// follows who joins and who leaves.
func TestMeetupsAreOfAllAttendees(t *testing.T) {
	h := newHistory(t)
	picnic := meetup.Stream("picnic")
	views := readDocuments(t)
	project := projections["meetup-events"](h, views)
	attended := func(want ...string) {
		t.Helper()
		until(t, project, h.events[len(h.events)-1:])
		for _, person := range []string{"Ann", "Bob", "Cleo", "Dan"} {
			got, err := view.List[view.Meetup](t.Context(), views, view.Query{Collection: "meetups", Reader: person})
			if err != nil || (len(got) == 1) != slices.Contains(want, person) {
				t.Errorf("%s is shown %d meetups, error %v", person, len(got), err)
			}
		}
	}
	h.happens(t, picnic, "Ann", meetup.Created{Name: "Picnic", Where: park, When: saturday, AttendeeIDs: []string{"Ann", "Bob", "Cleo"}, RoomID: "kitchen"})
	attended("Ann", "Bob", "Cleo")
	h.happens(t, picnic, "", meetup.AttendeeJoined{UserID: "Dan", RoomSequence: 2})
	attended("Ann", "Bob", "Cleo", "Dan")
	h.happens(t, picnic, "", meetup.AttendeeLeft{UserID: "Ann", RoomSequence: 3})
	attended("Bob", "Cleo", "Dan")
}

// TestAlertsAreTheUnansweredOpenPolls: D-14, raised when a poll is made, cleared for
// whoever votes, and for all when it is closed (E-A1, E-A2, E-A3).
func TestAlertsAreTheUnansweredOpenPolls(t *testing.T) {
	h := newHistory(t)
	picnic := meetup.Stream("picnic")
	views := readDocuments(t)
	project := projections["meetup-events"](h, views)
	alerts := func(want string, actor string, happens ...any) {
		t.Helper()
		before := len(h.events)
		h.happens(t, picnic, actor, happens...)
		until(t, project, singly(h.events[before:])...)
		shown, _, err := view.Get[view.Meetup](t.Context(), views, view.MeetupPath("picnic"))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, a := range shown.Alerts {
			got += fmt.Sprintf("%s of %s, %s: %v; ", a.Type, a.PollID, a.Description, a.UserIDs)
		}
		if got != want {
			t.Errorf("alerts are %q, want %q", got, want)
		}
	}
	ask := func(id string, kind meetup.PollType, choices ...meetup.Choice) meetup.PollCreated {
		return meetup.PollCreated{PollID: id, Type: kind, Description: id + "?", Choices: choices, ParticipantIDs: []string{"Ann", "Bob"}}
	}
	alerts("", "Ann", meetup.Created{Name: "Picnic", Where: park, When: saturday, AttendeeIDs: []string{"Ann", "Bob"}, RoomID: "kitchen"})
	alerts("pending-poll of what, what?: [Ann Bob]; ", "Ann", ask("what", meetup.Generic, meetup.Choice{Text: "a"}, meetup.Choice{Text: "b"}))
	alerts("pending-poll of what, what?: [Ann Bob]; pending-reschedule-poll of when, when?: [Ann Bob]; ",
		"Ann", ask("when", meetup.Reschedule, meetup.Choice{When: &saturday}, meetup.Choice{When: &sunday}))
	alerts("pending-poll of what, what?: [Bob]; pending-reschedule-poll of when, when?: [Ann Bob]; ", "Ann", meetup.PollVoteCast{PollID: "what"})
	alerts("pending-poll of what, what?: [Ann Bob]; pending-reschedule-poll of when, when?: [Ann Bob]; ", "Ann", meetup.PollVoteWithdrawn{PollID: "what"})
	alerts("pending-poll of what, what?: [Ann Bob]; ", "Ann", meetup.PollClosed{PollID: "when", Outcome: meetup.Outcome{Reason: meetup.ReasonClosed}})
	alerts("pending-poll of what, what?: [Ann Bob Cleo]; ", "", meetup.AttendeeJoined{UserID: "Cleo", RoomSequence: 2})
	alerts("pending-poll of what, what?: [Bob]; ", "Cleo", meetup.PollVoteCast{PollID: "what"}, meetup.AttendeeLeft{UserID: "Ann", RoomSequence: 3})
	alerts("pending-poll of what, what?: [Bob]; pending-relocation-poll of where, where?: [Ann Bob]; ",
		"Bob", ask("where", meetup.Relocate, meetup.Choice{Where: &park}, meetup.Choice{Where: &lake}))
	alerts("pending-relocation-poll of where, where?: [Ann Bob]; ", "Bob", meetup.PollVoteCast{PollID: "what"})
	alerts("", "Bob", meetup.PollClosed{PollID: "where", Outcome: meetup.Outcome{Reason: meetup.ReasonClosed}}, meetup.Cancelled{})
}

// TestMeetupStateSaysWhatIsDue: what the server keeps of a meetup is what its stream
// folds to, and the time at which run-due-timers has to look at it.
func TestMeetupStateSaysWhatIsDue(t *testing.T) {
	h := newHistory(t)
	picnic := meetup.Stream("picnic")
	views := readDocuments(t)
	project := projections["meetup-events"](h, views)
	due := func(want string) {
		t.Helper()
		until(t, project, h.events[len(h.events)-1:])
		got, _, err := view.Get[view.MeetupState](t.Context(), views, view.MeetupStatePath("picnic"))
		if err != nil || got.Due != want {
			t.Errorf("due is %q, error %v, want %q", got.Due, err, want)
		}
		folded := meetup.New()
		for _, e := range h.events {
			payload, err := catalogue.Events.Decode(e)
			if err != nil {
				t.Fatal(err)
			}
			folded.Apply(e, payload)
		}
		if want, got := encoded(t, folded), encoded(t, got.Meetup); got != want {
			t.Errorf("the state is %s, want %s", got, want)
		}
	}
	h.happens(t, picnic, "Ann", meetup.Created{Name: "Picnic", Where: park, When: saturday, AttendeeIDs: []string{"Ann", "Bob"}, RoomID: "kitchen"})
	due("2026-03-06T12:00:00.000Z")
	h.happens(t, picnic, "Ann", meetup.PollCreated{
		PollID: "what", Type: meetup.Generic, Choices: []meetup.Choice{{Text: "a"}, {Text: "b"}}, ParticipantIDs: []string{"Ann", "Bob"}, ClosesAt: "2026-03-01T14:00:01.000Z",
	})
	due("2026-03-01T13:00:01.000Z") // half of the time is over
	h.happens(t, picnic, "", meetup.NudgeDue{PollID: "what", UserIDs: []string{"Ann", "Bob"}})
	due("2026-03-01T14:00:01.000Z")
	h.happens(t, picnic, "Ann", meetup.PollVoteCast{PollID: "what"}, meetup.PollClosed{PollID: "what", Outcome: meetup.Outcome{Reason: meetup.ReasonDeadline}})
	due("2026-03-06T12:00:00.000Z")
	h.happens(t, picnic, "", meetup.ReminderDue{MinutesBefore: 1440, When: saturday})
	due("2026-03-07T11:00:00.000Z")
	h.happens(t, picnic, "Ann", meetup.Rescheduled{From: saturday, To: sunday})
	due("2026-03-07T12:00:00.000Z")
	h.happens(t, picnic, "Ann", meetup.Cancelled{})
	due("")
}

// TestHistoryHasAnEnd: the newest are shown of a plan that changes for ever, and a
// calendar is told of each change.
func TestHistoryHasAnEnd(t *testing.T) {
	h := newHistory(t)
	picnic := meetup.Stream("picnic")
	h.happens(t, picnic, "Ann", meetup.Created{Name: "Picnic", Where: park, When: saturday, AttendeeIDs: []string{"Ann"}, RoomID: "kitchen"})
	for n := range view.MaxHistory + 5 {
		h.happens(t, picnic, "Ann", meetup.Updated{Name: fmt.Sprint("Picnic ", n)}, meetup.RSVPChanged{RSVP: meetup.No})
	}
	got, _, err := view.Get[view.Meetup](t.Context(), shown(t, h), view.MeetupPath("picnic"))
	if err != nil || len(got.History) != view.MaxHistory || got.Revision != view.MaxHistory+5 {
		t.Fatalf("%d moments at revision %d, error %v", len(got.History), got.Revision, err)
	}
	if last := got.History[view.MaxHistory-1]; last.At != h.events[len(h.events)-2].Time.Format(event.TimeLayout) {
		t.Errorf("the last is of %s", last.At)
	}
}

func encoded(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
