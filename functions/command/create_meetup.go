package command

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/httpapi"
	"boochat/shared/meetup"
	"boochat/shared/zone"

	"github.com/google/uuid"
)

// CreateMeetup plans a meetup of the caller and others, in their room or with a new one.
type CreateMeetup struct {
	ID              string   `json:"id,omitzero" jsonschema:"minLength=1,maxLength=128,description=The meetup's id where the organizer chooses one"`
	Name            string   `json:"name" jsonschema:"minLength=1,maxLength=100"`
	Location        string   `json:"location" jsonschema:"minLength=1,maxLength=200"`
	Place           *Place   `json:"place,omitzero"`
	TakesPlaceOn    string   `json:"takesPlaceOn" jsonschema:"description=With Z or an offset: that instant; without: as the clocks of the time zone show it"`
	TimeZone        string   `json:"timeZone" jsonschema:"description=Of the IANA database\\, such as Europe/Berlin"`
	DurationMinutes int      `json:"durationMinutes,omitzero" jsonschema:"minimum=0,maximum=43200,description=0 or left out: open end"`
	ImageURL        string   `json:"imageUrl,omitzero" jsonschema:"format=uri,maxLength=2048"`
	AttendeeIDs     []string `json:"attendeeIds" jsonschema:"maxItems=500"`
	RoomID          string   `json:"roomId,omitzero" jsonschema:"minLength=1,maxLength=128,description=The room whose members attend; left out: one of the same name and people comes with the meetup"`
}

// MeetupCreated tells which meetup came to be, and its room.
type MeetupCreated struct {
	MeetupID string `json:"meetupId"`
	RoomID   string `json:"roomId"`
}

// Check applies the limits.
func (q *CreateMeetup) Check(l *httpapi.Limits) {
	l.OptionalID("id", q.ID)
	l.Name("name", &q.Name)
	l.Location("location", &q.Location)
	q.Place.check("place", l)
	l.Range("durationMinutes", float64(q.DurationMinutes), 0, maxDuration)
	l.OptionalURL("imageUrl", q.ImageURL)
	l.IDs("attendeeIds", q.AttendeeIDs, meetup.MaxAttendees)
	l.OptionalID("roomId", q.RoomID)
}

// errNotInRoom refuses attendees from elsewhere: a meetup of a room is its members'.
var errNotInRoom = &event.Refusal{Kind: event.RuleViolated, Rule: "not-in-room", Field: "attendeeIds",
	Detail: "Not all of these people are in the room. Invite them to it first; all its members attend."}

// CreateMeetup is the command of that name. Whatever refuses the plan is looked at only
// by the decision: a repeat gives the first answer, however things are now.
func (s *Service) CreateMeetup(ctx context.Context, c Call, q CreateMeetup) (MeetupCreated, error) {
	by, err := s.person(ctx, c.Caller.UserID)
	if err != nil {
		return MeetupCreated{}, err
	}
	plan, refused := s.plan(ctx, by.ID, q)
	command, id := c.creation(q, "meetup", q.ID)
	outcome, err := s.Meetups.Execute(ctx, meetup.Stream(id), command, func(m *meetup.Meetup) ([]any, error) {
		if refused != nil {
			return nil, refused
		}
		return m.Create(meetup.Person(by), plan, s.Now())
	})
	if err != nil {
		return MeetupCreated{}, err
	}
	s.planned(ctx, outcome)
	payload, err := s.Catalogue.Decode(outcome.Events[0])
	if err != nil {
		return MeetupCreated{}, err
	}
	return MeetupCreated{MeetupID: id, RoomID: payload.(meetup.Created).RoomID}, nil
}

// plan works out who attends, when and where. A room that is to come gets an id that
// nobody can foresee.
func (s *Service) plan(ctx context.Context, organizer string, q CreateMeetup) (meetup.Plan, error) {
	p := meetup.Plan{
		Name: q.Name, Where: meetup.Where{Location: q.Location, Place: q.Place.fact()}, DurationMinutes: q.DurationMinutes,
		ImageURL: q.ImageURL, AttendeeIDs: q.AttendeeIDs, RoomID: q.RoomID,
	}
	var err error
	if q.RoomID == "" {
		p.RoomID, p.OpensRoom = uuid.Must(uuid.NewV7()).String(), true
		err = s.known(ctx, "attendeeIds", q.AttendeeIDs)
	} else {
		p.RoomSequence, p.AttendeeIDs, err = s.membership(ctx, q.RoomID, organizer)
		if err == nil && slices.ContainsFunc(q.AttendeeIDs, func(id string) bool { return !slices.Contains(p.AttendeeIDs, id) }) {
			err = errNotInRoom
		}
	}
	if err == nil {
		p.When, err = zone.Resolve(q.TakesPlaceOn, q.TimeZone)
	}
	return p, err
}

// plannedTimeout bounds the wait for what follows from a planned meetup.
const plannedTimeout = 2 * time.Second

// planned has the room told of a new meetup, and opened where it comes with it, before
// the answer names it. What fails here is the trigger's, which does the same.
func (s *Service) planned(ctx context.Context, outcome eventstore.Outcome) {
	if s.Planned == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, plannedTimeout)
	defer cancel()
	if err := s.Planned(ctx, outcome.Events); err != nil {
		slog.WarnContext(ctx, "left to the trigger", "stream", outcome.Events[0].Stream, "error", err)
	}
}
