// Package meetup decides on a meetup: who comes, when, where, and what the polls about
// it lead to. It is pure: state and a request go in, events or a refusal come out; it has
// no clock, context or I/O.
//
// Rules:
//   - A meetup belongs to a room: whoever is in the room attends, whoever leaves it no
//     longer does. To everybody else the meetup does not exist. The organizer is whoever
//     planned it, and after them the attendee who has been there for longest.
//   - Any attendee answers, makes polls, adds choices and votes. Only the organizer
//     updates, cancels, or changes the image.
//   - Moving a meetup, by hand or by a poll, keeps all answers and has them confirmed anew.
//   - A cancelled meetup changes no more, but for the people who join and leave.
//   - Of polls, see poll.go; of what is due at its time, see due.go.
package meetup

import (
	"slices"
	"time"

	"boochat/shared/event"
)

// Limits of this package (api.md, Limits).
const (
	MaxAttendees = 500
	MaxChoices   = 20
	MinChoices   = 2
	MaxPolls     = 20 // open and closed; see size.go, too
)

// RSVP is somebody's answer.
type RSVP string

// The answers (E-V1 of the parity list).
const (
	None  RSVP = "none"
	Yes   RSVP = "yes"
	No    RSVP = "no"
	Maybe RSVP = "maybe"
)

// Refusals of this package.
var (
	ErrUnknown      = event.Refuse(event.NotFound, "There is no such meetup, or it is not yours to know of.")
	ErrIDTaken      = event.Refuse(event.Conflict, "A meetup with this id exists already. Choose another id, or leave it out.")
	ErrNotOrganizer = event.Refuse(event.Forbidden, "Only the organizer may do this.")
	ErrCancelled    = event.Violates("meetup-cancelled", "The meetup has been cancelled.")
	ErrPastDate     = &event.Refusal{Kind: event.RuleViolated, Rule: "past-date", Field: "takesPlaceOn", Detail: "The meetup cannot be moved to a time that has passed."}
)

// Meetup is the folded state of a meetup's stream. Its zero value is a meetup that does
// not exist. The JSON form is that of snapshots.
type Meetup struct {
	Name            string           `json:"name"`
	Where           Where            `json:"where"`
	When            When             `json:"when"`
	DurationMinutes int              `json:"durationMinutes"`
	ImageURL        string           `json:"imageUrl"`
	RoomID          string           `json:"roomId"`
	OrganizerID     string           `json:"organizerId"`
	Attendees       []Attendee       `json:"attendees"` // in the order of joining
	InRoomAt        map[string]int64 `json:"inRoomAt"`  // by person: the sequence of the room of which their being in or out is known
	Polls           []Poll           `json:"polls"`     // in the order of making
	Cancelled       bool             `json:"cancelled"`
	SetAt           time.Time        `json:"setAt"`        // when the date was decided on
	RemindedMinutes int              `json:"reminded"`     // the last reminder of this date, in minutes before it; 0: none
	RoomSequence    int64            `json:"roomSequence"` // of the room when the meetup was planned in it
	Sequence        int64            `json:"sequence"`
}

// Attendee is somebody who is invited.
type Attendee struct {
	ID   string `json:"id"`
	RSVP RSVP   `json:"rsvp"`
	// NeedsConfirmation says that the meetup was moved after the answer.
	NeedsConfirmation bool `json:"needsConfirmation"`
}

// Person is somebody as announcements name them: facts keep the name of their day.
type Person struct{ ID, Name string }

// New is a meetup that does not exist yet.
func New() *Meetup { return &Meetup{} }

// Stream names the stream of the meetup with an id.
func Stream(id string) event.Stream { return event.NewStream("meetup", id) }

// Exists reports whether the meetup has been planned.
func (m *Meetup) Exists() bool { return m.Sequence > 0 }

// Attends reports whether a person is among the attendees.
func (m *Meetup) Attends(person string) bool { return m.attendee(person) >= 0 }

// AttendeeIDs lists the attendees in the order of joining.
func (m *Meetup) AttendeeIDs() []string {
	ids := make([]string, len(m.Attendees))
	for i, a := range m.Attendees {
		ids[i] = a.ID
	}
	return ids
}

func (m *Meetup) attendee(person string) int {
	return slices.IndexFunc(m.Attendees, func(a Attendee) bool { return a.ID == person })
}

// Plan is what a meetup begins with.
type Plan struct {
	Name            string
	Where           Where
	When            When
	DurationMinutes int
	ImageURL        string
	AttendeeIDs     []string // the organizer need not be among them
	RoomID          string
	OpensRoom       bool
	RoomSequence    int64
}

// Create decides on planning the meetup. now is the time it is decided at.
func (m *Meetup) Create(by Person, p Plan, now time.Time) ([]any, error) {
	if m.Exists() {
		return nil, ErrIDTaken
	}
	if !instant(p.When.TakesPlaceOn).After(now) {
		return nil, ErrPastDate
	}
	attendees := []string{by.ID}
	for _, id := range p.AttendeeIDs {
		if !slices.Contains(attendees, id) {
			attendees = append(attendees, id)
		}
	}
	if len(attendees) > MaxAttendees {
		return nil, &event.Refusal{Kind: event.RuleViolated, Rule: "limit", Field: "attendeeIds", Detail: "A meetup can have 500 attendees, you among them."}
	}
	return []any{Created{
		Name: p.Name, Where: p.Where, When: p.When, DurationMinutes: p.DurationMinutes, ImageURL: p.ImageURL, AttendeeIDs: attendees,
		RoomID: p.RoomID, OpensRoom: p.OpensRoom, RoomSequence: p.RoomSequence, ActorName: by.Name,
	}}, nil
}

// Change is what an update asks for; nil is left as it is.
type Change struct {
	Name            *string
	Where           *Where
	When            *When
	DurationMinutes *int
}

// Update decides on a change by the organizer: one event for each thing that is
// another afterwards.
func (m *Meetup) Update(by Person, c Change, now time.Time) ([]any, error) {
	if err := m.organizes(by.ID); err != nil {
		return nil, err
	}
	var events []any
	name, duration := m.Name, m.DurationMinutes
	if c.Name != nil {
		name = *c.Name
	}
	if c.DurationMinutes != nil {
		duration = *c.DurationMinutes
	}
	if name != m.Name || duration != m.DurationMinutes {
		events = append(events, Updated{Name: name, DurationMinutes: duration, ActorName: by.Name})
	}
	if c.When != nil && *c.When != m.When {
		if !instant(c.When.TakesPlaceOn).After(now) {
			return nil, ErrPastDate
		}
		events = append(events, Rescheduled{From: m.When, To: *c.When, ActorName: by.Name})
	}
	if c.Where != nil && !c.Where.equal(m.Where) {
		events = append(events, Relocated{From: m.Where, To: *c.Where, ActorName: by.Name})
	}
	return events, nil
}

// Cancel decides on calling the meetup off. Open polls are closed with it, and lead to
// nothing.
func (m *Meetup) Cancel(by Person, reason string) ([]any, error) {
	if err := m.organizes(by.ID); err != nil {
		return nil, err
	}
	var events []any
	for i := range m.Polls {
		if p := &m.Polls[i]; p.Active() {
			events = append(events, PollClosed{PollID: p.ID, Description: p.Description, Outcome: p.outcome(ReasonClosed)})
		}
	}
	return append(events, Cancelled{Reason: reason, ActorName: by.Name}), nil
}

// ChangeImage decides on a new picture.
func (m *Meetup) ChangeImage(by Person, imageURL string) ([]any, error) {
	if err := m.organizes(by.ID); err != nil {
		return nil, err
	}
	if m.ImageURL == imageURL {
		return nil, nil
	}
	return []any{ImageChanged{ImageURL: imageURL}}, nil
}

// Answer decides on an attendee's RSVP. The same answer again confirms it after a move,
// and changes nothing otherwise.
func (m *Meetup) Answer(person string, rsvp RSVP) ([]any, error) {
	if err := m.takesPart(person); err != nil {
		return nil, err
	}
	if a := m.Attendees[m.attendee(person)]; a.RSVP == rsvp && !a.NeedsConfirmation {
		return nil, nil
	}
	return []any{RSVPChanged{RSVP: rsvp}}, nil
}

// FollowRoom decides on somebody who is seen to be in the room, or out of it, when it
// was at a sequence. What was known of a later one stands: facts of the room come in any
// order. A vote that is no longer missing may end a poll.
func (m *Meetup) FollowRoom(person string, in bool, sequence int64, now time.Time) ([]any, error) {
	switch {
	case !m.Exists(), sequence <= max(m.RoomSequence, m.InRoomAt[person]), in == m.Attends(person):
		return nil, nil
	case in:
		return []any{AttendeeJoined{UserID: person, RoomSequence: sequence}}, nil
	default:
		return m.withClosings([]any{AttendeeLeft{UserID: person, RoomSequence: sequence}}, Person{}, now), nil
	}
}

// takesPart refuses who does not attend, and everybody once the meetup is cancelled.
func (m *Meetup) takesPart(person string) error {
	switch {
	case !m.Attends(person):
		return ErrUnknown
	case m.Cancelled:
		return ErrCancelled
	default:
		return nil
	}
}

func (m *Meetup) organizes(person string) error {
	if err := m.takesPart(person); err != nil {
		return err
	}
	if m.OrganizerID != person {
		return ErrNotOrganizer
	}
	return nil
}

// equal reports whether two places are the same.
func (w Where) equal(other Where) bool {
	if w.Location != other.Location || (w.Place == nil) != (other.Place == nil) {
		return false
	}
	if w.Place == nil {
		return true
	}
	a, b := *w.Place, *other.Place
	return a.Label == b.Label && a.URL == b.URL && same(a.Latitude, b.Latitude) && same(a.Longitude, b.Longitude)
}

func same[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// instant reads a time of an event. Events hold what was checked before.
func instant(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at
}
