package command

import (
	"context"
	"reflect"
	"slices"

	"boochat/shared/httpapi"
	"boochat/shared/meetup"
)

// AddPollChoice adds a choice to an open poll.
type AddPollChoice struct {
	MeetupID string `json:"meetupId" jsonschema:"minLength=1,maxLength=128"`
	PollID   string `json:"pollId" jsonschema:"minLength=1,maxLength=128"`
	Choice   Choice `json:"choice"`
}

// PollChoiceAdded tells which of the poll's choices it is.
type PollChoiceAdded struct {
	ChoiceIndex int `json:"choiceIndex"`
}

// Check applies the limits.
func (q *AddPollChoice) Check(l *httpapi.Limits) {
	l.ID("meetupId", q.MeetupID)
	l.ID("pollId", q.PollID)
	q.Choice.check("choice", l)
}

// AddPollChoice is the command of that name.
func (s *Service) AddPollChoice(ctx context.Context, c Call, q AddPollChoice) (PollChoiceAdded, error) {
	outcome, err := s.atMeetup(ctx, c, c.command(q), q.MeetupID, func(m *meetup.Meetup) ([]any, error) {
		p := m.Poll(q.PollID)
		if p == nil {
			return nil, meetup.ErrNoPoll
		}
		choice, err := q.Choice.fact("choice", p.Type, m)
		if err != nil {
			return nil, err
		}
		return m.AddChoice(c.Caller.UserID, q.PollID, choice, s.Now())
	})
	if err != nil {
		return PollChoiceAdded{}, err
	}
	payload, err := s.Catalogue.Decode(outcome.Events[0])
	if err != nil {
		return PollChoiceAdded{}, err
	}
	// Choices are all different and stay where they are.
	isAdded := func(choice meetup.Choice) bool {
		return reflect.DeepEqual(choice, payload.(meetup.PollChoiceAdded).Choice)
	}
	var added PollChoiceAdded
	err = s.Meetups.Read(ctx, meetup.Stream(q.MeetupID), func(m *meetup.Meetup) {
		added.ChoiceIndex = slices.IndexFunc(m.Poll(q.PollID).Choices, isAdded)
	})
	return added, err
}
