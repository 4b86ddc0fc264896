package auth_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"maps"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"

	"boochat/shared/auth"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// clock stands still until a test moves it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: noon} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

const clientID = "boochat.apps.googleusercontent.com"

// Making RSA keys takes longer than all the rest together.
var googleKey, strangerKey = sync.OnceValue(newRSAKey), sync.OnceValue(newRSAKey)

func newRSAKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// google answers in place of Google's server of public keys.
type google struct {
	answer func() (status int, body []byte, err error)
}

func (g google) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.String() != "https://www.googleapis.com/oauth2/v3/certs" {
		return nil, errors.New("nobody is there")
	}
	status, body, err := g.answer()
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status,
		Status:     http.StatusText(status),
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(bytes.NewReader(body)),
		Request:    request,
	}, nil
}

func keysFrom(t testing.TB, answer func() (int, []byte, error)) oidc.KeySet {
	t.Helper()
	return auth.GoogleKeys(context.Background(), &http.Client{Transport: google{answer}})
}

func googleKeys(t testing.TB) oidc.KeySet {
	t.Helper()
	body, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: googleKey().Public(), KeyID: "google-1", Algorithm: "RS256", Use: "sig"},
	}})
	if err != nil {
		t.Fatalf("encode public keys: %v", err)
	}
	return keysFrom(t, func() (int, []byte, error) { return http.StatusOK, body, nil })
}

// annsClaims are what Google says about Ann, with changes; nil takes a claim away.
func annsClaims(changes jwt.MapClaims) jwt.MapClaims {
	claims := jwt.MapClaims{
		"iss": "https://accounts.google.com", "aud": clientID, "azp": clientID,
		"sub": "108234567890123456789", "email": "ann@example.com", "email_verified": true,
		"name": "Ann", "picture": "https://example.com/ann.png",
		"iat": noon.Unix(), "exp": noon.Add(time.Hour).Unix(),
	}
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	return claims
}

func sign(t testing.TB, method jwt.SigningMethod, kid string, key any, claims jwt.Claims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	if kid != "" {
		token.Header["kid"] = kid
	}
	signed, err := token.SignedString(key)
	if err != nil {
		t.Fatalf("sign: %v", err)
	}
	return signed
}

// googleToken is an ID token of Ann as Google signs it.
func googleToken(t testing.TB, changes jwt.MapClaims) string {
	t.Helper()
	return sign(t, jwt.SigningMethodRS256, "google-1", googleKey(), annsClaims(changes))
}

func wantInvalid(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, auth.ErrInvalidToken) || errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("error is %v, want ErrInvalidToken", err)
	}
}
