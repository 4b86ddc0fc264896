package functions

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"boochat/shared/adapter/sqlite"
	"boochat/shared/event"
	"boochat/shared/eventstore"
)

// topic is where events are published to, unless it is away.
type topic struct {
	away error
	got  []event.Envelope
}

func (t *topic) Publish(_ context.Context, events []event.Envelope) error {
	if t.away != nil {
		return t.away
	}
	t.got = append(t.got, events...)
	return nil
}

func TestRelayPublishesWhatIsLeftWhenTheClockCalls(t *testing.T) {
	store, err := sqlite.OpenEventStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	e := created(t)
	if err := store.Append(t.Context(), e.Stream, 0, []event.Envelope{e}); err != nil {
		t.Fatal(err)
	}
	rooms := &topic{}
	f, _ := Find("relay")
	call := func(pushes PushVerifier, authorization string) int {
		t.Helper()
		r := httptest.NewRequest(f.Method, f.Path, nil)
		r.Header.Set("Authorization", authorization)
		answer := httptest.NewRecorder()
		later := func() time.Time { return noon.Add(time.Minute) }
		f.Handler(&Services{Pushes: pushes, Relay: &eventstore.Relay{Outbox: store, Publisher: rooms, Now: later}}).ServeHTTP(answer, r)
		return answer.Code
	}
	clock := newEndpoint(t) // has a verifier and makes its tokens
	for name, got := range map[string]int{
		"no calls expected": call(nil, "Bearer "+clock.token(nil)) - http.StatusForbidden,
		"no token":          call(clock.verifier, "") - http.StatusUnauthorized,
		"another's token":   call(clock.verifier, "Bearer "+newEndpoint(t).token(nil)) - http.StatusUnauthorized,
	} {
		if got != 0 || len(rooms.got) > 0 {
			t.Errorf("%s: the answer is off by %d, published are %v", name, got, rooms.got)
		}
	}
	rooms.away = errors.New("away")
	if got := call(clock.verifier, "Bearer "+clock.token(nil)); got != http.StatusServiceUnavailable {
		t.Errorf("while the bus is away, the answer is %d", got)
	}
	rooms.away = nil
	if got := call(clock.verifier, "Bearer "+clock.token(nil)); got != http.StatusNoContent || len(rooms.got) != 1 || rooms.got[0].ID != e.ID {
		t.Errorf("answer is %d, published are %v", got, rooms.got)
	}
}
