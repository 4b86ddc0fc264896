package sqlite

import (
	"context"

	"zombiezen.com/go/sqlite"
)

// Checkpoints remembers how far subscriptions have come in the log. A checkpoint
// lives with what the subscription writes: beside the read documents for a
// projection, so that new documents begin at the start of the log, and beside the
// log for everything else.
type Checkpoints struct{ db *database }

// Checkpoints gives the checkpoints kept beside the log.
func (s *EventStore) Checkpoints() Checkpoints { return Checkpoints{s.db} }

// Load gives the position of the last event a subscription has done with, or 0.
func (c Checkpoints) Load(ctx context.Context, subscription string) (position int64, err error) {
	err = c.db.query(ctx, func(conn *sqlite.Conn) error {
		return each(conn, "SELECT position FROM checkpoints WHERE subscription = ?", []any{subscription}, func(row *sqlite.Stmt) error {
			position = row.ColumnInt64(0)
			return nil
		})
	})
	return position, err
}

// Save notes how far a subscription has come. It shares a later commit: losing it
// means delivering again.
func (c Checkpoints) Save(ctx context.Context, subscription string, position int64) error {
	return c.db.later(ctx, job{run: func(conn *sqlite.Conn) error {
		return exec(conn, "INSERT INTO checkpoints (subscription, position) VALUES (?, ?) ON CONFLICT DO UPDATE SET position = excluded.position",
			subscription, position)
	}})
}
