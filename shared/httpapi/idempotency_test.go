package httpapi_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"boochat/shared/httpapi"
)

func withKeys(keys ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/v1/plan", nil)
	r.Header["Idempotency-Key"] = keys
	return r
}

func TestIdempotencyKey(t *testing.T) {
	const badKey = "Idempotency-Key must have 1 to 128 visible ASCII characters, without blanks. A random UUID is a good one."
	for _, test := range []struct {
		name, want, problem string
		keys                []string
	}{
		{"none", "", "", nil},
		{"shortest", "!", "", []string{"!"}},
		{"longest", strings.Repeat("~", 128), "", []string{strings.Repeat("~", 128)}},
		{"empty", "", badKey, []string{""}},
		{"too long", "", badKey, []string{strings.Repeat("x", 129)}},
		{"a blank", "", badKey, []string{"a b"}},
		{"a control character", "", badKey, []string{"a\x7f"}},
		{"beyond ASCII", "", badKey, []string{"é"}},
		{"two", "", "Send the Idempotency-Key header once.", []string{"a", "a"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := httpapi.IdempotencyKey(withKeys(test.keys...))
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if test.problem == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			problem, ok := errors.AsType[*httpapi.Problem](err)
			if !ok || problem.Status != 400 || problem.Detail != test.problem || problem.Errors[0].Field != "Idempotency-Key" {
				t.Errorf("got %+v", err)
			}
		})
	}
}

func FuzzIdempotencyKey(f *testing.F) {
	for _, seed := range []string{"", "x", "a b", "\x00", "é", strings.Repeat("x", 129)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		key, err := httpapi.IdempotencyKey(withKeys(header))
		clean := strings.IndexFunc(header, func(r rune) bool { return r <= ' ' || r >= 0x7f }) < 0
		if good := clean && len(header) >= 1 && len(header) <= 128; good != (err == nil) || good != (key != "") {
			t.Errorf("%q: got %q, %v", header, key, err)
		}
	})
}

func TestFingerprint(t *testing.T) {
	one := httpapi.Fingerprint("create-plan", "ann", plan{Name: "x", People: []string{"a"}})
	if len(one) != 22 {
		t.Errorf("%q has not 22 characters", one)
	}
	if same := httpapi.Fingerprint("create-plan", "ann", plan{Name: "x", People: []string{"a"}}); same != one {
		t.Errorf("the same request has %q and %q", one, same)
	}
	seen := map[string]string{one: "one"}
	for name, print := range map[string]string{
		"another command":          httpapi.Fingerprint("update-plan", "ann", plan{Name: "x", People: []string{"a"}}),
		"another caller":           httpapi.Fingerprint("create-plan", "bob", plan{Name: "x", People: []string{"a"}}),
		"another body":             httpapi.Fingerprint("create-plan", "ann", plan{Name: "y", People: []string{"a"}}),
		"the border moved":         httpapi.Fingerprint("create-plana", "nn", plan{Name: "x", People: []string{"a"}}),
		"the border moved, quoted": httpapi.Fingerprint(`create-plan","ann`, "", plan{Name: "x", People: []string{"a"}}),
	} {
		if other, taken := seen[print]; taken {
			t.Errorf("%s has the fingerprint of %s", name, other)
		}
		seen[print] = name
	}
}
