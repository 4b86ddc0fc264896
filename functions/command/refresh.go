package command

import (
	"context"

	"boochat/shared/httpapi"
)

// Refresh goes on with a session whose access token ends.
type Refresh struct {
	RefreshToken string `json:"refreshToken" jsonschema:"minLength=1"`
}

// Check leaves judging the token to its verification.
func (q *Refresh) Check(*httpapi.Limits) {}

// Refresh is the command of that name. The refresh token is used up by it; a
// repeat with the same key, after a lost answer, gives the same new one.
func (s *Service) Refresh(ctx context.Context, c Call, q Refresh) (SignedIn, error) {
	session, refreshToken, err := s.Sessions.Refresh(ctx, q.RefreshToken, c.Key)
	if err != nil {
		return SignedIn{}, tokenError(err, "This refresh token is not valid, or was used before. Sign in again.")
	}
	if !s.Allowed.Allows(session.Email) {
		return SignedIn{}, ErrNotAllowed
	}
	return s.signedIn(ctx, session, refreshToken)
}
