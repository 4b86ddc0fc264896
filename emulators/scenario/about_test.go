package scenario

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"boochat/functions"
)

func testAbout(t *testing.T, s *suite) {
	anybody := s.nobody(t)
	t.Run("health", func(t *testing.T) {
		if a := anybody.in(t).get("/healthz"); a.Status != http.StatusOK {
			t.Errorf("health is answered %d %s", a.Status, a.Body)
		}
	})
	t.Run("the page for people", func(t *testing.T) {
		a := anybody.in(t).get("/v1/docs")
		if a.Status != 200 || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || !strings.Contains(string(a.Body), "openapi.json") {
			t.Errorf("docs are answered %d %s", a.Status, a.Header.Get("Content-Type"))
		}
	})
	t.Run("the description lists what clients call, and it answers", func(t *testing.T) {
		var api struct {
			OpenAPI string
			Paths   map[string]map[string]struct {
				OperationID string `json:"operationId"`
			}
		}
		anybody.in(t).get("/v1/openapi.json").into(&api)
		if !strings.HasPrefix(api.OpenAPI, "3.1") {
			t.Errorf("openapi is %q", api.OpenAPI)
		}
		described := map[string]string{}
		for path, operations := range api.Paths {
			for method, operation := range operations {
				described[operation.OperationID] = strings.ToUpper(method) + " " + path
				a := anybody.in(t).send(strings.ToUpper(method), strings.ReplaceAll(path, "{id}", "x"), nil, http.Header{})
				secret := strings.Contains(path, "{file}") // so that not even who guesses is told of it
				if a.Status == http.StatusNotFound && !secret || a.Status == http.StatusMethodNotAllowed || a.Status >= 500 {
					t.Errorf("%s %s is answered %d %s", method, path, a.Status, a.Body)
				}
			}
		}
		for _, f := range s.table() {
			got, listed := described[f.Name]
			if listed == f.Private() || listed && got != f.Method+" "+f.Path {
				t.Errorf("%s is described as %q", f.Name, got)
			}
			delete(described, f.Name)
		}
		if len(described) > 0 {
			t.Errorf("described but not in the table: %v", slices.Collect(maps.Keys(described)))
		}
	})
	t.Run("events are not taken from people", func(t *testing.T) {
		ann := s.person(t, "Ann")
		for _, f := range functions.Table {
			if f.Private() {
				ann.post(f.Name, fields{}).refused("not-found")
				if s.Firestore() != nil { // whose pushes come from an emulator, which has no tokens
					continue
				}
				ann.send(f.Method, f.Path, []byte("{}"), http.Header{"Content-Type": {"application/json"}}).refused("forbidden")
			}
		}
	})
}

// testBrowsers asks as the pages of other sites do.
func testBrowsers(t *testing.T, s *suite) {
	own := s.alone(t, "ALLOWED_ORIGINS=https://chat.example.org,http://localhost:3000")
	ann := own.person(t, "Ann")
	for origin, welcome := range map[string]bool{
		"https://chat.example.org": true, "http://localhost:3000": true,
		"https://evil.example": false, "http://chat.example.org": false, "https://chat.example.org.evil.example": false, "https://chat.example.org:8443": false, "null": false,
	} {
		t.Run("D-7 "+origin, func(t *testing.T) {
			p := ann.in(t)
			preflight := p.send(http.MethodOptions, "/v1/send-message", nil, http.Header{
				"Origin": {origin}, "Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"authorization,content-type,idempotency-key"},
			})
			plain := p.send(http.MethodGet, "/v1/me", nil, http.Header{"Origin": {origin}})
			for _, a := range []answer{preflight, plain} {
				got := a.Header.Get("Access-Control-Allow-Origin")
				if want := map[bool]string{true: origin}[welcome]; got != want || a.Header.Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("Access-Control-Allow-Origin is %q, want %q", got, want)
				}
			}
			if s.Firestore() != nil {
				return
			}
			live := p.send(http.MethodGet, "/v1/live", nil, http.Header{
				"Origin": {origin}, "Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"},
				"Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}, "Sec-Websocket-Protocol": {"boochat.v1"},
			})
			if open := live.Status == http.StatusSwitchingProtocols; open != welcome {
				t.Errorf("the handshake is answered %d", live.Status)
			}
		})
	}
}
