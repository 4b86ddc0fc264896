package sessiontest

import (
	"context"
	"fmt"
	"maps"
	"sync"

	"boochat/shared/auth"
)

// Memory is an auth.SessionStore for tests. It lasts as long as the process.
type Memory struct {
	mu       sync.Mutex
	sessions map[string]auth.Session
}

// NewMemory makes an empty store.
func NewMemory() *Memory {
	return &Memory{sessions: make(map[string]auth.Session)}
}

// CreateSession implements auth.SessionStore.
func (m *Memory) CreateSession(_ context.Context, session auth.Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, taken := m.sessions[session.ID]; taken {
		return fmt.Errorf("session %s exists", session.ID)
	}
	m.sessions[session.ID] = session
	return nil
}

// Session implements auth.SessionStore.
func (m *Memory) Session(_ context.Context, id string) (auth.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	session, exists := m.sessions[id]
	if !exists {
		return auth.Session{}, auth.ErrNoSession
	}
	return session, nil
}

// ReplaceSession implements auth.SessionStore.
func (m *Memory) ReplaceSession(_ context.Context, old, next auth.Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if current, exists := m.sessions[old.ID]; !exists || current.TokenHash != old.TokenHash {
		return auth.ErrSessionChanged
	}
	m.sessions[old.ID] = next
	return nil
}

// DeleteSession implements auth.SessionStore.
func (m *Memory) DeleteSession(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, id)
	return nil
}

// DeleteSessionsOf implements auth.SessionStore.
func (m *Memory) DeleteSessionsOf(_ context.Context, userID string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.sessions, func(_ string, session auth.Session) bool { return session.UserID == userID })
	return nil
}
