package command

import (
	"context"
	"errors"

	"boochat/shared/auth"
	"boochat/shared/event"
	"boochat/shared/httpapi"
	"boochat/shared/user"
)

// Authenticate begins a session with a Google ID token.
type Authenticate struct {
	IDToken string `json:"idToken" jsonschema:"minLength=1"`
}

// SignedIn is what a session is used with.
type SignedIn struct {
	User                 Profile `json:"user"`
	AccessToken          string  `json:"accessToken"`
	AccessTokenExpiresAt string  `json:"accessTokenExpiresAt" jsonschema:"format=date-time"`
	RefreshToken         string  `json:"refreshToken"`
	FirebaseToken        string  `json:"firebaseToken,omitempty" jsonschema:"description=To sign in to Firebase with and listen to the read documents, where this server's clients do"`
}

// Check leaves judging the token to its verification.
func (q *Authenticate) Check(*httpapi.Limits) {}

// ErrNotAllowed refuses people who are not on the group's list.
var ErrNotAllowed = event.Refuse(event.Forbidden, "This address is not on the group's list. Ask whoever runs the group to add it.")

// Authenticate is the command of that name.
func (s *Service) Authenticate(ctx context.Context, c Call, q Authenticate) (SignedIn, error) {
	identity, err := s.Verifier.Verify(ctx, q.IDToken)
	if err != nil {
		return SignedIn{}, tokenError(err, "This ID token is not valid. Sign in with Google again.")
	}
	if !s.Allowed.Allows(identity.Email) {
		return SignedIn{}, ErrNotAllowed
	}
	c.Caller = auth.Claims{UserID: identity.Subject, Email: identity.Email}
	_, err = s.Users.Execute(ctx, user.Stream(identity.Subject), c.command(q), func(u *user.User) ([]any, error) {
		return u.Authenticate(identity.Name, identity.ImageURL, identity.Email)
	})
	if err != nil {
		return SignedIn{}, err
	}
	session, refreshToken, err := s.Sessions.Start(ctx, identity.Subject, identity.Email)
	if err != nil {
		return SignedIn{}, tokenError(err, "")
	}
	return s.signedIn(ctx, session, refreshToken)
}

// signedIn is the answer that goes with a session.
func (s *Service) signedIn(ctx context.Context, session auth.Session, refreshToken string) (SignedIn, error) {
	profile, err := s.profile(ctx, session.UserID)
	if err != nil {
		return SignedIn{}, err
	}
	accessToken, expiresAt, err := s.Tokens.Issue(auth.Claims{UserID: session.UserID, Email: session.Email, SessionID: session.ID})
	if err != nil {
		return SignedIn{}, err
	}
	answer := SignedIn{
		User: profile, AccessToken: accessToken, AccessTokenExpiresAt: expiresAt.UTC().Format(event.TimeLayout), RefreshToken: refreshToken,
	}
	if s.Firebase != nil {
		answer.FirebaseToken, err = s.Firebase.FirebaseToken(ctx, session.UserID)
	}
	return answer, err
}

// tokenError tells a bad token, in words, from a failure to judge it.
func tokenError(err error, detail string) error {
	switch {
	case errors.Is(err, auth.ErrInvalidToken):
		return httpapi.Unauthenticated(detail)
	case errors.Is(err, auth.ErrUnavailable):
		return &event.Refusal{Kind: event.Unavailable, Detail: "Signing in is not possible just now. Try again.", Cause: err}
	default:
		return err
	}
}
