package command

import (
	"context"

	"boochat/shared/calendar"
	"boochat/shared/user"
)

// RotateCalendar makes another address for the caller's calendar and ends the one they
// had.
func (s *Service) RotateCalendar(ctx context.Context, c Call, q None) (calendar.Subscription, error) {
	outcome, err := s.Users.Execute(ctx, user.Stream(c.Caller.UserID), c.command(q), func(u *user.User) ([]any, error) {
		return u.RotateCalendar()
	})
	if err != nil {
		return calendar.Subscription{}, err
	}
	// What the command made when it came first is the answer to repeats, too.
	payload, err := s.Catalogue.Decode(outcome.Events[0])
	rotated, _ := payload.(user.CalendarRotated)
	return calendar.NewSubscription(c.Server, s.Calendars.Make(c.Caller.UserID, rotated.Rotation)), err
}
