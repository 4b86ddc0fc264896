package firestore

import (
	"context"
	"errors"
	"time"

	"boochat/shared/event"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// Unpublished implements eventstore.Outbox. Events of different streams that were
// committed in the same millisecond are in no particular order.
func (s *EventStore) Unpublished(ctx context.Context, before time.Time, limit int) ([]event.Envelope, error) {
	ids, err := s.client.run(ctx, s.client.root(), unpublished(before, limit))
	if err != nil {
		return nil, err
	}
	return s.eventsOf(ctx, ids)
}

// MarkPublished implements eventstore.Outbox. It takes the outbox fields off the
// documents of the ids, which stay.
func (s *EventStore) MarkPublished(ctx context.Context, events []event.Envelope) error {
	writes := make([]*pb.Write, len(events))
	for i, e := range events {
		writes[i] = put(s.idName(e.ID), nil, exists(true))
		writes[i].UpdateMask = &pb.DocumentMask{FieldPaths: []string{"outbox"}}
	}
	if len(writes) == 0 {
		return nil
	}
	_, err := s.client.commit(ctx, writes...)
	if !errors.Is(err, errRefused) {
		return err
	}
	// One of them was never appended. That must not keep the others.
	for _, w := range writes {
		if _, err := s.client.commit(ctx, w); err != nil && !errors.Is(err, errRefused) {
			return err
		}
	}
	return nil
}
