package command

import (
	"context"

	"boochat/shared/httpapi"
	"boochat/shared/meetup"
)

// ChangeMeetupImage gives a meetup of the caller's another picture.
type ChangeMeetupImage struct {
	MeetupID string `json:"meetupId" jsonschema:"minLength=1,maxLength=128"`
	ImageURL string `json:"imageUrl" jsonschema:"format=uri,maxLength=2048"`
}

// Check applies the limits.
func (q *ChangeMeetupImage) Check(l *httpapi.Limits) {
	l.ID("meetupId", q.MeetupID)
	l.URL("imageUrl", q.ImageURL)
}

// ChangeMeetupImage is the command of that name.
func (s *Service) ChangeMeetupImage(ctx context.Context, c Call, q ChangeMeetupImage) (Sequence, error) {
	outcome, err := s.atMeetup(ctx, c, c.command(q), q.MeetupID, func(m *meetup.Meetup) ([]any, error) {
		return m.ChangeImage(meetup.Person{ID: c.Caller.UserID}, q.ImageURL)
	})
	return Sequence{outcome.Version}, err
}
