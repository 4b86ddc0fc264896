package httpapi

import (
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// timeFormat is how the contract writes times: RFC 3339 with milliseconds.
const timeFormat = "2006-01-02T15:04:05.000Z07:00"

// encoding writes every time.Time of an answer in UTC with milliseconds, and
// maps in the order of their keys.
var encoding = json.JoinOptions(
	json.Deterministic(true),
	json.WithMarshalers(json.MarshalToFunc(func(out *jsontext.Encoder, t time.Time) error {
		return out.WriteToken(jsontext.String(t.UTC().Format(timeFormat)))
	})),
)

// WriteJSON answers v as JSON. Nil slices are written as []. When v cannot be
// encoded, nothing is written and the error is for the caller to return.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v, encoding)
	if err != nil {
		return fmt.Errorf("encode %T: %w", v, err)
	}
	write(w, status, "application/json", body)
	return nil
}

// WriteNoContent answers 204.
func WriteNoContent(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
}

// WriteError answers err as a problem. A *Problem and an *event.Refusal say
// themselves what to answer; a context that ended and an unavailable backend are
// 503; anything else is 500 and tells the client nothing. What is our fault is
// logged here, once.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	problem := problemOf(err)
	switch problem.Code {
	case CodeInternal:
		logFailure(r, slog.LevelError, problem.Status, err)
	case CodeUnavailable:
		logFailure(r, slog.LevelWarn, problem.Status, err)
	}
	writeProblem(w, problem)
}

func writeProblem(w http.ResponseWriter, problem *Problem) {
	if problem.Code == CodeUnauthenticated {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if problem.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(problem.retryAfter.Seconds()))))
	}
	// A detail may quote what a client sent, in which anything can be.
	body, err := json.Marshal(problem, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		panic(fmt.Sprintf("encode a problem: %v", err)) // it is made of strings and a number
	}
	write(w, problem.Status, "application/problem+json", body)
}

func logFailure(r *http.Request, level slog.Level, status int, err error) {
	slog.Log(r.Context(), level, "request failed",
		"method", r.Method, "pattern", r.Pattern, "requestId", RequestID(r.Context()),
		"status", status, "error", err)
}

// write sends an answer that no cache may keep: everything here is private.
// A failed write means that the client has gone; there is nobody left to tell.
func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
