package firestore

import (
	"context"

	"boochat/shared/event"
	"boochat/shared/eventstore"
)

func (s *EventStore) snapshotName(stream event.Stream) string {
	return s.client.name("snapshots", string(stream))
}

// LoadSnapshot implements eventstore.Snapshots.
func (s *EventStore) LoadSnapshot(ctx context.Context, stream event.Stream) (eventstore.Snapshot, error) {
	name := s.snapshotName(stream)
	found, err := s.client.get(ctx, []string{name})
	if err != nil {
		return eventstore.Snapshot{}, err
	}
	d := found[name]
	if d == nil {
		return eventstore.Snapshot{}, eventstore.ErrNotFound
	}
	return eventstore.Snapshot{Version: d.Fields["version"].GetIntegerValue(), Data: d.Fields["data"].GetBytesValue()}, nil
}

// SaveSnapshot implements eventstore.Snapshots. One of more than a megabyte is
// refused: its stream is folded from the start.
func (s *EventStore) SaveSnapshot(ctx context.Context, stream event.Stream, snapshot eventstore.Snapshot) error {
	_, err := s.client.commit(ctx, put(s.snapshotName(stream), fields{
		"version": wholeValue(snapshot.Version), "data": bytesValue(snapshot.Data),
	}, nil))
	return err
}
