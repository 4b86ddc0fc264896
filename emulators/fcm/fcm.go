// Package fcm stands in for Firebase Cloud Messaging, which has no emulator: it takes
// what the Firebase Admin SDK sends, delivers nothing, and shows what it was sent. It
// belongs to development only, and asks nobody who they are.
//
// A token that begins with one of these words gets what Google answers in that case:
//
//	unregistered-  404: the app was removed, and the token should be
//	quota-         429: too many messages
//	unavailable-   503, to be tried again after a second
//	internal-      500
//	slow-          delivered, after SlowFor
package fcm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"boochat/shared/event"
	"boochat/shared/httpapi"
)

const (
	// SlowFor is how long the answer for a slow token takes.
	SlowFor = 3 * time.Second
	// Kept is how many requests the sink remembers; the oldest are forgotten first.
	Kept = 500
	// MaxBody is the largest request in bytes. Google takes payloads of 4 KB.
	MaxBody = 16 << 10
)

// Received is one request to send a message, whatever was answered. The SDK repeats a
// request that was answered with 503, and each repetition is received.
type Received struct {
	Name    string          `json:"name,omitempty"` // that the message was given; refused ones have none
	Token   string          `json:"token,omitempty"`
	At      string          `json:"receivedAt"`
	Status  int             `json:"status"` // of the answer
	Message json.RawMessage `json:"message"`
}

// Sink takes messages.
type Sink struct {
	now func() time.Time

	mu       sync.Mutex
	received []Received // oldest first
}

// New makes a sink that has received nothing.
func New(now func() time.Time) *Sink { return &Sink{now: now} }

// Handler serves the sending of messages at POST /v1/projects/{project}/messages:send
// (the SDK's endpoint is the sink's address with /v1), what was received at
// GET /messages?token=, and a page of it at GET /.
func (s *Sink) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /v1/projects/{project}/messages:send", httpapi.Handler(s.send))
	mux.Handle("GET /messages", httpapi.Handler(s.list))
	mux.Handle("GET /{$}", httpapi.Handler(s.page))
	return mux
}

// Received gives what was sent to a token, or to all with "", newest first.
func (s *Sink) Received(token string) []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := make([]Received, 0, len(s.received))
	for _, r := range slices.Backward(s.received) {
		if token == "" || r.Token == token {
			found = append(found, r)
		}
	}
	return found
}

func (s *Sink) keep(r Received) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.received) == Kept {
		s.received = slices.Delete(s.received, 0, 1)
	}
	s.received = append(s.received, r)
}

// failure is an answer that is asked for by a token.
type failure struct {
	prefix       string
	status       int
	code, reason string // as Google's APIs say, and as FCM does
}

var failures = []failure{
	{"unregistered-", http.StatusNotFound, "NOT_FOUND", "UNREGISTERED"},
	{"quota-", http.StatusTooManyRequests, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"},
	{"unavailable-", http.StatusServiceUnavailable, "UNAVAILABLE", "UNAVAILABLE"},
	{"internal-", http.StatusInternalServerError, "INTERNAL", "INTERNAL"},
}

func (s *Sink) send(w http.ResponseWriter, r *http.Request) error {
	var request struct {
		Message      json.RawMessage `json:"message"`
		ValidateOnly bool            `json:"validate_only"`
	}
	var target struct{ Token, Topic, Condition string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, MaxBody)).Decode(&request); err != nil {
		return refuse(w, http.StatusBadRequest, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "The body is no request: "+err.Error())
	}
	if err := json.Unmarshal(request.Message, &target); err != nil {
		return refuse(w, http.StatusBadRequest, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "The message is none: "+err.Error())
	}
	targets := slices.DeleteFunc([]string{target.Token, target.Topic, target.Condition}, func(t string) bool { return t == "" })
	if len(targets) != 1 {
		return refuse(w, http.StatusBadRequest, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "Exactly one of token, topic or condition is required.")
	}
	if strings.HasPrefix(target.Token, "slow-") {
		select {
		case <-time.After(SlowFor):
		case <-r.Context().Done():
			return r.Context().Err() // nobody waits any more: not delivered
		}
	}

	received := Received{Token: target.Token, At: s.now().UTC().Format(event.TimeLayout), Status: http.StatusOK, Message: request.Message}
	for _, f := range failures {
		if strings.HasPrefix(target.Token, f.prefix) {
			received.Status = f.status
			s.keep(received)
			if f.status == http.StatusServiceUnavailable {
				w.Header().Set("Retry-After", "1")
			}
			return refuse(w, f.status, f.code, f.reason, "The token asks for this error.")
		}
	}
	received.Name = fmt.Sprintf("projects/%s/messages/%s", r.PathValue("project"), uuid.NewString())
	if !request.ValidateOnly {
		s.keep(received)
	}
	return httpapi.WriteJSON(w, http.StatusOK, map[string]string{"name": received.Name})
}

// refuse answers an error in Google's form.
func refuse(w http.ResponseWriter, status int, code, reason, message string) error {
	return httpapi.WriteJSON(w, status, map[string]any{"error": map[string]any{
		"code": status, "status": code, "message": message,
		"details": []map[string]string{{
			"@type":     "type.googleapis.com/google.firebase.fcm.v1.FcmError",
			"errorCode": reason,
		}},
	}})
}

func (s *Sink) list(w http.ResponseWriter, r *http.Request) error {
	return httpapi.WriteJSON(w, http.StatusOK, map[string][]Received{"messages": s.Received(r.URL.Query().Get("token"))})
}
