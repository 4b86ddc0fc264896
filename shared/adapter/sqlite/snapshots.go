package sqlite

import (
	"context"

	"boochat/shared/event"
	"boochat/shared/eventstore"

	"zombiezen.com/go/sqlite"
)

// LoadSnapshot implements eventstore.Snapshots.
func (l Log) LoadSnapshot(ctx context.Context, stream event.Stream) (snapshot eventstore.Snapshot, err error) {
	err = l.db.query(ctx, func(conn *sqlite.Conn) error {
		return each(conn, "SELECT version, data FROM snapshots WHERE stream = ?", []any{string(stream)}, func(row *sqlite.Stmt) error {
			snapshot = eventstore.Snapshot{Version: row.ColumnInt64(0), Data: columnBytes(row, 1)}
			return nil
		})
	})
	if err == nil && snapshot.Version == 0 {
		err = eventstore.ErrNotFound
	}
	return snapshot, err
}

// SaveSnapshot implements eventstore.Snapshots. It shares a later commit.
func (s *EventStore) SaveSnapshot(ctx context.Context, stream event.Stream, snapshot eventstore.Snapshot) error {
	return s.db.later(ctx, job{run: func(conn *sqlite.Conn) error {
		return exec(conn, "INSERT INTO snapshots (stream, version, data) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET version = excluded.version, data = excluded.data",
			string(stream), snapshot.Version, snapshot.Data)
	}})
}
