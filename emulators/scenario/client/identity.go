package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// Identity is somebody as the local identity provider is asked to vouch for them.
type Identity struct {
	Email    string `json:"email"`
	Name     string `json:"name"`
	ImageURL string `json:"imageUrl,omitempty"`
}

// Profile is a person as they see themselves.
type Profile struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	ImageURL string `json:"imageUrl"`
	Email    string `json:"email"`
}

// Session is the answer of authenticate and refresh.
type Session struct {
	User                 Profile `json:"user"`
	AccessToken          string  `json:"accessToken"`
	AccessTokenExpiresAt string  `json:"accessTokenExpiresAt"`
	RefreshToken         string  `json:"refreshToken"`
}

// IDToken has the local identity provider sign an ID token.
func (c Client) IDToken(ctx context.Context, who Identity) (string, error) {
	body, err := json.Marshal(who)
	if err != nil {
		return "", fmt.Errorf("encode identity: %w", err)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	answer, err := Client{URL: c.URL}.Send(ctx, http.MethodPost, "/local/identity/token", body, header)
	if err != nil {
		return "", err
	}
	if answer.Status != http.StatusOK {
		return "", fmt.Errorf("the identity provider answered %d %s", answer.Status, answer.Body)
	}
	var token struct {
		IDToken string `json:"idToken"`
	}
	return token.IDToken, answer.Into(&token)
}

// SignIn begins a session with an ID token of the local identity provider.
func (c Client) SignIn(ctx context.Context, who Identity) (Session, error) {
	token, err := c.IDToken(ctx, who)
	if err != nil {
		return Session{}, err
	}
	answer, err := Client{URL: c.URL}.Post(ctx, "authenticate", map[string]string{"idToken": token}, "")
	if err != nil {
		return Session{}, err
	}
	if answer.Status != http.StatusOK {
		return Session{}, fmt.Errorf("authenticate answered %d %s", answer.Status, answer.Body)
	}
	var session Session
	return session, answer.Into(&session)
}
