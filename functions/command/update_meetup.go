package command

import (
	"context"
	"time"

	"boochat/shared/httpapi"
	"boochat/shared/meetup"
	"boochat/shared/zone"
)

// UpdateMeetup changes a meetup of the caller's: what is left out stays.
type UpdateMeetup struct {
	MeetupID        string  `json:"meetupId" jsonschema:"minLength=1,maxLength=128"`
	Name            *string `json:"name,omitzero" jsonschema:"minLength=1,maxLength=100"`
	Location        *string `json:"location,omitzero" jsonschema:"minLength=1,maxLength=200,description=A location without a place takes the old place away"`
	Place           *Place  `json:"place,omitzero"`
	TakesPlaceOn    *string `json:"takesPlaceOn,omitzero" jsonschema:"description=With Z or an offset: that instant; without: as the clocks of the time zone show it"`
	TimeZone        *string `json:"timeZone,omitzero" jsonschema:"description=Of the IANA database. Alone: the clocks of that zone are meant"`
	DurationMinutes *int    `json:"durationMinutes,omitzero" jsonschema:"minimum=0,maximum=43200,description=0: open end"`
}

// Check applies the limits.
func (q *UpdateMeetup) Check(l *httpapi.Limits) {
	l.ID("meetupId", q.MeetupID)
	if q.Name != nil {
		l.Name("name", q.Name)
	}
	if q.Location != nil {
		l.Location("location", q.Location)
	}
	q.Place.check("place", l)
	if q.DurationMinutes != nil {
		l.Range("durationMinutes", float64(*q.DurationMinutes), 0, maxDuration)
	}
}

// UpdateMeetup is the command of that name.
func (s *Service) UpdateMeetup(ctx context.Context, c Call, q UpdateMeetup) (Sequence, error) {
	outcome, err := s.atMeetupByName(ctx, c, c.command(q), q.MeetupID, func(m *meetup.Meetup, by meetup.Person) ([]any, error) {
		change := meetup.Change{Name: q.Name, Where: q.where(m.Where), DurationMinutes: q.DurationMinutes}
		var err error
		if change.When, err = q.when(m.When); err != nil {
			change.When = nil
		}
		events, refused := m.Update(by, change, s.Now())
		if refused != nil { // whether they may is told before whether it can be
			return nil, refused
		}
		return events, err
	})
	return Sequence{outcome.Version}, err
}

// where is the location that is asked for, in place of one. A place on the map belongs to
// its words: words without a place take it away.
func (q *UpdateMeetup) where(now meetup.Where) *meetup.Where {
	if q.Location != nil {
		now = meetup.Where{Location: *q.Location}
	}
	if q.Place != nil {
		now.Place = q.Place.fact()
	}
	return &now
}

// when is the time that is asked for, in place of one: nil is none. In another zone alone,
// the time on the clocks stays.
func (q *UpdateMeetup) when(now meetup.When) (*meetup.When, error) {
	takesPlaceOn, timeZone := clockTime(now), now.TimeZone
	if q.TimeZone != nil {
		timeZone = *q.TimeZone
	}
	switch {
	case q.TakesPlaceOn != nil:
		takesPlaceOn = *q.TakesPlaceOn
	case timeZone == now.TimeZone:
		return nil, nil
	}
	when, err := zone.Resolve(takesPlaceOn, timeZone)
	return &when, err
}

// clockTime is the time on the clocks, without their zone.
func clockTime(w meetup.When) string {
	at, err := time.Parse(time.RFC3339, w.LocalTime)
	if err != nil {
		return w.LocalTime // for zone.Resolve to refuse
	}
	return at.Format("2006-01-02T15:04:05.999")
}
