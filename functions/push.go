package functions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"boochat/shared/bus"
	"boochat/shared/event"
	"boochat/shared/httpapi"

	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	// maxPush is the largest push that is read, in bytes: Pub/Sub's 10 MB message in
	// base64 with its envelope.
	maxPush = 14 << 20
	// ParkAfter is how many deliveries of an event to a trigger may fail before it is
	// parked, so that it does not hold up its stream for ever. With the retry policy of
	// the subscriptions, 1 s doubling to 60 s, that is after a quarter of an hour. It is
	// fewer than the attempts after which Pub/Sub gives a message up by itself, to the
	// dead letter topic: there goes only what cannot be parked either.
	ParkAfter = 20
)

// push is what Pub/Sub posts to a subscription's endpoint.
type push struct {
	Message struct {
		Data      []byte `json:"data"`
		MessageID string `json:"messageId"`
	} `json:"message"`
	Subscription    string `json:"subscription"`    // projects/{project}/subscriptions/{name}
	DeliveryAttempt int    `json:"deliveryAttempt"` // from 1; 0 where the subscription has no dead letter policy
}

// pushed makes the handler of a trigger's row.
func pushed(f Function, s *Services) httpapi.Handler {
	sub := bus.Subscription{Name: f.Name, Topic: f.Topic, Projection: f.Projection, Handler: f.react(s)}
	return PushHandler(sub, s.Pushes, s.DeadLetters, ParkAfter)
}

// PushHandler takes what Pub/Sub pushes to a subscription. It answers 204 when the
// event is handled, and when another delivery would mend nothing: then it is parked
// in letters with its cause, as it is after so many failed deliveries as parkAfter
// says. What fails otherwise is answered 503, so that it comes again. What is no
// push of this subscription is refused, 401, 403 or 400, and leaves no trace but a
// line in the log. Each outcome has its own message there, by which it can be counted:
// "push handled", "push failed", "push parked", "push unreadable", "push refused" and
// "push malformed".
func PushHandler(sub bus.Subscription, verifier PushVerifier, letters bus.DeadLetters, parkAfter int) httpapi.Handler {
	failures, err := lru.New[string, int](recentFailures)
	if err != nil {
		panic(err) // only a size below one is refused
	}
	t := &taker{Subscription: sub, verifier: verifier, letters: letters, parkAfter: parkAfter, failures: failures}
	return t.take
}

// recentFailures is how many messages are remembered as failed, where Pub/Sub does
// not say how often it has delivered them.
const recentFailures = 10_000

// taker takes the pushes of a subscription.
type taker struct {
	bus.Subscription
	verifier  PushVerifier
	letters   bus.DeadLetters
	parkAfter int
	failures  *lru.Cache[string, int] // by message id
}

func (t *taker) take(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	log := slog.With("subscription", t.Name)
	if err := verifyCaller(r, t.verifier); err != nil {
		log.WarnContext(ctx, "push refused", "error", err)
		return err
	}
	body, p, err := readPush(w, r, t.Name)
	if err != nil {
		log.WarnContext(ctx, "push malformed", "error", err)
		return httpapi.Malformed("", "This is not what Pub/Sub pushes to this subscription.")
	}
	log = log.With("message", p.Message.MessageID)
	var e event.Envelope
	if err := json.Unmarshal(p.Message.Data, &e); err != nil {
		log.ErrorContext(ctx, "push unreadable", "error", err)
		err = t.letters.Park(ctx, bus.Unreadable(t.Name, p.Message.MessageID, body, err, event.Now(time.Now)))
		return answerPush(w, err)
	}
	log = log.With("event", e.ID, "stream", e.Stream, "sequence", e.Sequence)
	err = t.handle(ctx, e)
	if err == nil {
		t.failures.Remove(p.Message.MessageID)
		log.DebugContext(ctx, "push handled")
		return answerPush(w, nil)
	}
	attempt := t.attempt(p)
	if !bus.IsPermanent(err) && attempt < t.parkAfter || ctx.Err() != nil {
		log.WarnContext(ctx, "push failed", "attempt", attempt, "error", err)
		return answerPush(w, err)
	}
	log.ErrorContext(ctx, "push parked", "attempt", attempt, "error", err)
	err = t.letters.Park(ctx, bus.DeadLetter{Subscription: t.Name, Event: e, Cause: err.Error(), ParkedAt: event.Now(time.Now)})
	return answerPush(w, err)
}

// answerPush answers 204, or has the push come again.
func answerPush(w http.ResponseWriter, err error) error {
	if err != nil {
		return &event.Refusal{Kind: event.Unavailable, Detail: "This cannot be handled just now. Push it again.", Cause: err}
	}
	httpapi.WriteNoContent(w)
	return nil
}

// handle hands the event to the subscription. A handler that panics has failed, like
// any other, and so has an event that came to another topic than its stream's.
func (t *taker) handle(ctx context.Context, e event.Envelope) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("handler panicked: %v\n%s", cause, debug.Stack())
		}
	}()
	if topic := e.Stream.Topic(); topic != t.Topic {
		return bus.Permanent(fmt.Errorf("an event of %s belongs to topic %q, not to %q", e.Stream, topic, t.Topic))
	}
	return t.Handler(ctx, []event.Envelope{e})
}

// attempt tells how often the message has been delivered, this time included: as
// Pub/Sub says, else (the emulator never does) as often as this process has seen it fail.
func (t *taker) attempt(p push) int {
	if p.DeliveryAttempt > 0 {
		return p.DeliveryAttempt
	}
	failed, _ := t.failures.Get(p.Message.MessageID)
	t.failures.Add(p.Message.MessageID, failed+1)
	return failed + 1
}

// readPush reads a push of the subscription with this name, and gives it as it came,
// too.
func readPush(w http.ResponseWriter, r *http.Request, subscription string) (body []byte, p push, err error) {
	body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxPush))
	if err == nil {
		err = json.Unmarshal(body, &p)
	}
	switch {
	case err != nil:
		return nil, push{}, fmt.Errorf("read push: %w", err)
	case p.Message.MessageID == "":
		return nil, push{}, errors.New("it has no message with an id")
	case !strings.HasSuffix(p.Subscription, "/subscriptions/"+subscription):
		return nil, push{}, fmt.Errorf("it is of subscription %q", p.Subscription)
	}
	return body, p, nil
}
