package command

import (
	"context"

	"boochat/shared/eventstore"
	"boochat/shared/httpapi"
	"boochat/shared/meetup"
)

// maxDuration is how long a meetup may last at most: 30 days.
const maxDuration = 30 * 24 * 60 // minutes

// Place is where something is, for maps.
type Place struct {
	Label     string   `json:"label" jsonschema:"minLength=1,maxLength=100"`
	Latitude  *float64 `json:"latitude,omitzero" jsonschema:"minimum=-90,maximum=90,description=Degrees; north is positive"`
	Longitude *float64 `json:"longitude,omitzero" jsonschema:"minimum=-180,maximum=180,description=Degrees; east is positive"`
	URL       string   `json:"url,omitzero" jsonschema:"format=uri,maxLength=2048"`
}

// check applies the limits to a place, if there is one.
func (p *Place) check(field string, l *httpapi.Limits) {
	if p == nil {
		return
	}
	l.Name(field+".label", &p.Label)
	if p.Latitude != nil {
		l.Range(field+".latitude", *p.Latitude, -90, 90)
	}
	if p.Longitude != nil {
		l.Range(field+".longitude", *p.Longitude, -180, 180)
	}
	l.OptionalURL(field+".url", p.URL)
}

// fact is the place as events hold it.
func (p *Place) fact() *meetup.Place {
	if p == nil {
		return nil
	}
	return &meetup.Place{Label: p.Label, Latitude: p.Latitude, Longitude: p.Longitude, URL: p.URL}
}

// atMeetup executes a decision on a meetup of the caller's. Nothing is asked of the rules
// for anybody else, so that refusals tell them nothing.
func (s *Service) atMeetup(ctx context.Context, c Call, command eventstore.Command, meetupID string, decide func(*meetup.Meetup) ([]any, error)) (eventstore.Outcome, error) {
	return s.Meetups.Execute(ctx, meetup.Stream(meetupID), command, func(m *meetup.Meetup) ([]any, error) {
		if !m.Attends(c.Caller.UserID) {
			return nil, meetup.ErrUnknown
		}
		return decide(m)
	})
}

// atMeetupByName is atMeetup for what is announced under the caller's name.
func (s *Service) atMeetupByName(ctx context.Context, c Call, command eventstore.Command, meetupID string, decide func(*meetup.Meetup, meetup.Person) ([]any, error)) (eventstore.Outcome, error) {
	by, err := s.person(ctx, c.Caller.UserID)
	if err != nil {
		return eventstore.Outcome{}, err
	}
	return s.atMeetup(ctx, c, command, meetupID, func(m *meetup.Meetup) ([]any, error) { return decide(m, meetup.Person(by)) })
}
