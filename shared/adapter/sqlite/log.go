package sqlite

import (
	"context"
	"encoding/json"
	"path/filepath"
	"time"

	"boochat/shared/event"
	"boochat/shared/eventstore"

	"zombiezen.com/go/sqlite"
)

// Log reads events.db, of this process or beside one that writes it.
type Log struct{ db *database }

// OpenLog opens the log in a directory for reading only.
func OpenLog(dir string) (Log, error) {
	db, err := openForReading(filepath.Join(dir, "events.db"))
	return Log{db}, err
}

// Close closes the file.
func (l Log) Close() error { return l.db.close() }

// Head gives the position of the newest event, or 0.
func (l Log) Head(ctx context.Context) (head int64, err error) {
	err = l.db.query(ctx, func(conn *sqlite.Conn) error {
		return each(conn, "SELECT coalesce(max(position), 0) FROM events", nil, func(row *sqlite.Stmt) error {
			head = row.ColumnInt64(0)
			return nil
		})
	})
	return head, err
}

// Entry is an event at its position in the log.
type Entry struct {
	Position int64
	Event    event.Envelope
}

// Read reads at most limit events after a position, in the order of the log.
func (l Log) Read(ctx context.Context, after int64, limit int) (entries []Entry, err error) {
	err = l.db.query(ctx, func(conn *sqlite.Conn) error {
		entries = nil
		return each(conn, "SELECT position, envelope FROM events WHERE position > ? ORDER BY position LIMIT ?", []any{after, limit}, func(row *sqlite.Stmt) error {
			entry := Entry{Position: row.ColumnInt64(0)}
			if err := json.Unmarshal(columnBytes(row, 1), &entry.Event); err != nil {
				return err
			}
			entries = append(entries, entry)
			return nil
		})
	})
	return entries, err
}

// Load implements eventstore.Store.
func (l Log) Load(ctx context.Context, stream event.Stream, after int64, limit int) ([]event.Envelope, error) {
	return l.events(ctx, "SELECT envelope FROM events WHERE stream = ? AND version > ? ORDER BY version LIMIT ?", string(stream), after, limit)
}

// Find implements eventstore.Store.
func (l Log) Find(ctx context.Context, id string) (event.Envelope, error) {
	found, err := l.events(ctx, "SELECT envelope FROM events WHERE id = ?", id)
	if err == nil && len(found) == 0 {
		err = eventstore.ErrNotFound
	}
	if err != nil {
		return event.Envelope{}, err
	}
	return found[0], nil
}

// Streams implements eventstore.Store.
func (l Log) Streams(ctx context.Context, after event.Stream, limit int) (heads []eventstore.Head, err error) {
	err = l.db.query(ctx, func(conn *sqlite.Conn) error {
		heads = nil
		return each(conn, "SELECT stream, max(version) FROM events WHERE stream > ? GROUP BY stream ORDER BY stream LIMIT ?",
			[]any{string(after), limit}, func(row *sqlite.Stmt) error {
				heads = append(heads, eventstore.Head{Stream: event.Stream(row.ColumnText(0)), Version: row.ColumnInt64(1)})
				return nil
			})
	})
	return heads, err
}

// Unpublished implements eventstore.Outbox.
func (l Log) Unpublished(ctx context.Context, before time.Time, limit int) ([]event.Envelope, error) {
	return l.events(ctx, "SELECT envelope FROM outbox JOIN events USING (position) WHERE at < ? ORDER BY position LIMIT ?", before.UnixMilli(), limit)
}

// events reads the envelopes that a query selects.
func (l Log) events(ctx context.Context, query string, args ...any) (found []event.Envelope, err error) {
	err = l.db.query(ctx, func(conn *sqlite.Conn) error {
		found = nil
		return each(conn, query, args, func(row *sqlite.Stmt) error {
			var e event.Envelope
			if err := json.Unmarshal(columnBytes(row, 0), &e); err != nil {
				return err
			}
			found = append(found, e)
			return nil
		})
	})
	return found, err
}
