package auth_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"boochat/shared/auth"
	"boochat/shared/auth/sessiontest"
)

var refreshKey = []byte("0123456789abcdef0123456789abcdef")

// signedIn is a running system with one session of Ann.
type signedIn struct {
	*auth.Sessions
	store   *sessiontest.Memory
	clock   *clock
	session auth.Session
	token   string
}

func signIn(t testing.TB) signedIn {
	t.Helper()
	s := signedIn{store: sessiontest.NewMemory(), clock: newClock()}
	s.Sessions = auth.NewSessions(s.store, refreshKey, s.clock.now)
	s.session, s.token = s.start(t, "ann")
	return s
}

func (s signedIn) start(t testing.TB, userID string) (auth.Session, string) {
	t.Helper()
	session, token, err := s.Start(t.Context(), userID, userID+"@example.com")
	if err != nil {
		t.Fatalf("start session: %v", err)
	}
	return session, token
}

func (s signedIn) refresh(t testing.TB, token, idempotencyKey string) (auth.Session, string) {
	t.Helper()
	session, successor, err := s.Refresh(t.Context(), token, idempotencyKey)
	if err != nil {
		t.Fatalf("refresh: %v", err)
	}
	return session, successor
}

func (s signedIn) wantRefused(t *testing.T, token, idempotencyKey string) {
	t.Helper()
	session, successor, err := s.Refresh(t.Context(), token, idempotencyKey)
	wantInvalid(t, err)
	if session != (auth.Session{}) || successor != "" {
		t.Errorf("refused with session %q and token %q", session.ID, successor)
	}
}

func (s signedIn) wantActive(t *testing.T, sessionID string, want bool) {
	t.Helper()
	if got, err := s.Active(t.Context(), sessionID); err != nil || got != want {
		t.Errorf("active is %t, error %v, want %t", got, err, want)
	}
}

func TestStartSession(t *testing.T) {
	s := signIn(t)
	stored, err := s.store.Session(t.Context(), s.session.ID)
	if err != nil || stored != s.session {
		t.Errorf("stored is %+v, error %v, want %+v", stored, err, s.session)
	}
	want := auth.Session{
		ID: s.session.ID, UserID: "ann", Email: "ann@example.com", TokenHash: s.session.TokenHash,
		CreatedAt: noon, RotatedAt: noon, ExpiresAt: noon.Add(30 * 24 * time.Hour),
	}
	if s.session != want || s.session.TokenHash == s.token || s.session.TokenHash == "" {
		t.Errorf("session is %+v, want %+v with a hash of the token", s.session, want)
	}
	other, token := s.start(t, "ann")
	if other.ID == s.session.ID || token == s.token {
		t.Error("two sessions share their id or token")
	}
}

func TestActive(t *testing.T) {
	s := signIn(t)
	s.wantActive(t, s.session.ID, true)
	s.wantActive(t, "other", false)
	s.clock.advance(auth.RefreshTokenLifetime - time.Millisecond)
	s.wantActive(t, s.session.ID, true) // and remembered until it expires
	s.clock.advance(time.Millisecond)
	s.wantActive(t, s.session.ID, false)
}

func TestActiveNoticesOthersWithinAMinute(t *testing.T) {
	s := signIn(t)
	s.wantActive(t, s.session.ID, true)
	if err := auth.NewSessions(s.store, refreshKey, s.clock.now).SignOut(t.Context(), s.session.ID); err != nil {
		t.Fatalf("sign out in another process: %v", err)
	}
	s.clock.advance(time.Minute - time.Millisecond)
	s.wantActive(t, s.session.ID, true) // no read of the store yet
	s.clock.advance(time.Millisecond)
	s.wantActive(t, s.session.ID, false)
}

func TestSignOut(t *testing.T) {
	s := signIn(t)
	other, otherToken := s.start(t, "ann")
	s.wantActive(t, s.session.ID, true)
	s.wantActive(t, other.ID, true)
	for range 2 {
		if err := s.SignOut(t.Context(), s.session.ID); err != nil {
			t.Fatalf("sign out: %v", err)
		}
	}
	s.wantActive(t, s.session.ID, false)
	s.wantRefused(t, s.token, "")
	s.wantActive(t, other.ID, true)
	s.refresh(t, otherToken, "")
}

func TestSignOutEverywhere(t *testing.T) {
	s := signIn(t)
	second, secondToken := s.start(t, "ann")
	bobs, bobsToken := s.start(t, "bob")
	for _, id := range []string{s.session.ID, second.ID, bobs.ID} {
		s.wantActive(t, id, true)
	}
	if err := s.SignOutEverywhere(t.Context(), "ann"); err != nil {
		t.Fatalf("sign out everywhere: %v", err)
	}
	s.wantActive(t, s.session.ID, false)
	s.wantActive(t, second.ID, false)
	s.wantActive(t, bobs.ID, true)
	s.wantRefused(t, s.token, "")
	s.wantRefused(t, secondToken, "")
	s.refresh(t, bobsToken, "")
}

// slowStore answers a read only when the test lets it, with what was there before.
type slowStore struct {
	auth.SessionStore
	read, answer chan struct{}
}

func (s slowStore) Session(ctx context.Context, id string) (auth.Session, error) {
	session, err := s.SessionStore.Session(ctx, id)
	s.read <- struct{}{}
	<-s.answer
	return session, err
}

func TestReadOvertakenBySignOutIsNotRemembered(t *testing.T) {
	for name, signOut := range map[string]func(*auth.Sessions, context.Context, auth.Session) error{
		"sign out": func(s *auth.Sessions, ctx context.Context, session auth.Session) error {
			return s.SignOut(ctx, session.ID)
		},
		"sign out everywhere": func(s *auth.Sessions, ctx context.Context, session auth.Session) error {
			return s.SignOutEverywhere(ctx, session.UserID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := slowStore{sessiontest.NewMemory(), make(chan struct{}), make(chan struct{})}
			sessions := auth.NewSessions(store, refreshKey, newClock().now)
			session, _, err := sessions.Start(t.Context(), "ann", "ann@example.com")
			if err != nil {
				t.Fatalf("start session: %v", err)
			}
			look := func() <-chan bool {
				seen := make(chan bool, 1)
				go func() {
					active, err := sessions.Active(t.Context(), session.ID)
					if err != nil {
						t.Errorf("active: %v", err)
					}
					seen <- active
				}()
				return seen
			}
			during := look()
			<-store.read
			if err := signOut(sessions, t.Context(), session); err != nil {
				t.Fatalf("sign out: %v", err)
			}
			store.answer <- struct{}{}
			<-during // either answer is right for a question that came before the end
			after := look()
			select {
			case <-store.read:
				store.answer <- struct{}{}
			case active := <-after:
				t.Fatalf("remembered that active is %t", active)
			}
			if <-after {
				t.Error("active after signing out")
			}
		})
	}
}

// brokenStore fails at everything.
type brokenStore struct{}

var errBroken = errors.New("disk on fire")

func (brokenStore) CreateSession(context.Context, auth.Session) error { return errBroken }
func (brokenStore) Session(context.Context, string) (auth.Session, error) {
	return auth.Session{}, errBroken
}
func (brokenStore) ReplaceSession(context.Context, auth.Session, auth.Session) error {
	return errBroken
}
func (brokenStore) DeleteSession(context.Context, string) error    { return errBroken }
func (brokenStore) DeleteSessionsOf(context.Context, string) error { return errBroken }

// A store that does not answer is not the fault of a token.
func TestSessionsPassOnFailures(t *testing.T) {
	sessions := auth.NewSessions(brokenStore{}, refreshKey, newClock().now)
	ctx := t.Context()
	_, _, startErr := sessions.Start(ctx, "ann", "ann@example.com")
	_, _, refreshErr := sessions.Refresh(ctx, signIn(t).token, "")
	_, activeErr := sessions.Active(ctx, "session-1")
	for name, err := range map[string]error{
		"start": startErr, "refresh": refreshErr, "active": activeErr,
		"sign out": sessions.SignOut(ctx, "session-1"), "sign out everywhere": sessions.SignOutEverywhere(ctx, "ann"),
	} {
		if !errors.Is(err, errBroken) || errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("%s: error is %v, want the store's", name, err)
		}
	}
}
