package auth_test

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"boochat/shared/auth"
)

func TestVerifyIdentity(t *testing.T) {
	verifier := auth.NewVerifier(googleKeys(t), clientID, newClock().now)
	ann := auth.Identity{
		Subject: "108234567890123456789", Email: "ann@example.com", Name: "Ann", ImageURL: "https://example.com/ann.png",
	}
	with := func(change func(*auth.Identity)) auth.Identity {
		changed := ann
		change(&changed)
		return changed
	}
	longPicture := "https://example.com/" + strings.Repeat("a", 2048)
	for name, test := range map[string]struct {
		changes jwt.MapClaims
		want    auth.Identity
	}{
		"as it comes":                {nil, ann},
		"issuer without scheme":      {jwt.MapClaims{"iss": "accounts.google.com"}, ann},
		"E-U1: identity is sub":      {jwt.MapClaims{"sub": "other"}, with(func(i *auth.Identity) { i.Subject = "other" })},
		"longest subject":            {jwt.MapClaims{"sub": strings.Repeat("7", 128)}, with(func(i *auth.Identity) { i.Subject = strings.Repeat("7", 128) })},
		"e-mail in capitals":         {jwt.MapClaims{"email": "Ann@Example.com"}, ann},
		"no name":                    {jwt.MapClaims{"name": nil}, with(func(i *auth.Identity) { i.Name = "ann" })},
		"blank name":                 {jwt.MapClaims{"name": " \n "}, with(func(i *auth.Identity) { i.Name = "ann" })},
		"name with blanks around":    {jwt.MapClaims{"name": "  Ann Lee\t"}, with(func(i *auth.Identity) { i.Name = "Ann Lee" })},
		"name of 100 code points":    {jwt.MapClaims{"name": strings.Repeat("é", 100)}, with(func(i *auth.Identity) { i.Name = strings.Repeat("é", 100) })},
		"name of 101 code points":    {jwt.MapClaims{"name": strings.Repeat("é", 99) + " z"}, with(func(i *auth.Identity) { i.Name = strings.Repeat("é", 99) })},
		"no picture":                 {jwt.MapClaims{"picture": nil}, with(func(i *auth.Identity) { i.ImageURL = "" })},
		"picture without encryption": {jwt.MapClaims{"picture": "http://example.com/ann.png"}, with(func(i *auth.Identity) { i.ImageURL = "" })},
		"picture without host":       {jwt.MapClaims{"picture": "https:ann.png"}, with(func(i *auth.Identity) { i.ImageURL = "" })},
		"picture is a script":        {jwt.MapClaims{"picture": "javascript:alert(1)"}, with(func(i *auth.Identity) { i.ImageURL = "" })},
		"picture of 2,048":           {jwt.MapClaims{"picture": longPicture[:2048]}, with(func(i *auth.Identity) { i.ImageURL = longPicture[:2048] })},
		"picture of 2,049":           {jwt.MapClaims{"picture": longPicture[:2049]}, with(func(i *auth.Identity) { i.ImageURL = "" })},
		"slow clock at the issuer":   {jwt.MapClaims{"nbf": noon.Add(time.Minute).Unix()}, ann},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := verifier.Verify(t.Context(), googleToken(t, test.changes))
			if err != nil || got != test.want {
				t.Errorf("got %+v, error %v, want %+v", got, err, test.want)
			}
		})
	}
}

// D-1: whoever cannot show a token that Google made for this client is refused.
func TestVerifyIdentityRefusesClaims(t *testing.T) {
	verifier := auth.NewVerifier(googleKeys(t), clientID, newClock().now)
	for name, changes := range map[string]jwt.MapClaims{
		"other audience":               {"aud": "other.apps.googleusercontent.com"},
		"no audience":                  {"aud": nil},
		"another audience beside ours": {"aud": []string{clientID, "other"}},
		"other issuer":                 {"iss": "https://accounts.example.com"},
		"issuer as a prefix":           {"iss": "https://accounts.google.com.example.com"},
		"no issuer":                    {"iss": nil},
		"expired":                      {"exp": noon.Add(-time.Second).Unix()},
		"no expiry":                    {"exp": nil},
		"not yet valid":                {"nbf": noon.Add(10 * time.Minute).Unix()},
		"unverified e-mail":            {"email_verified": false},
		"email_verified as a string":   {"email_verified": "true"},
		"email_verified as a number":   {"email_verified": 1},
		"no email_verified":            {"email_verified": nil},
		"no e-mail":                    {"email": nil},
		"e-mail that is none":          {"email": "ann"},
		"e-mail with a display name":   {"email": "Ann <ann@example.com>"},
		"service account":              {"email": "robot@project.iam.gserviceaccount.com"},
		"service account in capitals":  {"email": "robot@Project.IAM.GServiceAccount.com"},
		"oldest service account":       {"email": "1@gserviceaccount.com"},
		"no sub":                       {"sub": nil},
		"empty sub":                    {"sub": ""},
		"sub of 129 characters":        {"sub": strings.Repeat("7", 129)},
		"sub that leaves its path":     {"sub": "../admin"},
		"sub with a newline":           {"sub": "108\n"},
		"sub that is a number":         {"sub": 108},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := verifier.Verify(t.Context(), googleToken(t, changes))
			wantInvalid(t, err)
		})
	}
}

// D-1: forged tokens.
func TestVerifyIdentityRefusesForgeries(t *testing.T) {
	verifier := auth.NewVerifier(googleKeys(t), clientID, newClock().now)
	der, err := x509.MarshalPKIXPublicKey(googleKey().Public())
	if err != nil {
		t.Fatalf("encode public key: %v", err)
	}
	inPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	good := googleToken(t, nil)
	header, rest, _ := strings.Cut(good, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	base64URL := base64.RawURLEncoding.EncodeToString
	for name, token := range map[string]string{
		"empty":                             "",
		"alg none":                          sign(t, jwt.SigningMethodNone, "google-1", jwt.UnsafeAllowNoneSignatureType, annsClaims(nil)),
		"HS256 under the public key in DER": sign(t, jwt.SigningMethodHS256, "google-1", der, annsClaims(nil)),
		"HS256 under the public key in PEM": sign(t, jwt.SigningMethodHS256, "google-1", inPEM, annsClaims(nil)),
		"RS512 under Google's own key":      sign(t, jwt.SigningMethodRS512, "google-1", googleKey(), annsClaims(nil)),
		"PS256 under Google's own key":      sign(t, jwt.SigningMethodPS256, "google-1", googleKey(), annsClaims(nil)),
		"signed by a stranger":              sign(t, jwt.SigningMethodRS256, "google-1", strangerKey(), annsClaims(nil)),
		"signed by a stranger without kid":  sign(t, jwt.SigningMethodRS256, "", strangerKey(), annsClaims(nil)),
		"unknown kid":                       sign(t, jwt.SigningMethodRS256, "google-9", strangerKey(), annsClaims(nil)),
		"no signature":                      header + "." + payload + ".",
		"tampered header":                   base64URL([]byte(`{"alg":"RS256","kid":"google-1","typ":"jwt"}`)) + "." + rest,
		"tampered payload":                  header + "." + base64URL([]byte(`{"sub":"1"}`)) + "." + signature,
		"tampered signature":                header + "." + payload + "." + strings.Repeat("A", len(signature)),
		"JSON serialization":                `{"protected":"` + header + `","payload":"` + payload + `","signature":"` + signature + `"}`,
		"blanks around":                     " " + good + "\n",
		"over 8 KiB":                        googleToken(t, jwt.MapClaims{"padding": strings.Repeat("a", 8<<10)}),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := verifier.Verify(t.Context(), token)
			wantInvalid(t, err)
		})
	}
	if _, err := verifier.Verify(t.Context(), good); err != nil {
		t.Errorf("the token that the forgeries are made of: %v", err)
	}
}

func TestVerifyIdentityWithoutClientID(t *testing.T) {
	_, err := auth.NewVerifier(googleKeys(t), "", newClock().now).Verify(t.Context(), googleToken(t, jwt.MapClaims{"aud": ""}))
	wantInvalid(t, err)
}

func TestVerifyIdentityWithoutGooglesKeys(t *testing.T) {
	for name, answer := range map[string]func() (int, []byte, error){
		"no connection":    func() (int, []byte, error) { return 0, nil, errors.New("no route to host") },
		"server error":     func() (int, []byte, error) { return http.StatusInternalServerError, nil, nil },
		"somebody's login": func() (int, []byte, error) { return http.StatusOK, []byte("<html>"), nil },
	} {
		t.Run(name, func(t *testing.T) {
			verifier := auth.NewVerifier(keysFrom(t, answer), clientID, newClock().now)
			_, err := verifier.Verify(t.Context(), googleToken(t, nil))
			if !errors.Is(err, auth.ErrUnavailable) || errors.Is(err, auth.ErrInvalidToken) {
				t.Errorf("error is %v, want ErrUnavailable", err)
			}
		})
	}
	t.Run("out of time", func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		verifier := auth.NewVerifier(keysFrom(t, func() (int, []byte, error) {
			<-release
			return 0, nil, errors.New("too late")
		}), clientID, newClock().now)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := verifier.Verify(ctx, googleToken(t, nil))
		if !errors.Is(err, auth.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v, want ErrUnavailable because of the deadline", err)
		}
	})
}

func TestVerifyPush(t *testing.T) {
	const audience, account = "https://trigger.example.com", "Push@project.iam.gserviceaccount.com"
	clock := newClock()
	verifier := auth.NewPushVerifier(googleKeys(t), audience, account, clock.now)
	pushed := func(changes jwt.MapClaims) string {
		claims := jwt.MapClaims{"aud": audience, "email": "push@project.iam.gserviceaccount.com", "name": nil, "picture": nil}
		for name, value := range changes {
			claims[name] = value
		}
		return googleToken(t, claims)
	}
	if err := verifier.Verify(t.Context(), pushed(nil)); err != nil {
		t.Errorf("the subscription's token: %v", err)
	}
	for name, changes := range map[string]jwt.MapClaims{
		"other account":     {"email": "other@project.iam.gserviceaccount.com"},
		"person":            {"email": "ann@example.com"},
		"unverified e-mail": {"email_verified": false},
		"no e-mail":         {"email": nil},
		"other audience":    {"aud": clientID},
		"other issuer":      {"iss": "https://accounts.example.com"},
		"expired":           {"exp": noon.Add(-time.Second).Unix()},
	} {
		t.Run(name, func(t *testing.T) {
			wantInvalid(t, verifier.Verify(t.Context(), pushed(changes)))
		})
	}
	t.Run("no account is configured", func(t *testing.T) {
		verifier := auth.NewPushVerifier(googleKeys(t), audience, "", clock.now)
		wantInvalid(t, verifier.Verify(t.Context(), pushed(jwt.MapClaims{"email": ""})))
	})
}

func FuzzVerifyIDToken(f *testing.F) {
	verifier := auth.NewVerifier(googleKeys(f), clientID, newClock().now)
	good := googleToken(f, nil)
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add(sign(f, jwt.SigningMethodNone, "google-1", jwt.UnsafeAllowNoneSignatureType, annsClaims(nil)))
	f.Add("e30.e30.")
	f.Add("..")
	f.Add(`{"payload":"","signatures":[]}`)
	f.Fuzz(func(t *testing.T, token string) {
		// Base64 lets the last letter of a signature vary, so compare what it vouches for.
		identity, err := verifier.Verify(t.Context(), token)
		if err == nil && identity.Subject != "108234567890123456789" {
			t.Errorf("accepted %+v from %q", identity, token)
		}
		if err != nil && !errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("error is %v, want ErrInvalidToken", err)
		}
	})
}
