package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"boochat/shared/event"
)

// unreadable is the type of the event that stands for a delivery which is none.
const unreadable = "bus.unreadable"

// Unreadable makes the dead letter of a delivery that holds no event. It is kept
// under an event made for it, whose data is the delivery as it came, a JSON
// document; id tells it from the subscription's other deliveries.
func Unreadable(subscription, id string, delivery json.RawMessage, cause error, at time.Time) DeadLetter {
	e := event.Envelope{
		ID: "unreadable-" + id, Type: unreadable, Version: 1, Stream: event.NewStream("unreadable", subscription), Sequence: 1,
		Time: at, Data: delivery,
	}
	return DeadLetter{Subscription: subscription, Event: e, Cause: cause.Error(), ParkedAt: at}
}

// Redrive hands chosen dead letters to their subscriptions again, oldest first, and
// removes those that are handled by now; it tells how many. The others stay as they
// are, and the error says of each why.
func Redrive(ctx context.Context, letters DeadLetters, subscriptions []Subscription, chosen func(DeadLetter) bool) (handled int, err error) {
	handlers := map[string]Handler{}
	for _, s := range subscriptions {
		handlers[s.Name] = s.Handler
	}
	parked, err := letters.Parked(ctx)
	if err != nil {
		return 0, err
	}
	var failures []error
	for _, letter := range parked {
		if !chosen(letter) {
			continue
		}
		err := redrive(ctx, handlers[letter.Subscription], letter)
		if err == nil {
			err = letters.Remove(ctx, letter.Subscription, letter.Event.ID)
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("%s of %s stays parked: %w", letter.Event.ID, letter.Subscription, err))
			continue
		}
		handled++
	}
	return handled, errors.Join(failures...)
}

func redrive(ctx context.Context, handle Handler, letter DeadLetter) error {
	switch {
	case letter.Event.Type == unreadable:
		return errors.New("it holds no event")
	case handle == nil:
		return errors.New("there is no such subscription any more")
	default:
		return handle(ctx, []event.Envelope{letter.Event})
	}
}
