package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"boochat/shared/auth"
)

// D-5: errors end up in logs, so none may hold a token or whose it is.
func TestErrorsDoNotQuoteTokens(t *testing.T) {
	s := signIn(t)
	keys := auth.NewKeys(noon)
	tokens := newAccessTokens(t, keys, s.clock.now)
	identities := auth.NewVerifier(googleKeys(t), clientID, s.clock.now)

	expired := googleToken(t, jwt.MapClaims{"exp": noon.Add(-time.Hour).Unix()})
	stranger := sign(t, jwt.SigningMethodHS256, "google-1", []byte("secret"), annsClaims(nil))
	tampered := issue(t, tokens, ann) + "A"
	resigned := genuine(keys)
	resigned.secret = []byte("another secret")
	forged := resigned.token(t)
	s.refresh(t, s.token, "")

	_, expiredErr := identities.Verify(t.Context(), expired)
	_, strangerErr := identities.Verify(t.Context(), stranger)
	_, _, tamperedErr := tokens.Verify(tampered)
	_, _, forgedErr := tokens.Verify(forged)
	_, _, reusedErr := s.Refresh(t.Context(), s.token, "")
	for token, err := range map[string]error{
		expired: expiredErr, stranger: strangerErr, tampered: tamperedErr, forged: forgedErr, s.token: reusedErr,
	} {
		wantInvalid(t, err)
		for _, part := range append(strings.Split(token, "."), ann.Email, ann.UserID) {
			if part != "" && strings.Contains(err.Error(), part) {
				t.Errorf("error %q quotes %q", err, part)
			}
		}
	}
}
