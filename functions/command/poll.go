package command

import (
	"errors"
	"fmt"

	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/httpapi"
	"boochat/shared/meetup"
	"boochat/shared/view"
	"boochat/shared/zone"
)

// Choice is one of a poll's: a text, a time or a location, by the poll's type.
type Choice struct {
	Text         *string `json:"text,omitzero" jsonschema:"minLength=1,maxLength=200,description=Of generic polls"`
	TakesPlaceOn *string `json:"takesPlaceOn,omitzero" jsonschema:"description=Of reschedule polls. With Z or an offset: that instant; without: as the clocks of the time zone show it"`
	TimeZone     *string `json:"timeZone,omitzero" jsonschema:"description=Of reschedule polls; left out: the meetup's"`
	Location     *string `json:"location,omitzero" jsonschema:"minLength=1,maxLength=200,description=Of relocate polls"`
	Place        *Place  `json:"place,omitzero" jsonschema:"description=Of relocate polls"`
}

// check applies the limits to what there is of a choice.
func (q *Choice) check(field string, l *httpapi.Limits) {
	if q.Text != nil {
		l.Location(field+".text", q.Text) // a choice may be as long as a location
	}
	if q.Location != nil {
		l.Location(field+".location", q.Location)
	}
	q.Place.check(field+".place", l)
}

// kind is the type of the polls that such a choice is for; "" is none.
func (q *Choice) kind() meetup.PollType {
	text, when, where := q.Text != nil, q.TakesPlaceOn != nil || q.TimeZone != nil, q.Location != nil || q.Place != nil
	switch {
	case text && !when && !where:
		return meetup.Generic
	case q.TakesPlaceOn != nil && !text && !where:
		return meetup.Reschedule
	case q.Location != nil && !text && !when:
		return meetup.Relocate
	default:
		return ""
	}
}

// choiceForms are what choices are made of, by the poll's type.
var choiceForms = map[meetup.PollType]string{
	meetup.Generic:    "text",
	meetup.Reschedule: "takesPlaceOn, and timeZone where it is not the meetup's",
	meetup.Relocate:   "location, and place where there is one",
}

// fact is the choice as events hold it. field is where the command has it.
func (q *Choice) fact(field string, kind meetup.PollType, m *meetup.Meetup) (meetup.Choice, error) {
	if q.kind() != kind {
		return meetup.Choice{}, &event.Refusal{Kind: event.Malformed, Field: field,
			Detail: fmt.Sprintf("A choice of a %s poll has %s, and nothing else.", kind, choiceForms[kind])}
	}
	switch kind {
	case meetup.Reschedule:
		timeZone := m.When.TimeZone
		if q.TimeZone != nil {
			timeZone = *q.TimeZone
		}
		when, err := zone.Resolve(*q.TakesPlaceOn, timeZone)
		return meetup.Choice{When: &when}, within(err, field)
	case meetup.Relocate:
		return meetup.Choice{Where: &meetup.Where{Location: *q.Location, Place: q.Place.fact()}}, nil
	default:
		return meetup.Choice{Text: *q.Text}, nil
	}
}

// within says in which part of the command the field of a refusal is.
func within(err error, part string) error {
	var refusal *event.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	return inField(err, part+"."+refusal.Field)
}

// PollOnly is the body of commands that name a poll and nothing else.
type PollOnly struct {
	MeetupID string `json:"meetupId" jsonschema:"minLength=1,maxLength=128"`
	PollID   string `json:"pollId" jsonschema:"minLength=1,maxLength=128"`
}

// Check applies the limits.
func (q *PollOnly) Check(l *httpapi.Limits) {
	l.ID("meetupId", q.MeetupID)
	l.ID("pollId", q.PollID)
}

// end is how a command has ended a poll; nil where it has not.
func (s *Service) end(outcome eventstore.Outcome, pollID string) (*view.PollOutcome, error) {
	for _, e := range outcome.Events {
		payload, err := s.Catalogue.Decode(e)
		if err != nil {
			return nil, err
		}
		if closed, ok := payload.(meetup.PollClosed); ok && closed.PollID == pollID {
			end := view.NewPollOutcome(closed.Outcome)
			return &end, nil
		}
	}
	return nil, nil
}
