package query

import (
	"context"

	"boochat/shared/calendar"
	"boochat/shared/event"
	"boochat/shared/user"
	"boochat/shared/view"
)

// Persons are people as of their newest event, for what must not lag behind.
type Persons interface {
	// Read calls f with a person's newest state, which it must not keep.
	Read(ctx context.Context, name event.Stream, f func(*user.User)) error
}

// errNoCalendar refuses whatever leads to no calendar, and does not say why.
var errNoCalendar = event.Refuse(event.NotFound, "There is no such calendar. Its owner may have another address for it by now.")

// Calendar tells callers the address of their calendar.
func (s *Service) Calendar(ctx context.Context, c Call) (calendar.Subscription, error) {
	u, err := s.user(ctx, c.Caller.UserID)
	return calendar.NewSubscription(c.Server, s.Calendars.Make(c.Caller.UserID, u.CalendarRotation)), err
}

// CalendarFeed gives the calendar that a file of the calendars' folder leads to, in the
// iCalendar format. Nobody signs in to it: its name is the key.
func (s *Service) CalendarFeed(ctx context.Context, file string) ([]byte, error) {
	secret, named := calendar.Secret(file)
	person, rotation, made := s.Calendars.Verify(secret)
	if !named || !made {
		return nil, errNoCalendar
	}
	owner, err := s.user(ctx, person)
	if err != nil {
		return nil, err
	}
	if rotation != owner.CalendarRotation || !owner.Exists() || !s.Allowed.Allows(owner.Email) {
		return nil, errNoCalendar
	}
	meetups, err := view.List[view.Meetup](ctx, s.Views, view.Query{Collection: "meetups", Reader: person})
	if err != nil {
		return nil, err
	}
	return calendar.Feed(person, meetups)
}

// user reads a person as of their newest event: an address that was ended opens nothing
// from then on, however far the read documents are behind.
func (s *Service) user(ctx context.Context, id string) (known user.User, err error) {
	err = s.Persons.Read(ctx, user.Stream(id), func(u *user.User) { known = *u })
	return known, err
}
