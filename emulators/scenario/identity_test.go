package scenario

import (
	"crypto/rand"
	"crypto/rsa"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func testIdentity(t *testing.T, s *suite) {
	t.Run("D-1 only Google's word is taken", func(t *testing.T) { testForgedIDTokens(t, s) })
	t.Run("D-1 a token for another audience is refused", func(t *testing.T) {
		own := s.alone(t)
		ann := own.person(t, "Ann")
		token := ann.idToken()
		own.Restart(t, settings("GOOGLE_CLIENT_ID=another.apps.googleusercontent.com")...)
		ann.post("authenticate", fields{"idToken": token}).refused("unauthenticated")
		ann.post("authenticate", fields{"idToken": ann.idToken()}).want(200, shapeSession)
	})
	t.Run("D-1 D-2 tokens end", func(t *testing.T) {
		own := s.alone(t)
		ann := own.person(t, "Ann")
		token := ann.idToken()
		own.Advance(14 * time.Minute)
		ann.get("/v1/me").want(200, shapeProfile)
		own.Advance(2 * time.Minute)
		ann.get("/v1/me").refused("unauthenticated")
		ann.post("send-message", fields{"roomId": "x", "content": "x"}).refused("unauthenticated")
		again := ann.refreshed(ann.RefreshToken, newID())
		again.get("/v1/me").want(200, shapeProfile)
		own.Advance(time.Hour)
		ann.post("authenticate", fields{"idToken": token}).refused("unauthenticated")
		own.Advance(31 * 24 * time.Hour)
		again.post("refresh", fields{"refreshToken": again.RefreshToken}).refused("unauthenticated")
	})
	t.Run("who is not on the list is told so, and one who is in any spelling is not", func(t *testing.T) {
		own := s.alone(t)
		stranger := own.nobody(t)
		stranger.Identity.Email, stranger.Identity.Name = "stranger@example.com", "Stranger"
		stranger.post("authenticate", fields{"idToken": stranger.idToken()}).refused("forbidden")
		own.Restart(t, "ALLOWED_USERS= , STRANGER@example.com ,")
		if again := own.signIn(t, stranger.Identity); again.User.Email != "stranger@example.com" {
			t.Errorf("signed in as %+v", again.User)
		}
	})
	t.Run("D-2 D-3 only access tokens are", func(t *testing.T) {
		ann := s.person(t, "Ann")
		other := s.signIn(t, ann.Identity)
		if ann.AccessToken == other.AccessToken || ann.RefreshToken == other.RefreshToken {
			t.Error("two sessions have the same token")
		}
		if parts := strings.Split(ann.AccessToken, "."); len(parts) != 5 {
			t.Errorf("the access token has %d parts: it is not encrypted", len(parts))
		}
		flipped := []byte(ann.AccessToken)
		flipped[len(flipped)/2] ^= 1
		for name, header := range map[string]string{
			"none": "", "no scheme": ann.AccessToken, "another scheme": "Basic " + ann.AccessToken, "empty": "Bearer ", "garbage": "Bearer x",
			"ID token": "Bearer " + ann.idToken(), "refresh token": "Bearer " + ann.RefreshToken, "one bit": "Bearer " + string(flipped),
			"cut": "Bearer " + ann.AccessToken[:len(ann.AccessToken)-1], "longer": "Bearer " + ann.AccessToken + "A", "huge": "Bearer " + strings.Repeat("x", 20_000),
		} {
			if _, err := ann.send(http.MethodGet, "/v1/me", nil, http.Header{"Authorization": {header}}).problem("unauthenticated", 401); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		ann.send(http.MethodGet, "/v1/me", nil, http.Header{"Authorization": {"bearer " + ann.AccessToken}}).want(200, shapeProfile)
		ann.send(http.MethodGet, "/v1/me", nil, http.Header{"Authorization": {"Bearer " + ann.AccessToken, "Bearer " + ann.AccessToken}}).refused("unauthenticated")
	})
	t.Run("D-5 a token in an address is refused", func(t *testing.T) {
		ann := s.person(t, "Ann")
		paths := []string{"/v1/me", "/v1/rooms"}
		if s.Firestore() == nil {
			paths = append(paths, "/v1/live")
		}
		for _, path := range paths {
			for _, name := range []string{"token", "access_token"} {
				with := path + "?" + name + "=" + ann.AccessToken
				a := ann.get(with)
				a.refused("unauthenticated")
				if strings.Contains(string(a.Body), ann.AccessToken) {
					t.Errorf("%s answers with the token", path)
				}
				s.nobody(t).get(with).refused("unauthenticated")
			}
		}
	})
}

func testForgedIDTokens(t *testing.T, s *suite) {
	ann := s.person(t, "Ann")
	real := ann.idToken()
	claims := jwt.MapClaims{}
	parsed, _, err := jwt.NewParser().ParseUnverified(real, claims)
	if err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	forge := func(method jwt.SigningMethod, key any) string {
		token := jwt.NewWithClaims(method, maps.Clone(claims))
		token.Header["kid"] = parsed.Header["kid"]
		signed, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	parts := strings.Split(real, ".")
	for name, token := range map[string]string{
		"empty": "", "garbage": "x", "two dots": "..", "three words": "a.b.c", "huge": strings.Repeat("x", 20_000),
		"unsigned":        forge(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType),
		"shared secret":   forge(jwt.SigningMethodHS256, []byte("secret")),
		"another key":     forge(jwt.SigningMethodRS256, key),
		"no signature":    parts[0] + "." + parts[1] + ".",
		"another payload": parts[0] + "." + strings.Split(forge(jwt.SigningMethodRS256, key), ".")[1] + "x." + parts[2],
		"access token":    ann.AccessToken,
	} {
		if _, err := s.nobody(t).post("authenticate", fields{"idToken": token}).problem("unauthenticated", 401); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, claimed := range []fields{
		{"idToken": real, "id": "somebody-else"}, {"idToken": real, "email": "ann@example.com"}, {"id": "a", "name": "Ann", "email": "ann@example.com", "imageUrl": ""},
	} {
		s.nobody(t).post("authenticate", claimed).refused("malformed")
	}
}
