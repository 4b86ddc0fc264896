package command

import (
	"context"
	"fmt"
	"time"

	"boochat/shared/event"
	"boochat/shared/httpapi"
	"boochat/shared/meetup"
)

// CreatePoll asks the attendees of a meetup.
type CreatePoll struct {
	ID          string          `json:"id,omitzero" jsonschema:"minLength=1,maxLength=128,description=The poll's id in its meetup where the creator chooses one"`
	MeetupID    string          `json:"meetupId" jsonschema:"minLength=1,maxLength=128"`
	Type        meetup.PollType `json:"type" jsonschema:"enum=generic,enum=reschedule,enum=relocate"`
	Description string          `json:"description" jsonschema:"minLength=1,maxLength=500"`
	Choices     []Choice        `json:"choices" jsonschema:"minItems=2,maxItems=20,description=All different"`
	ClosesAt    *time.Time      `json:"closesAt,omitzero" jsonschema:"description=The deadline; left out: open end"`
}

// PollCreated tells which poll came to be.
type PollCreated struct {
	PollID string `json:"pollId"`
}

// Check applies the limits.
func (q *CreatePoll) Check(l *httpapi.Limits) {
	l.OptionalID("id", q.ID)
	l.ID("meetupId", q.MeetupID)
	l.OneOf("type", string(q.Type), string(meetup.Generic), string(meetup.Reschedule), string(meetup.Relocate))
	l.Description("description", &q.Description)
	if n := len(q.Choices); n < meetup.MinChoices || n > meetup.MaxChoices {
		l.Add("choices", fmt.Sprintf("A poll has %d to %d choices.", meetup.MinChoices, meetup.MaxChoices))
		return
	}
	for i := range q.Choices {
		q.Choices[i].check(fmt.Sprintf("choices.%d", i), l)
	}
}

// CreatePoll is the command of that name.
func (s *Service) CreatePoll(ctx context.Context, c Call, q CreatePoll) (PollCreated, error) {
	command, id := c.creation(q, string(meetup.Stream(q.MeetupID)), q.ID)
	_, err := s.atMeetupByName(ctx, c, command, q.MeetupID, func(m *meetup.Meetup, by meetup.Person) ([]any, error) {
		question := meetup.Question{ID: id, Type: q.Type, Description: q.Description, Choices: make([]meetup.Choice, len(q.Choices))}
		for i := range q.Choices {
			var err error
			if question.Choices[i], err = q.Choices[i].fact(fmt.Sprintf("choices.%d", i), q.Type, m); err != nil {
				return nil, err
			}
		}
		if q.ClosesAt != nil {
			question.ClosesAt = q.ClosesAt.UTC().Truncate(time.Millisecond).Format(event.TimeLayout)
		}
		return m.Ask(by, question, s.Now())
	})
	return PollCreated{PollID: id}, err
}
