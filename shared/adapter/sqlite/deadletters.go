package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"boochat/shared/bus"

	"zombiezen.com/go/sqlite"
)

var _ bus.DeadLetters = (*EventStore)(nil)

// Park implements bus.DeadLetters.
func (s *EventStore) Park(ctx context.Context, letter bus.DeadLetter) error {
	data, err := json.Marshal(letter)
	if err != nil {
		return fmt.Errorf("encode dead letter %s: %w", letter.Event.ID, err)
	}
	return s.db.do(ctx, job{run: func(conn *sqlite.Conn) error {
		return exec(conn, "INSERT OR REPLACE INTO dead_letters (subscription, event_id, parked_at, letter) VALUES (?, ?, ?, ?)",
			letter.Subscription, letter.Event.ID, letter.ParkedAt.UnixMilli(), data)
	}})
}

// Remove implements bus.DeadLetters.
func (s *EventStore) Remove(ctx context.Context, subscription, eventID string) error {
	return s.db.do(ctx, job{run: func(conn *sqlite.Conn) error {
		return exec(conn, "DELETE FROM dead_letters WHERE subscription = ? AND event_id = ?", subscription, eventID)
	}})
}

// Parked implements bus.DeadLetters.
func (l Log) Parked(ctx context.Context) (letters []bus.DeadLetter, err error) {
	err = l.db.query(ctx, func(conn *sqlite.Conn) error {
		letters = nil
		return each(conn, "SELECT letter FROM dead_letters ORDER BY parked_at", nil, func(row *sqlite.Stmt) error {
			var letter bus.DeadLetter
			if err := json.Unmarshal(columnBytes(row, 0), &letter); err != nil {
				return err
			}
			letters = append(letters, letter)
			return nil
		})
	})
	return letters, err
}
