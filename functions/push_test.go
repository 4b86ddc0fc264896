package functions

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"boochat/functions/trigger"
	"boochat/shared/adapter/sqlite"
	"boochat/shared/auth"
	"boochat/shared/bus"
	"boochat/shared/catalogue"
	"boochat/shared/event"
	"boochat/shared/room"
	"boochat/shared/view"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"
)

const (
	pushAudience = "https://project-rooms.example.run.app"
	pushAccount  = "pubsub@group.iam.gserviceaccount.com"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// endpoint is the function project-rooms with everything that it is made of.
type endpoint struct {
	http.Handler
	t        *testing.T
	key      *rsa.PrivateKey
	verifier PushVerifier
	views    *failingViews
	letters  *failingLetters
}

// failingViews are read documents that cannot be written while err is set.
type failingViews struct {
	*sqlite.Views
	err error
}

// failingLetters take no dead letters while err is set.
type failingLetters struct {
	bus.DeadLetters
	err error
}

func (f *failingLetters) Park(ctx context.Context, letter bus.DeadLetter) error {
	if f.err != nil {
		return f.err
	}
	return f.DeadLetters.Park(ctx, letter)
}

func (f *failingViews) Write(ctx context.Context, writes []view.Write) ([]int64, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.Views.Write(ctx, writes)
}

func newEndpoint(t *testing.T) *endpoint {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	store, err := sqlite.OpenEventStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	views, err := sqlite.OpenViews(filepath.Join(t.TempDir(), "views.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(views.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	})
	e := &endpoint{t: t, key: key, views: &failingViews{Views: views}, letters: &failingLetters{DeadLetters: store}}
	e.verifier = auth.NewPushVerifier(&oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{key.Public()}}, pushAudience, pushAccount, clock)
	e.serve(store, e.verifier)
	return e
}

func clock() time.Time { return noon }

func (e *endpoint) serve(store *sqlite.EventStore, pushes PushVerifier) {
	f, _ := Find("project-rooms")
	e.Handler = f.Handler(&Services{Rooms: trigger.NewRooms(store, e.views, catalogue.Events, clock), Pushes: pushes, DeadLetters: e.letters})
}

// noNetwork reaches nobody.
type noNetwork struct{}

func (noNetwork) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("there is no network")
}

// token is one as Pub/Sub sends it, with changes.
func (e *endpoint) token(changes jwt.MapClaims) string {
	e.t.Helper()
	claims := jwt.MapClaims{
		"iss": "https://accounts.google.com", "aud": pushAudience, "azp": "1", "sub": "1", "email": pushAccount, "email_verified": true,
		"iat": noon.Unix(), "exp": noon.Add(time.Hour).Unix(),
	}
	for name, value := range changes {
		claims[name] = value
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodRS256, claims).SignedString(e.key)
	if err != nil {
		e.t.Fatal(err)
	}
	return signed
}

// push posts a body under a token; "" is none.
func (e *endpoint) push(token string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/trigger/project-rooms", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer := httptest.NewRecorder()
	e.ServeHTTP(answer, r)
	return answer
}

// envelope wraps an event as Pub/Sub does.
func envelope(t testing.TB, e event.Envelope) []byte {
	t.Helper()
	return delivery(t, e, 1)
}

// delivery wraps an event as Pub/Sub does when it delivers it for the nth time; 0 is
// where it does not count.
func delivery(t testing.TB, e event.Envelope, n int) []byte {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return message(t, data, n)
}

// message wraps data as Pub/Sub does.
func message(t testing.TB, data []byte, n int) []byte {
	t.Helper()
	p := map[string]any{
		"message": map[string]any{
			"data": data, "messageId": "1", "message_id": "1", "publishTime": "2026-03-01T12:00:00Z", "orderingKey": "room_kitchen",
			"attributes": map[string]string{"type": "room.created"},
		},
		"subscription": "projects/p/subscriptions/project-rooms",
	}
	if n > 0 {
		p["deliveryAttempt"] = n
	}
	body, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// parked gives the dead letters, which have to be so many.
func (e *endpoint) parked(n int) []bus.DeadLetter {
	e.t.Helper()
	letters, err := e.letters.Parked(e.t.Context())
	if err != nil || len(letters) != n {
		e.t.Fatalf("dead letters are %v, %v; want %d", letters, err, n)
	}
	return letters
}

// created is the first event of a room.
func created(t testing.TB) event.Envelope {
	t.Helper()
	name, version, data, err := catalogue.Events.Encode(room.Created{Name: "Kitchen", MemberIDs: []string{"Ann"}, ActorName: "Ann"})
	if err != nil {
		t.Fatal(err)
	}
	return event.Envelope{ID: "event-1", Type: name, Version: version, Stream: room.Stream("kitchen"), Sequence: 1, Time: noon, Actor: "Ann", Data: data}
}

func (e *endpoint) shows(path string) bool {
	e.t.Helper()
	found, err := e.views.Get(context.Background(), path)
	if err != nil {
		e.t.Fatal(err)
	}
	return found[0].Data != nil
}

func TestPushIsTakenFromPubSubAlone(t *testing.T) {
	e := newEndpoint(t)
	stranger := newEndpoint(t)
	body := envelope(t, created(t))
	for name, token := range map[string]string{
		"no token":           "",
		"garbage":            "x",
		"another key":        stranger.token(nil),
		"another audience":   e.token(jwt.MapClaims{"aud": "https://another.example.run.app"}),
		"another account":    e.token(jwt.MapClaims{"email": "somebody@group.iam.gserviceaccount.com"}),
		"a person":           e.token(jwt.MapClaims{"email": "ann@example.com"}),
		"unverified address": e.token(jwt.MapClaims{"email_verified": false}),
		"another issuer":     e.token(jwt.MapClaims{"iss": "https://evil.example"}),
		"expired":            e.token(jwt.MapClaims{"exp": noon.Add(-time.Minute).Unix()}),
	} {
		if got := e.push(token, body); got.Code != http.StatusUnauthorized || got.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: answer is %d %s", name, got.Code, got.Body)
		}
	}
	if e.shows("rooms/kitchen") {
		t.Error("a refused push was handled")
	}
	e.serve(nil, nil)
	if got := e.push(e.token(nil), body); got.Code != http.StatusForbidden {
		t.Errorf("where no pushes are expected, the answer is %d", got.Code)
	}
	unreachable := auth.GoogleKeys(t.Context(), &http.Client{Transport: noNetwork{}})
	e.serve(nil, auth.NewPushVerifier(unreachable, pushAudience, pushAccount, clock))
	if got := e.push(e.token(nil), body); got.Code != http.StatusServiceUnavailable {
		t.Errorf("where Google's keys cannot be fetched, the answer is %d", got.Code)
	}
}

func TestPushIsHandled(t *testing.T) {
	e := newEndpoint(t)
	for range 2 { // at least once
		if got := e.push(e.token(nil), envelope(t, created(t))); got.Code != http.StatusNoContent || got.Body.Len() > 0 {
			t.Fatalf("answer is %d %s", got.Code, got.Body)
		}
	}
	if !e.shows("rooms/kitchen") || !e.shows("rooms/kitchen/items/1") || !e.shows("users/Ann/visits/kitchen") {
		t.Error("the event is not shown")
	}
}

func TestPushThatFailsForNowComesAgain(t *testing.T) {
	e := newEndpoint(t)
	e.views.err = view.ErrStale
	if got := e.push(e.token(nil), envelope(t, created(t))); got.Code < 500 {
		t.Errorf("answer is %d %s, want one that has it come again", got.Code, got.Body)
	}
	e.views.err = nil
	if got := e.push(e.token(nil), envelope(t, created(t))); got.Code != http.StatusNoContent || !e.shows("rooms/kitchen") {
		t.Errorf("answer is %d %s", got.Code, got.Body)
	}
	letters, err := e.letters.Parked(context.Background())
	if err != nil || len(letters) > 0 {
		t.Errorf("dead letters are %v, %v", letters, err)
	}
}

func TestPushThatNothingMendsIsParked(t *testing.T) {
	for cause, change := range map[string]func(*event.Envelope){
		"room.exploded":               func(e *event.Envelope) { e.Type = "room.exploded" },
		"newer version":               func(e *event.Envelope) { e.Version = 99 },
		"cannot be decoded":           func(e *event.Envelope) { e.Data = json.RawMessage(`[]`) },
		`belongs to topic "user-even`: func(e *event.Envelope) { e.Stream = "user_ann" },
		`belongs to topic ""`:         func(e *event.Envelope) { e.Stream = "ship_mary" },
	} {
		t.Run(cause, func(t *testing.T) {
			e := newEndpoint(t)
			bad := created(t)
			change(&bad)
			for range 2 {
				if got := e.push(e.token(nil), envelope(t, bad)); got.Code != http.StatusNoContent {
					t.Fatalf("answer is %d %s", got.Code, got.Body)
				}
			}
			got := e.parked(1)[0]
			if got.Subscription != "project-rooms" || got.Event.ID != bad.ID || !strings.Contains(got.Cause, cause) || got.ParkedAt.IsZero() {
				t.Errorf("dead letter is %+v", got)
			}
			e.letters.err = errors.New("the disk is full")
			if got := e.push(e.token(nil), envelope(t, bad)); got.Code != http.StatusServiceUnavailable {
				t.Errorf("where it cannot be parked, the answer is %d", got.Code)
			}
		})
	}
}

// A push of our subscription is parked as it came when it holds no event: it would
// hold none the next time either.
func TestPushWithoutAnEventIsParkedAsItCame(t *testing.T) {
	for name, data := range map[string]string{"nothing": "", "no JSON": "hello", "null": "null", "no event": "{}", "another's event": `{"specversion":"1.0","source":"/else"}`} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t)
			body := message(t, []byte(data), 1)
			for range 2 {
				if got := e.push(e.token(nil), body); got.Code != http.StatusNoContent {
					t.Fatalf("answer is %d %s", got.Code, got.Body)
				}
			}
			got := e.parked(1)[0]
			if got.Subscription != "project-rooms" || string(got.Event.Data) != string(body) || got.Cause == "" || got.ParkedAt.IsZero() {
				t.Errorf("dead letter is %+v", got)
			}
			e.letters.err = errors.New("the disk is full")
			if got := e.push(e.token(nil), body); got.Code != http.StatusServiceUnavailable {
				t.Errorf("where it cannot be parked, the answer is %d", got.Code)
			}
		})
	}
}

func TestPushThatFailsForEverIsParkedInTheEnd(t *testing.T) {
	for name, attempt := range map[string]func(int) int{
		"as Pub/Sub counts":           func(n int) int { return n },
		"as the process counts, else": func(int) int { return 0 },
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t)
			e.views.err = view.ErrStale
			for n := 1; n < ParkAfter; n++ {
				if got := e.push(e.token(nil), delivery(t, created(t), attempt(n))); got.Code != http.StatusServiceUnavailable {
					t.Fatalf("delivery %d is answered %d %s", n, got.Code, got.Body)
				}
			}
			e.parked(0)
			if got := e.push(e.token(nil), delivery(t, created(t), attempt(ParkAfter))); got.Code != http.StatusNoContent {
				t.Fatalf("the last delivery is answered %d %s", got.Code, got.Body)
			}
			if got := e.parked(1)[0]; got.Event.ID != "event-1" || !strings.Contains(got.Cause, view.ErrStale.Error()) {
				t.Errorf("dead letter is %+v", got)
			}
		})
	}
}

func TestPushOfSomethingElseIsMalformed(t *testing.T) {
	e := newEndpoint(t)
	for name, body := range map[string]string{
		"nothing": "", "not JSON": "hello", "no message": "{}", "no base64": `{"message":{"data":"ä"}}`, "no subscription": `{"message":{"messageId":"1","data":"e30="}}`,
		"a list": "[]", "null": "null", "no id": `{"message":{"data":"e30="},"subscription":"projects/p/subscriptions/project-rooms"}`,
		"another subscription's": `{"message":{"messageId":"1","data":"e30="},"subscription":"projects/p/subscriptions/project-users"}`,
		"too large":              `{"message":{"messageId":"1","data":"` + strings.Repeat("e30=", maxPush/4) + `"}}`,
	} {
		if got := e.push(e.token(nil), []byte(body)); got.Code != http.StatusBadRequest {
			t.Errorf("%s: answer is %d %s", name, got.Code, got.Body)
		}
	}
	e.parked(0)
}

// Where nobody but Pub/Sub can call, tokens are not looked at.
func TestPushToAPrivateServiceNeedsNoToken(t *testing.T) {
	e := newEndpoint(t)
	e.serve(nil, Anybody)
	if got := e.push("", envelope(t, created(t))); got.Code != http.StatusNoContent || !e.shows("rooms/kitchen") {
		t.Errorf("answer is %d %s", got.Code, got.Body)
	}
}

func TestHandlerThatPanicsHasFailed(t *testing.T) {
	e := newEndpoint(t)
	sub := bus.Subscription{Name: "project-rooms", Topic: "room-events", Handler: func(context.Context, []event.Envelope) error { panic("oh") }}
	e.Handler = PushHandler(sub, Anybody, e.letters, 2)
	for n, want := range []int{http.StatusServiceUnavailable, http.StatusNoContent} {
		if got := e.push("", delivery(t, created(t), 0)); got.Code != want {
			t.Errorf("delivery %d is answered %d %s", n+1, got.Code, got.Body)
		}
	}
	if got := e.parked(1)[0]; !strings.Contains(got.Cause, "oh") {
		t.Errorf("dead letter is %+v", got)
	}
}

// Every outcome has a line in the log to be counted by, which holds no text of people.
func TestPushesAreCounted(t *testing.T) {
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	defer slog.SetDefault(before)
	e := newEndpoint(t)
	broken := created(t)
	broken.Type = "room.exploded"
	for _, push := range []struct {
		outcome, token string
		body           []byte
		views          error
	}{
		{"push refused", "", envelope(t, created(t)), nil},
		{"push malformed", e.token(nil), []byte("{}"), nil},
		{"push unreadable", e.token(nil), message(t, []byte("{}"), 1), nil},
		{"push parked", e.token(nil), envelope(t, broken), nil},
		{"push failed", e.token(nil), envelope(t, created(t)), view.ErrStale},
		{"push handled", e.token(nil), envelope(t, created(t)), nil},
	} {
		out.Reset()
		e.views.err = push.views
		e.push(push.token, push.body)
		lines := out.String()
		if strings.Count(lines, `msg="push `) != 1 || !strings.Contains(lines, `msg="`+push.outcome+`" subscription=project-rooms`) {
			t.Errorf("%s: the log says\n%s", push.outcome, lines)
		}
		if strings.Contains(lines, "Kitchen") || strings.Contains(lines, e.token(nil)) {
			t.Errorf("%s: the log says what it must not:\n%s", push.outcome, lines)
		}
	}
}

// FuzzPush reads arbitrary pushes: what is accepted is an event that survives being
// pushed again.
func FuzzPush(f *testing.F) {
	f.Add(envelope(f, created(f)))
	f.Add([]byte(`{"message":{"data":"e30="}}`))
	f.Add([]byte("{}"))
	read := func(body []byte) (e event.Envelope, err error) {
		_, p, err := readPush(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body)), "project-rooms")
		if err == nil {
			err = json.Unmarshal(p.Message.Data, &e)
		}
		return e, err
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		first, err := read(body)
		if err != nil {
			return
		}
		if first.ID == "" || first.Sequence < 1 || first.Version < 1 || !first.Stream.Valid() {
			t.Fatalf("accepted %+v", first)
		}
		again, err := read(envelope(t, first))
		if err != nil || fmt.Sprint(again.ID, again.Type, again.Stream, again.Sequence, again.Actor) != fmt.Sprint(first.ID, first.Type, first.Stream, first.Sequence, first.Actor) {
			t.Fatalf("%+v becomes %+v, %v", first, again, err)
		}
	})
}
