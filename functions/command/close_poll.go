package command

import (
	"context"

	"boochat/shared/httpapi"
	"boochat/shared/meetup"
	"boochat/shared/view"
)

// ClosePoll ends a poll.
type ClosePoll struct {
	MeetupID    string `json:"meetupId" jsonschema:"minLength=1,maxLength=128"`
	PollID      string `json:"pollId" jsonschema:"minLength=1,maxLength=128"`
	ChoiceIndex *int   `json:"choiceIndex,omitzero" jsonschema:"minimum=0,description=The winner where the organizer names it"`
}

// PollClosed tells how the poll has ended.
type PollClosed struct {
	Outcome *view.PollOutcome `json:"outcome"`
}

// Check applies the limits. Which choices there are, the poll knows.
func (q *ClosePoll) Check(l *httpapi.Limits) {
	l.ID("meetupId", q.MeetupID)
	l.ID("pollId", q.PollID)
}

// ClosePoll is the command of that name.
func (s *Service) ClosePoll(ctx context.Context, c Call, q ClosePoll) (PollClosed, error) {
	outcome, err := s.atMeetupByName(ctx, c, c.command(q), q.MeetupID, func(m *meetup.Meetup, by meetup.Person) ([]any, error) {
		return m.ClosePoll(by, q.PollID, q.ChoiceIndex, s.Now())
	})
	if err != nil {
		return PollClosed{}, err
	}
	end, err := s.end(outcome, q.PollID)
	return PollClosed{Outcome: end}, err
}
