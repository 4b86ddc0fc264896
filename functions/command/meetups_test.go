package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/meetup"
	"boochat/shared/realtime"
	"boochat/shared/room"
	"boochat/shared/user"
	"boochat/shared/zone"
)

// A meetup's event names its room, so that there is none without the other (D-38), and
// the organizer is in (D-21).
func TestMeetupBringsItsRoom(t *testing.T) {
	s := newStage(t)
	q := plan("")
	q.RoomID, q.AttendeeIDs = "", []string{"Dan", "Ann", "Dan"}
	c := call("Ann")
	first := must(s, (*Service).CreateMeetup, c, q)
	created, _ := s.happened(first.MeetupID).(meetup.Created)
	if !created.OpensRoom || created.RoomID != first.RoomID || created.RoomID == first.MeetupID || created.RoomSequence != 0 {
		t.Errorf("answer is %+v of %+v", first, created)
	}
	if !slices.Equal(created.AttendeeIDs, []string{"Ann", "Dan"}) || created.ActorName != "Ann" {
		t.Errorf("attendees are %v by %s", created.AttendeeIDs, created.ActorName)
	}
	if again := must(s, (*Service).CreateMeetup, c, q); again != first {
		t.Errorf("a repeat is answered %+v after %+v", again, first)
	}
	if len(s.log(first.MeetupID)) != 1 {
		t.Errorf("there are %d events", len(s.log(first.MeetupID)))
	}
	for _, events := range s.planned {
		if len(events) != 1 || events[0].Type != "meetup.created" {
			t.Errorf("what follows is called with %+v", events)
		}
	}
	if len(s.planned) != 2 {
		t.Errorf("what follows is called %d times for two answers", len(s.planned))
	}
}

func TestWhatFollowsIsNotWaitedForLong(t *testing.T) {
	s := newStage(t)
	s.Planned = func(ctx context.Context, _ []event.Envelope) error {
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > plannedTimeout {
			t.Errorf("the deadline is %v, %t", deadline, ok)
		}
		return nil
	}
	must(s, (*Service).CreateMeetup, call("Ann"), plan(""))
	s.Planned = nil
	must(s, (*Service).CreateMeetup, call("Ann"), plan(""))
}

func TestMeetupOfARoom(t *testing.T) {
	s := newStage(t)
	q := plan("dinner")
	q.AttendeeIDs = []string{"Cleo"}
	got := must(s, (*Service).CreateMeetup, call("Bob"), q)
	created, _ := s.happened("dinner").(meetup.Created)
	if got != (MeetupCreated{"dinner", "kitchen"}) || created.OpensRoom || created.RoomSequence != 1 {
		t.Errorf("answer is %+v of %+v", got, created)
	}
	if !slices.Equal(created.AttendeeIDs, []string{"Bob", "Ann", "Cleo"}) {
		t.Errorf("attendees are %v", created.AttendeeIDs)
	}
}

// TestMeetupRepeats sends each command, changes what it has changed, and sends it again.
func TestMeetupRepeats(t *testing.T) {
	withoutRoom := plan("")
	withoutRoom.RoomID, withoutRoom.AttendeeIDs = "", []string{"Bob"}
	elsewhere := Choice{Location: pointer("Mario's")}
	for _, test := range []struct {
		name string
		run  func(s *stage, c Call) (any, error)
	}{
		{"create-meetup", func(s *stage, c Call) (any, error) { return s.CreateMeetup(t.Context(), c, plan("")) }},
		{"create-meetup with id", func(s *stage, c Call) (any, error) { return s.CreateMeetup(t.Context(), c, plan("lunch")) }},
		{"create-meetup with room", func(s *stage, c Call) (any, error) { return s.CreateMeetup(t.Context(), c, withoutRoom) }},
		{"update-meetup", func(s *stage, c Call) (any, error) {
			return s.UpdateMeetup(t.Context(), c, UpdateMeetup{MeetupID: "dinner", Name: pointer("Supper"), TakesPlaceOn: pointer("2026-03-11T18:00:00Z")})
		}},
		{"cancel-meetup", func(s *stage, c Call) (any, error) {
			return s.CancelMeetup(t.Context(), c, CancelMeetup{"dinner", "Snow"})
		}},
		{"change-meetup-image", func(s *stage, c Call) (any, error) {
			return s.ChangeMeetupImage(t.Context(), c, ChangeMeetupImage{"dinner", "https://example.com/d.png"})
		}},
		{"change-rsvp", func(s *stage, c Call) (any, error) {
			return s.ChangeRSVP(t.Context(), c, ChangeRSVP{"dinner", meetup.Maybe})
		}},
		{"create-poll", func(s *stage, c Call) (any, error) {
			return s.CreatePoll(t.Context(), c, CreatePoll{MeetupID: "dinner", Type: meetup.Relocate, Description: "Where?", Choices: []Choice{elsewhere, {Location: pointer("Home")}}})
		}},
		{"create-poll with id", func(s *stage, c Call) (any, error) {
			return s.CreatePoll(t.Context(), c, CreatePoll{ID: "where", MeetupID: "dinner", Type: meetup.Relocate, Description: "Where?", Choices: []Choice{elsewhere, {Location: pointer("Home")}}})
		}},
		{"add-poll-choice", func(s *stage, c Call) (any, error) {
			return s.AddPollChoice(t.Context(), c, AddPollChoice{"dinner", "poll", elsewhere})
		}},
		{"cast-poll-vote", func(s *stage, c Call) (any, error) {
			return s.CastPollVote(t.Context(), c, CastPollVote{"dinner", "poll", 1})
		}},
		{"cast-poll-vote that closes", func(s *stage, c Call) (any, error) {
			return s.CastPollVote(t.Context(), c, CastPollVote{"dinner", "last", 1})
		}},
		{"withdraw-poll-vote", func(s *stage, c Call) (any, error) {
			return s.WithdrawPollVote(t.Context(), c, PollOnly{"dinner", "voted"})
		}},
		{"close-poll", func(s *stage, c Call) (any, error) {
			return s.ClosePoll(t.Context(), c, ClosePoll{MeetupID: "dinner", PollID: "voted"})
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStage(t)
			s.dinner()
			for _, id := range []string{"poll", "last", "voted"} {
				s.ask(id, meetup.Relocate, Choice{Location: pointer("The park")}, Choice{Location: pointer("The lake")})
			}
			s.vote("Bob", "last", 0)
			s.vote("Cleo", "last", 1)
			s.vote("Ann", "voted", 0)
			c := call("Ann")
			first, err := test.run(s, c)
			if err != nil {
				t.Fatal(err)
			}
			reused := c
			reused.Caller.UserID = "Bob"
			if _, err := test.run(s, reused); event.KindOf(err) != event.KeyReused {
				t.Errorf("another caller under the same key is answered %v", err)
			}
			s.meanwhile()
			before := len(s.log("dinner"))
			again, err := test.run(s, c)
			if err != nil || !reflect.DeepEqual(again, first) {
				t.Errorf("a repeat is answered %+v, %v, after %+v", again, err, first)
			}
			if after := len(s.log("dinner")); after != before {
				t.Errorf("a repeat leaves %d events", after-before)
			}
		})
	}
}

// meanwhile changes everything that decisions rest on, as far as it still can be.
func (s *stage) meanwhile() {
	s.t.Helper()
	ctx := s.t.Context()
	for _, person := range []string{"Bob", "Cleo"} {
		if _, err := s.ChangeRSVP(ctx, call(person), ChangeRSVP{"dinner", meetup.No}); err != nil && !errors.Is(err, meetup.ErrCancelled) {
			s.t.Fatal(err)
		}
	}
	_, err := s.AddPollChoice(ctx, call("Bob"), AddPollChoice{"dinner", "poll", Choice{Location: pointer("The sea")}})
	if err != nil && !errors.Is(err, meetup.ErrCancelled) {
		s.t.Fatal(err)
	}
	for _, poll := range []string{"poll", "last", "voted"} {
		_, err := s.ClosePoll(ctx, call("Ann"), ClosePoll{MeetupID: "dinner", PollID: poll, ChoiceIndex: pointer(0)})
		if err != nil && !errors.Is(err, meetup.ErrPollClosed) && !errors.Is(err, meetup.ErrCancelled) {
			s.t.Fatal(err)
		}
	}
	if _, err := s.CancelMeetup(ctx, call("Ann"), CancelMeetup{MeetupID: "dinner"}); err != nil && !errors.Is(err, meetup.ErrCancelled) {
		s.t.Fatal(err)
	}
	_, err = s.Rooms.Execute(ctx, room.Stream("kitchen"), call("Ann").command(nil), func(r *room.Room) ([]any, error) { return r.Leave(room.Person{ID: "Ann"}) })
	if err != nil {
		s.t.Fatal(err)
	}
}

// An id of one's own is good for one meetup, and for one poll of each.
func TestChosenIDs(t *testing.T) {
	s := newStage(t)
	q := plan("dinner")
	unkeyed := Call{Name: "create-meetup", Caller: call("Ann").Caller}
	first := must(s, (*Service).CreateMeetup, unkeyed, q)
	if again := must(s, (*Service).CreateMeetup, unkeyed, q); again != first {
		t.Errorf("without a key, the same meetup is answered %+v after %+v", again, first)
	}
	conflict := func(what string, err error) {
		t.Helper()
		if event.KindOf(err) != event.Conflict {
			t.Errorf("%s is answered %v", what, err)
		}
	}
	_, err := s.CreateMeetup(t.Context(), call("Ann"), q)
	conflict("the same id under a key", err)
	_, err = s.CreateMeetup(t.Context(), Call{Name: "create-meetup", Caller: call("Bob").Caller}, q)
	conflict("the same id of somebody else", err)
	q.Name = "Lunch"
	_, err = s.CreateMeetup(t.Context(), unkeyed, q)
	conflict("the same id for another", err)

	must(s, (*Service).CreateMeetup, call("Ann"), plan("lunch"))
	unkeyed.Name = "create-poll"
	p := CreatePoll{ID: "mine", MeetupID: "dinner", Type: meetup.Generic, Description: "Wine?", Choices: []Choice{text("Red"), text("White")}}
	for range 2 {
		if got := must(s, (*Service).CreatePoll, unkeyed, p); got.PollID != "mine" {
			t.Errorf("the poll is answered %+v", got)
		}
	}
	_, err = s.CreatePoll(t.Context(), call("Ann"), p)
	conflict("the same poll under a key", err)
	_, err = s.CreatePoll(t.Context(), Call{Name: "create-poll", Caller: call("Bob").Caller}, p)
	conflict("the same poll of somebody else", err)
	_, err = s.CreatePoll(t.Context(), Call{Name: "create-poll", Caller: call("Dan").Caller}, p)
	if !errors.Is(err, meetup.ErrUnknown) {
		t.Errorf("the same poll of a stranger is answered %v", err)
	}
	p.MeetupID = "lunch"
	must(s, (*Service).CreatePoll, unkeyed, p)
	if polls := len(s.meetup("dinner").Polls); polls != 1 {
		t.Errorf("there are %d polls", polls)
	}
}

func TestMeetupIsUpdated(t *testing.T) {
	at := func(takesPlaceOn, timeZone string) meetup.When {
		w, err := zone.Resolve(takesPlaceOn, timeZone)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	luigi, cellar := &meetup.Place{Label: "Luigi"}, &meetup.Place{Label: "Cellar", Latitude: pointer(52.5), Longitude: pointer(-13.4), URL: "https://example.com/cellar"}
	for name, test := range map[string]struct {
		change UpdateMeetup
		want   func(*meetup.Meetup)
	}{
		"nothing":                                {UpdateMeetup{}, func(*meetup.Meetup) {}},
		"name":                                   {UpdateMeetup{Name: pointer("Supper")}, func(m *meetup.Meetup) { m.Name = "Supper" }},
		"duration":                               {UpdateMeetup{DurationMinutes: pointer(90)}, func(m *meetup.Meetup) { m.DurationMinutes = 90 }},
		"the place of the location":              {UpdateMeetup{Place: &Place{Label: "Cellar", Latitude: pointer(52.5), Longitude: pointer(-13.4), URL: "https://example.com/cellar"}}, func(m *meetup.Meetup) { m.Where.Place = cellar }},
		"the location it has, without its place": {UpdateMeetup{Location: pointer("Luigi's")}, func(m *meetup.Meetup) { m.Where.Place = nil }},
		"another location":                       {UpdateMeetup{Location: pointer("The park")}, func(m *meetup.Meetup) { m.Where = meetup.Where{Location: "The park"} }},
		"another location and place":             {UpdateMeetup{Location: pointer("The park"), Place: &Place{Label: "Luigi"}}, func(m *meetup.Meetup) { m.Where = meetup.Where{Location: "The park", Place: luigi} }},
		"another time":                           {UpdateMeetup{TakesPlaceOn: pointer("2026-03-11T19:30:00+01:00")}, func(m *meetup.Meetup) { m.When = at("2026-03-11T18:30:00Z", "Europe/Berlin") }},
		"another time and zone":                  {UpdateMeetup{TakesPlaceOn: pointer("2026-03-11T18:30:00Z"), TimeZone: pointer("Asia/Tokyo")}, func(m *meetup.Meetup) { m.When = at("2026-03-11T18:30:00Z", "Asia/Tokyo") }},
		"the zone it has":                        {UpdateMeetup{TimeZone: pointer("Europe/Berlin")}, func(*meetup.Meetup) {}},
		"another zone keeps the clocks": {UpdateMeetup{TimeZone: pointer("America/New_York")}, func(m *meetup.Meetup) {
			m.When = at("2026-03-10T19:00:00-04:00", "America/New_York")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			q := plan("dinner")
			q.Place = &Place{Label: "Luigi"}
			must(s, (*Service).CreateMeetup, call("Ann"), q)
			want := s.meetup("dinner")
			test.change.MeetupID = "dinner"
			answer := must(s, (*Service).UpdateMeetup, call("Ann"), test.change)
			test.want(want)
			got := s.meetup("dinner")
			if answer.Sequence != got.Sequence {
				t.Errorf("answer is %+v at %d", answer, got.Sequence)
			}
			got.Sequence, got.Attendees, got.SetAt = want.Sequence, want.Attendees, want.SetAt
			if !bytes.Equal(encode(t, got), encode(t, want)) {
				t.Errorf("meetup is\n%s, want\n%s", encode(t, got), encode(t, want))
			}
		})
	}
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The last vote closes the poll and moves the meetup (D-11, E-P11, E-W1).
func TestVotesAreAnswered(t *testing.T) {
	s := newStage(t)
	s.dinner()
	s.ask("when", meetup.Reschedule, Choice{TakesPlaceOn: pointer("2026-03-12T18:00:00Z")}, Choice{TakesPlaceOn: pointer("2026-03-13T18:00:00Z"), TimeZone: pointer("Asia/Tokyo")})
	active := `{"pollStatus":"active"}`
	for i, step := range []struct {
		person string
		choice int
		want   string
	}{
		{"Ann", 0, active}, {"Ann", 0, active}, {"Ann", 1, active}, {"Bob", 0, active},
		{"Cleo", 1, `{"pollStatus":"closed","outcome":{"choiceIndex":1,"choice":{"takesPlaceOn":"2026-03-13T18:00:00.000Z","timeZone":"Asia/Tokyo",` +
			`"localTime":"2026-03-14T03:00:00+09:00"},"reason":"everyone-voted","tie":false,"applied":true}}`},
	} {
		if got := encode(t, s.vote(step.person, "when", step.choice)); string(got) != step.want {
			t.Errorf("vote %d is answered %s, want %s", i, got, step.want)
		}
	}
	if m := s.meetup("dinner"); m.When.TakesPlaceOn != "2026-03-13T18:00:00.000Z" {
		t.Errorf("the meetup is at %+v", m.When)
	}
	s.ask("wine", meetup.Generic, text("Red"), text("White"))
	got := must(s, (*Service).ClosePoll, call("Ann"), ClosePoll{MeetupID: "dinner", PollID: "wine"})
	if want := `{"outcome":{"choiceIndex":null,"reason":"closed","tie":false,"applied":false}}`; string(encode(t, got)) != want {
		t.Errorf("closing is answered %s, want %s", encode(t, got), want)
	}
	s.ask("where", meetup.Relocate, Choice{Location: pointer("Home"), Place: &Place{Label: "Home"}}, Choice{Location: pointer("Mario's")})
	got = must(s, (*Service).ClosePoll, call("Ann"), ClosePoll{MeetupID: "dinner", PollID: "where", ChoiceIndex: pointer(0)})
	want := `{"outcome":{"choiceIndex":0,"choice":{"location":"Home","place":{"label":"Home"}},"reason":"closed","tie":false,"applied":true}}`
	if string(encode(t, got)) != want {
		t.Errorf("closing with a winner is answered %s, want %s", encode(t, got), want)
	}
}

// A choice is known by its place in the list, also after others were added.
func TestAddedChoicesAreCounted(t *testing.T) {
	s := newStage(t)
	s.dinner()
	s.ask("where", meetup.Relocate, Choice{Location: pointer("Home")}, Choice{Location: pointer("Mario's")})
	for i, place := range []*Place{nil, {Label: "Lake", Latitude: pointer(52.1)}, {Label: "Sea", URL: "https://example.com"}} {
		choice := Choice{Location: pointer(fmt.Sprint("Place ", i)), Place: place}
		if got := must(s, (*Service).AddPollChoice, call("Bob"), AddPollChoice{"dinner", "where", choice}); got.ChoiceIndex != 2+i {
			t.Errorf("choice %d is answered %+v", 2+i, got)
		}
	}
}

// L-12 D-15: a vote that comes too late is told of on the voter's sockets, in full.
func TestLateVotesAreNotified(t *testing.T) {
	s := newStage(t)
	s.dinner()
	s.ask("wine", meetup.Generic, text("Red"), text("White"))
	must(s, (*Service).ClosePoll, call("Ann"), ClosePoll{MeetupID: "dinner", PollID: "wine"})
	late := func(person string) {
		t.Helper()
		before := len(s.log("dinner"))
		if _, err := s.CastPollVote(t.Context(), call(person), CastPollVote{"dinner", "wine", 0}); !errors.Is(err, meetup.ErrPollClosed) {
			t.Errorf("a late vote is answered %v", err)
		}
		if after := len(s.log("dinner")); after != before {
			t.Errorf("D-12: a late vote leaves %d events", after-before)
		}
	}
	late("Bob")
	want := realtime.Notification{Title: "Dinner", Message: "Your vote came too late: the poll “What then?” is closed", NavigateURL: "/meetups/dinner", Level: "warning"}
	if got := s.sockets.sent["Bob"]; len(s.sockets.sent) != 1 || !slices.Equal(got, []realtime.Notification{want}) {
		t.Errorf("sent is %+v, want %+v to Bob", s.sockets.sent, want)
	}
	s.sockets.err = errors.New("no socket can be written to")
	late("Bob")
	clear(s.sockets.sent)
	s.sockets.err = nil
	for who, vote := range map[string]CastPollVote{"Dan": {"dinner", "wine", 0}, "Bob": {"dinner", "none", 0}} {
		if _, err := s.CastPollVote(t.Context(), call(who), vote); event.KindOf(err) != event.NotFound || len(s.sockets.sent) > 0 {
			t.Errorf("%+v of %s is answered %v, and told %v", vote, who, err, s.sockets.sent)
		}
	}
	s.Sockets = nil
	late("Bob")
}

// What is refused leaves no event (D-12, D-22, D-23, D-34).
func TestMeetupRefusals(t *testing.T) {
	s := newStage(t)
	s.dinner()
	must(s, (*Service).CreateMeetup, call("Ann"), plan("off"))
	must(s, (*Service).CreatePoll, call("Ann"), CreatePoll{ID: "poll", MeetupID: "off", Type: meetup.Generic, Description: "Wine?", Choices: []Choice{text("Red"), text("White")}})
	must(s, (*Service).CancelMeetup, call("Ann"), CancelMeetup{MeetupID: "off"})
	s.ask("wine", meetup.Generic, text("Red"), text("White"))
	s.ask("closed", meetup.Generic, text("Red"), text("White"))
	must(s, (*Service).CreatePoll, call("Bob"), CreatePoll{ID: "bobs", MeetupID: "dinner", Type: meetup.Generic, Description: "Wine?", Choices: []Choice{text("Red"), text("White")}})
	must(s, (*Service).ClosePoll, call("Ann"), ClosePoll{MeetupID: "dinner", PollID: "closed"})
	ctx := t.Context()

	create := func(change func(*CreateMeetup)) func(Call) error {
		return func(c Call) error {
			q := plan("refused")
			change(&q)
			_, err := s.CreateMeetup(ctx, c, q)
			return err
		}
	}
	update := func(q UpdateMeetup) func(Call) error {
		return func(c Call) error { q.MeetupID = "dinner"; _, err := s.UpdateMeetup(ctx, c, q); return err }
	}
	ask := func(kind meetup.PollType, choices ...Choice) func(Call) error {
		return func(c Call) error {
			_, err := s.CreatePoll(ctx, c, CreatePoll{MeetupID: "dinner", Type: kind, Description: "What?", Choices: choices})
			return err
		}
	}
	add := func(poll string, choice Choice) func(Call) error {
		return func(c Call) error {
			_, err := s.AddPollChoice(ctx, c, AddPollChoice{"dinner", poll, choice})
			return err
		}
	}
	vote := func(id, poll string, choice int) func(Call) error {
		return func(c Call) error { _, err := s.CastPollVote(ctx, c, CastPollVote{id, poll, choice}); return err }
	}
	answer := func(id string) func(Call) error {
		return func(c Call) error { _, err := s.ChangeRSVP(ctx, c, ChangeRSVP{id, meetup.No}); return err }
	}
	end := func(poll string, winner *int) func(Call) error {
		return func(c Call) error { _, err := s.ClosePoll(ctx, c, ClosePoll{"dinner", poll, winner}); return err }
	}
	when := func(takesPlaceOn, timeZone string) Choice {
		return Choice{TakesPlaceOn: &takesPlaceOn, TimeZone: &timeZone}
	}
	later := when("2026-03-12T18:00:00Z", "Europe/Berlin")

	for name, test := range map[string]struct {
		person string
		run    func(Call) error
		want   event.Refusal // but for its words
	}{
		"a room of others":                     {"Dan", create(func(*CreateMeetup) {}), event.Refusal{Kind: event.NotFound}},
		"an attendee from elsewhere":           {"Ann", create(func(q *CreateMeetup) { q.AttendeeIDs = []string{"Bob", "Dan"} }), event.Refusal{Kind: event.RuleViolated, Rule: "not-in-room", Field: "attendeeIds"}},
		"an attendee unknown":                  {"Ann", create(func(q *CreateMeetup) { q.RoomID, q.AttendeeIDs = "", []string{"Eve"} }), event.Refusal{Kind: event.NotFound, Field: "attendeeIds"}},
		"a past date":                          {"Ann", create(func(q *CreateMeetup) { q.TakesPlaceOn = "2026-03-01T12:00:00Z" }), event.Refusal{Kind: event.RuleViolated, Rule: "past-date", Field: "takesPlaceOn"}},
		"a zone that does not exist":           {"Ann", create(func(q *CreateMeetup) { q.TimeZone = "Europe/Atlantis" }), event.Refusal{Kind: event.RuleViolated, Rule: "no-such-time-zone", Field: "timeZone"}},
		"no time at all":                       {"Ann", create(func(q *CreateMeetup) { q.TakesPlaceOn = "tomorrow" }), event.Refusal{Kind: event.Malformed, Field: "takesPlaceOn"}},
		"an update to the past":                {"Ann", update(UpdateMeetup{TakesPlaceOn: pointer("2026-02-28T12:00:00Z")}), event.Refusal{Kind: event.RuleViolated, Rule: "past-date", Field: "takesPlaceOn"}},
		"an update to no zone":                 {"Ann", update(UpdateMeetup{TimeZone: pointer("Mars/Olympus")}), event.Refusal{Kind: event.RuleViolated, Rule: "no-such-time-zone", Field: "timeZone"}},
		"an update by another":                 {"Bob", update(UpdateMeetup{Name: pointer("Mine")}), event.Refusal{Kind: event.Forbidden}},
		"an update by a stranger to no zone":   {"Dan", update(UpdateMeetup{TimeZone: pointer("Mars/Olympus")}), event.Refusal{Kind: event.NotFound}},
		"an answer of somebody not invited":    {"Dan", answer("dinner"), event.Refusal{Kind: event.NotFound}},
		"an answer for a cancelled meetup":     {"Bob", answer("off"), event.Refusal{Kind: event.RuleViolated, Rule: "meetup-cancelled"}},
		"a vote for a cancelled meetup":        {"Bob", vote("off", "poll", 0), event.Refusal{Kind: event.RuleViolated, Rule: "meetup-cancelled"}},
		"a vote by a stranger":                 {"Dan", vote("dinner", "wine", 0), event.Refusal{Kind: event.NotFound}},
		"a vote beyond the choices":            {"Bob", vote("dinner", "wine", 2), event.Refusal{Kind: event.RuleViolated, Rule: "no-such-choice", Field: "choiceIndex"}},
		"a vote before the choices":            {"Bob", vote("dinner", "wine", -1), event.Refusal{Kind: event.RuleViolated, Rule: "no-such-choice", Field: "choiceIndex"}},
		"a vote on a closed poll":              {"Bob", vote("dinner", "closed", 0), event.Refusal{Kind: event.RuleViolated, Rule: "poll-closed"}},
		"a vote in no poll":                    {"Bob", vote("dinner", "none", 0), event.Refusal{Kind: event.NotFound}},
		"closing somebody else's":              {"Bob", end("wine", nil), event.Refusal{Kind: event.Forbidden}},
		"a winner that is none":                {"Ann", end("wine", pointer(2)), event.Refusal{Kind: event.RuleViolated, Rule: "no-such-choice", Field: "choiceIndex"}},
		"closing twice":                        {"Ann", end("closed", nil), event.Refusal{Kind: event.RuleViolated, Rule: "poll-closed"}},
		"two equal texts":                      {"Bob", ask(meetup.Generic, text("Red"), text("red")), event.Refusal{Kind: event.RuleViolated, Rule: "equal-choices", Field: "choices"}},
		"two equal times":                      {"Bob", ask(meetup.Reschedule, later, when("2026-03-12T19:00:00+01:00", "Asia/Tokyo")), event.Refusal{Kind: event.RuleViolated, Rule: "equal-choices", Field: "choices"}},
		"a choice in the past":                 {"Bob", ask(meetup.Reschedule, later, when("2026-02-12T18:00:00Z", "Asia/Tokyo")), event.Refusal{Kind: event.RuleViolated, Rule: "past-date", Field: "choices"}},
		"a choice in no zone":                  {"Bob", ask(meetup.Reschedule, later, when("2026-02-12T18:00:00Z", "Asia/Atlantis")), event.Refusal{Kind: event.RuleViolated, Rule: "no-such-time-zone", Field: "choices.1.timeZone"}},
		"a choice that is no time":             {"Bob", ask(meetup.Reschedule, when("soon", "Asia/Tokyo"), later), event.Refusal{Kind: event.Malformed, Field: "choices.0.takesPlaceOn"}},
		"a text in a reschedule poll":          {"Bob", ask(meetup.Reschedule, later, text("Never")), event.Refusal{Kind: event.Malformed, Field: "choices.1"}},
		"a time in a generic poll":             {"Bob", ask(meetup.Generic, later, text("Never")), event.Refusal{Kind: event.Malformed, Field: "choices.0"}},
		"a zone without a time":                {"Bob", ask(meetup.Reschedule, later, Choice{TimeZone: pointer("Asia/Tokyo")}), event.Refusal{Kind: event.Malformed, Field: "choices.1"}},
		"a place without a location":           {"Bob", ask(meetup.Relocate, Choice{Location: pointer("Home")}, Choice{Place: &Place{Label: "Home"}}), event.Refusal{Kind: event.Malformed, Field: "choices.1"}},
		"a text and a location":                {"Bob", ask(meetup.Relocate, Choice{Location: pointer("Home"), Text: pointer("Home")}, text("x")), event.Refusal{Kind: event.Malformed, Field: "choices.0"}},
		"nothing":                              {"Bob", ask(meetup.Generic, Choice{}, text("x")), event.Refusal{Kind: event.Malformed, Field: "choices.0"}},
		"one more choice that is there":        {"Bob", add("wine", text("Red")), event.Refusal{Kind: event.RuleViolated, Rule: "equal-choices", Field: "choice"}},
		"one more choice of another form":      {"Bob", add("wine", later), event.Refusal{Kind: event.Malformed, Field: "choice"}},
		"one more choice of no poll":           {"Bob", add("none", later), event.Refusal{Kind: event.NotFound}},
		"one more choice of a closed poll":     {"Bob", add("closed", text("Rosé")), event.Refusal{Kind: event.RuleViolated, Rule: "poll-closed"}},
		"a stranger's choice of another form":  {"Dan", add("wine", later), event.Refusal{Kind: event.NotFound}},
		"a stranger's poll in another form":    {"Dan", ask(meetup.Generic, later, text("Never")), event.Refusal{Kind: event.NotFound}},
		"somebody who has never signed in":     {"Eve", create(func(q *CreateMeetup) { q.RoomID = "" }), *user.ErrUnknown},
		"a poll by who has never signed in":    {"Eve", ask(meetup.Generic, text("x"), text("y")), *user.ErrUnknown},
		"a winner named by the poll's creator": {"Bob", end("bobs", pointer(0)), event.Refusal{Kind: event.Forbidden}},
	} {
		t.Run(name, func(t *testing.T) {
			before := s.facts()
			err := test.run(call(test.person))
			var got *event.Refusal
			if !errors.As(err, &got) || got.Kind != test.want.Kind || got.Rule != test.want.Rule || got.Field != test.want.Field {
				t.Errorf("answer is %v, %+v, want %+v", err, got, test.want)
			}
			if after := s.facts(); after != before {
				t.Errorf("%d events are left", after-before)
			}
		})
	}
}

// facts counts what has happened to all meetups there may be.
func (s *stage) facts() (n int) {
	s.t.Helper()
	for _, id := range []string{"dinner", "off", "refused"} {
		n += len(s.log(id))
	}
	return n
}
