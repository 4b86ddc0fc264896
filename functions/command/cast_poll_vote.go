package command

import (
	"context"
	"errors"
	"log/slog"

	"boochat/shared/eventstore"
	"boochat/shared/httpapi"
	"boochat/shared/meetup"
	"boochat/shared/realtime"
	"boochat/shared/view"
)

// CastPollVote votes in a poll, or changes the vote.
type CastPollVote struct {
	MeetupID    string `json:"meetupId" jsonschema:"minLength=1,maxLength=128"`
	PollID      string `json:"pollId" jsonschema:"minLength=1,maxLength=128"`
	ChoiceIndex int    `json:"choiceIndex" jsonschema:"minimum=0"`
}

// PollVoteCast tells what has become of the poll by the vote.
type PollVoteCast struct {
	PollStatus string            `json:"pollStatus" jsonschema:"enum=active,enum=closed"`
	Outcome    *view.PollOutcome `json:"outcome,omitzero"`
}

// Check applies the limits. Which choices there are, the poll knows.
func (q *CastPollVote) Check(l *httpapi.Limits) {
	l.ID("meetupId", q.MeetupID)
	l.ID("pollId", q.PollID)
}

// CastPollVote is the command of that name. A vote that changes nothing leaves the poll
// as it is: open, for of a closed one it would be refused.
func (s *Service) CastPollVote(ctx context.Context, c Call, q CastPollVote) (PollVoteCast, error) {
	outcome, err := s.castVote(ctx, c, q)
	if errors.Is(err, meetup.ErrPollClosed) {
		s.tellTooLate(ctx, c.Caller.UserID, q)
	}
	if err != nil {
		return PollVoteCast{}, err
	}
	end, err := s.end(outcome, q.PollID)
	if err != nil || end == nil {
		return PollVoteCast{PollStatus: view.Active}, err
	}
	return PollVoteCast{PollStatus: view.Closed, Outcome: end}, nil
}

func (s *Service) castVote(ctx context.Context, c Call, q CastPollVote) (eventstore.Outcome, error) {
	return s.atMeetupByName(ctx, c, c.command(q), q.MeetupID, func(m *meetup.Meetup, by meetup.Person) ([]any, error) {
		return m.CastVote(by, q.PollID, q.ChoiceIndex, s.Now())
	})
}

// tellTooLate tells a voter, on all their devices, that the poll was closed before
// (L-12 and D-15 of the parity list). It is a hint: the answer says so, too.
func (s *Service) tellTooLate(ctx context.Context, voter string, q CastPollVote) {
	if s.Sockets == nil {
		return
	}
	n := realtime.Notification{NavigateURL: "/meetups/" + q.MeetupID, Level: "warning"}
	err := s.Meetups.Read(ctx, meetup.Stream(q.MeetupID), func(m *meetup.Meetup) {
		n.Title, n.Message = m.Name, "Your vote came too late: the poll “"+m.Poll(q.PollID).Description+"” is closed"
	})
	if err == nil {
		err = s.Sockets.Notify(voter, n)
	}
	if err != nil {
		slog.WarnContext(ctx, "not told of a late vote", "meetup", q.MeetupID, "poll", q.PollID, "error", err)
	}
}
