package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"boochat/shared/auth"

	"zombiezen.com/go/sqlite"
)

var _ auth.SessionStore = (*EventStore)(nil)

// CreateSession implements auth.SessionStore. It also removes sessions that had
// expired when the new one began: nobody comes back to them.
func (s *EventStore) CreateSession(ctx context.Context, session auth.Session) error {
	err := s.writeSession(ctx, session, "INSERT INTO sessions (session, token_hash, expires_at, user_id, id) VALUES (?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	return s.db.later(ctx, job{run: func(conn *sqlite.Conn) error {
		return exec(conn, "DELETE FROM sessions WHERE expires_at <= ?", session.CreatedAt.UnixMilli())
	}})
}

// ReplaceSession implements auth.SessionStore.
func (s *EventStore) ReplaceSession(ctx context.Context, old, next auth.Session) error {
	return s.writeSession(ctx, next, "UPDATE sessions SET session = ?, token_hash = ?, expires_at = ? WHERE user_id = ? AND id = ? AND token_hash = ?", old.TokenHash)
}

// writeSession answers auth.ErrSessionChanged when the statement has changed nothing.
func (s *EventStore) writeSession(ctx context.Context, session auth.Session, statement string, more ...any) error {
	data, err := json.Marshal(session)
	if err != nil {
		return fmt.Errorf("encode session: %w", err)
	}
	changed := 0
	err = s.db.do(ctx, job{run: func(conn *sqlite.Conn) error {
		err := exec(conn, statement, append([]any{data, session.TokenHash, session.ExpiresAt.UnixMilli(), session.UserID, session.ID}, more...)...)
		changed = conn.Changes()
		return err
	}})
	if err == nil && changed == 0 {
		err = auth.ErrSessionChanged
	}
	return err
}

// Session implements auth.SessionStore.
func (s *EventStore) Session(ctx context.Context, id string) (session auth.Session, err error) {
	err = s.db.query(ctx, func(conn *sqlite.Conn) error {
		return each(conn, "SELECT session FROM sessions WHERE id = ?", []any{id}, func(row *sqlite.Stmt) error {
			return json.Unmarshal(columnBytes(row, 0), &session)
		})
	})
	if err == nil && session.ID == "" {
		err = auth.ErrNoSession
	}
	return session, err
}

// DeleteSession implements auth.SessionStore.
func (s *EventStore) DeleteSession(ctx context.Context, id string) error {
	return s.db.do(ctx, job{run: func(conn *sqlite.Conn) error {
		return exec(conn, "DELETE FROM sessions WHERE id = ?", id)
	}})
}

// DeleteSessionsOf implements auth.SessionStore.
func (s *EventStore) DeleteSessionsOf(ctx context.Context, userID string) error {
	return s.db.do(ctx, job{run: func(conn *sqlite.Conn) error {
		return exec(conn, "DELETE FROM sessions WHERE user_id = ?", userID)
	}})
}
