package functions

import (
	"context"
	"errors"
	"net/http"
	"time"

	"boochat/functions/command"
	"boochat/shared/auth"
	"boochat/shared/httpapi"
)

// Gate lets callers in: with a valid access token of a session that has not
// ended, while their address is on the group's list, and not too often.
type Gate struct {
	Tokens    *auth.AccessTokens
	Sessions  *auth.Sessions
	Allowed   auth.AllowList
	PerPerson *httpapi.RateLimiter // of commands
}

// Check verifies an access token and tells whose it is and until when it is good.
func (g *Gate) Check(ctx context.Context, accessToken string) (auth.Claims, time.Time, error) {
	claims, expiresAt, err := g.Tokens.Verify(accessToken)
	if errors.Is(err, auth.ErrInvalidToken) {
		return auth.Claims{}, time.Time{}, httpapi.Unauthenticated("The access token is not valid, or at its end. Refresh it, or sign in again.")
	}
	if err != nil {
		return auth.Claims{}, time.Time{}, err
	}
	if !g.Allowed.Allows(claims.Email) {
		return auth.Claims{}, time.Time{}, command.ErrNotAllowed
	}
	active, err := g.Sessions.Active(ctx, claims.SessionID)
	if err != nil {
		return auth.Claims{}, time.Time{}, err
	}
	if !active {
		return auth.Claims{}, time.Time{}, httpapi.Unauthenticated("This session has ended. Sign in again.")
	}
	return claims, expiresAt, nil
}

// caller tells who makes a request.
func (g *Gate) caller(r *http.Request) (auth.Claims, error) {
	token, err := httpapi.Bearer(r)
	if err != nil {
		return auth.Claims{}, err
	}
	claims, _, err := g.Check(r.Context(), token)
	return claims, err
}

// command tells the circumstances of a command.
func (g *Gate) command(r *http.Request, f Function) (command.Call, error) {
	call := command.Call{Name: f.Name, Trace: httpapi.Traceparent(r.Context())}
	var err error
	if !f.Public {
		if call.Caller, err = g.caller(r); err != nil {
			return command.Call{}, err
		}
		if err := g.PerPerson.Allow(call.Caller.UserID); err != nil {
			return command.Call{}, err
		}
	}
	call.Key, err = httpapi.IdempotencyKey(r)
	return call, err
}
