package firebaseauth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
)

// customTokenAudience is whom custom tokens are for, whatever the project.
const customTokenAudience = "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit"

const (
	lifetime          = time.Hour // of ID tokens, as Google's
	lifetimeInSeconds = "3600"
	maxUID            = 128 // characters
)

// session is what a sign-in leaves to all ID tokens that come of it. Refresh tokens
// carry it, in the open.
type session struct {
	Project  string         `json:"project"`
	UID      string         `json:"uid"`
	Claims   map[string]any `json:"claims,omitempty"` // of the custom token
	AuthTime int64          `json:"authTime"`         // seconds
}

// readCustomToken reads a token that a server has made with the Admin SDK, which does
// not sign it when it knows of an emulator. Issuer and subject are not looked at.
func (e *Emulator) readCustomToken(token string) (session, error) {
	var claims struct {
		jwt.RegisteredClaims
		UID    string         `json:"uid"`
		Claims map[string]any `json:"claims"`
	}
	err := e.parse(token, &claims, jwt.WithAudience(customTokenAudience))
	switch {
	case err != nil:
		return session{}, refuse("INVALID_CUSTOM_TOKEN", "%v", err)
	case claims.UID == "" || utf8.RuneCountInString(claims.UID) > maxUID:
		return session{}, refuse("INVALID_CUSTOM_TOKEN", "uid must have 1 to %d characters", maxUID)
	}
	return session{Project: e.projectID, UID: claims.UID, Claims: claims.Claims, AuthTime: e.now().Unix()}, nil
}

// readIDToken gives the uid of an ID token of this project.
func (e *Emulator) readIDToken(token string) (uid string, err error) {
	var claims jwt.RegisteredClaims
	if err := e.parse(token, &claims, jwt.WithAudience(e.projectID), jwt.WithIssuer(e.issuer())); err != nil {
		return "", refuse("INVALID_ID_TOKEN", "%v", err)
	}
	return claims.Subject, nil
}

// parse reads a token that has not ended and is not signed: a signed one is meant for
// Google, and taking it here would hide that a server does not know of the emulator.
func (e *Emulator) parse(token string, claims jwt.Claims, conditions ...jwt.ParserOption) error {
	conditions = append(conditions, jwt.WithValidMethods([]string{"none"}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(e.now))
	unsigned := func(*jwt.Token) (any, error) { return jwt.UnsafeAllowNoneSignatureType, nil }
	_, err := jwt.ParseWithClaims(token, claims, unsigned, conditions...)
	return err
}

func (e *Emulator) issuer() string { return "https://securetoken.google.com/" + e.projectID }

// issue makes the tokens of a session: an ID token for an hour, and one to refresh it with.
func (e *Emulator) issue(s session) (idToken, refreshToken string, err error) {
	now := e.now()
	claims := jwt.MapClaims{}
	maps.Copy(claims, s.Claims)
	maps.Copy(claims, jwt.MapClaims{
		"iss": e.issuer(), "aud": e.projectID, "sub": s.UID, "user_id": s.UID, "auth_time": s.AuthTime,
		"iat": now.Unix(), "exp": now.Add(lifetime).Unix(),
		"firebase": map[string]any{"identities": map[string]any{}, "sign_in_provider": "custom"},
	})
	idToken, err = jwt.NewWithClaims(jwt.SigningMethodNone, claims).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		return "", "", fmt.Errorf("make an ID token: %w", err)
	}
	data, err := json.Marshal(s)
	if err != nil {
		return "", "", fmt.Errorf("make a refresh token: %w", err)
	}
	return idToken, base64.RawURLEncoding.EncodeToString(data), nil
}

func (e *Emulator) readRefreshToken(token string) (s session, err error) {
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err == nil && (s.Project != e.projectID || s.UID == "") {
		err = errors.New("it is another project's")
	}
	if err != nil {
		return session{}, refuse("INVALID_REFRESH_TOKEN", "%v", err)
	}
	return s, nil
}
