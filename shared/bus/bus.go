// Package bus is the port to delivery: events are published to topics and reach
// the handlers of subscriptions at least once, in any order, possibly late.
// Adapters are held to the contract in bustest.
package bus

import (
	"context"
	"errors"
	"time"

	"boochat/shared/event"
)

// Publisher hands appended events to the topics of their streams. When Publish
// returns nil, each subscription of the topic will get the events.
type Publisher interface {
	Publish(ctx context.Context, events []event.Envelope) error
}

// Handler reacts to events. It is called with one or more events of one topic, in
// the order of their streams as far as the bus knows it, and may be called again
// with any of them. An error marked Permanent parks the events; any other has
// them delivered again.
type Handler func(ctx context.Context, events []event.Envelope) error

// Subscription is a handler with a durable name. Renaming one starts it anew.
type Subscription struct {
	Name       string
	Topic      string
	Projection bool // it writes read documents, and starts anew with them
	Handler    Handler
}

// permanentError marks what no repetition will mend.
type permanentError struct{ cause error }

func (e *permanentError) Error() string { return e.cause.Error() }
func (e *permanentError) Unwrap() error { return e.cause }

// Permanent marks an error that would only repeat: the event cannot be decoded,
// or breaks an invariant.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent reports whether err, or what it wraps, is permanent.
func IsPermanent(err error) bool {
	var permanent *permanentError
	return errors.As(err, &permanent)
}

// DeadLetter is an event that a subscription could not handle.
type DeadLetter struct {
	Subscription string         `json:"subscription"`
	Event        event.Envelope `json:"event"`
	Cause        string         `json:"cause"`
	ParkedAt     time.Time      `json:"parkedAt"`
}

// DeadLetters keeps parked events until somebody has looked at them.
type DeadLetters interface {
	// Park keeps a dead letter; parking the same event of the same subscription
	// again replaces it.
	Park(ctx context.Context, letter DeadLetter) error
	// Parked lists the dead letters, oldest first.
	Parked(ctx context.Context) ([]DeadLetter, error)
	// Remove forgets the dead letter of an event of a subscription, where there is one.
	Remove(ctx context.Context, subscription, eventID string) error
}
