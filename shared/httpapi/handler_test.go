package httpapi_test

import (
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"boochat/shared/httpapi"
)

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func get(target string) *http.Request { return httptest.NewRequest(http.MethodGet, target, nil) }

func TestWriteJSON(t *testing.T) {
	captureLog(t)
	vienna := time.FixedZone("CET", 3600)
	for _, test := range []struct {
		name   string
		value  any
		status int
		want   string
	}{
		{"nil slices are lists", struct {
			Rooms []string `json:"rooms"`
		}{}, 201, `{"rooms":[]}`},
		{"times are UTC with milliseconds", struct {
			At time.Time `json:"at"`
		}{time.Date(2026, 11, 24, 0, 30, 0, 5_999_999, vienna)}, 201, `{"at":"2026-11-23T23:30:00.005Z"}`},
		{"keys of maps have an order", map[string]int{"b": 1, "a": 2, "c": 3}, 201, `{"a":2,"b":1,"c":3}`},
		{"what JSON cannot hold is our fault", math.NaN(), 500, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := serve(httpapi.Handler(func(w http.ResponseWriter, r *http.Request) error {
				return httpapi.WriteJSON(w, http.StatusCreated, test.value)
			}), get("/"))
			if w.Code != test.status || (test.want != "" && w.Body.String() != test.want) {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
			if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("got %v", w.Header())
			}
		})
	}
}

func TestWriteNoContent(t *testing.T) {
	w := httptest.NewRecorder()
	httpapi.WriteNoContent(w)
	if w.Code != 204 || w.Body.Len() != 0 || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestAPanicIsAnInternalProblem(t *testing.T) {
	log := captureLog(t)
	w := serve(httpapi.Handler(func(http.ResponseWriter, *http.Request) error { panic("the wires are crossed") }), get("/"))
	if problem := problemIn(t, w); w.Code != 500 || problem.Code != httpapi.CodeInternal {
		t.Errorf("got %d %+v", w.Code, problem)
	}
	if strings.Contains(w.Body.String(), "wires") {
		t.Errorf("the client reads %s", w.Body)
	}
	if line := log.String(); strings.Count(line, "\n") != 1 || !strings.Contains(line, "wires") || !strings.Contains(line, "handler_test.go") {
		t.Errorf("logged %s", line)
	}
}

// A client must not take half an answer for a whole one.
func TestAPanicInTheMiddleCutsTheConnection(t *testing.T) {
	captureLog(t)
	server := httptest.NewServer(httpapi.Handler(func(w http.ResponseWriter, r *http.Request) error {
		_, _ = w.Write([]byte("half"))
		panic("the wires are crossed")
	}))
	defer server.Close()
	if response, err := http.Get(server.URL); err == nil {
		_ = response.Body.Close()
		t.Errorf("got %s", response.Status)
	}
}

func TestAnErrorAfterTheAnswerIsOnlyLogged(t *testing.T) {
	log := captureLog(t)
	w := serve(httpapi.Handler(func(w http.ResponseWriter, r *http.Request) error {
		httpapi.WriteNoContent(w)
		return errors.New("too late")
	}), get("/"))
	if w.Code != 204 || w.Body.Len() != 0 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "too late") {
		t.Errorf("logged %s", log)
	}
}

func TestBearer(t *testing.T) {
	const sendIt = "Send one Authorization header with the access token: Authorization: Bearer ACCESS_TOKEN."
	const readsSo = "The Authorization header must read: Bearer ACCESS_TOKEN."
	for _, test := range []struct {
		name, want, problem string
		headers             []string
	}{
		{"a token", "abc.def", "", []string{"Bearer abc.def"}},
		{"a scheme in another case", "abc", "", []string{"bearer  abc "}},
		{"nothing", "", sendIt, nil},
		{"two headers", "", sendIt, []string{"Bearer a", "Bearer a"}},
		{"another scheme", "", readsSo, []string{"Basic abc"}},
		{"no token", "", readsSo, []string{"Bearer "}},
		{"no scheme", "", readsSo, []string{"abc"}},
		{"two tokens", "", readsSo, []string{"Bearer a b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := get("/v1/rooms")
			r.Header["Authorization"] = test.headers
			got, err := httpapi.Bearer(r)
			if got != test.want || (test.problem == "") != (err == nil) {
				t.Fatalf("got %q, %v", got, err)
			}
			if err != nil && (err.Error() != test.problem || answerTo(err).Code != 401) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// D-5: the first Boochat took tokens from the address.
func TestATokenInTheAddressIsRefused(t *testing.T) {
	for _, target := range []string{"/v1/rooms?access_token=abc", "/v1/rooms?limit=1&token=abc"} {
		r := get(target)
		r.Header.Set("Authorization", "Bearer abc")
		if token, err := httpapi.Bearer(r); token != "" || err == nil || answerTo(err).Code != 401 {
			t.Errorf("%s: got %q, %v", target, token, err)
		}
	}
}
