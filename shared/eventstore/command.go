package eventstore

import (
	"fmt"

	"boochat/shared/event"
)

// Command is who asks for what, apart from the decision itself.
type Command struct {
	// ID makes the ids of the command's events, so that a repeat is recognised.
	ID string
	// EventID, where the client chose an id for what comes to be, is the id of the
	// first event in place of one made from ID. It is unique in the whole store.
	EventID string
	// Fingerprint stands for caller, command and body: the same ID with another
	// fingerprint is refused.
	Fingerprint string
	// Actor is the person who asks, or "" where the system does by itself.
	Actor string
	// CorrelationID is that of the event which the command follows from; "" where a
	// chain begins with it.
	CorrelationID string
	Traceparent   string
}

// firstEventID is the id of the command's first event.
func (c Command) firstEventID() string {
	if c.EventID != "" {
		return c.EventID
	}
	return c.ID
}

// eventID is the id of a command's event number index, from 0.
func eventID(first string, index int) string {
	if index == 0 {
		return first
	}
	return fmt.Sprintf("%s_%d", first, index)
}

// Outcome is what a command has led to.
type Outcome struct {
	Events   []event.Envelope // none: the command changed nothing
	Version  int64            // of the stream, right after the command
	Repeated bool             // the command was executed before; these are the events of then
}

// Refusals of repeats that are none.
var (
	ErrKeyReused = &event.Refusal{Kind: event.KeyReused, Field: "Idempotency-Key",
		Detail: "This Idempotency-Key was used for another request. Make a new key for each new command."}
	ErrIDTaken = &event.Refusal{Kind: event.Conflict, Field: "id",
		Detail: "This id is taken. Choose another, or leave it out."}
)

// unavailable says that the outcome is unknown and the command may be repeated.
func unavailable(cause error) *event.Refusal {
	return &event.Refusal{Kind: event.Unavailable, Detail: "The event store does not answer. Try again with the same Idempotency-Key.", Cause: cause}
}
