package firestore

import (
	"context"
	"encoding/json"
	"fmt"

	"boochat/shared/event"
	"boochat/shared/eventstore"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"golang.org/x/sync/errgroup"
)

// headsAtOnce is how many streams' newest versions are looked up at a time.
const headsAtOnce = 8

// Load implements eventstore.Store.
func (s *EventStore) Load(ctx context.Context, stream event.Stream, after int64, limit int) ([]event.Envelope, error) {
	documents, err := s.client.run(ctx, s.client.name("streams", string(stream)), eventsAfter(after, limit))
	if err != nil {
		return nil, err
	}
	events := make([]event.Envelope, len(documents))
	for i, d := range documents {
		if events[i], err = decodeEvent(d); err != nil {
			return nil, err
		}
	}
	if len(events) > 0 {
		s.note(stream, events[len(events)-1].Sequence)
	}
	return events, nil
}

func decodeEvent(d *pb.Document) (e event.Envelope, err error) {
	if err := json.Unmarshal([]byte(d.GetFields()["event"].GetStringValue()), &e); err != nil {
		return e, fmt.Errorf("read event %s: %w", d.GetName(), err)
	}
	return e, nil
}

// Find implements eventstore.Store.
func (s *EventStore) Find(ctx context.Context, id string) (event.Envelope, error) {
	name := s.idName(id)
	found, err := s.client.get(ctx, []string{name}, "stream", "sequence")
	if err != nil {
		return event.Envelope{}, err
	}
	if found[name] == nil {
		return event.Envelope{}, eventstore.ErrNotFound
	}
	events, err := s.eventsOf(ctx, []*pb.Document{found[name]})
	if err != nil {
		return event.Envelope{}, err
	}
	return events[0], nil
}

// eventsOf reads the events that documents of ids stand for, in their order. One
// commit makes both, so an id without its event is damage.
func (s *EventStore) eventsOf(ctx context.Context, ids []*pb.Document) ([]event.Envelope, error) {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = s.eventName(event.Stream(id.Fields["stream"].GetStringValue()), id.Fields["sequence"].GetIntegerValue())
	}
	found, err := s.client.get(ctx, names, "event")
	if err != nil {
		return nil, err
	}
	events := make([]event.Envelope, len(ids))
	for i, name := range names {
		if events[i], err = decodeEvent(found[name]); err != nil {
			return nil, fmt.Errorf("%s: %w", ids[i].Name, err)
		}
	}
	return events, nil
}

// Streams implements eventstore.Store. It costs two reads for each stream.
func (s *EventStore) Streams(ctx context.Context, after event.Stream, limit int) ([]eventstore.Head, error) {
	first, err := s.client.run(ctx, s.client.root(), firstEvents(after, limit))
	if err != nil {
		return nil, err
	}
	heads := make([]eventstore.Head, len(first))
	var looking errgroup.Group
	looking.SetLimit(headsAtOnce)
	for i, d := range first {
		looking.Go(func() error {
			stream := d.Fields["stream"].GetStringValue()
			newest, err := s.client.run(ctx, s.client.name("streams", stream), newestEvent())
			if err == nil && len(newest) == 0 {
				err = fmt.Errorf("stream %s has a first event and no newest", stream)
			}
			if err == nil {
				heads[i] = eventstore.Head{Stream: event.Stream(stream), Version: newest[0].Fields["sequence"].GetIntegerValue()}
			}
			return err
		})
	}
	return heads, looking.Wait()
}
