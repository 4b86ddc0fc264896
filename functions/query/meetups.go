package query

import (
	"cmp"
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"boochat/shared/event"
	"boochat/shared/httpapi"
	"boochat/shared/meetup"
	"boochat/shared/view"
	"boochat/shared/zone"
)

// Meetup is a meetup as one of its attendees sees it. Times are by the zones' rules of
// today; those of the history are as they were decided.
type Meetup struct {
	ID              string          `json:"id"`
	Name            string          `json:"name"`
	RoomID          string          `json:"roomId"`
	Location        string          `json:"location"`
	Place           *meetup.Place   `json:"place,omitzero"`
	TakesPlaceOn    string          `json:"takesPlaceOn" jsonschema:"format=date-time"`
	TimeZone        string          `json:"timeZone"`
	LocalTime       string          `json:"localTime" jsonschema:"format=date-time,description=The same moment with the offset of the time zone"`
	DurationMinutes int             `json:"durationMinutes,omitzero"`
	ImageURL        string          `json:"imageUrl"`
	Status          string          `json:"status" jsonschema:"enum=planned,enum=cancelled"`
	CancelReason    string          `json:"cancelReason,omitzero"`
	Organizer       Person          `json:"organizer"`
	Attendees       []Attendee      `json:"attendees"`
	RSVPCounts      view.RSVPCounts `json:"rsvpCounts"`
	Polls           []view.Poll     `json:"polls"`
	Alerts          []Alert         `json:"alerts"`
	History         []view.Moment   `json:"history"`
	Sequence        int64           `json:"sequence"`
}

// Attendee is somebody who is invited, and what they have answered.
type Attendee struct {
	Person
	RSVP              meetup.RSVP `json:"rsvp" jsonschema:"enum=yes,enum=no,enum=maybe,enum=none"`
	NeedsConfirmation bool        `json:"needsConfirmation"`
}

// Alert is a poll that the caller has still to vote in.
type Alert struct {
	Type        string `json:"type" jsonschema:"enum=pending-poll,enum=pending-reschedule-poll,enum=pending-relocation-poll"`
	PollID      string `json:"pollId"`
	Description string `json:"description"`
}

// MeetupPage is a stretch of the caller's meetups.
type MeetupPage struct {
	Meetups    []Meetup `json:"meetups"`
	NextCursor string   `json:"nextCursor,omitzero" jsonschema:"description=Gives the page after this one; there is none without it"`
}

// MeetupParameters are the parameters of Meetups, as they are documented.
type MeetupParameters struct {
	When   string `json:"when,omitzero" jsonschema:"enum=upcoming,enum=past,description=Those that have not ended yet\\, the next first; or the others\\, the latest first. Left out: all\\, the earliest first"`
	Cursor string `json:"cursor,omitzero" jsonschema:"description=The nextCursor of the page before"`
	Limit  int64  `json:"limit,omitzero" jsonschema:"minimum=1,maximum=200,default=50,description=At most so many meetups"`
}

// Times of which Meetups gives the meetups.
const (
	upcoming = "upcoming"
	past     = "past"
)

// Meetups lists the caller's meetups by time, cancelled ones among them (D-10 of the
// parity list).
func (s *Service) Meetups(ctx context.Context, c Call) (MeetupPage, error) {
	limit, err := number(c.Query, "limit", 1, largestPage, defaultPage)
	if err != nil {
		return MeetupPage{}, err
	}
	after, err := parsePlace(c.Query("cursor"))
	if err != nil {
		return MeetupPage{}, err
	}
	when := c.Query("when")
	if when != "" {
		var l httpapi.Limits
		if l.OneOf("when", when, upcoming, past); l.Err() != nil {
			return MeetupPage{}, l.Err()
		}
	}
	documents, err := view.List[view.Meetup](ctx, s.Views, view.Query{Collection: "meetups", Reader: c.Caller.UserID})
	if err != nil {
		return MeetupPage{}, err
	}
	listed := stretch(documents, when, after, s.Now())
	more := int64(len(listed)) > limit
	listed = listed[:min(int64(len(listed)), limit)]
	page := MeetupPage{}
	if more {
		page.NextCursor = placeOf(listed[limit-1]).String()
	}
	page.Meetups, err = s.meetups(ctx, listed, c.Caller.UserID)
	return page, err
}

// Meetup shows a meetup to one of its attendees.
func (s *Service) Meetup(ctx context.Context, c Call) (Meetup, error) {
	m, _, err := view.Get[view.Meetup](ctx, s.Views, view.MeetupPath(c.Path("id")))
	if err == nil && !m.Attends(c.Caller.UserID) {
		err = meetup.ErrUnknown
	}
	if err != nil {
		return Meetup{}, err
	}
	shown, err := s.meetups(ctx, []view.Meetup{m}, c.Caller.UserID)
	if err != nil {
		return Meetup{}, err
	}
	return shown[0], nil
}

// stretch gives the meetups of a time that come after a place, in their order.
func stretch(documents []view.Meetup, when string, after place, now time.Time) []view.Meetup {
	forward := func(a, b place) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) }
	order := forward
	if when == past {
		order = func(a, b place) int { return forward(b, a) }
	}
	listed := slices.DeleteFunc(documents, func(m view.Meetup) bool {
		ended := startOf(m).Add(time.Duration(m.DurationMinutes) * time.Minute).Before(now)
		return when == upcoming && ended || when == past && !ended || after != place{} && order(placeOf(m), after) <= 0
	})
	slices.SortFunc(listed, func(a, b view.Meetup) int { return order(placeOf(a), placeOf(b)) })
	return listed
}

// place is where in the order of time a meetup is.
type place struct{ at, id string }

func placeOf(m view.Meetup) place {
	return place{startOf(m).UTC().Format(event.TimeLayout), m.ID}
}

func startOf(m view.Meetup) time.Time {
	return zone.At(m.When())
}

// String is the place as a cursor, which says nothing to clients.
func (p place) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(p.at + "|" + p.id))
}

// parsePlace reads a cursor; none is before everything.
func parsePlace(cursor string) (place, error) {
	if cursor == "" {
		return place{}, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	at, id, ok := strings.Cut(string(text), "|")
	if err != nil || !ok || at == "" {
		return place{}, httpapi.Malformed("cursor", `"cursor" must be the nextCursor of another page.`)
	}
	return place{at, id}, nil
}

// meetups shows meetups to one of their attendees.
func (s *Service) meetups(ctx context.Context, documents []view.Meetup, viewer string) ([]Meetup, error) {
	ids := map[string]bool{}
	for _, m := range documents {
		for _, a := range m.Attendees {
			ids[a.ID] = true
		}
	}
	people, err := s.people(ctx, ids)
	if err != nil {
		return nil, err
	}
	shown := make([]Meetup, len(documents))
	for i, m := range documents {
		shown[i] = newMeetup(m, viewer, people)
	}
	return shown, nil
}

func newMeetup(m view.Meetup, viewer string, people map[string]Person) Meetup {
	shown := Meetup{
		ID: m.ID, Name: m.Name, RoomID: m.RoomID, Location: m.Location, Place: m.Place, TimeZone: m.TimeZone, DurationMinutes: m.DurationMinutes,
		ImageURL: m.ImageURL, Status: m.Status, CancelReason: m.CancelReason, Organizer: people[m.OrganizerID], Attendees: make([]Attendee, len(m.Attendees)),
		RSVPCounts: m.RSVPCounts, Polls: m.Polls, Alerts: []Alert{}, History: m.History, Sequence: m.Sequence,
	}
	when := zone.Today(m.When())
	shown.TakesPlaceOn, shown.LocalTime = when.TakesPlaceOn, when.LocalTime
	for i, a := range m.Attendees {
		shown.Attendees[i] = Attendee{people[a.ID], a.RSVP, a.NeedsConfirmation}
	}
	for _, p := range m.Polls {
		for i := range p.Choices {
			bringToToday(&p.Choices[i])
		}
		if p.Outcome != nil && p.Outcome.Choice != nil {
			bringToToday(p.Outcome.Choice)
		}
	}
	for _, a := range m.Alerts {
		if slices.Contains(a.UserIDs, viewer) {
			shown.Alerts = append(shown.Alerts, Alert{a.Type, a.PollID, a.Description})
		}
	}
	return shown
}

// bringToToday has a choice of a time show what its zone's rules are now.
func bringToToday(c *view.PollChoice) {
	if c.TimeZone != "" {
		when := zone.Today(meetup.When{TakesPlaceOn: c.TakesPlaceOn, TimeZone: c.TimeZone, LocalTime: c.LocalTime})
		c.TakesPlaceOn, c.LocalTime = when.TakesPlaceOn, when.LocalTime
	}
}
