package auth_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"boochat/shared/auth"
	"boochat/shared/auth/sessiontest"
)

func TestRefreshRotates(t *testing.T) {
	for _, key := range []string{"", "key-1"} {
		t.Run("key "+key, func(t *testing.T) {
			s := signIn(t)
			s.clock.advance(time.Hour + time.Microsecond)
			session, second := s.refresh(t, s.token, key)
			at := noon.Add(time.Hour)
			if session.ID != s.session.ID || session.UserID != "ann" || session.Email != "ann@example.com" ||
				session.TokenHash == s.session.TokenHash ||
				!session.CreatedAt.Equal(noon) || !session.RotatedAt.Equal(at) || !session.ExpiresAt.Equal(at.Add(auth.RefreshTokenLifetime)) {
				t.Errorf("session is %+v", session)
			}
			if stored, err := s.store.Session(t.Context(), session.ID); err != nil || stored != session {
				t.Errorf("stored is %+v, error %v, want %+v", stored, err, session)
			}
			_, third := s.refresh(t, second, key)
			if second == s.token || third == second || third == s.token {
				t.Error("a token comes twice")
			}
			s.wantActive(t, session.ID, true)
		})
	}
}

func TestRefreshKeepsASessionAlive(t *testing.T) {
	s := signIn(t)
	token := s.token
	for range 3 {
		s.clock.advance(auth.RefreshTokenLifetime - time.Millisecond)
		_, token = s.refresh(t, token, "")
	}
	s.clock.advance(auth.RefreshTokenLifetime)
	s.wantRefused(t, token, "")
}

// What a database holds, its reader cannot sign in with.
func TestNoSecretIsStored(t *testing.T) {
	s := signIn(t)
	session, second := s.refresh(t, s.token, "key-1")
	stored, err := json.Marshal(session)
	if err != nil {
		t.Fatalf("encode session: %v", err)
	}
	for _, secret := range []string{s.token, second, s.token[22:], second[22:], "key-1"} {
		if strings.Contains(string(stored), secret) {
			t.Errorf("%s holds %q", stored, secret)
		}
	}
	_, other, err := auth.NewSessions(sessiontest.NewMemory(), refreshKey, s.clock.now).Refresh(t.Context(), session.TokenHash, "")
	wantInvalid(t, err)
	if other != "" {
		t.Error("a hash was taken for a token")
	}
}

// Of an older token there are two holders, so both are out.
func TestReusedRefreshTokenEndsTheSession(t *testing.T) {
	for name, reuse := range map[string]struct {
		rotations        int // after the first, each with key-1
		firstKey, repeat string
		after            time.Duration
	}{
		"predecessor without a key":                {0, "", "", 0},
		"predecessor with a key, first without":    {0, "", "key-1", 0},
		"predecessor without a key, first with":    {0, "key-1", "", 0},
		"predecessor with another key":             {0, "key-1", "key-2", 0},
		"predecessor with its key, after a minute": {0, "key-1", "key-1", time.Minute},
		"predecessor's predecessor with its key":   {1, "key-1", "key-1", 0},
		"a much older one":                         {3, "key-1", "key-1", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := signIn(t)
			other, otherToken := s.start(t, "ann")
			s.wantActive(t, s.session.ID, true)
			_, latest := s.refresh(t, s.token, reuse.firstKey)
			for range reuse.rotations {
				_, latest = s.refresh(t, latest, "key-1")
			}
			s.clock.advance(reuse.after)
			s.wantRefused(t, s.token, reuse.repeat)
			s.wantActive(t, s.session.ID, false)
			s.wantRefused(t, latest, "")
			s.wantActive(t, other.ID, true)
			s.refresh(t, otherToken, "")
		})
	}
}

func TestLostAnswerCanBeAskedForAgain(t *testing.T) {
	s := signIn(t)
	first, second := s.refresh(t, s.token, "key-1")
	s.clock.advance(time.Minute - time.Millisecond)
	for range 2 {
		session, again := s.refresh(t, s.token, "key-1")
		if again != second || session != first {
			t.Errorf("asked again, it is %+v", session)
		}
	}
	// In another process, too, and the successor is good.
	session, again, err := auth.NewSessions(s.store, refreshKey, s.clock.now).Refresh(t.Context(), s.token, "key-1")
	if err != nil || again != second || session != first {
		t.Errorf("asked again elsewhere, it is %+v, error %v", session, err)
	}
	s.refresh(t, second, "key-2")
}

// The second chance is lost with the key that successors are derived with; to
// answer with a token that is not good would be worse.
func TestLostAnswerAfterKeyRotation(t *testing.T) {
	s := signIn(t)
	s.refresh(t, s.token, "key-1")
	_, _, err := auth.NewSessions(s.store, []byte("another key"), s.clock.now).Refresh(t.Context(), s.token, "key-1")
	wantInvalid(t, err)
}

// Without the token, knowing all else does not lead to its successor.
func TestSuccessorsDiffer(t *testing.T) {
	s := signIn(t)
	_, token := s.start(t, "ann")
	_, one := s.refresh(t, s.token, "key-1")
	_, two := s.refresh(t, token, "key-1")
	if one[22:] == two[22:] {
		t.Error("two sessions have the same secret under one idempotency key")
	}
}

func TestRefreshOfManyAtOnceRotatesOnce(t *testing.T) {
	s := signIn(t)
	const clients = 32
	answers := make([]string, clients)
	begin := make(chan struct{})
	var refreshing sync.WaitGroup
	for i := range clients {
		refreshing.Go(func() {
			<-begin
			var err error
			if _, answers[i], err = s.Refresh(t.Context(), s.token, "key-1"); err != nil {
				t.Errorf("refresh: %v", err)
			}
		})
	}
	close(begin)
	refreshing.Wait()
	for _, answer := range answers {
		if answer != answers[0] {
			t.Fatal("one token has two successors")
		}
	}
	s.refresh(t, answers[0], "")
}

// overtakenStore lets somebody else go first, once, when a session is replaced.
type overtakenStore struct {
	auth.SessionStore
	overtake func()
}

func (s *overtakenStore) ReplaceSession(ctx context.Context, old, next auth.Session) error {
	if overtake := s.overtake; overtake != nil {
		s.overtake = nil
		overtake()
	}
	return s.SessionStore.ReplaceSession(ctx, old, next)
}

func TestRefreshOvertaken(t *testing.T) {
	for name, test := range map[string]struct {
		key       string
		wantAgain bool
	}{
		"by its own repetition": {"key-1", true},
		"by somebody else":      {"key-2", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := signIn(t)
			var first string
			store := &overtakenStore{s.store, func() { _, first = s.refresh(t, s.token, "key-1") }}
			_, second, err := auth.NewSessions(store, refreshKey, s.clock.now).Refresh(t.Context(), s.token, test.key)
			if test.wantAgain {
				if err != nil || second != first {
					t.Errorf("error is %v, or the token has two successors", err)
				}
				return
			}
			wantInvalid(t, err)
			s.wantRefused(t, first, "")
		})
	}
}

func TestRefreshOfManyWithoutKeyHasOneWinnerAtMost(t *testing.T) {
	s := signIn(t)
	var mu sync.Mutex
	var won []string
	var refreshing sync.WaitGroup
	for range 32 {
		refreshing.Go(func() {
			_, successor, err := s.Refresh(t.Context(), s.token, "")
			switch {
			case err == nil:
				mu.Lock()
				defer mu.Unlock()
				won = append(won, successor)
			case !errors.Is(err, auth.ErrInvalidToken):
				t.Errorf("refresh: %v", err)
			}
		})
	}
	refreshing.Wait()
	if len(won) != 1 {
		t.Fatalf("%d successors, want 1", len(won))
	}
	s.wantRefused(t, won[0], "") // the others made it look stolen
	s.wantActive(t, s.session.ID, false)
}

func TestMadeUpRefreshTokens(t *testing.T) {
	s := signIn(t)
	for name, token := range map[string]string{
		"empty":              "",
		"short":              s.token[:63],
		"long":               s.token + "A",
		"not base64":         s.token[:63] + "=",
		"newline inside":     s.token[:63] + "\n",
		"unknown session":    strings.Repeat("A", 64),
		"only a session id":  s.session.ID,
		"session id as text": s.session.ID + "." + s.token[22:],
	} {
		t.Run(name, func(t *testing.T) {
			s.wantRefused(t, token, "key-1")
			s.wantActive(t, s.session.ID, true)
		})
	}
	s.refresh(t, s.token, "")
}

// A well-formed token of a session that is none of its last two is an older one.
func TestUnknownSecretEndsTheSession(t *testing.T) {
	s := signIn(t)
	s.wantRefused(t, s.token[:22]+strings.Repeat("A", 42), "")
	s.wantActive(t, s.session.ID, false)
	s.wantRefused(t, s.token, "")
}

func FuzzRefreshToken(f *testing.F) {
	good := signIn(f).token
	f.Add(good, "key-1")
	f.Add(good[:63]+"\n", "")
	f.Add(strings.Repeat("A", 64), "key-1")
	f.Add(uuid.Nil.String(), "")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, token, idempotencyKey string) {
		s := signIn(t)
		for _, presented := range []string{token, s.token[:22] + token} {
			_, successor, err := s.Refresh(t.Context(), presented, idempotencyKey)
			if !errors.Is(err, auth.ErrInvalidToken) || successor != "" {
				t.Errorf("refreshed with %q: error %v", presented, err)
			}
		}
	})
}
