package identity_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"boochat/emulators/identity"
	"boochat/shared/auth"
)

const clientID = "local"

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

func newProvider(t *testing.T, keyFile string) *identity.Provider {
	t.Helper()
	provider, err := identity.New(clientID, keyFile, identity.DemoPeople(), atNoon)
	if err != nil {
		t.Fatalf("make provider: %v", err)
	}
	return provider
}

func newKeyFile(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "data", "identity.pem")
}

func request(provider *identity.Provider, method, path, body string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	provider.Handler().ServeHTTP(answer, r)
	return answer
}

func decode[T any](t *testing.T, answer *httptest.ResponseRecorder) T {
	t.Helper()
	var body T
	if answer.Code != http.StatusOK {
		t.Fatalf("status %d: %s", answer.Code, answer.Body)
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &body, json.RejectUnknownMembers(true)); err != nil {
		t.Fatalf("decode answer: %v", err)
	}
	return body
}

type tokenAnswer struct {
	IDToken string `json:"idToken"`
}

func token(t *testing.T, provider *identity.Provider, body string) string {
	t.Helper()
	return decode[tokenAnswer](t, request(provider, "POST", "/local/identity/token", body)).IDToken
}

func verify(t *testing.T, provider *identity.Provider, idToken string) auth.Identity {
	t.Helper()
	verified, err := auth.NewVerifier(provider.Keys(), clientID, atNoon).Verify(t.Context(), idToken)
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	return verified
}

func TestTokenPassesTheRealVerification(t *testing.T) {
	provider := newProvider(t, newKeyFile(t))
	got := verify(t, provider, token(t, provider, `{"email":" Ann@Example.com","name":" Ann ","imageUrl":"https://example.com/a.png"}`))
	want := auth.Identity{Subject: got.Subject, Email: "ann@example.com", Name: "Ann", ImageURL: "https://example.com/a.png"}
	if got != want || len(got.Subject) != 21 {
		t.Errorf("identity is %+v, want %+v with a subject of 21 characters", got, want)
	}
}

func TestSubjectIsThatOfTheAddress(t *testing.T) {
	first, second := newProvider(t, newKeyFile(t)), newProvider(t, newKeyFile(t))
	ann := verify(t, first, token(t, first, `{"email":"ann@example.com","name":"Ann"}`))
	same := verify(t, second, token(t, second, `{"email":"ANN@example.com","name":"Anna"}`))
	bob := verify(t, first, token(t, first, `{"email":"bob@example.com","name":"Ann"}`))
	if ann.Subject != same.Subject || ann.Subject == bob.Subject {
		t.Errorf("subjects are %q, again %q, and %q for another", ann.Subject, same.Subject, bob.Subject)
	}
}

func TestTokenIsForOneClientAnHourAndOneProvider(t *testing.T) {
	provider, stranger := newProvider(t, newKeyFile(t)), newProvider(t, newKeyFile(t))
	idToken := token(t, provider, `{"email":"ann@example.com","name":"Ann"}`)
	for name, verifier := range map[string]*auth.Verifier{
		"another client":   auth.NewVerifier(provider.Keys(), "other", atNoon),
		"an hour later":    auth.NewVerifier(provider.Keys(), clientID, func() time.Time { return noon.Add(time.Hour + time.Second) }),
		"another provider": auth.NewVerifier(stranger.Keys(), clientID, atNoon),
	} {
		if _, err := verifier.Verify(t.Context(), idToken); !errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("%s: error is %v, want ErrInvalidToken", name, err)
		}
	}
}

func TestBadTokenRequests(t *testing.T) {
	provider := newProvider(t, newKeyFile(t))
	for name, body := range map[string]string{
		"nothing":           "",
		"not JSON":          "ann@example.com",
		"no e-mail":         `{"name":"Ann"}`,
		"no name":           `{"email":"ann@example.com"}`,
		"blank name":        `{"email":"ann@example.com","name":" "}`,
		"long name":         `{"email":"ann@example.com","name":"` + strings.Repeat("a", 101) + `"}`,
		"not an e-mail":     `{"email":"ann","name":"Ann"}`,
		"two e-mails":       `{"email":"ann@example.com,bob@example.com","name":"Ann"}`,
		"image not https":   `{"email":"ann@example.com","name":"Ann","imageUrl":"http://example.com/a.png"}`,
		"unknown field":     `{"email":"ann@example.com","name":"Ann","sub":"1"}`,
		"something after":   `{"email":"ann@example.com","name":"Ann"}{}`,
		"name is a number":  `{"email":"ann@example.com","name":1}`,
		"name in capitals":  `{"email":"ann@example.com","Name":"Ann"}`,
		"the same twice":    `{"email":"ann@example.com","name":"Ann","name":"Bob"}`,
		"e-mail is nothing": `{"email":null,"name":"Ann"}`,
	} {
		t.Run(name, func(t *testing.T) {
			answer := request(provider, "POST", "/local/identity/token", body)
			if answer.Code != http.StatusBadRequest || answer.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("status %d, %s: %s", answer.Code, answer.Header().Get("Content-Type"), answer.Body)
			}
		})
	}
}

func TestPeople(t *testing.T) {
	type person struct {
		Email string `json:"email"`
		Name  string `json:"name"`
	}
	type answer struct {
		People     []person `json:"people"`
		GuestSeats []string `json:"guestSeats"`
	}
	got := decode[answer](t, request(newProvider(t, newKeyFile(t)), "GET", "/local/identity/people", ""))
	want := answer{
		People: []person{
			{"ann@example.com", "Ann"}, {"bob@example.com", "Bob"}, {"cleo@example.com", "Cleo"}, {"dan@example.com", "Dan"},
		},
		GuestSeats: []string{
			"guest-1@example.com", "guest-2@example.com", "guest-3@example.com", "guest-4@example.com",
			"guest-5@example.com", "guest-6@example.com", "guest-7@example.com", "guest-8@example.com",
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestDemoPeopleAreAllowed(t *testing.T) {
	list, err := auth.ParseAllowList(identity.DemoAllowList())
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	people := identity.DemoPeople()
	for _, person := range people {
		if !list.Allows(person.Email) {
			t.Errorf("%s is not allowed", person.Email)
		}
	}
	if len(people) != 12 || list.Allows("eve@example.com") {
		t.Errorf("%d people, or somebody else is allowed", len(people))
	}
}

func TestKeysArePublic(t *testing.T) {
	provider := newProvider(t, newKeyFile(t))
	keys := decode[struct {
		Keys []map[string]string `json:"keys"`
	}](t, request(provider, "GET", "/local/identity/jwks", "")).Keys
	if len(keys) != 1 || keys[0]["kid"] == "" || keys[0]["kty"] != "RSA" || keys[0]["alg"] != "RS256" || keys[0]["use"] != "sig" {
		t.Fatalf("keys are %v", keys)
	}
	for _, private := range []string{"d", "p", "q", "dp", "dq", "qi"} {
		if _, shown := keys[0][private]; shown {
			t.Errorf("%q is shown", private)
		}
	}
}

func TestKeyIsMadeOnceAndKept(t *testing.T) {
	keyFile := newKeyFile(t)
	provider := newProvider(t, keyFile)
	if _, err := os.Stat(keyFile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a key was made at start, error %v", err)
	}
	answers := make([]*httptest.ResponseRecorder, 4)
	var people sync.WaitGroup
	for i := range answers {
		people.Go(func() {
			answers[i] = request(provider, "POST", "/local/identity/token", `{"email":"ann@example.com","name":"Ann"}`)
		})
	}
	people.Wait()
	restarted := newProvider(t, keyFile)
	for _, answer := range answers {
		verify(t, restarted, decode[tokenAnswer](t, answer).IDToken)
	}
	if info, err := os.Stat(keyFile); err != nil || info.Mode() != 0o600 {
		t.Errorf("key file is %v, error %v, want mode 0600", info, err)
	}
}

func TestDamagedKeyFile(t *testing.T) {
	_, ed25519Key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatalf("make a key that is not RSA: %v", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(ed25519Key)
	if err != nil {
		t.Fatalf("encode it: %v", err)
	}
	for name, content := range map[string][]byte{
		"empty":      nil,
		"not a key":  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("key")}),
		"wrong kind": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "identity.pem")
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatalf("prepare: %v", err)
			}
			if _, err := identity.New(clientID, path, nil, atNoon); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("error is %v, want one that names the file", err)
			}
		})
	}
}

func TestKeyFileThatCannotBeMade(t *testing.T) {
	directory := t.TempDir()
	provider := newProvider(t, filepath.Join(directory, "data", "identity.pem"))
	if err := os.WriteFile(filepath.Join(directory, "data"), nil, 0o600); err != nil {
		t.Fatalf("prepare: %v", err)
	}
	answer := request(provider, "POST", "/local/identity/token", `{"email":"ann@example.com","name":"Ann"}`)
	if answer.Code != http.StatusInternalServerError || strings.Contains(answer.Body.String(), directory) {
		t.Errorf("status %d: %s", answer.Code, answer.Body)
	}
}
