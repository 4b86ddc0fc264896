package firestore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"boochat/shared/auth"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// Sessions keeps sessions. Those that have expired are removed by Firestore itself,
// within a day: expiresAt has a time-to-live policy.
type Sessions struct{ client *Client }

var _ auth.SessionStore = Sessions{}

// NewSessions makes the store of a database's sessions.
func NewSessions(client *Client) Sessions { return Sessions{client} }

func (s Sessions) name(id string) string { return s.client.name("sessions", documentID(id)) }

// encode gives a session as text, which is what it is compared by, and its document.
func (s Sessions) encode(session auth.Session) (string, fields, error) {
	data, err := json.Marshal(session)
	if err != nil {
		return "", nil, fmt.Errorf("encode session: %w", err)
	}
	return string(data), fields{
		"userId": textValue(session.UserID), "expiresAt": timeValue(session.ExpiresAt), "session": textValue(string(data)),
	}, nil
}

// read gives a session's document, or nil, and the session in it as text.
func (s Sessions) read(ctx context.Context, id string) (*pb.Document, string, error) {
	found, err := s.client.get(ctx, []string{s.name(id)})
	d := found[s.name(id)]
	return d, d.GetFields()["session"].GetStringValue(), err
}

// CreateSession implements auth.SessionStore.
func (s Sessions) CreateSession(ctx context.Context, session auth.Session) error {
	text, f, err := s.encode(session)
	if err != nil {
		return err
	}
	_, refused := s.client.commit(ctx, put(s.name(session.ID), f, exists(false)))
	if !errors.Is(refused, errRefused) {
		return refused
	}
	_, stored, err := s.read(ctx, session.ID)
	if err == nil && stored != text { // else it is there already, and its answer was lost
		err = fmt.Errorf("create session %s: %w", session.ID, refused)
	}
	return err
}

// Session implements auth.SessionStore.
func (s Sessions) Session(ctx context.Context, id string) (session auth.Session, err error) {
	d, text, err := s.read(ctx, id)
	if err != nil {
		return session, err
	}
	if d == nil {
		return session, auth.ErrNoSession
	}
	if err := json.Unmarshal([]byte(text), &session); err != nil {
		return session, fmt.Errorf("read session %s: %w", id, err)
	}
	return session, nil
}

// ReplaceSession implements auth.SessionStore.
func (s Sessions) ReplaceSession(ctx context.Context, old, next auth.Session) error {
	text, f, err := s.encode(next)
	if err != nil {
		return err
	}
	for sent := false; ; sent = true {
		d, stored, err := s.read(ctx, old.ID)
		if err != nil {
			return err
		}
		if sent && stored == text { // the answer was lost
			return nil
		}
		var current auth.Session
		if d == nil || json.Unmarshal([]byte(stored), &current) != nil || current.TokenHash != old.TokenHash {
			return auth.ErrSessionChanged
		}
		_, err = s.client.commit(ctx, put(d.Name, f, unchanged(d.UpdateTime)))
		if !errors.Is(err, errRefused) {
			return err
		}
	}
}

// DeleteSession implements auth.SessionStore.
func (s Sessions) DeleteSession(ctx context.Context, id string) error {
	_, err := s.client.commit(ctx, remove(s.name(id)))
	return err
}

// DeleteSessionsOf implements auth.SessionStore.
func (s Sessions) DeleteSessionsOf(ctx context.Context, userID string) error {
	found, err := s.client.run(ctx, s.client.root(), sessionsOf(userID))
	if err != nil || len(found) == 0 {
		return err
	}
	writes := make([]*pb.Write, len(found))
	for i, d := range found {
		writes[i] = remove(d.Name)
	}
	_, err = s.client.commit(ctx, writes...)
	return err
}
