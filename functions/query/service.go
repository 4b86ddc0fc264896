// Package query holds the query functions, one file for each kind of answer. They
// read the read documents and decide only who may see them.
package query

import (
	"context"
	"time"

	"boochat/shared/auth"
	"boochat/shared/event"
	"boochat/shared/view"
)

// Service is what queries are made of.
type Service struct {
	Persons   Persons
	Calendars auth.CalendarSecrets

	Views    view.Store
	Allowed  auth.AllowList
	Presence Presence
	Now      func() time.Time
}

// Presence knows who is there.
type Presence interface {
	// Online gives those of some people who are online now.
	Online(ctx context.Context, people map[string]bool) (map[string]bool, error)
}

// Call is a query's circumstances: who asks, where, and with which parameters of the
// path and the query string.
type Call struct {
	Caller auth.Claims
	Server string // where clients reach the functions, without a slash at the end
	Path   func(name string) string
	Query  func(name string) string
}

// Person is somebody as others see them.
type Person struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	ImageURL string `json:"imageUrl"`
}

// errNoRoom refuses rooms that do not exist and rooms of others alike.
var errNoRoom = event.Refuse(event.NotFound, "There is no such room, or it is not yours to know of.")

// people reads persons by id.
func (s *Service) people(ctx context.Context, ids map[string]bool) (map[string]Person, error) {
	paths := make([]string, 0, len(ids))
	for id := range ids {
		paths = append(paths, view.UserPath(id))
	}
	documents, err := s.Views.Get(ctx, paths...)
	if err != nil {
		return nil, err
	}
	people := make(map[string]Person, len(documents))
	for _, d := range documents {
		u, err := view.Decode[view.User](d)
		if err != nil {
			return nil, err
		}
		_, id := view.Split(d.Path)
		people[id] = Person{ID: id, Name: u.Name, ImageURL: u.ImageURL}
	}
	return people, nil
}

// room reads a room for one of its members.
func (s *Service) room(ctx context.Context, id, person string) (view.Room, error) {
	r, _, err := view.Get[view.Room](ctx, s.Views, view.RoomPath(id))
	if err == nil && !r.HasMember(person) {
		err = errNoRoom
	}
	return r, err
}
