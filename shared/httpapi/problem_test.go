package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"boochat/shared/event"
	"boochat/shared/httpapi"
)

// answerTo is what a handler that returns err answers to a POST.
func answerTo(err error) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	httpapi.WriteError(w, httptest.NewRequest(http.MethodPost, "/v1/send-message", nil), err)
	return w
}

func problemIn(t *testing.T, w *httptest.ResponseRecorder) httpapi.Problem {
	t.Helper()
	var problem httpapi.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &problem, json.RejectUnknownMembers(true)); err != nil {
		t.Fatalf("not a problem: %v: %s", err, w.Body)
	}
	return problem
}

// captureLog collects what is logged until the test ends.
func captureLog(t *testing.T) *bytes.Buffer {
	t.Helper()
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &log
}

func TestEveryErrorHasItsAnswer(t *testing.T) {
	captureLog(t)
	backend := errors.New("disk full")
	for _, test := range []struct {
		name   string
		err    error
		status int
		code   httpapi.Code
	}{
		{"malformed", httpapi.Malformed("name", "Bad."), 400, "malformed"},
		{"unauthenticated", httpapi.Unauthenticated(""), 401, "unauthenticated"},
		{"not found", httpapi.NotFound(""), 404, "not-found"},
		{"too large", httpapi.TooLarge(), 413, "too-large"},
		{"not JSON", httpapi.UnsupportedMediaType(), 415, "unsupported-media-type"},
		{"too many", httpapi.RateLimited(time.Second), 429, "rate-limited"},
		{"unavailable", httpapi.Unavailable(), 503, "unavailable"},
		{"a wrapped problem", fmt.Errorf("decode: %w", httpapi.NotFound("")), 404, "not-found"},
		{"refusal: not found", event.Refuse(event.NotFound, "No."), 404, "not-found"},
		{"refusal: forbidden", event.Refuse(event.Forbidden, "No."), 403, "forbidden"},
		{"refusal: conflict", event.Refuse(event.Conflict, "No."), 409, "conflict"},
		{"refusal: rule", event.Violates("poll-closed", "No."), 422, "rule-violated"},
		{"refusal: key", event.Refuse(event.KeyReused, "No."), 409, "idempotency-key-reused"},
		{"refusal: malformed", event.Refuse(event.Malformed, "No."), 400, "malformed"},
		{"refusal: unavailable", &event.Refusal{Kind: event.Unavailable, Cause: backend}, 503, "unavailable"},
		{"a wrapped refusal", fmt.Errorf("append: %w", event.Refuse(event.Conflict, "No.")), 409, "conflict"},
		{"deadline", fmt.Errorf("load: %w", context.DeadlineExceeded), 503, "unavailable"},
		{"client gone", fmt.Errorf("load: %w", context.Canceled), 503, "unavailable"},
		{"unforeseen", backend, 500, "internal"},
		{"a kind nobody knows", &event.Refusal{Kind: 99, Detail: "No."}, 500, "internal"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := answerTo(test.err)
			problem := problemIn(t, w)
			if w.Code != test.status || problem.Status != test.status || problem.Code != test.code {
				t.Errorf("got %d with %+v, want %d %s", w.Code, problem, test.status, test.code)
			}
			if problem.Type != "/v1/docs#problem-"+string(test.code) || problem.Title == "" || !strings.HasSuffix(problem.Detail, ".") {
				t.Errorf("incomplete: %+v", problem)
			}
			for header, want := range map[string]string{
				"Content-Type": "application/problem+json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
			} {
				if got := w.Header().Get(header); got != want {
					t.Errorf("%s is %q, want %q", header, got, want)
				}
			}
		})
	}
}

func TestHeadersOfProblems(t *testing.T) {
	for _, test := range []struct {
		err                     error
		retryAfter, wwwAuthenic string
	}{
		{httpapi.Unauthenticated(""), "", "Bearer"},
		{httpapi.RateLimited(1200 * time.Millisecond), "2", ""},
		{httpapi.RateLimited(time.Millisecond), "1", ""},
		{httpapi.Unavailable(), "1", ""},
		{httpapi.NotFound(""), "", ""},
	} {
		header := answerTo(test.err).Header()
		if header.Get("Retry-After") != test.retryAfter || header.Get("WWW-Authenticate") != test.wwwAuthenic {
			t.Errorf("%v: got %v", test.err, header)
		}
	}
}

func TestRefusalTellsItsRuleFieldAndDetail(t *testing.T) {
	problem := problemIn(t, answerTo(&event.Refusal{
		Kind: event.RuleViolated, Rule: "poll-closed", Field: "pollId", Detail: "The poll is closed.",
		Cause: errors.New("for operators"),
	}))
	want := httpapi.FieldError{Field: "pollId", Detail: "The poll is closed."}
	if problem.Rule != "poll-closed" || problem.Detail != "The poll is closed." ||
		len(problem.Errors) != 1 || problem.Errors[0] != want {
		t.Errorf("got %+v", problem)
	}
}

func TestAProblemQuotesInvalidUTF8WithoutFailing(t *testing.T) {
	if w := answerTo(httpapi.NotFound("No room \xff.")); w.Code != 404 {
		t.Errorf("got %d", w.Code)
	}
}

// Only what is our fault is logged, once, and its text does not reach the client.
func TestOurFaultsAreLoggedAndHidden(t *testing.T) {
	for _, test := range []struct {
		name  string
		err   error
		lines int
	}{
		{"unforeseen", errors.New("disk full"), 1},
		{"unavailable", &event.Refusal{Kind: event.Unavailable, Cause: errors.New("disk full")}, 1},
		{"the client's fault", event.Refuse(event.NotFound, "No."), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			log := captureLog(t)
			w := answerTo(test.err)
			if strings.Contains(w.Body.String(), "disk full") {
				t.Errorf("the client reads %s", w.Body)
			}
			if got := strings.Count(log.String(), "disk full"); got != test.lines {
				t.Errorf("logged %d times, want %d: %s", got, test.lines, log)
			}
		})
	}
}
