package firestore

import (
	"context"
	"encoding/json"
	"fmt"

	"boochat/shared/bus"
)

// DeadLetters keeps parked events.
type DeadLetters struct{ client *Client }

var _ bus.DeadLetters = DeadLetters{}

// NewDeadLetters makes the store of a database's dead letters.
func NewDeadLetters(client *Client) DeadLetters { return DeadLetters{client} }

func (l DeadLetters) name(subscription, eventID string) string {
	return l.client.name("deadLetters", documentID(subscription+"."+eventID))
}

// Park implements bus.DeadLetters.
func (l DeadLetters) Park(ctx context.Context, letter bus.DeadLetter) error {
	data, err := json.Marshal(letter)
	if err != nil {
		return fmt.Errorf("encode dead letter %s: %w", letter.Event.ID, err)
	}
	_, err = l.client.commit(ctx, put(l.name(letter.Subscription, letter.Event.ID), fields{
		"parkedAt": timeValue(letter.ParkedAt), "letter": textValue(string(data)),
	}, nil))
	return err
}

// Parked implements bus.DeadLetters.
func (l DeadLetters) Parked(ctx context.Context) ([]bus.DeadLetter, error) {
	found, err := l.client.run(ctx, l.client.root(), parkedLetters())
	if err != nil {
		return nil, err
	}
	letters := make([]bus.DeadLetter, len(found))
	for i, d := range found {
		if err := json.Unmarshal([]byte(d.Fields["letter"].GetStringValue()), &letters[i]); err != nil {
			return nil, fmt.Errorf("read dead letter %s: %w", d.Name, err)
		}
	}
	return letters, nil
}

// Remove implements bus.DeadLetters.
func (l DeadLetters) Remove(ctx context.Context, subscription, eventID string) error {
	_, err := l.client.commit(ctx, remove(l.name(subscription, eventID)))
	return err
}
