package auth_test

import (
	"encoding/base64"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"boochat/shared/auth"
)

// D-2, D-3: a change of any letter is noticed.
func TestAccessTokenTampered(t *testing.T) {
	tokens := newAccessTokens(t, auth.NewKeys(noon), newClock().now)
	token := issue(t, tokens, ann)
	for i, letter := range token {
		for _, other := range "AB9-_.\n" {
			if other == letter {
				continue
			}
			tampered := token[:i] + string(other) + token[i+1:]
			if _, _, err := tokens.Verify(tampered); !errors.Is(err, auth.ErrInvalidToken) {
				t.Fatalf("letter %d changed from %q to %q: error %v", i, letter, other, err)
			}
		}
	}
	parts := strings.Split(token, ".")
	for name, tampered := range map[string]string{
		"empty":               "",
		"cut off":             token[:len(token)-1],
		"longer":              token + "A",
		"a part too many":     token + ".",
		"blanks around":       " " + token + "\n",
		"an encrypted key":    parts[0] + ".AAAA." + strings.Join(parts[2:], "."),
		"a longer nonce":      parts[0] + ".." + parts[2] + "AAAA." + parts[3] + "." + parts[4],
		"a shorter tag":       strings.Join(parts[:4], ".") + "." + parts[4][:16],
		"no ciphertext":       parts[0] + ".." + parts[2] + ".." + parts[4],
		"a newline inside":    token[:100] + "\n" + token[100:],
		"spelled otherwise":   token[:len(token)-1] + sameBits(token[len(token)-1]),
		"a header of another": strings.Split(issue(t, newAccessTokens(t, auth.NewKeys(noon), newClock().now), ann), ".")[0] + token[len(parts[0]):],
	} {
		t.Run(name, func(t *testing.T) { wantRefused(t, tokens, tampered) })
	}
}

// sameBits is another letter for the end of a tag. Its last 4 bits say nothing:
// 16 bytes fill 21 letters and a third of the next.
func sameBits(letter byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, letter)^1])
}

// sealing is how a test makes a token, as one who has some or all of the keys.
type sealing struct {
	inner  jwt.SigningMethod
	secret any // of the signature
	kid    string
	claims jwt.MapClaims

	encryption jose.ContentEncryption
	recipient  jose.Recipient
	options    *jose.EncrypterOptions
}

// genuine makes what Issue makes.
func genuine(keys auth.Keys) sealing {
	signing, encryption := keys.Signing[0], keys.Encryption[0]
	return sealing{
		inner: jwt.SigningMethodHS256, secret: signing.Secret, kid: signing.ID,
		claims: jwt.MapClaims{
			"iss": "boochat", "aud": "boochat", "sub": ann.UserID, "email": ann.Email, "sid": ann.SessionID,
			"iat": noon.Unix(), "exp": noon.Add(15 * time.Minute).Unix(), "jti": "1",
		},
		encryption: jose.A256GCM,
		recipient:  jose.Recipient{Algorithm: jose.DIRECT, Key: encryption.Secret, KeyID: encryption.ID},
		options:    new(jose.EncrypterOptions).WithContentType("JWT"),
	}
}

func (s sealing) with(claim string, value any) sealing {
	s.claims = maps.Clone(s.claims)
	s.claims[claim] = value
	if value == nil {
		delete(s.claims, claim)
	}
	return s
}

func (s sealing) token(t testing.TB) string {
	t.Helper()
	return s.seal(t, sign(t, s.inner, s.kid, s.secret, s.claims))
}

func (s sealing) seal(t testing.TB, content string) string {
	t.Helper()
	encrypter, err := jose.NewEncrypter(s.encryption, s.recipient, s.options)
	if err != nil {
		t.Fatalf("make encrypter: %v", err)
	}
	sealed, err := encrypter.Encrypt([]byte(content))
	if err != nil {
		t.Fatalf("encrypt: %v", err)
	}
	token, err := sealed.CompactSerialize()
	if err != nil {
		t.Fatalf("serialize: %v", err)
	}
	return token
}

// D-2: of two layers each must be right, even for one who has a key.
func TestAccessTokenForged(t *testing.T) {
	keys := auth.NewKeys(noon)
	tokens := newAccessTokens(t, keys, newClock().now)
	honest := genuine(keys)
	if claims, _, err := tokens.Verify(honest.token(t)); err != nil || claims != ann {
		t.Fatalf("the token that the forgeries vary: %+v, error %v", claims, err)
	}
	change := func(apply func(*sealing)) string {
		forged := genuine(keys)
		apply(&forged)
		return forged.token(t)
	}
	signed := sign(t, honest.inner, honest.kid, honest.secret, honest.claims)
	swapped := auth.Keys{Signing: keys.Encryption, Encryption: keys.Signing}
	for name, token := range map[string]string{
		"only signed":           signed,
		"only encrypted":        honest.seal(t, `{"sub":"1"}`),
		"encrypted twice":       honest.seal(t, honest.token(t)),
		"alg none inside":       change(func(s *sealing) { s.inner, s.secret = jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType }),
		"HS512 inside":          change(func(s *sealing) { s.inner = jwt.SigningMethodHS512 }),
		"RS256 inside":          change(func(s *sealing) { s.inner, s.secret = jwt.SigningMethodRS256, strangerKey() }),
		"re-signed":             change(func(s *sealing) { s.secret = make([]byte, 32) }),
		"signed with the other": change(func(s *sealing) { s.secret = keys.Encryption[0].Secret }),
		"unknown signing kid":   change(func(s *sealing) { s.kid = "other" }),
		"no signing kid":        change(func(s *sealing) { s.kid = "" }),
		"signing kid of other":  change(func(s *sealing) { s.kid = keys.Encryption[0].ID }),
		"sealed with the other": change(func(s *sealing) { s.recipient.Key = keys.Signing[0].Secret }),
		"unknown sealing kid":   change(func(s *sealing) { s.recipient.KeyID = "other" }),
		"no sealing kid":        change(func(s *sealing) { s.recipient.KeyID = "" }),
		"swapped keys":          issue(t, newAccessTokens(t, swapped, newClock().now), ann),
		"A128GCM": change(func(s *sealing) {
			s.encryption, s.recipient.Key = jose.A128GCM, keys.Encryption[0].Secret[:16]
		}),
		"A128CBC-HS256":        change(func(s *sealing) { s.encryption = jose.A128CBC_HS256 }),
		"A256KW":               change(func(s *sealing) { s.recipient.Algorithm = jose.A256KW }),
		"A256GCMKW":            change(func(s *sealing) { s.recipient.Algorithm = jose.A256GCMKW }),
		"PBES2":                change(func(s *sealing) { s.recipient.Algorithm = jose.PBES2_HS256_A128KW }),
		"compressed":           change(func(s *sealing) { s.options.Compression = jose.DEFLATE }),
		"no content type":      change(func(s *sealing) { s.options = nil }),
		"other content type":   change(func(s *sealing) { s.options = new(jose.EncrypterOptions).WithContentType("JSON") }),
		"critical header":      change(func(s *sealing) { s.options = s.options.WithHeader("crit", []string{"exp"}) }),
		"other issuer":         honest.with("iss", "other").token(t),
		"no issuer":            honest.with("iss", nil).token(t),
		"other audience":       honest.with("aud", "other").token(t),
		"no audience":          honest.with("aud", nil).token(t),
		"expired":              honest.with("exp", noon.Unix()).token(t),
		"lives too long":       honest.with("exp", noon.Add(17*time.Minute).Unix()).token(t),
		"no expiry":            honest.with("exp", nil).token(t),
		"expiry as a string":   honest.with("exp", "never").token(t),
		"not yet valid":        honest.with("nbf", noon.Add(time.Minute).Unix()).token(t),
		"no subject":           honest.with("sub", nil).token(t),
		"no e-mail":            honest.with("email", nil).token(t),
		"no session":           honest.with("sid", nil).token(t),
		"session is a number":  honest.with("sid", 1).token(t),
		"no jti":               honest.with("jti", nil).token(t),
		"over 8 KiB":           honest.with("padding", strings.Repeat("a", 8<<10)).token(t),
		"an ID token":          googleToken(t, nil),
		"an ID token, sealed":  honest.seal(t, googleToken(t, nil)),
		"sealed blanks around": honest.seal(t, " "+signed),
	} {
		t.Run(name, func(t *testing.T) { wantRefused(t, tokens, token) })
	}
}

func FuzzVerifyAccessToken(f *testing.F) {
	keys := fixedKeys() // so that every fuzzing process can read the others' tokens
	tokens := newAccessTokens(f, keys, newClock().now)
	good := issue(f, tokens, ann)
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add(genuine(keys).seal(f, "e30.e30."))
	f.Add("....")
	f.Add("e30.e30.e30.e30.e30")
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"dir","enc":"A256GCM","zip":"DEF"}`)) + "..AA.AA.AA")
	f.Fuzz(func(t *testing.T, token string) {
		claims, _, err := tokens.Verify(token)
		if err == nil && claims != ann {
			t.Errorf("accepted %+v from %q", claims, token)
		}
		if err != nil && !errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("error is %v, want ErrInvalidToken", err)
		}
	})
}
