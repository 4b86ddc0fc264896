package sqlite

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"boochat/shared/event"
	"boochat/shared/eventstore"

	"zombiezen.com/go/sqlite"
)

const eventSchema = `
CREATE TABLE IF NOT EXISTS events (
	position INTEGER PRIMARY KEY,
	stream   TEXT NOT NULL,
	version  INTEGER NOT NULL,
	id       TEXT NOT NULL UNIQUE,
	envelope BLOB NOT NULL,
	UNIQUE (stream, version)
);
CREATE TABLE IF NOT EXISTS outbox (
	position INTEGER PRIMARY KEY,
	at       INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS snapshots (
	stream  TEXT PRIMARY KEY,
	version INTEGER NOT NULL,
	data    BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS checkpoints (
	subscription TEXT PRIMARY KEY,
	position     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deferred (
	subscription TEXT NOT NULL,
	stream       TEXT NOT NULL,
	version      INTEGER NOT NULL,
	attempts     INTEGER NOT NULL,
	due          INTEGER NOT NULL,
	PRIMARY KEY (subscription, stream)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dead_letters (
	subscription TEXT NOT NULL,
	event_id     TEXT NOT NULL,
	parked_at    INTEGER NOT NULL,
	letter       BLOB NOT NULL,
	PRIMARY KEY (subscription, event_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (
	id         TEXT PRIMARY KEY,
	user_id    TEXT NOT NULL,
	token_hash TEXT NOT NULL,
	expires_at INTEGER NOT NULL,
	session    BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_of_user ON sessions (user_id);
CREATE INDEX IF NOT EXISTS sessions_by_expiry ON sessions (expires_at);
`

// EventStore is the log: events.db in the data directory.
type EventStore struct {
	Log
	tail *tail
}

var _ eventstore.Store = (*EventStore)(nil)

// OpenEventStore opens or makes the log in a directory.
func OpenEventStore(dir string) (*EventStore, error) {
	db, err := openDatabase(filepath.Join(dir, "events.db"), eventSchema, synced)
	if err != nil {
		return nil, err
	}
	s := &EventStore{Log: Log{db}, tail: newTail()}
	if s.tail.head, err = s.Head(context.Background()); err != nil {
		return nil, fmt.Errorf("%w (%w)", err, db.close())
	}
	return s, nil
}

// Close finishes what is being written and closes the file.
func (s *EventStore) Close() error {
	s.tail.close()
	return s.db.close()
}

// Append implements eventstore.Store.
func (s *EventStore) Append(ctx context.Context, stream event.Stream, expected int64, events []event.Envelope) error {
	envelopes := make([][]byte, len(events))
	for i, e := range events {
		if e.Stream != stream || e.Sequence != expected+int64(i)+1 {
			return fmt.Errorf("event %d of an append to %s at %d is for %s at %d", i, stream, expected, e.Stream, e.Sequence)
		}
		var err error
		if envelopes[i], err = json.Marshal(e); err != nil {
			return fmt.Errorf("encode event %s: %w", e.ID, err)
		}
	}
	a := &appending{stream: stream, expected: expected, events: events, envelopes: envelopes}
	err := s.db.do(ctx, job{run: a.run, committed: func() { s.tail.add(a.first, a.written) }})
	if err != nil {
		return err
	}
	return a.refusal
}

// appending is one append on its way through the writer.
type appending struct {
	stream    event.Stream
	expected  int64
	events    []event.Envelope
	envelopes [][]byte

	refusal error
	first   int64 // position of the first written event
	written []event.Envelope
}

func (a *appending) run(conn *sqlite.Conn) error {
	a.refusal, a.written = nil, nil
	head, err := headOf(conn, a.stream)
	if err != nil {
		return err
	}
	if head != a.expected {
		return a.repeated(conn)
	}
	for i, e := range a.events {
		position, err := insertEvent(conn, e, a.envelopes[i])
		if sqlite.ErrCode(err) == sqlite.ResultConstraintUnique {
			a.refusal = eventstore.ErrDuplicate
			return removeEvents(conn, a.first, i)
		}
		if err != nil {
			return err
		}
		if i == 0 {
			a.first = position
		}
	}
	a.written = a.events
	return nil
}

// repeated accepts an append whose events are all in their places, and refuses
// any other that comes too late.
func (a *appending) repeated(conn *sqlite.Conn) error {
	stored := 0
	err := each(conn, "SELECT envelope FROM events WHERE stream = ? AND version > ? ORDER BY version LIMIT ?",
		[]any{string(a.stream), a.expected, len(a.events)}, func(row *sqlite.Stmt) error {
			if bytes.Equal(columnBytes(row, 0), a.envelopes[stored]) {
				stored++
			}
			return nil
		})
	if stored < len(a.events) {
		a.refusal = eventstore.ErrConflict
	}
	return err
}

func headOf(conn *sqlite.Conn, stream event.Stream) (head int64, err error) {
	err = each(conn, "SELECT version FROM events WHERE stream = ? ORDER BY version DESC LIMIT 1", []any{string(stream)},
		func(row *sqlite.Stmt) error {
			head = row.ColumnInt64(0)
			return nil
		})
	return head, err
}

func insertEvent(conn *sqlite.Conn, e event.Envelope, envelope []byte) (position int64, err error) {
	err = exec(conn, "INSERT INTO events (stream, version, id, envelope) VALUES (?, ?, ?, ?)", string(e.Stream), e.Sequence, e.ID, envelope)
	if err != nil {
		return 0, err
	}
	position = conn.LastInsertRowID()
	return position, exec(conn, "INSERT INTO outbox (position, at) VALUES (?, ?)", position, e.Time.UnixMilli())
}

// removeEvents takes back the first n events of an append that turned out to be a
// duplicate, so that the commit it shares with others carries on without it.
func removeEvents(conn *sqlite.Conn, first int64, n int) error {
	for position := first; position < first+int64(n); position++ {
		if err := exec(conn, "DELETE FROM outbox WHERE position = ?", position); err != nil {
			return err
		}
		if err := exec(conn, "DELETE FROM events WHERE position = ?", position); err != nil {
			return err
		}
	}
	return nil
}

// MarkPublished implements eventstore.Outbox. It shares a later commit.
func (s *EventStore) MarkPublished(ctx context.Context, events []event.Envelope) error {
	return s.db.later(ctx, job{run: func(conn *sqlite.Conn) error {
		for _, e := range events {
			if err := exec(conn, "DELETE FROM outbox WHERE position = (SELECT position FROM events WHERE id = ?)", e.ID); err != nil {
				return err
			}
		}
		return nil
	}})
}
