// Package eventstore is the port to the log of everything that has happened, and
// the loop that makes decisions on it. Adapters implement Store and are held to
// the contract in storetest.
package eventstore

import (
	"context"
	"errors"
	"time"

	"boochat/shared/event"
)

// Errors that a Store answers. Anything else it answers means that the outcome is
// unknown or the store is away: the caller may repeat the very same call.
var (
	// ErrConflict: the stream is not at the expected version. Nothing was written.
	ErrConflict = errors.New("the stream has moved on")
	// ErrDuplicate: the stream is at the expected version, but one of the event ids
	// is already in the store. Nothing was written. Find gives the event.
	ErrDuplicate = errors.New("an event with this id is already stored")
	// ErrNotFound: there is no such event, or no snapshot.
	ErrNotFound = errors.New("not in the store")
)

// Store keeps streams of events. It is safe for concurrent use.
type Store interface {
	// Append adds events to one stream in one atomic commit, together with an
	// outbox record for each. The events carry consecutive sequences from
	// expected+1. When these very events (the same envelopes) are already at their
	// places, a repeat after a lost answer, it succeeds and writes nothing. It
	// returns only when the events are durable.
	Append(ctx context.Context, stream event.Stream, expected int64, events []event.Envelope) error

	// Load reads at most limit events of a stream, in order, from after+1 on.
	Load(ctx context.Context, stream event.Stream, after int64, limit int) ([]event.Envelope, error)

	// Find reads the event with an id, or answers ErrNotFound.
	Find(ctx context.Context, id string) (event.Envelope, error)

	// Streams lists at most limit streams with their newest version, in the order
	// of their names, from the first name after the given one.
	Streams(ctx context.Context, after event.Stream, limit int) ([]Head, error)

	Outbox
	Snapshots
}

// Head is a stream and its newest version.
type Head struct {
	Stream  event.Stream
	Version int64
}

// Outbox holds what has been appended but perhaps not published.
type Outbox interface {
	// Unpublished reads at most limit events that are older (by their own time) than
	// before and whose outbox record remains, in the order they were appended.
	Unpublished(ctx context.Context, before time.Time, limit int) ([]event.Envelope, error)

	// MarkPublished removes the outbox records of events. It may return before
	// that is durable: a record that comes back is published again.
	MarkPublished(ctx context.Context, events []event.Envelope) error
}

// Snapshots keeps folded states. They are disposable: losing one costs a longer
// fold and nothing else.
type Snapshots interface {
	// LoadSnapshot reads the newest snapshot of a stream, or answers ErrNotFound.
	LoadSnapshot(ctx context.Context, stream event.Stream) (Snapshot, error)
	// SaveSnapshot replaces a stream's snapshot. It may return before that is durable.
	SaveSnapshot(ctx context.Context, stream event.Stream, s Snapshot) error
}

// Snapshot is a stream folded up to a version, in the JSON form of its aggregate.
type Snapshot struct {
	Version int64
	Data    []byte
}
