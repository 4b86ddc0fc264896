package httpapi_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"boochat/shared/httpapi"
)

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func TestIdentify(t *testing.T) {
	for _, test := range []struct {
		name, sent   string
		kept, traced bool
		traceparent  string
	}{
		{name: "a client's id is kept", sent: "abc-1", kept: true},
		{name: "a missing one is made"},
		{name: "one with blanks is replaced", sent: "a b"},
		{name: "one that would fill the log is replaced", sent: strings.Repeat("x", 129)},
		{name: "a trace is read", traceparent: traceparent, traced: true},
		{name: "a broken trace is ignored", traceparent: "00-0-0-01"},
		{name: "a trace of zeros is ignored", traceparent: "00-00000000000000000000000000000000-b7ad6b7169203331-01"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var id, trace string
			r := get("/")
			r.Header.Set("X-Request-Id", test.sent)
			r.Header.Set("Traceparent", test.traceparent)
			w := serve(httpapi.Identify(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				id, trace = httpapi.RequestID(r.Context()), httpapi.Traceparent(r.Context())
			})), r)
			if w.Header().Get("X-Request-Id") != id {
				t.Errorf("answered %q, used %q", w.Header().Get("X-Request-Id"), id)
			}
			if made, err := uuid.Parse(id); test.kept && id != test.sent || !test.kept && (err != nil || made.Version() != 7) {
				t.Errorf("got id %q", id)
			}
			if test.traced && trace != test.traceparent || !test.traced && trace != "" {
				t.Errorf("got traceparent %q", trace)
			}
		})
	}
}

// The address of a calendar feed is a secret: the log has its pattern only.
func TestLogHasTheOutcomeAndNoAddress(t *testing.T) {
	var log bytes.Buffer
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/calendar/{secret}", func(w http.ResponseWriter, _ *http.Request) {
		now = now.Add(1500 * time.Microsecond)
		w.WriteHeader(http.StatusTeapot)
	})
	clock := func() time.Time { return now }
	handler := httpapi.Identify(httpapi.Log(slog.New(slog.NewJSONHandler(&log, nil)), clock, mux))

	r := get("/v1/calendar/hunter2?token=hunter2")
	r.Header.Set("X-Request-Id", "abc")
	serve(handler, r)
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"msg": "request", "method": "GET", "pattern": "GET /v1/calendar/{secret}",
		"requestId": "abc", "status": 418.0, "durationMs": 1.5,
	} {
		if line[key] != want {
			t.Errorf("%s is %v, want %v", key, line[key], want)
		}
	}
	if strings.Contains(log.String(), "hunter2") {
		t.Errorf("logged %s", &log)
	}
}

// D-7: the first Boochat let the pages of any site in.
func TestCORS(t *testing.T) {
	const ours = "https://chat.example.org"
	reached := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	for _, test := range []struct {
		name, origin, method string
		asks                 string // Access-Control-Request-Headers
		allowed              []string
		status               int
		allow                string
	}{
		{"our page", ours, "POST", "", []string{ours}, 418, ours},
		{"another page", "https://evil.example", "POST", "", []string{ours}, 418, ""},
		{"our page without TLS", "http://chat.example.org", "POST", "", []string{ours}, 418, ""},
		{"no page", "", "POST", "", []string{ours}, 418, ""},
		{"nobody is configured", ours, "POST", "", nil, 418, ""},
		{"our preflight", ours, "OPTIONS", "authorization,content-type,idempotency-key", []string{ours}, 204, ours},
		{"another's preflight", "https://evil.example", "OPTIONS", "authorization", []string{ours}, 204, ""},
		{"a preflight for another header", ours, "OPTIONS", "x-secret", []string{ours}, 204, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(test.method, "/v1/send-message", nil)
			if test.origin != "" {
				r.Header.Set("Origin", test.origin)
			}
			if test.method == http.MethodOptions {
				r.Header.Set("Access-Control-Request-Method", "POST")
				r.Header.Set("Access-Control-Request-Headers", test.asks)
			}
			w := serve(httpapi.CORS(test.allowed, reached), r)
			header := w.Header()
			if w.Code != test.status || header.Get("Access-Control-Allow-Origin") != test.allow {
				t.Errorf("got %d %v", w.Code, header)
			}
			if !strings.Contains(strings.Join(header.Values("Vary"), ","), "Origin") {
				t.Errorf("Vary is %v", header.Values("Vary"))
			}
			if header.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("credentials are allowed")
			}
			if preflight := test.status == 204 && test.allow != ""; preflight &&
				(header.Get("Access-Control-Max-Age") != "600" || header.Get("Access-Control-Allow-Headers") != test.asks) {
				t.Errorf("got %v", header)
			}
		})
	}
}

// A WebSocket needs the connection itself, through every layer.
func TestTheConnectionIsReachableThroughAllLayers(t *testing.T) {
	var drain httpapi.Drain
	limiter := httpapi.NewRateLimiter(1, time.Now)
	var log bytes.Buffer
	var handler http.Handler = httpapi.Handler(func(w http.ResponseWriter, r *http.Request) error {
		w.WriteHeader(http.StatusSwitchingProtocols)
		connection, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return err
		}
		defer func() { _ = connection.Close() }()
		_, _ = buffered.WriteString("raw")
		return buffered.Flush()
	})
	handler = limiter.Wrap(httpapi.ClientAddress(false), handler)
	handler = drain.Wrap(httpapi.CORS(nil, handler))
	handler = httpapi.Identify(httpapi.Log(slog.New(slog.NewTextHandler(&log, nil)), time.Now, handler))
	server := httptest.NewServer(handler)

	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	if _, err := connection.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(connection)
	response, err := http.ReadResponse(in, nil)
	if err != nil || response.StatusCode != 101 {
		t.Fatalf("got %v, %v", response, err)
	}
	raw := make([]byte, 3)
	if _, err := in.Read(raw); err != nil || string(raw) != "raw" {
		t.Errorf("got %q, %v", raw, err)
	}
	if err := drain.Close(t.Context()); err != nil {
		t.Error(err)
	}
	server.Close()
}

func TestServer(t *testing.T) {
	plain := httptest.NewRequest(http.MethodGet, "/v1/calendar", nil)
	plain.Host = "localhost:8080"
	secure := httptest.NewRequest(http.MethodGet, "https://chat.example.org/v1/calendar", nil)
	for _, test := range []struct {
		request    *http.Request
		onCloudRun bool
		want       string
	}{
		{plain, false, "http://localhost:8080"},
		{plain, true, "https://localhost:8080"},
		{secure, false, "https://chat.example.org"},
	} {
		if got := httpapi.Server(test.onCloudRun)(test.request); got != test.want {
			t.Errorf("on Cloud Run %t: %s, want %s", test.onCloudRun, got, test.want)
		}
	}
}
