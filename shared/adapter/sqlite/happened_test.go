package sqlite

import (
	"encoding/json"
	"fmt"
	"time"

	"boochat/shared/event"

	"github.com/google/uuid"
)

// happened makes n events that follow a version of a stream.
func happened(stream event.Stream, after int64, n int) []event.Envelope {
	events := make([]event.Envelope, n)
	for i := range events {
		id := uuid.Must(uuid.NewV7()).String()
		events[i] = event.Envelope{
			ID: id, Type: "room.message-sent", Version: 1, Stream: stream, Sequence: after + int64(i) + 1, Time: event.Now(time.Now),
			Actor: "108234567890123456789", CorrelationID: id, CausationID: id, Fingerprint: "3f2a9c0d5e7b",
			Data: json.RawMessage(fmt.Sprintf(`{"id":%q,"content":"See you at eight, in front of the station."}`, id)),
		}
	}
	return events
}
