// Package firebase makes the tokens that clients sign in to Firebase with. A client
// that has one listens to the read documents in Firestore as the person it was made
// for; the security rules decide what that person may read.
//
// Its library is a third of the program: without it the binary has 29 MB in place of
// 45, and starts in 12 ms in place of 20 to 30, of the 100 or so that a cold start of a
// function takes. All functions are one program, whose image is streamed, so that this
// is no reason yet to have two.
package firebase

import (
	"context"
	"fmt"
	"sync"
	"time"

	"boochat/shared/event"

	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/auth"
)

// Tokens makes custom tokens for a project. On Cloud Run the service's own account
// signs them, through a call to IAM, which takes the role Token Creator on itself;
// for the Auth emulator (FIREBASE_AUTH_EMULATOR_HOST) they are not signed.
type Tokens struct {
	project string
	now     func() time.Time

	mu     sync.Mutex
	client *auth.Client // made when it is first needed: most functions never do
}

// listenFor is how long a token lets its person listen, by the claim "until" that the
// security rules demand. Clients get another with each refresh of their session. It
// bounds how long somebody listens on who has signed out or left the group's list.
const listenFor = time.Hour

// New makes Tokens for a project; now is the clock.
func New(project string, now func() time.Time) *Tokens { return &Tokens{project: project, now: now} }

// FirebaseToken makes the token of a person, good for an hour to sign in and listen
// with. That it cannot be made just now is an event.Unavailable refusal.
func (t *Tokens) FirebaseToken(ctx context.Context, person string) (string, error) {
	client, err := t.open()
	if err != nil {
		return "", unavailable(fmt.Errorf("open Firebase: %w", err))
	}
	token, err := client.CustomTokenWithClaims(ctx, person, map[string]any{"until": t.now().Add(listenFor).Unix()})
	if err != nil {
		return "", unavailable(fmt.Errorf("make a Firebase token: %w", err))
	}
	return token, nil
}

func (t *Tokens) open() (*auth.Client, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.client != nil {
		return t.client, nil
	}
	ctx := context.Background() // the client outlives the request that needs it first
	app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: t.project})
	if err != nil {
		return nil, err
	}
	t.client, err = app.Auth(ctx)
	return t.client, err
}

func unavailable(cause error) error {
	return &event.Refusal{Kind: event.Unavailable, Detail: "Signing in to Firebase is not possible just now. Try again.", Cause: cause}
}
