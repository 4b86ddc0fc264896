package command

import "context"

// SignOut ends the session that the call was made in.
func (s *Service) SignOut(ctx context.Context, c Call, _ None) (None, error) {
	return None{}, s.Sessions.SignOut(ctx, c.Caller.SessionID)
}

// SignOutEverywhere ends all sessions of the caller.
func (s *Service) SignOutEverywhere(ctx context.Context, c Call, _ None) (None, error) {
	return None{}, s.Sessions.SignOutEverywhere(ctx, c.Caller.UserID)
}
