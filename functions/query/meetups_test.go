package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"boochat/shared/adapter/sqlite"
	"boochat/shared/auth"
	"boochat/shared/event"
	"boochat/shared/httpapi"
	"boochat/shared/meetup"
	"boochat/shared/view"
	"boochat/shared/zone"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// reading is queries on read documents that the test writes itself.
type reading struct {
	*Service
	t testing.TB
}

func newReading(t testing.TB) *reading {
	t.Helper()
	views, err := sqlite.OpenViews(filepath.Join(t.TempDir(), "views.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := views.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &reading{&Service{Views: views, Now: func() time.Time { return noon }}, t}
	for _, name := range []string{"Ann", "Bob", "Cleo"} {
		r.write(view.UserPath(name), view.User{ID: name, Name: name, ImageURL: "https://example.com/" + name}, view.Everyone)
	}
	return r
}

func (r *reading) write(path string, document any, scope view.Scope, joined ...string) {
	r.t.Helper()
	data, err := json.Marshal(document)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.Views.Write(r.t.Context(), []view.Write{{Path: path, Data: data, Scope: scope, Blind: true, Joined: joined}}); err != nil {
		r.t.Fatal(err)
	}
}

// meetup writes a meetup's document; it takes place so long after noon.
func (r *reading) meetup(id string, after time.Duration, minutes int, attendees ...string) view.Meetup {
	r.t.Helper()
	m := view.Meetup{ID: id, Name: id, DurationMinutes: minutes, Status: view.Planned, OrganizerID: attendees[0], AttendeeIDs: attendees, Polls: []view.Poll{}, Alerts: []view.Alert{}, History: []view.Moment{}}
	w, err := zone.Resolve(noon.Add(after).Format(event.TimeLayout), "Europe/Berlin")
	if err != nil {
		r.t.Fatal(err)
	}
	m.TakesPlaceOn, m.TimeZone, m.LocalTime = w.TakesPlaceOn, w.TimeZone, w.LocalTime
	for _, id := range attendees {
		m.Attendees = append(m.Attendees, view.Attendee{ID: id, RSVP: meetup.None})
	}
	r.put(m)
	return m
}

func (r *reading) put(m view.Meetup) {
	r.t.Helper()
	path := view.MeetupPath(m.ID)
	r.write(path, m, view.ReadersOf(path), m.AttendeeIDs...)
}

// meetupCall is somebody's, with parameters as "name=value" and "id" of the path.
func meetupCall(person, id string, parameters ...string) Call {
	given := map[string]string{}
	for _, parameter := range parameters {
		name, value, _ := strings.Cut(parameter, "=")
		given[name] = value
	}
	return Call{
		Caller: auth.Claims{UserID: person},
		Path:   func(string) string { return id },
		Query:  func(name string) string { return given[name] },
	}
}

// list gives the ids of a page of Ann's, and the cursor of the next one.
func (r *reading) list(parameters ...string) (ids []string, next string) {
	r.t.Helper()
	page, err := r.Meetups(r.t.Context(), meetupCall("Ann", "", parameters...))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, m := range page.Meetups {
		ids = append(ids, m.ID)
	}
	return ids, page.NextCursor
}

// Q-3 D-10: a meetup of three is listed for all three, upcoming or past.
func TestMeetupsAreListed(t *testing.T) {
	r := newReading(t)
	r.meetup("tomorrow", 24*time.Hour, 0, "Bob", "Ann", "Cleo")
	r.meetup("now", 0, 0, "Ann")
	r.meetup("under-way", -time.Hour, 61, "Ann", "Bob")
	r.meetup("ending", -time.Hour, 60, "Ann")
	r.meetup("ended", -time.Hour, 59, "Ann")
	r.meetup("long-ago", -1000*time.Hour, 0, "Ann")
	r.meetup("later-b", 48*time.Hour, 0, "Ann")
	r.meetup("later-a", 48*time.Hour, 0, "Ann")
	r.meetup("others", time.Hour, 0, "Bob", "Cleo")
	off := r.meetup("off", 25*time.Hour, 0, "Ann")
	off.Status = view.Cancelled
	r.put(off)
	coming := []string{"ending", "under-way", "now", "tomorrow", "off", "later-a", "later-b"}
	for parameters, want := range map[string][]string{
		"":              {"long-ago", "ended", "ending", "under-way", "now", "tomorrow", "off", "later-a", "later-b"},
		"when=upcoming": coming,
		"when=past":     {"ended", "long-ago"},
	} {
		got, next := r.list(parameters)
		if !slices.Equal(got, want) || next != "" { // who begin at once come in the order of their ids
			t.Errorf("%q lists %v and %q, want %v", parameters, got, next, want)
		}
		for limit := 1; limit <= len(want); limit++ {
			var paged []string
			for cursor := ""; ; {
				ids, next := r.list(parameters, fmt.Sprint("limit=", limit), "cursor="+cursor)
				paged = append(paged, ids...)
				if cursor = next; next == "" {
					break
				}
			}
			if !slices.Equal(paged, got) {
				t.Errorf("%q by %d lists %v, want %v", parameters, limit, paged, got)
			}
		}
	}
	for _, person := range []string{"Ann", "Bob", "Cleo"} {
		page, err := r.Meetups(t.Context(), meetupCall(person, ""))
		if err != nil || !slices.ContainsFunc(page.Meetups, func(m Meetup) bool { return m.ID == "tomorrow" }) {
			t.Errorf("%s is listed %+v, %v", person, page.Meetups, err)
		}
	}
	if ids, _ := r.list("when=upcoming", "cursor="+place{"9999", ""}.String()); len(ids) > 0 {
		t.Errorf("after the end come %v", ids)
	}
}

func TestBadMeetupParameters(t *testing.T) {
	r := newReading(t)
	for parameter, code := range map[string]httpapi.Code{
		"when=tomorrow": httpapi.CodeRuleViolated, "limit=0": httpapi.CodeRuleViolated, "limit=201": httpapi.CodeRuleViolated, "limit=x": httpapi.CodeMalformed,
		"cursor=%": httpapi.CodeMalformed, "cursor=YWJj": httpapi.CodeMalformed, "cursor=fA": httpapi.CodeMalformed,
	} {
		_, err := r.Meetups(t.Context(), meetupCall("Ann", "", parameter))
		var problem *httpapi.Problem
		if !errors.As(err, &problem) || problem.Code != code || len(problem.Errors) != 1 || !strings.HasPrefix(parameter, problem.Errors[0].Field+"=") {
			t.Errorf("%s is answered %v, want %s", parameter, err, code)
		}
	}
}

// All of a meetup is in the answer (E-T1 E-T2 E-T3 E-T4 E-T5 E-T6 E-T7 E-T8 E-T9, E-P1 E-P2 E-P3 E-P4
// E-P5 E-P6 E-P7 E-P8, D-13 D-29 D-30), and of the alerts those of the caller alone (E-A1 E-A2 D-14).
func TestMeetupIsShown(t *testing.T) {
	r := newReading(t)
	m := r.meetup("dinner", 24*time.Hour, 90, "Bob", "Ann")
	m.RoomID, m.Location, m.Place, m.ImageURL, m.CancelReason, m.Sequence = "kitchen", "Luigi's", &meetup.Place{Label: "Luigi"}, "https://example.com/d.png", "Snow", 7
	m.Status = view.Cancelled
	m.Attendees[0].RSVP, m.Attendees[0].NeedsConfirmation = meetup.Yes, true
	m.RSVPCounts = view.RSVPCounts{Yes: 1, None: 1}
	one, winner := 1, view.PollChoice{Text: "White"}
	m.Polls = []view.Poll{{
		ID: "wine", Type: meetup.Generic, Description: "Wine?", Status: view.Closed, CreatorID: "Ann", ParticipantIDs: m.AttendeeIDs,
		Choices: []view.PollChoice{{Text: "Red"}, winner}, Votes: []meetup.Vote{{UserID: "Bob", ChoiceIndex: 1}},
		CreatedAt: "2026-02-01T12:00:00.000Z", Outcome: &view.PollOutcome{ChoiceIndex: &one, Choice: &winner, Reason: meetup.ReasonClosed},
	}}
	m.Alerts = []view.Alert{
		{Type: "pending-poll", PollID: "wine", Description: "Wine?", UserIDs: []string{"Ann"}},
		{Type: "pending-reschedule-poll", PollID: "when", Description: "When?", UserIDs: []string{"Bob"}},
	}
	m.History = []view.Moment{{Kind: "created", At: "2026-02-01T12:00:00.000Z", ActorID: "Bob"}}
	r.put(m)
	got, err := r.Meetup(t.Context(), meetupCall("Ann", "dinner"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"dinner","name":"dinner","roomId":"kitchen","location":"Luigi's","place":{"label":"Luigi"},"takesPlaceOn":"2026-03-02T12:00:00.000Z",` +
		`"timeZone":"Europe/Berlin","localTime":"2026-03-02T13:00:00+01:00","durationMinutes":90,"imageUrl":"https://example.com/d.png","status":"cancelled","cancelReason":"Snow",` +
		`"organizer":{"id":"Bob","name":"Bob","imageUrl":"https://example.com/Bob"},"attendees":[` +
		`{"id":"Bob","name":"Bob","imageUrl":"https://example.com/Bob","rsvp":"yes","needsConfirmation":true},` +
		`{"id":"Ann","name":"Ann","imageUrl":"https://example.com/Ann","rsvp":"none","needsConfirmation":false}],` +
		`"rsvpCounts":{"yes":1,"no":0,"maybe":0,"none":1},"polls":[{"id":"wine","type":"generic","description":"Wine?","status":"closed","creatorId":"Ann",` +
		`"participantIds":["Bob","Ann"],"choices":[{"text":"Red"},{"text":"White"}],"votes":[{"userId":"Bob","choiceIndex":1}],"createdAt":"2026-02-01T12:00:00.000Z",` +
		`"outcome":{"choiceIndex":1,"choice":{"text":"White"},"reason":"closed","tie":false,"applied":false}}],` +
		`"alerts":[{"type":"pending-poll","pollId":"wine","description":"Wine?"}],"history":[{"kind":"created","at":"2026-02-01T12:00:00.000Z","actorId":"Bob"}],"sequence":7}`
	if string(data) != want {
		t.Errorf("meetup is\n%s, want\n%s", data, want)
	}
	for _, id := range []string{"dinner", "nowhere"} {
		if _, err := r.Meetup(t.Context(), meetupCall("Cleo", id)); !errors.Is(err, meetup.ErrUnknown) {
			t.Errorf("D-4: %s is shown to a stranger: %v", id, err)
		}
	}
}

// What a zone's clocks show stays when its rules change; the instant moves.
func TestMeetupIsShownByTheRulesOfToday(t *testing.T) {
	r := newReading(t)
	m := r.meetup("dinner", 24*time.Hour, 0, "Ann")
	m.TakesPlaceOn, m.LocalTime = "2026-03-02T11:00:00.000Z", "2026-03-02T13:00:00+02:00" // as if Berlin had been two hours ahead
	m.Polls = []view.Poll{{ID: "when", Type: meetup.Reschedule, Choices: []view.PollChoice{{TakesPlaceOn: m.TakesPlaceOn, TimeZone: m.TimeZone, LocalTime: m.LocalTime}}}}
	r.put(m)
	got, err := r.Meetup(context.Background(), meetupCall("Ann", "dinner"))
	if err != nil {
		t.Fatal(err)
	}
	choice := got.Polls[0].Choices[0]
	for _, shown := range [][2]string{{got.TakesPlaceOn, got.LocalTime}, {choice.TakesPlaceOn, choice.LocalTime}} {
		if shown != [2]string{"2026-03-02T12:00:00.000Z", "2026-03-02T13:00:00+01:00"} {
			t.Errorf("shown is %v", shown)
		}
	}
}
