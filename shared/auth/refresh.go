package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// repeatWindow is how long after a rotation its request may be repeated because
// the answer got lost.
const repeatWindow = time.Minute

// Refresh exchanges a session's refresh token for its successor and lets the
// session live for another RefreshTokenLifetime. An older token ends the session,
// because then two parties hold it and one of them stole it (RFC 9700, section
// 4.14.2). There is one exception, for an answer that got lost: within a minute
// the token's immediate predecessor, together with the same idempotency key that
// it was exchanged under, returns the same successor again. Without an idempotency
// key (empty) there is no such second chance.
//
// The error wraps ErrInvalidToken when the token is not good, and else is the
// store's. Whether the person is still on the allow-list is the caller's to check.
func (s *Sessions) Refresh(ctx context.Context, token, idempotencyKey string) (Session, string, error) {
	presented, err := parseRefreshToken(token)
	if err != nil {
		return Session{}, "", err
	}
	for {
		session, successor, err := s.refresh(ctx, presented, idempotencyKey)
		// Somebody else was faster, so look again. A token is good only once, so
		// the next look finds it replaced and does not come here any more.
		if !errors.Is(err, ErrSessionChanged) {
			return session, successor, err
		}
	}
}

func (s *Sessions) refresh(ctx context.Context, presented refreshToken, idempotencyKey string) (Session, string, error) {
	session, err := s.store.Session(ctx, presented.session.String())
	if errors.Is(err, ErrNoSession) {
		return Session{}, "", fmt.Errorf("%w: its session has ended", ErrInvalidToken)
	}
	if err != nil {
		return Session{}, "", fmt.Errorf("read session: %w", err)
	}
	now := s.time()
	if session.expired(now) {
		return Session{}, "", fmt.Errorf("%w: its session has expired", ErrInvalidToken)
	}
	successor := s.successor(presented, idempotencyKey).String()
	switch {
	case isHash(session.TokenHash, presented.String()):
		return s.rotate(ctx, session, successor, now)
	case isHash(session.TokenHash, successor) && now.Before(session.RotatedAt.Add(repeatWindow)):
		// Only the predecessor and its idempotency key lead to the good token.
		return session, successor, nil
	}
	if err := s.SignOut(ctx, session.ID); err != nil {
		return Session{}, "", fmt.Errorf("revoke reused refresh token: %w", err)
	}
	return Session{}, "", fmt.Errorf("%w: it was used before, so its session has ended", ErrInvalidToken)
}

// rotate makes successor the good token.
func (s *Sessions) rotate(ctx context.Context, session Session, successor string, now time.Time) (Session, string, error) {
	next := session
	next.TokenHash = hash(successor)
	next.RotatedAt = now
	next.ExpiresAt = now.Add(RefreshTokenLifetime)
	if err := s.store.ReplaceSession(ctx, session, next); err != nil {
		return Session{}, "", fmt.Errorf("rotate refresh token: %w", err)
	}
	return next, successor, nil
}

// refreshToken is opaque to clients. The session's id in it finds the session, and
// the secret proves that the holder may refresh it.
type refreshToken struct {
	session uuid.UUID
	secret  [sha256.Size]byte
}

func newRefreshToken(session uuid.UUID) refreshToken {
	token := refreshToken{session: session}
	_, _ = rand.Read(token.secret[:]) // it never fails: it ends the program instead
	return token
}

// successor is the token to exchange another one for. Under an idempotency key it
// is derived, so that it can be answered again although it is stored nowhere; it
// takes the old token itself to do so, which a leaked database does not have.
func (s *Sessions) successor(token refreshToken, idempotencyKey string) refreshToken {
	if idempotencyKey == "" {
		return newRefreshToken(token.session)
	}
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(token.String()))
	mac.Write([]byte(idempotencyKey))
	return refreshToken{session: token.session, secret: [sha256.Size]byte(mac.Sum(nil))}
}

// String is what the client gets.
func (t refreshToken) String() string {
	return base64.RawURLEncoding.EncodeToString(append(t.session[:], t.secret[:]...))
}

func parseRefreshToken(text string) (refreshToken, error) {
	var token refreshToken
	// The length is a multiple of 3 bytes, so that every text is another token.
	if len(text) != base64.RawURLEncoding.EncodedLen(len(token.session)+len(token.secret)) {
		return token, fmt.Errorf("%w: it does not look like a refresh token", ErrInvalidToken)
	}
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(data) != len(token.session)+len(token.secret) {
		return token, fmt.Errorf("%w: it does not look like a refresh token", ErrInvalidToken)
	}
	copy(token.session[:], data)
	copy(token.secret[:], data[len(token.session):])
	return token, nil
}

// hash suffices for what is stored: tokens and keys are too random to be guessed,
// so there is nothing for a slow password hash to protect.
func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func isHash(stored, secret string) bool {
	return subtle.ConstantTimeCompare([]byte(stored), []byte(hash(secret))) == 1
}
