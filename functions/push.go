package functions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"boochat/shared/auth"
	"boochat/shared/bus"
	"boochat/shared/event"
	"boochat/shared/httpapi"
)

// maxPush is the largest push that is read, in bytes: Pub/Sub's 10 MB message in
// base64 with its envelope.
const maxPush = 14 << 20

// PushVerifier judges the OIDC token that Pub/Sub signs its pushes with. Without
// one, no push is accepted.
type PushVerifier interface {
	Verify(ctx context.Context, token string) error
}

// push is what Pub/Sub posts to a subscription's endpoint.
type push struct {
	Message struct {
		Data      []byte `json:"data"`
		MessageID string `json:"messageId"`
	} `json:"message"`
	Subscription string `json:"subscription"`
}

// pushed answers pushes: 204 when the event is handled, or is nothing that another
// delivery would mend; an error otherwise, so that it comes again.
func pushed(f Function, s *Services) httpapi.Handler {
	handle := f.react(s)
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := verifyPush(r, s.Pushes); err != nil {
			return err
		}
		e, err := readPush(r)
		if err != nil {
			return httpapi.Malformed("", "This is not an event pushed by Pub/Sub.")
		}
		if err := handle(r.Context(), []event.Envelope{e}); err != nil {
			if !bus.IsPermanent(err) {
				return err
			}
			slog.ErrorContext(r.Context(), "event parked", "subscription", f.Name, "event", e.ID, "stream", e.Stream, "sequence", e.Sequence, "error", err)
			letter := bus.DeadLetter{Subscription: f.Name, Event: e, Cause: err.Error(), ParkedAt: event.Now(time.Now)}
			if err := s.DeadLetters.Park(r.Context(), letter); err != nil {
				return err
			}
		}
		httpapi.WriteNoContent(w)
		return nil
	}
}

func verifyPush(r *http.Request, verifier PushVerifier) error {
	if verifier == nil {
		return event.Refuse(event.Forbidden, "This server takes no pushed events. Set PUSH_AUDIENCE and PUSH_SERVICE_ACCOUNT to have it take them.")
	}
	token, err := httpapi.Bearer(r)
	if err != nil {
		return err
	}
	err = verifier.Verify(r.Context(), token)
	switch {
	case errors.Is(err, auth.ErrUnavailable):
		return &event.Refusal{Kind: event.Unavailable, Detail: "The push cannot be verified just now.", Cause: err}
	case err != nil:
		return httpapi.Unauthenticated("This push is not signed by the subscription's service account.")
	default:
		return nil
	}
}

func readPush(r *http.Request) (e event.Envelope, err error) {
	data, err := io.ReadAll(io.LimitReader(r.Body, maxPush))
	if err != nil {
		return e, fmt.Errorf("read push: %w", err)
	}
	var p push
	if err := json.Unmarshal(data, &p); err != nil {
		return e, fmt.Errorf("read push: %w", err)
	}
	return e, json.Unmarshal(p.Message.Data, &e)
}
