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
	t       *testing.T
	key     *rsa.PrivateKey
	views   *failingViews
	letters *failingLetters
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
	e.serve(store, auth.NewPushVerifier(&oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{key.Public()}}, pushAudience, pushAccount, clock))
	return e
}

func clock() time.Time { return noon }

func (e *endpoint) serve(store *sqlite.EventStore, pushes PushVerifier) {
	f, _ := Find("project-rooms")
	e.Handler = f.Handler(&Services{Rooms: trigger.NewRooms(store, e.views, catalogue.Events), Pushes: pushes, DeadLetters: e.letters})
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
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{
		"message": map[string]any{
			"data": data, "messageId": "1", "message_id": "1", "publishTime": "2026-03-01T12:00:00Z", "orderingKey": string(e.Stream),
			"attributes": map[string]string{"type": e.Type},
		},
		"subscription": "projects/p/subscriptions/project-rooms", "deliveryAttempt": 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return body
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
	e := newEndpoint(t)
	bad := created(t)
	bad.Type = "room.exploded"
	for range 2 {
		if got := e.push(e.token(nil), envelope(t, bad)); got.Code != http.StatusNoContent {
			t.Fatalf("answer is %d %s", got.Code, got.Body)
		}
	}
	letters, err := e.letters.Parked(context.Background())
	if err != nil || len(letters) != 1 {
		t.Fatalf("dead letters are %v, %v", letters, err)
	}
	got := letters[0]
	if got.Subscription != "project-rooms" || got.Event.ID != bad.ID || !strings.Contains(got.Cause, "room.exploded") || got.ParkedAt.IsZero() {
		t.Errorf("dead letter is %+v", got)
	}
	e.letters.err = errors.New("the disk is full")
	if got := e.push(e.token(nil), envelope(t, bad)); got.Code < 500 {
		t.Errorf("where it cannot be parked, the answer is %d", got.Code)
	}
}

func TestPushOfSomethingElseIsMalformed(t *testing.T) {
	e := newEndpoint(t)
	for name, body := range map[string]string{
		"nothing": "", "not JSON": "hello", "no message": "{}", "no base64": `{"message":{"data":"ä"}}`, "no event": `{"message":{"data":"e30="}}`,
		"a list": "[]", "null": "null",
	} {
		if got := e.push(e.token(nil), []byte(body)); got.Code != http.StatusBadRequest {
			t.Errorf("%s: answer is %d %s", name, got.Code, got.Body)
		}
	}
}

// FuzzPush reads arbitrary pushes: what is accepted is an event that survives being
// pushed again.
func FuzzPush(f *testing.F) {
	f.Add(envelope(f, created(f)))
	f.Add([]byte(`{"message":{"data":"e30="}}`))
	f.Add([]byte("{}"))
	read := func(body []byte) (event.Envelope, error) {
		return readPush(httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body)))
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
