package meetup

import (
	"slices"
	"strings"
	"time"

	"boochat/shared/event"
)

// PollType says what a poll decides.
type PollType string

// The types of polls (E-P1 of the parity list).
const (
	Generic    PollType = "generic"    // nothing about the meetup
	Reschedule PollType = "reschedule" // when it takes place
	Relocate   PollType = "relocate"   // where
)

// Reasons why polls end.
const (
	ReasonEveryoneVoted = "everyone-voted"
	ReasonClosed        = "closed"   // by its creator or the organizer, or with a cancelled meetup
	ReasonDeadline      = "deadline" // its time was over
)

// Refusals of polls.
var (
	ErrNoPoll       = event.Refuse(event.NotFound, "There is no such poll.")
	ErrPollIDTaken  = event.Refuse(event.Conflict, "A poll with this id exists already. Choose another id, or leave it out.")
	ErrPollClosed   = event.Violates("poll-closed", "The poll is closed.")
	ErrNotYours     = event.Refuse(event.Forbidden, "Only the poll's creator and the organizer may close it.")
	ErrTooManyPolls = &event.Refusal{Kind: event.RuleViolated, Rule: "limit", Field: "meetupId", Detail: "A meetup can have 20 polls, fewer if they are large or many people take part."}
	ErrNoSuchChoice = &event.Refusal{Kind: event.RuleViolated, Rule: "no-such-choice", Field: "choiceIndex", Detail: "The poll has no such choice."}
	ErrEqualChoices = &event.Refusal{Kind: event.RuleViolated, Rule: "equal-choices", Field: "choices", Detail: "The choices must all be different."}
	ErrWrongChoice  = &event.Refusal{Kind: event.Malformed, Field: "choices", Detail: "A choice is a time in a poll to reschedule, a location in one to relocate, and a text in any other."}
	ErrPastDeadline = &event.Refusal{Kind: event.RuleViolated, Rule: "past-date", Field: "closesAt", Detail: "The poll cannot close at a time that has passed."}
	ErrPastChoice   = &event.Refusal{Kind: event.RuleViolated, Rule: "past-date", Field: "choices", Detail: "The meetup cannot be moved to a time that has passed."}
)

// Poll is a question to the attendees.
//
// Rules: all who attend take part, also who joins later; who leaves takes their vote
// along. It ends when nobody's vote is missing, at its deadline, when its creator or the
// organizer closes it, or when the meetup is cancelled. The choice with the most votes
// wins, of several the one that reached that count first; a choice that lost a vote and
// regained it reached it when it regained it. The organizer may name the winner. A
// winner moves the meetup unless it is there already or the time has passed by then. A
// closed poll changes no more.
type Poll struct {
	ID             string    `json:"id"`
	Type           PollType  `json:"type"`
	Description    string    `json:"description"`
	CreatorID      string    `json:"creatorId"`
	ParticipantIDs []string  `json:"participantIds"`
	Choices        []Choice  `json:"choices"`
	Votes          []Vote    `json:"votes"`    // in the order of casting
	Reached        []Tally   `json:"reached"`  // by choice
	ClosesAt       string    `json:"closesAt"` // "": open end
	CreatedAt      time.Time `json:"createdAt"`
	Nudged         bool      `json:"nudged"`
	Outcome        *Outcome  `json:"outcome"` // nil: active
}

// Tally is the sequences at which a choice reached each of its counts: one vote, two, …
// It is an object of its own because Firestore keeps no lists of lists.
type Tally struct {
	At []int64 `json:"at"`
}

// Vote is somebody's choice (E-W1 of the parity list).
type Vote struct {
	UserID      string `json:"userId"`
	ChoiceIndex int    `json:"choiceIndex"`
}

// Active reports whether the poll is open.
func (p *Poll) Active() bool { return p.Outcome == nil }

// Missing lists whose votes are missing.
func (p *Poll) Missing() []string {
	var missing []string
	for _, id := range p.ParticipantIDs {
		if p.vote(id) < 0 {
			missing = append(missing, id)
		}
	}
	return missing
}

// everyoneVoted reports whether nobody's vote is missing: there are as many votes as
// participants, who have one at most (E-P11 of the parity list).
func (p *Poll) everyoneVoted() bool { return len(p.Votes) == len(p.ParticipantIDs) }

func (p *Poll) vote(person string) int {
	return slices.IndexFunc(p.Votes, func(v Vote) bool { return v.UserID == person })
}

// Question is what a poll begins with.
type Question struct {
	ID          string
	Type        PollType
	Description string
	Choices     []Choice
	ClosesAt    string // "": open end
}

// Ask decides on making a poll.
func (m *Meetup) Ask(by Person, q Question, now time.Time) ([]any, error) {
	if err := m.takesPart(by.ID); err != nil {
		return nil, err
	}
	switch {
	case m.Poll(q.ID) != nil:
		return nil, ErrPollIDTaken
	case len(m.Polls) >= MaxPolls, !m.hasRoomFor(true, q.Choices...):
		return nil, ErrTooManyPolls
	case len(q.Choices) < MinChoices || len(q.Choices) > MaxChoices:
		return nil, &event.Refusal{Kind: event.RuleViolated, Rule: "limit", Field: "choices", Detail: "A poll has 2 to 20 choices."}
	case q.ClosesAt != "" && !instant(q.ClosesAt).After(now):
		return nil, ErrPastDeadline
	}
	for i, c := range q.Choices {
		if !c.fits(q.Type) {
			return nil, ErrWrongChoice
		}
		if slices.ContainsFunc(q.Choices[:i], c.equal) {
			return nil, ErrEqualChoices
		}
		if c.isPast(now) {
			return nil, ErrPastChoice
		}
	}
	return []any{PollCreated{
		PollID: q.ID, Type: q.Type, Description: q.Description, Choices: q.Choices, ParticipantIDs: m.AttendeeIDs(),
		ClosesAt: q.ClosesAt, ActorName: by.Name,
	}}, nil
}

// AddChoice decides on one more choice of an open poll.
func (m *Meetup) AddChoice(person, pollID string, c Choice, now time.Time) ([]any, error) {
	p, err := m.openPoll(person, pollID, now)
	switch {
	case err != nil:
		return nil, err
	case !m.hasRoomFor(false, c):
		return nil, ErrTooManyPolls
	case len(p.Choices) >= MaxChoices:
		return nil, &event.Refusal{Kind: event.RuleViolated, Rule: "limit", Field: "choice", Detail: "A poll has up to 20 choices."}
	case !c.fits(p.Type):
		return nil, inField(ErrWrongChoice, "choice")
	case slices.ContainsFunc(p.Choices, c.equal):
		return nil, inField(ErrEqualChoices, "choice")
	case c.isPast(now):
		return nil, inField(ErrPastChoice, "choice")
	}
	return []any{PollChoiceAdded{PollID: pollID, Choice: c}}, nil
}

// CastVote decides on a vote, in place of an earlier one. The last missing one closes
// the poll, and what the winner leads to is in the same append.
func (m *Meetup) CastVote(by Person, pollID string, choice int, now time.Time) ([]any, error) {
	p, err := m.openPoll(by.ID, pollID, now)
	if err != nil {
		return nil, err
	}
	if choice < 0 || choice >= len(p.Choices) {
		return nil, ErrNoSuchChoice
	}
	if i := p.vote(by.ID); i >= 0 && p.Votes[i].ChoiceIndex == choice {
		return nil, nil
	}
	return m.withClosings([]any{PollVoteCast{PollID: pollID, ChoiceIndex: choice}}, by, now), nil
}

// WithdrawVote decides on taking a vote back. Without one it changes nothing.
func (m *Meetup) WithdrawVote(person, pollID string, now time.Time) ([]any, error) {
	p, err := m.openPoll(person, pollID, now)
	if err != nil || p.vote(person) < 0 {
		return nil, err
	}
	return []any{PollVoteWithdrawn{PollID: pollID}}, nil
}

// ClosePoll decides on closing a poll by hand. The organizer may name the winner.
func (m *Meetup) ClosePoll(by Person, pollID string, winner *int, now time.Time) ([]any, error) {
	p, err := m.openPoll(by.ID, pollID, now)
	switch {
	case err != nil:
		return nil, err
	case by.ID != p.CreatorID && by.ID != m.OrganizerID:
		return nil, ErrNotYours
	case winner != nil && by.ID != m.OrganizerID:
		return nil, ErrNotOrganizer
	case winner != nil && (*winner < 0 || *winner >= len(p.Choices)):
		return nil, ErrNoSuchChoice
	}
	outcome := p.outcome(ReasonClosed)
	if winner != nil {
		outcome = Outcome{ChoiceIndex: winner, Choice: &p.Choices[*winner], Reason: ReasonClosed}
	}
	return m.closing(p, outcome, by.Name, now), nil
}

// openPoll finds a poll that can still be voted in, for somebody who attends.
func (m *Meetup) openPoll(person, pollID string, now time.Time) (*Poll, error) {
	if err := m.takesPart(person); err != nil {
		return nil, err
	}
	p := m.Poll(pollID)
	switch {
	case p == nil:
		return nil, ErrNoPoll
	case !p.Active(), p.ClosesAt != "" && !now.Before(instant(p.ClosesAt)): // Due is about to close it
		return nil, ErrPollClosed
	}
	return p, nil
}

// Poll finds a poll by its id, or gives nil. It is the state itself, not to be kept or
// changed.
func (m *Meetup) Poll(id string) *Poll {
	i := slices.IndexFunc(m.Polls, func(p Poll) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	return &m.Polls[i]
}

// outcome counts the votes.
func (p *Poll) outcome(reason string) Outcome {
	o := Outcome{Reason: reason}
	for i, tally := range p.Reached {
		reached := tally.At
		if len(reached) == 0 {
			continue
		}
		if o.ChoiceIndex == nil {
			o.ChoiceIndex = &i
			continue
		}
		best := p.Reached[*o.ChoiceIndex].At
		switch {
		case len(reached) > len(best):
			o.ChoiceIndex, o.Tie = &i, false
		case len(reached) == len(best):
			o.Tie = true
			if reached[len(reached)-1] < best[len(best)-1] {
				o.ChoiceIndex = &i
			}
		}
	}
	if o.ChoiceIndex != nil {
		o.Choice = &p.Choices[*o.ChoiceIndex]
	}
	return o
}

// closing gives the end of a poll and the move that it leads to.
func (m *Meetup) closing(p *Poll, outcome Outcome, actorName string, now time.Time) []any {
	var move any
	if c := outcome.Choice; c != nil {
		switch {
		case p.Type == Reschedule && *c.When != m.When && instant(c.When.TakesPlaceOn).After(now):
			move = Rescheduled{From: m.When, To: *c.When, PollID: p.ID, ActorName: actorName}
		case p.Type == Relocate && !c.Where.equal(m.Where):
			move = Relocated{From: m.Where, To: *c.Where, PollID: p.ID, ActorName: actorName}
		}
	}
	closed := PollClosed{PollID: p.ID, Description: p.Description, Outcome: outcome}
	if move == nil {
		return []any{closed}
	}
	closed.Outcome.Applied = true
	return []any{closed, move}
}

// withClosings gives events with the ends of the polls in which, after them, nobody's
// vote is missing. A poll that nobody takes part in any more ends, too.
func (m *Meetup) withClosings(events []any, by Person, now time.Time) []any {
	after := m.Clone()
	apply := func(e any) {
		after.Apply(event.Envelope{Sequence: after.Sequence + 1, Time: now, Actor: by.ID}, e)
	}
	for _, e := range events {
		apply(e)
	}
	for i := range after.Polls {
		p := &after.Polls[i]
		if !p.Active() || !p.everyoneVoted() {
			continue
		}
		for _, e := range after.closing(p, p.outcome(ReasonEveryoneVoted), by.Name, now) {
			events = append(events, e)
			apply(e)
		}
	}
	return events
}

// fits reports whether a poll of the type can lead to the choice.
func (c Choice) fits(t PollType) bool {
	switch t {
	case Reschedule:
		return c.When != nil && c.Where == nil && c.Text == ""
	case Relocate:
		return c.Where != nil && c.When == nil && c.Text == ""
	default:
		return c.When == nil && c.Where == nil
	}
}

// equal reports whether two choices of one poll are the same to those who choose.
func (c Choice) equal(other Choice) bool {
	switch {
	case c.When != nil:
		return instant(c.When.TakesPlaceOn).Equal(instant(other.When.TakesPlaceOn))
	case c.Where != nil:
		return strings.EqualFold(c.Where.Location, other.Where.Location)
	default:
		return strings.EqualFold(c.Text, other.Text)
	}
}

func (c Choice) isPast(now time.Time) bool {
	return c.When != nil && !instant(c.When.TakesPlaceOn).After(now)
}

func inField(refusal *event.Refusal, field string) error {
	named := *refusal
	named.Field = field
	return &named
}
