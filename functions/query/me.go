package query

import (
	"context"

	"boochat/shared/view"
)

// Me is the caller.
type Me struct {
	Person
	Email string `json:"email" jsonschema:"format=email"`
}

// Me tells callers who they are.
func (s *Service) Me(ctx context.Context, c Call) (Me, error) {
	u, _, err := view.Get[view.User](ctx, s.Views, view.UserPath(c.Caller.UserID))
	return Me{Person{c.Caller.UserID, u.Name, u.ImageURL}, c.Caller.Email}, err
}
