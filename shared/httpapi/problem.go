// Package httpapi is the HTTP boundary: it decodes and validates what clients
// send, answers JSON or problem details (RFC 9457), and holds the middleware
// that every function needs. It knows nothing of rooms or meetups; a domain's
// refusal arrives as an event.Refusal and leaves as a problem.
package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"boochat/shared/event"
)

// Code names a kind of problem. The set is part of the contract with clients.
type Code string

// The closed set of codes.
const (
	CodeMalformed            Code = "malformed"
	CodeUnauthenticated      Code = "unauthenticated"
	CodeForbidden            Code = "forbidden"
	CodeNotFound             Code = "not-found"
	CodeConflict             Code = "conflict"
	CodeKeyReused            Code = "idempotency-key-reused"
	CodeTooLarge             Code = "too-large"
	CodeUnsupportedMediaType Code = "unsupported-media-type"
	CodeRuleViolated         Code = "rule-violated"
	CodeRateLimited          Code = "rate-limited"
	CodeUnavailable          Code = "unavailable"
	CodeInternal             Code = "internal"
)

// codes is the one place that knows which status a code has, how it is titled,
// and what its detail says when there is nothing more particular to say.
var codes = map[Code]struct {
	status        int
	title, detail string
}{
	CodeMalformed:            {http.StatusBadRequest, "Malformed request", "The request does not have the form that this operation takes. Compare it with the API's description."},
	CodeUnauthenticated:      {http.StatusUnauthorized, "Not signed in", "Sign in and send the access token in the Authorization header."},
	CodeForbidden:            {http.StatusForbidden, "Not allowed", "You may see this, but not do that to it."},
	CodeNotFound:             {http.StatusNotFound, "Not found", "There is no such thing, or it is not yours to see. Check the path and the ids."},
	CodeConflict:             {http.StatusConflict, "Conflict", "Somebody else's change stands in the way. Load the current state and decide again."},
	CodeKeyReused:            {http.StatusConflict, "Idempotency key reused", "This Idempotency-Key came with another request before. Use a new key for a new request."},
	CodeTooLarge:             {http.StatusRequestEntityTooLarge, "Request too large", "The body may have up to 64 KiB. Send less."},
	CodeUnsupportedMediaType: {http.StatusUnsupportedMediaType, "Unsupported media type", "Send the body as JSON in UTF-8, with the header Content-Type: application/json."},
	CodeRuleViolated:         {http.StatusUnprocessableEntity, "Against a rule", "A rule does not allow this; rule names it."},
	CodeRateLimited:          {http.StatusTooManyRequests, "Too many requests", "Too many requests came from you. Wait as long as the Retry-After header says, then try again."},
	CodeUnavailable:          {http.StatusServiceUnavailable, "Unavailable", "The service cannot answer just now. Send the same request with the same Idempotency-Key again in a moment."},
	CodeInternal:             {http.StatusInternalServerError, "Internal error", "Something went wrong on our side. Try again; if it stays, tell the operator the X-Request-Id of this answer."},
}

// Problem is an answer that is not a success, in the form of RFC 9457.
type Problem struct {
	// Type is a reference to the section of the API's page that explains the
	// code. It is relative, as RFC 9457 allows, so that it leads to the page of
	// the very server that answered and reads the same on every one of them.
	Type   string       `json:"type" jsonschema:"description=Reference to the explanation of this kind of problem"`
	Title  string       `json:"title" jsonschema:"description=The kind of problem for people"`
	Status int          `json:"status" jsonschema:"description=The HTTP status code"`
	Code   Code         `json:"code" jsonschema:"description=The kind of problem for programs"`
	Detail string       `json:"detail" jsonschema:"description=What is wrong here and what to do about it"`
	Rule   string       `json:"rule,omitzero" jsonschema:"description=The broken rule when code is rule-violated"`
	Errors []FieldError `json:"errors,omitzero" jsonschema:"description=The offending fields where they are known"`

	retryAfter time.Duration // for the Retry-After header; 0 is none
}

// FieldError says what is wrong with one field of a request.
type FieldError struct {
	Field  string `json:"field" jsonschema:"description=Dotted path of the field or name of the header or parameter"`
	Detail string `json:"detail" jsonschema:"description=What is wrong with it and what to do about it"`
}

// Error is the detail, which is fit for the client.
func (p *Problem) Error() string { return p.Detail }

// newProblem fills in what follows from the code. An empty detail gets the code's own.
func newProblem(code Code, detail string, fields ...FieldError) *Problem {
	known := codes[code]
	if detail == "" {
		detail = known.detail
	}
	return &Problem{
		Type:   "/v1/docs#problem-" + string(code),
		Title:  known.title,
		Status: known.status,
		Code:   code,
		Detail: detail,
		Errors: fields,
	}
}

// Malformed is 400: the field (empty: the request as a whole) has the wrong shape.
func Malformed(field, detail string) *Problem {
	return withField(newProblem(CodeMalformed, detail), field)
}

// Unauthenticated is 401: who is asking is not proven.
func Unauthenticated(detail string) *Problem { return newProblem(CodeUnauthenticated, detail) }

// NotFound is 404: it does not exist, or is not the caller's to know of.
func NotFound(detail string) *Problem { return newProblem(CodeNotFound, detail) }

// TooLarge is 413: the body is over MaxBody.
func TooLarge() *Problem { return newProblem(CodeTooLarge, "") }

// UnsupportedMediaType is 415: the body is not JSON.
func UnsupportedMediaType() *Problem { return newProblem(CodeUnsupportedMediaType, "") }

// RateLimited is 429: the caller may try again after the given time, which is
// told in whole seconds, rounded up.
func RateLimited(retryAfter time.Duration) *Problem {
	p := newProblem(CodeRateLimited, "")
	p.retryAfter = max(retryAfter, time.Second)
	return p
}

// Unavailable is 503: nothing is wrong with the request, and a second try may succeed.
func Unavailable() *Problem {
	p := newProblem(CodeUnavailable, "")
	p.retryAfter = time.Second
	return p
}

func withField(p *Problem, field string) *Problem {
	if field != "" {
		p.Errors = []FieldError{{Field: field, Detail: p.Detail}}
	}
	return p
}

// codeOf maps the kinds of the domain's refusals to codes.
var codeOf = map[event.Kind]Code{
	event.NotFound:     CodeNotFound,
	event.Forbidden:    CodeForbidden,
	event.Conflict:     CodeConflict,
	event.RuleViolated: CodeRuleViolated,
	event.KeyReused:    CodeKeyReused,
	event.Malformed:    CodeMalformed,
}

// problemOf chooses the answer to an error. What nobody foresaw is internal, and
// its text stays here.
func problemOf(err error) *Problem {
	if problem, ok := errors.AsType[*Problem](err); ok {
		return problem
	}
	if refusal, ok := errors.AsType[*event.Refusal](err); ok {
		if refusal.Kind == event.Unavailable {
			return Unavailable()
		}
		if code, known := codeOf[refusal.Kind]; known {
			p := withField(newProblem(code, refusal.Detail), refusal.Field)
			p.Rule = refusal.Rule
			return p
		}
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return Unavailable()
	}
	return newProblem(CodeInternal, "")
}
