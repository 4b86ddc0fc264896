package command

import (
	"context"

	"boochat/shared/httpapi"
	"boochat/shared/meetup"
)

// CancelMeetup calls a meetup of the caller's off.
type CancelMeetup struct {
	MeetupID string `json:"meetupId" jsonschema:"minLength=1,maxLength=128"`
	Reason   string `json:"reason,omitzero" jsonschema:"minLength=1,maxLength=500"`
}

// Check applies the limits.
func (q *CancelMeetup) Check(l *httpapi.Limits) {
	l.ID("meetupId", q.MeetupID)
	if q.Reason != "" {
		l.Description("reason", &q.Reason)
	}
}

// CancelMeetup is the command of that name.
func (s *Service) CancelMeetup(ctx context.Context, c Call, q CancelMeetup) (Sequence, error) {
	outcome, err := s.atMeetupByName(ctx, c, c.command(q), q.MeetupID, func(m *meetup.Meetup, by meetup.Person) ([]any, error) {
		return m.Cancel(by, q.Reason)
	})
	return Sequence{outcome.Version}, err
}
