package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// RefreshTokenLifetime is how long a session lives after it was last refreshed.
const RefreshTokenLifetime = 30 * 24 * time.Hour

var (
	// ErrNoSession says that a SessionStore holds no session with an id.
	ErrNoSession = errors.New("no such session")

	// ErrSessionChanged says that a session is no longer what it was when it was
	// read, or is gone.
	ErrSessionChanged = errors.New("session has changed")
)

// Session is one sign-in of a person on one device. Its refresh tokens, of which
// only the latest is good, are kept as hashes. Times have milliseconds.
type Session struct {
	ID        string    `json:"id"`
	UserID    string    `json:"userId"`
	Email     string    `json:"email"`
	TokenHash string    `json:"tokenHash"` // of the refresh token that is good now
	CreatedAt time.Time `json:"createdAt"`
	RotatedAt time.Time `json:"rotatedAt"` // when TokenHash became the good one
	ExpiresAt time.Time `json:"expiresAt"`
}

// SessionStore keeps sessions. What it returned without an error is durable.
// sessiontest.Test is its contract.
type SessionStore interface {
	// CreateSession adds a session. An id that is taken is an error.
	CreateSession(ctx context.Context, session Session) error
	// Session reads a session, expired or not, as it is after every change that has
	// returned. It returns ErrNoSession when there is none.
	Session(ctx context.Context, id string) (Session, error)
	// ReplaceSession puts next in place of old, provided that the store still holds
	// old's id with old's TokenHash, in one atomic step; otherwise it changes
	// nothing and returns ErrSessionChanged. Both have the same id and user.
	ReplaceSession(ctx context.Context, old, next Session) error
	// DeleteSession removes a session; that there is none is no error.
	DeleteSession(ctx context.Context, id string) error
	// DeleteSessionsOf removes all sessions of a user; that there are none is no error.
	DeleteSessionsOf(ctx context.Context, userID string) error
}

// Sessions starts, refreshes and ends sessions. They are safe for concurrent use.
type Sessions struct {
	store  SessionStore
	key    []byte
	now    func() time.Time
	active *activeSessions
}

// NewSessions keeps sessions in store. All processes that share the store share
// the key, which is Keys.RefreshKey.
func NewSessions(store SessionStore, key []byte, now func() time.Time) *Sessions {
	return &Sessions{store: store, key: key, now: now, active: newActiveSessions()}
}

// Start begins a session of somebody whose identity was just verified, and returns
// it with its first refresh token.
func (s *Sessions) Start(ctx context.Context, userID, email string) (Session, string, error) {
	id := uuid.Must(uuid.NewV7())
	token := newRefreshToken(id)
	now := s.time()
	session := Session{
		ID:        id.String(),
		UserID:    userID,
		Email:     email,
		TokenHash: hash(token.String()),
		CreatedAt: now,
		RotatedAt: now,
		ExpiresAt: now.Add(RefreshTokenLifetime),
	}
	if err := s.store.CreateSession(ctx, session); err != nil {
		return Session{}, "", fmt.Errorf("start session: %w", err)
	}
	return session, token.String(), nil
}

// SignOut ends a session. To end one that has ended is no error.
func (s *Sessions) SignOut(ctx context.Context, sessionID string) error {
	// A delete that failed may have happened all the same, so forget in any case,
	// and only afterwards: what is read before may still be remembered until then.
	defer s.active.forget(sessionID)
	if err := s.store.DeleteSession(ctx, sessionID); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// SignOutEverywhere ends all sessions of a user.
func (s *Sessions) SignOutEverywhere(ctx context.Context, userID string) error {
	defer s.active.forgetAll()
	if err := s.store.DeleteSessionsOf(ctx, userID); err != nil {
		return fmt.Errorf("end sessions of user: %w", err)
	}
	return nil
}

// Active reports whether a session has neither ended nor expired. That a session
// is active is remembered for up to a minute, which bounds how long the end of a
// session in another process may go unnoticed; an end in this process shows at once.
func (s *Sessions) Active(ctx context.Context, sessionID string) (bool, error) {
	now := s.time()
	active, ends := s.active.lookUp(sessionID, now)
	if active {
		return true, nil
	}
	session, err := s.store.Session(ctx, sessionID)
	if errors.Is(err, ErrNoSession) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read session: %w", err)
	}
	if session.expired(now) {
		return false, nil
	}
	s.active.remember(session, now, ends)
	return true, nil
}

func (s Session) expired(now time.Time) bool { return !now.Before(s.ExpiresAt) }

// time is now, as precisely as every store can keep it.
func (s *Sessions) time() time.Time { return s.now().UTC().Truncate(time.Millisecond) }
