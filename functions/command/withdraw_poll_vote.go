package command

import (
	"context"

	"boochat/shared/meetup"
)

// WithdrawPollVote takes the caller's vote back.
func (s *Service) WithdrawPollVote(ctx context.Context, c Call, q PollOnly) (Sequence, error) {
	outcome, err := s.atMeetup(ctx, c, c.command(q), q.MeetupID, func(m *meetup.Meetup) ([]any, error) {
		return m.WithdrawVote(c.Caller.UserID, q.PollID, s.Now())
	})
	return Sequence{outcome.Version}, err
}
