package auth

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
)

// AccessTokenLifetime is how long an access token is good for.
const AccessTokenLifetime = 15 * time.Minute

const (
	tokenParty = "boochat" // both issuer and audience

	// clockSkew is by how much the clocks of two processes may differ.
	clockSkew = time.Minute

	// verifiedTokens is how many verified tokens are remembered: more than the
	// people who are active at once, at about 0.5 KiB each.
	verifiedTokens = 4096
)

// Claims say on whose behalf a request comes.
type Claims struct {
	UserID, Email, SessionID string
}

// AccessTokens issues and verifies access tokens: a JWT (RFC 7519) signed with
// HS256, inside a JWE (RFC 7516) of dir and A256GCM. They are safe for
// concurrent use.
type AccessTokens struct {
	keys      Keys
	now       func() time.Time
	encrypter jose.Encrypter
	parser    *jwt.Parser
	verified  *lru.Cache[[sha256.Size]byte, verifiedToken]
}

type verifiedToken struct {
	claims    Claims
	expiresAt time.Time
}

// NewAccessTokens makes tokens with the newest of keys. The error is about keys
// that ParseKeys would not accept either.
func NewAccessTokens(keys Keys, now func() time.Time) (*AccessTokens, error) {
	if err := keys.validate(); err != nil {
		return nil, fmt.Errorf("use keys for access tokens: %w", err)
	}
	newest := keys.Encryption[0]
	encrypter, err := jose.NewEncrypter(jose.A256GCM,
		jose.Recipient{Algorithm: jose.DIRECT, Key: newest.Secret, KeyID: newest.ID},
		new(jose.EncrypterOptions).WithContentType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("use encryption key: %w", err)
	}
	verified, err := lru.New[[sha256.Size]byte, verifiedToken](verifiedTokens)
	if err != nil {
		return nil, fmt.Errorf("make cache of verified tokens: %w", err)
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(tokenParty),
		jwt.WithAudience(tokenParty),
		jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(now),
	)
	return &AccessTokens{keys, now, encrypter, parser, verified}, nil
}

// jwtClaims is the payload of the inner token.
type jwtClaims struct {
	jwt.RegisteredClaims
	Email     string `json:"email"`
	SessionID string `json:"sid"`
}

// Validate is called by the parser when the registered claims are in order.
func (c jwtClaims) Validate() error {
	if c.Subject == "" || c.Email == "" || c.SessionID == "" || c.ID == "" {
		return errors.New("a claim is missing")
	}
	return nil
}

// Issue makes a token that expires after AccessTokenLifetime, rounded down to a
// second. Tokens of equal claims differ in every part. All claims are required.
func (t *AccessTokens) Issue(claims Claims) (token string, expiresAt time.Time, err error) {
	now := t.now()
	payload := jwtClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    tokenParty,
			Audience:  jwt.ClaimStrings{tokenParty},
			Subject:   claims.UserID,
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(AccessTokenLifetime)),
			ID:        uuid.Must(uuid.NewV7()).String(),
		},
		Email:     claims.Email,
		SessionID: claims.SessionID,
	}
	if err := payload.Validate(); err != nil {
		return "", time.Time{}, fmt.Errorf("issue access token: %w", err)
	}
	newest := t.keys.Signing[0]
	unsigned := jwt.NewWithClaims(jwt.SigningMethodHS256, payload)
	unsigned.Header["kid"] = newest.ID
	signed, err := unsigned.SignedString(newest.Secret)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("sign access token: %w", err)
	}
	sealed, err := t.encrypter.Encrypt([]byte(signed))
	if err != nil {
		return "", time.Time{}, fmt.Errorf("encrypt access token: %w", err)
	}
	token, err = sealed.CompactSerialize()
	if err != nil {
		return "", time.Time{}, fmt.Errorf("serialize access token: %w", err)
	}
	return token, payload.ExpiresAt.UTC(), nil
}

// Verify returns the claims of a token that Issue made and when it expires, else
// an error that wraps ErrInvalidToken. What it accepted it remembers by the
// token's hash, so that the requests of an active person cost about a microsecond;
// when the token expires is looked at each time.
func (t *AccessTokens) Verify(token string) (Claims, time.Time, error) {
	if len(token) > maxTokenSize {
		return Claims{}, time.Time{}, fmt.Errorf("%w: it is too long", ErrInvalidToken)
	}
	digest := sha256.Sum256([]byte(token))
	if known, ok := t.verified.Get(digest); ok && t.now().Before(known.expiresAt) {
		return known.claims, known.expiresAt, nil
	}
	signed, err := t.decrypt(token)
	if err != nil {
		return Claims{}, time.Time{}, fmt.Errorf("%w: decrypt: %w", ErrInvalidToken, err)
	}
	var payload jwtClaims
	if _, err := t.parser.ParseWithClaims(string(signed), &payload, t.signingKey); err != nil {
		return Claims{}, time.Time{}, fmt.Errorf("%w: verify signature and claims: %w", ErrInvalidToken, err)
	}
	// Tokens made with a stolen key must not be remembered for longer than that key is good.
	if payload.ExpiresAt.After(t.now().Add(AccessTokenLifetime + clockSkew)) {
		return Claims{}, time.Time{}, fmt.Errorf("%w: it lives too long", ErrInvalidToken)
	}
	verified := verifiedToken{
		claims:    Claims{UserID: payload.Subject, Email: payload.Email, SessionID: payload.SessionID},
		expiresAt: payload.ExpiresAt.UTC(),
	}
	t.verified.Add(digest, verified)
	return verified.claims, verified.expiresAt, nil
}

func (t *AccessTokens) decrypt(token string) ([]byte, error) {
	sealed, err := jose.ParseEncryptedCompact(token,
		[]jose.KeyAlgorithm{jose.DIRECT}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return nil, err
	}
	// Base64 has several spellings of the same bytes, and dir leaves the part of the
	// encrypted key empty without anything proving it. One spelling is the token.
	if spelled, err := sealed.CompactSerialize(); err != nil || spelled != token || !strings.Contains(token, "..") {
		return nil, errors.New("it is not spelled canonically")
	}
	if _, compressed := sealed.Header.ExtraHeaders["zip"]; compressed {
		return nil, errors.New("it is compressed")
	}
	if sealed.Header.ExtraHeaders[jose.HeaderContentType] != "JWT" {
		return nil, errors.New("it does not hold a JWT")
	}
	key, err := find(t.keys.Encryption, sealed.Header.KeyID, t.now())
	if err != nil {
		return nil, err
	}
	return sealed.Decrypt(key)
}

func (t *AccessTokens) signingKey(token *jwt.Token) (any, error) {
	id, _ := token.Header["kid"].(string)
	return find(t.keys.Signing, id, t.now())
}
