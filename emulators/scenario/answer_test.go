package scenario

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"boochat/emulators/scenario/client"

	"github.com/google/uuid"
)

// fields are the members of a JSON object.
type fields map[string]any

// answer is what a server has answered, in a test.
type answer struct {
	client.Answer
	t testing.TB
}

// post sends a command under a key of its own.
func (p *person) post(command string, body any) answer {
	p.t.Helper()
	return p.repeat(command, body, uuid.NewString())
}

// Post sends a command as a client does, and again under the same key while the server
// answers that it cannot just now, as it asks clients to.
func (p *person) Post(ctx context.Context, command string, body any, key string) (client.Answer, error) {
	for {
		a, err := p.Client.Post(ctx, command, body, key)
		if err != nil || a.Status != http.StatusServiceUnavailable || key == "" {
			return a, err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// repeat sends a command under a key; "" is none.
func (p *person) repeat(command string, body any, key string) answer {
	p.t.Helper()
	a, err := p.Post(p.ctx, command, body, key)
	if err != nil {
		p.t.Fatalf("%s: %v", command, err)
	}
	return answer{a, p.t}
}

// get asks a query.
func (p *person) get(path string) answer {
	p.t.Helper()
	a, err := p.Get(p.ctx, path)
	if err != nil {
		p.t.Fatalf("%s: %v", path, err)
	}
	return answer{a, p.t}
}

// send sends a request as it is.
func (p *person) send(method, path string, body []byte, header http.Header) answer {
	p.t.Helper()
	a, err := p.Send(p.ctx, method, path, body, header)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{a, p.t}
}

// want checks the status and the shape of a success; "" is an empty body.
func (a answer) want(status int, shape string) answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("status is %d, want %d: %s", a.Status, status, a.Body)
	}
	if shape == "" {
		if len(a.Body) > 0 {
			a.t.Errorf("body is %q, want none", a.Body)
		}
		return a
	}
	if contentType := a.Header.Get("Content-Type"); contentType != "application/json" {
		a.t.Errorf("Content-Type is %q, want application/json", contentType)
	}
	for _, fault := range misfits(a.Body, shape) {
		a.t.Errorf("%s in %s", fault, a.Body)
	}
	return a
}

// into decodes the body of a success.
func (a answer) into(value any) {
	a.t.Helper()
	if a.Status >= 300 {
		a.t.Fatalf("status is %d: %s", a.Status, a.Body)
	}
	if err := a.Into(value); err != nil {
		a.t.Fatal(err)
	}
}

// statusOf is the status that each code of the contract comes with.
var statusOf = map[string]int{
	"malformed": 400, "unauthenticated": 401, "forbidden": 403, "not-found": 404, "conflict": 409, "idempotency-key-reused": 409,
	"too-large": 413, "unsupported-media-type": 415, "rule-violated": 422, "rate-limited": 429, "unavailable": 503, "internal": 500,
}

// refused checks that the answer is a problem with a code, and gives it.
func (a answer) refused(code string) client.Problem {
	a.t.Helper()
	p, err := a.problem(code, statusOf[code])
	if err != nil {
		a.t.Fatal(err)
	}
	return p
}

// problem checks everything that all problems have in common.
func (a answer) problem(code string, status int) (client.Problem, error) {
	p, err := a.Problem()
	switch {
	case err != nil:
		return p, err
	case a.Status != status || p.Status != status || p.Code != code:
		return p, fmt.Errorf("answer is %d %s, want %d with code %q", a.Status, a.Body, status, code)
	case a.Header.Get("Content-Type") != "application/problem+json":
		return p, fmt.Errorf("Content-Type is %q, want application/problem+json", a.Header.Get("Content-Type"))
	case p.Type == "" || p.Title == "" || p.Detail == "":
		return p, fmt.Errorf("type, title or detail is missing in %s", a.Body)
	case status == 401 && a.Header.Get("WWW-Authenticate") != "Bearer":
		return p, fmt.Errorf("WWW-Authenticate is %q, want Bearer", a.Header.Get("WWW-Authenticate"))
	case (code == "rule-violated") != (p.Rule != ""):
		return p, fmt.Errorf("rule is %q with code %s", p.Rule, code)
	}
	return p, nil
}

// violates checks that a rule has refused the command, because of a field unless
// that is "".
func (a answer) violates(rule, field string) {
	a.t.Helper()
	p := a.refused("rule-violated")
	if p.Rule != rule {
		a.t.Errorf("rule is %q, want %q", p.Rule, rule)
	}
	if field != "" && (len(p.Errors) == 0 || p.Errors[0].Field != field) {
		a.t.Errorf("errors are %v, want one about %q", p.Errors, field)
	}
}
