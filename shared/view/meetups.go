package view

import (
	"slices"

	"boochat/shared/meetup"
)

// Meetup is the document meetups/{id}. Its sequence is the version of the meetup's
// stream that it shows.
type Meetup struct {
	ID              string        `json:"id"`
	Name            string        `json:"name"`
	RoomID          string        `json:"roomId"`
	Location        string        `json:"location"`
	Place           *meetup.Place `json:"place,omitempty"`
	TakesPlaceOn    string        `json:"takesPlaceOn"` // as of the decision; localTime in timeZone holds where the zone's rules change
	TimeZone        string        `json:"timeZone"`
	LocalTime       string        `json:"localTime"`
	DurationMinutes int           `json:"durationMinutes,omitempty"`
	ImageURL        string        `json:"imageUrl"`
	Status          string        `json:"status"`
	CancelReason    string        `json:"cancelReason,omitempty"`
	OrganizerID     string        `json:"organizerId"`
	AttendeeIDs     []string      `json:"attendeeIds"` // in the order of joining
	Attendees       []Attendee    `json:"attendees"`   // in the same order
	RSVPCounts      RSVPCounts    `json:"rsvpCounts"`
	Polls           []Poll        `json:"polls"` // in the order of making
	Alerts          []Alert       `json:"alerts"`
	History         []Moment      `json:"history"`  // the newest MaxHistory, in the order of happening
	Revision        int64         `json:"revision"` // how often a calendar's entry of it has changed
	Sequence        int64         `json:"sequence"`
}

// Statuses of meetups.
const (
	Planned   = "planned"
	Cancelled = "cancelled"
)

// MaxHistory is how many moments of a meetup's history are shown.
const MaxHistory = 100

// Attendee is somebody who is invited, and what they have answered.
type Attendee struct {
	ID                string      `json:"id"`
	RSVP              meetup.RSVP `json:"rsvp"`
	NeedsConfirmation bool        `json:"needsConfirmation"`
}

// RSVPCounts is how many attendees have given which answer.
type RSVPCounts struct {
	Yes   int `json:"yes"`
	No    int `json:"no"`
	Maybe int `json:"maybe"`
	None  int `json:"none"`
}

// Poll is a question to the attendees, with its votes.
type Poll struct {
	ID             string          `json:"id"`
	Type           meetup.PollType `json:"type"`
	Description    string          `json:"description"`
	Status         string          `json:"status"`
	CreatorID      string          `json:"creatorId"`
	ParticipantIDs []string        `json:"participantIds"`
	Choices        []PollChoice    `json:"choices"`
	Votes          []meetup.Vote   `json:"votes"` // in the order of casting
	CreatedAt      string          `json:"createdAt"`
	ClosesAt       string          `json:"closesAt,omitempty"`
	Outcome        *PollOutcome    `json:"outcome,omitempty"`
}

// Statuses of polls.
const (
	Active = "active"
	Closed = "closed"
)

// PollChoice is a text, a time or a location, by the poll's type.
type PollChoice struct {
	Text         string        `json:"text,omitempty"`
	TakesPlaceOn string        `json:"takesPlaceOn,omitempty"`
	TimeZone     string        `json:"timeZone,omitempty"`
	LocalTime    string        `json:"localTime,omitempty"`
	Location     string        `json:"location,omitempty"`
	Place        *meetup.Place `json:"place,omitempty"`
}

// PollOutcome is how a poll has ended.
type PollOutcome struct {
	ChoiceIndex *int        `json:"choiceIndex" jsonschema:"oneof_type=integer;null"` // nil: nobody has voted
	Choice      *PollChoice `json:"choice,omitempty"`
	Reason      string      `json:"reason"`
	Tie         bool        `json:"tie"`
	Applied     bool        `json:"applied"`
}

// Types of alerts (E-A1 of the parity list), by the poll's.
const (
	PendingPoll           = "pending-poll"
	PendingReschedulePoll = "pending-reschedule-poll"
	PendingRelocationPoll = "pending-relocation-poll"
)

// Alert says who still has to vote in an active poll.
type Alert struct {
	Type        string   `json:"type"`
	PollID      string   `json:"pollId"`
	Description string   `json:"description"`
	UserIDs     []string `json:"userIds"`
}

// Kinds of moments.
const (
	KindCreated     = "created"
	KindUpdated     = "updated"
	KindRescheduled = "rescheduled"
	KindRelocated   = "relocated"
	KindCancelled   = "cancelled"
)

// Moment is something that happened to the plan.
type Moment struct {
	Kind    string   `json:"kind"`
	At      string   `json:"at"` // RFC 3339, UTC, milliseconds
	ActorID string   `json:"actorId,omitempty"`
	PollID  string   `json:"pollId,omitempty"`
	From    *Setting `json:"from,omitempty"` // of a move
	To      *Setting `json:"to,omitempty"`
	Reason  string   `json:"reason,omitempty"` // of a cancellation
}

// Setting is the time or the location of a meetup.
type Setting = PollChoice

// MeetupState is the document meetupStates/{id}, kept for the server alone: what the
// meetup's stream folds to, and when something is due next, "" when nothing is.
type MeetupState struct {
	Meetup *meetup.Meetup `json:"meetup"`
	Due    string         `json:"due"` // RFC 3339, UTC, milliseconds
}

// MeetupPath is where a meetup's document is.
func MeetupPath(id string) string { return "meetups/" + id }

// MeetupStates is the collection of the server's own documents of meetups.
const MeetupStates = "meetupStates"

// MeetupStatePath is where a meetup's state is.
func MeetupStatePath(id string) string { return MeetupStates + "/" + id }

// When is when the meetup is, as it was decided.
func (m Meetup) When() meetup.When {
	return meetup.When{TakesPlaceOn: m.TakesPlaceOn, TimeZone: m.TimeZone, LocalTime: m.LocalTime}
}

// Attends reports whether a person is among the attendees.
func (m Meetup) Attends(person string) bool { return slices.Contains(m.AttendeeIDs, person) }
