package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	googleIssuer = "https://accounts.google.com"
	// googleKeysURL is the jwks_uri of Google's OpenID Connect discovery document.
	googleKeysURL = "https://www.googleapis.com/oauth2/v3/certs"

	maxNameLength     = 100  // Unicode code points; the limit of the client contract
	maxImageURLLength = 2048 // Unicode code points; the limit of the client contract
)

// subjectPattern is the client contract's form of ids. A subject becomes a user id.
var subjectPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// compactToken is the only serialization of a signed token that is accepted.
// go-jose would also read the JSON one, which has room for unsigned headers.
var compactToken = regexp.MustCompile(`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$`)

// GoogleKeys are Google's public keys. They are fetched with client when the first
// token is verified and again when a token names an unknown key, by one request at
// a time. The client's timeout bounds a fetch; ctx only carries values.
func GoogleKeys(ctx context.Context, client *http.Client) oidc.KeySet {
	return oidc.NewRemoteKeySet(oidc.ClientContext(ctx, client), googleKeysURL)
}

// Identity is who Google says somebody is.
type Identity struct {
	Subject  string // Google's id of the account; 1 to 128 characters of A-Z a-z 0-9 _ -
	Email    string // verified, in the form of ParseEmail
	Name     string // 1 to 100 code points
	ImageURL string // an https address of up to 2,048 code points, or empty
}

// Verifier verifies the ID tokens of people who sign in with Google.
type Verifier struct {
	tokens googleTokens
}

// NewVerifier accepts tokens that Google issued to clientID and signed with one of keys.
func NewVerifier(keys oidc.KeySet, clientID string, now func() time.Time) *Verifier {
	return &Verifier{newGoogleTokens(keys, clientID, now)}
}

// Verify checks a Google ID token as OpenID Connect Core, section 3.1.3.7, asks: RS256 signature,
// issuer, audience and expiry. Beyond that the e-mail address must be verified and
// must not be a service account's, since any service account can obtain a token
// for any audience. The error wraps ErrInvalidToken or ErrUnavailable.
func (v *Verifier) Verify(ctx context.Context, idToken string) (Identity, error) {
	claims, err := v.tokens.verify(ctx, idToken)
	if err != nil {
		return Identity{}, err
	}
	if !subjectPattern.MatchString(claims.Subject) {
		return Identity{}, fmt.Errorf("%w: its subject cannot be a user id", ErrInvalidToken)
	}
	mailbox, domain, _ := strings.Cut(claims.Email, "@")
	if strings.HasSuffix("."+domain, ".gserviceaccount.com") {
		return Identity{}, fmt.Errorf("%w: it belongs to a service account", ErrInvalidToken)
	}
	return Identity{
		Subject:  claims.Subject,
		Email:    claims.Email,
		Name:     displayName(claims.Name, mailbox),
		ImageURL: imageURL(claims.Picture),
	}, nil
}

// displayName makes a name that the client contract allows out of any text.
func displayName(name, mailbox string) string {
	name = strings.TrimSpace(name)
	if name == "" {
		name = mailbox
	}
	if letters := []rune(name); len(letters) > maxNameLength {
		name = strings.TrimSpace(string(letters[:maxNameLength]))
	}
	return name
}

// imageURL drops an address that no client could be shown; signing in without a
// picture is better than not signing in.
func imageURL(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "https" || parsed.Host == "" || utf8.RuneCountInString(address) > maxImageURLLength {
		return ""
	}
	return address
}

// PushVerifier verifies the ID tokens that Pub/Sub sends along when it pushes a message.
type PushVerifier struct {
	tokens         googleTokens
	serviceAccount string
}

// NewPushVerifier accepts tokens that Google signed with one of keys for the audience of the
// push subscription and for the e-mail address of its service account.
func NewPushVerifier(keys oidc.KeySet, audience, serviceAccount string, now func() time.Time) *PushVerifier {
	return &PushVerifier{newGoogleTokens(keys, audience, now), normalize(serviceAccount)}
}

// Verify checks like Verifier.Verify that a token is Google's and meant for this audience, and
// that it belongs to the expected service account. The error wraps ErrInvalidToken
// or ErrUnavailable.
func (v *PushVerifier) Verify(ctx context.Context, token string) error {
	claims, err := v.tokens.verify(ctx, token)
	if err != nil {
		return err
	}
	if claims.Email != v.serviceAccount {
		return fmt.Errorf("%w: it belongs to another account", ErrInvalidToken)
	}
	return nil
}

// googleTokens is what both verifiers have in common.
type googleTokens struct {
	keys   oidc.KeySet
	config oidc.Config
}

func newGoogleTokens(keys oidc.KeySet, audience string, now func() time.Time) googleTokens {
	return googleTokens{keys, oidc.Config{
		ClientID:             audience,
		SupportedSigningAlgs: []string{oidc.RS256},
		Now:                  now,
	}}
}

type googleClaims struct {
	Subject       string `json:"sub"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"` // a string "true" is refused
	Name          string `json:"name"`
	Picture       string `json:"picture"`
}

// verify checks everything but whose token it is, and normalizes the e-mail address.
func (t googleTokens) verify(ctx context.Context, token string) (googleClaims, error) {
	var none, claims googleClaims
	if len(token) > maxTokenSize || !compactToken.MatchString(token) {
		return none, fmt.Errorf("%w: it does not look like an ID token", ErrInvalidToken)
	}
	keys := &observedKeys{KeySet: t.keys}
	verified, err := oidc.NewVerifier(googleIssuer, keys, &t.config).Verify(ctx, token)
	switch {
	case keys.unavailable():
		return none, fmt.Errorf("verify ID token: %w: %w", ErrUnavailable, keys.failure)
	case err != nil:
		return none, fmt.Errorf("%w: %w", ErrInvalidToken, err)
	case len(verified.Audience) != 1:
		// Google never issues one; whoever else it is for could use it here.
		return none, fmt.Errorf("%w: it has several audiences", ErrInvalidToken)
	}
	if err := verified.Claims(&claims); err != nil {
		return none, fmt.Errorf("%w: decode claims: %w", ErrInvalidToken, err)
	}
	if !claims.EmailVerified {
		return none, fmt.Errorf("%w: its e-mail address is not verified", ErrInvalidToken)
	}
	if claims.Email, err = ParseEmail(claims.Email); err != nil {
		return none, fmt.Errorf("%w: it has no e-mail address", ErrInvalidToken)
	}
	return claims, nil
}

// observedKeys remembers for one verification why the keys failed, because the
// error of oidc.IDTokenVerifier does not wrap it.
type observedKeys struct {
	oidc.KeySet
	failure error
}

func (k *observedKeys) VerifySignature(ctx context.Context, token string) (payload []byte, err error) {
	payload, k.failure = k.KeySet.VerifySignature(ctx, token)
	return payload, k.failure
}

// unavailable tells keys that could not be fetched from a signature that does not
// fit: oidc.RemoteKeySet wraps the cause of the first and has none for the second.
func (k *observedKeys) unavailable() bool {
	return errors.Unwrap(k.failure) != nil
}
