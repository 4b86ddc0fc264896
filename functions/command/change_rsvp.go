package command

import (
	"context"

	"boochat/shared/httpapi"
	"boochat/shared/meetup"
)

// ChangeRSVP says whether the caller comes.
type ChangeRSVP struct {
	MeetupID string      `json:"meetupId" jsonschema:"minLength=1,maxLength=128"`
	RSVP     meetup.RSVP `json:"rsvp" jsonschema:"enum=yes,enum=no,enum=maybe"`
}

// Check applies the limits.
func (q *ChangeRSVP) Check(l *httpapi.Limits) {
	l.ID("meetupId", q.MeetupID)
	l.OneOf("rsvp", string(q.RSVP), string(meetup.Yes), string(meetup.No), string(meetup.Maybe))
}

// ChangeRSVP is the command of that name.
func (s *Service) ChangeRSVP(ctx context.Context, c Call, q ChangeRSVP) (Sequence, error) {
	outcome, err := s.atMeetup(ctx, c, c.command(q), q.MeetupID, func(m *meetup.Meetup) ([]any, error) {
		return m.Answer(c.Caller.UserID, q.RSVP)
	})
	return Sequence{outcome.Version}, err
}
