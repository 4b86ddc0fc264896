package firestore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"boochat/shared/event"
	"boochat/shared/eventstore"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	lru "github.com/hashicorp/golang-lru/v2"
)

// knownStreams is of how many streams a process remembers how far they reach.
const knownStreams = 10_000

// EventStore is the log, its outbox and its snapshots.
type EventStore struct {
	client *Client
	// reached holds versions that streams are known to have reached. Streams never
	// shrink, so what is known stays true.
	reached *lru.Cache[event.Stream, int64]
}

var _ eventstore.Store = (*EventStore)(nil)

// NewEventStore makes the event store of a database.
func NewEventStore(client *Client) *EventStore {
	reached, err := lru.New[event.Stream, int64](knownStreams)
	if err != nil {
		panic(err) // only a size below one is refused
	}
	return &EventStore{client: client, reached: reached}
}

// eventName is where an event is. Twelve digits keep the order of the sequences.
func (s *EventStore) eventName(stream event.Stream, sequence int64) string {
	return s.client.name("streams", string(stream), "events", fmt.Sprintf("%012d", sequence))
}

func (s *EventStore) idName(id string) string { return s.client.name("ids", documentID(id)) }

// Append implements eventstore.Store. On a stream that this process knows it is one
// commit and reads nothing: that the documents of the events and of their ids do
// not exist yet is all that has to be so.
func (s *EventStore) Append(ctx context.Context, stream event.Stream, expected int64, events []event.Envelope) error {
	envelopes, err := encode(stream, expected, events)
	if err != nil || len(events) == 0 {
		return err
	}
	if reaches, err := s.reaches(ctx, stream, expected); err != nil || !reaches {
		return conflictUnless(err)
	}
	var writes []*pb.Write
	for i, e := range events {
		writes = append(writes, s.eventWrite(e, envelopes[i]), s.idWrite(e))
	}
	_, err = s.client.commit(ctx, writes...)
	if errors.Is(err, errRefused) {
		return s.explain(ctx, stream, expected, envelopes)
	}
	if err == nil {
		s.note(stream, expected+int64(len(events)))
	}
	return err
}

// encode checks the places of events and gives what is stored of each.
func encode(stream event.Stream, expected int64, events []event.Envelope) ([]string, error) {
	envelopes := make([]string, len(events))
	for i, e := range events {
		if e.Stream != stream || e.Sequence != expected+int64(i)+1 {
			return nil, fmt.Errorf("event %d of an append to %s at %d is for %s at %d", i, stream, expected, e.Stream, e.Sequence)
		}
		envelope, err := json.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("encode event %s: %w", e.ID, err)
		}
		envelopes[i] = string(envelope)
	}
	return envelopes, nil
}

func (s *EventStore) eventWrite(e event.Envelope, envelope string) *pb.Write {
	f := fields{"sequence": wholeValue(e.Sequence), "event": textValue(envelope)}
	if e.Sequence == 1 {
		f["stream"] = textValue(string(e.Stream)) // so that streams can be listed
	}
	return put(s.eventName(e.Stream, e.Sequence), f, exists(false))
}

// idWrite makes the document that keeps ids unique in the whole store and is the
// event's outbox record, too, until it is published.
func (s *EventStore) idWrite(e event.Envelope) *pb.Write {
	w := put(s.idName(e.ID), fields{
		"stream": textValue(string(e.Stream)), "sequence": wholeValue(e.Sequence),
		"outbox": mapValue(fields{"at": timeValue(e.Time)}),
	}, exists(false))
	w.UpdateTransforms = []*pb.DocumentTransform_FieldTransform{{
		FieldPath:     "outbox.committed",
		TransformType: &pb.DocumentTransform_FieldTransform_SetToServerValue{SetToServerValue: pb.DocumentTransform_FieldTransform_REQUEST_TIME},
	}}
	return w
}

// reaches reports whether a stream has come as far as a version.
func (s *EventStore) reaches(ctx context.Context, stream event.Stream, version int64) (bool, error) {
	if known, _ := s.reached.Get(stream); known >= version {
		return true, nil
	}
	name := s.eventName(stream, version)
	found, err := s.client.get(ctx, []string{name}, "sequence")
	if err != nil || found[name] == nil {
		return false, err
	}
	s.note(stream, version)
	return true, nil
}

func conflictUnless(err error) error {
	if err != nil {
		return err
	}
	return eventstore.ErrConflict
}

func (s *EventStore) note(stream event.Stream, version int64) {
	if known, _ := s.reached.Get(stream); known < version {
		s.reached.Add(stream, version)
	}
}

// explain looks why an append was refused, and accepts one whose events are all in
// their places: an answer to it was lost.
func (s *EventStore) explain(ctx context.Context, stream event.Stream, expected int64, envelopes []string) error {
	names := make([]string, len(envelopes))
	for i := range names {
		names[i] = s.eventName(stream, expected+int64(i)+1)
	}
	found, err := s.client.get(ctx, names, "event")
	if err != nil {
		return err
	}
	if len(found) == 0 { // so it was an id
		return eventstore.ErrDuplicate
	}
	for i, envelope := range envelopes {
		if found[names[i]].GetFields()["event"].GetStringValue() != envelope {
			return eventstore.ErrConflict
		}
	}
	s.note(stream, expected+int64(len(envelopes)))
	return nil
}
