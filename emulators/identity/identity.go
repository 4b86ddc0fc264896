// Package identity is the local identity provider: it stands in for Google when
// Boochat runs on one machine, and signs a token for whoever asks, without a
// password. It belongs to development only. Its tokens have Google's form and are
// verified as Google's are: with a real key, fetched as a JSON Web Key Set.
package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"boochat/shared/auth"
	"boochat/shared/httpapi"
)

const (
	issuer        = "https://accounts.google.com"
	tokenLifetime = time.Hour // as Google's
	keysPath      = "/local/identity/jwks"
)

// Provider vouches for anybody.
type Provider struct {
	clientID string
	people   []Person
	now      func() time.Time
	key      func() (signingKey, error)
}

// New makes a provider of tokens for clientID that proposes people to sign in as.
// Its key is kept in keyFile. Making one takes a tenth of a second, so that is put
// off until somebody signs in. A file that holds no key is an error.
func New(clientID, keyFile string, people []Person, now func() time.Time) (*Provider, error) {
	key, err := loadKey(keyFile)
	load := func() (signingKey, error) { return key, nil }
	if errors.Is(err, fs.ErrNotExist) {
		load = sync.OnceValues(func() (signingKey, error) { return createKey(keyFile) })
	} else if err != nil {
		return nil, err
	}
	return &Provider{clientID: clientID, people: people, now: now, key: load}, nil
}

// Handler serves what is below /local/identity/: POST token, GET people and GET jwks.
func (p *Provider) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /local/identity/token", httpapi.Handler(p.serveToken))
	mux.Handle("GET /local/identity/people", httpapi.Handler(p.servePeople))
	mux.Handle("GET "+keysPath, httpapi.Handler(p.serveKeys))
	return mux
}

// Keys are the keys that tokens are verified with. They are fetched from Handler
// as Google's are from Google, only without a network in between.
func (p *Provider) Keys() oidc.KeySet {
	client := &http.Client{Transport: inProcess{p.Handler()}}
	return oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), client), "http://identity.local"+keysPath)
}

// inProcess carries requests to a handler.
type inProcess struct{ handler http.Handler }

func (t inProcess) RoundTrip(request *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	t.handler.ServeHTTP(answer, request)
	return answer.Result(), nil
}

type tokenAnswer struct {
	IDToken string `json:"idToken"`
}

func (p *Provider) serveToken(w http.ResponseWriter, r *http.Request) error {
	person, err := httpapi.Decode[Person](w, r)
	if err != nil {
		return err
	}
	if person.Email, err = auth.ParseEmail(person.Email); err != nil {
		return httpapi.Malformed("email", "\"email\" must be an e-mail address, such as ann@example.com.")
	}
	var limits httpapi.Limits
	limits.Name("name", &person.Name)
	limits.OptionalURL("imageUrl", person.ImageURL)
	if err := limits.Err(); err != nil {
		return httpapi.Malformed("", err.Error())
	}
	token, err := p.sign(person)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, tokenAnswer{token})
}

// googleClaims are the claims of Google's ID tokens.
type googleClaims struct {
	jwt.RegisteredClaims
	AuthorizedParty string `json:"azp"`
	Email           string `json:"email"`
	EmailVerified   bool   `json:"email_verified"`
	Name            string `json:"name"`
	Picture         string `json:"picture,omitempty"`
}

func (p *Provider) sign(person Person) (string, error) {
	key, err := p.key()
	if err != nil {
		return "", err
	}
	now := p.now()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, googleClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    issuer,
			Audience:  jwt.ClaimStrings{p.clientID},
			Subject:   subject(person.Email),
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(tokenLifetime)),
		},
		AuthorizedParty: p.clientID,
		Email:           person.Email,
		EmailVerified:   true,
		Name:            person.Name,
		Picture:         person.ImageURL,
	})
	token.Header["kid"] = key.id
	signed, err := token.SignedString(key.private)
	if err != nil {
		return "", fmt.Errorf("sign ID token: %w", err)
	}
	return signed, nil
}

// subject is the same for the same address in all runs, and has 21 characters, as
// Google's.
func subject(email string) string {
	sum := sha256.Sum256([]byte(email))
	return hex.EncodeToString(sum[:])[:21]
}

type peopleAnswer struct {
	People     []Person `json:"people"`
	GuestSeats []string `json:"guestSeats"`
}

func (p *Provider) servePeople(w http.ResponseWriter, _ *http.Request) error {
	var answer peopleAnswer
	for _, person := range p.people {
		if person.Name == "" {
			answer.GuestSeats = append(answer.GuestSeats, person.Email)
		} else {
			answer.People = append(answer.People, person)
		}
	}
	return httpapi.WriteJSON(w, http.StatusOK, answer)
}

func (p *Provider) serveKeys(w http.ResponseWriter, _ *http.Request) error {
	key, err := p.key()
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.public()}})
}
