package functions

import (
	"bytes"
	"net/http"
	"sync"
	"time"

	"boochat/shared/httpapi"
)

// OpenAPI describes the functions of a table that clients call.
func OpenAPI(table []Function) ([]byte, error) {
	var operations []httpapi.Operation
	for _, f := range table {
		if !f.Private() {
			operations = append(operations, f.Operation)
		}
	}
	return httpapi.OpenAPI("Boochat", "1", "Chat and meetups for private groups.", operations)
}

var live = Function{
	Kind: Live, Sockets: true,
	Operation: httpapi.Operation{
		Name: "live", Method: http.MethodGet, Path: "/v1/live", Tag: reading, Status: http.StatusSwitchingProtocols, Public: true,
		Summary: "Document changes as they happen, over a WebSocket",
		Description: "Subprotocol boochat.v1. The first message within 5 s is {\"type\":\"authenticate\",\"accessToken\":\"…\",\"cursor\"?:\"…\"}. " +
			"Then the server sends {\"type\":\"change\",\"cursor\",\"path\",\"data\"} for every document that is yours to read, " +
			"{\"type\":\"current\",\"cursor\"} when you are up to date, {\"type\":\"reset\"} when a cursor is too old, and " +
			"{\"type\":\"notification\",\"title\",\"message\",\"navigateUrl\",\"level\"}. It closes with 4401 when the token ends; " +
			"send a fresh one before that.",
	},
	handler: func(_ Function, s *Services) httpapi.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			if query := r.URL.Query(); query.Has("token") || query.Has("access_token") || query.Has("accessToken") {
				return httpapi.Unauthenticated("Send the access token in the first message, never in the address. Sign out to end the one that was sent.")
			}
			s.Live.ServeHTTP(w, r)
			return nil
		}
	},
}

var openAPI = Function{
	Kind: Page,
	Operation: httpapi.Operation{
		Name: "openapi", Method: http.MethodGet, Path: "/v1/openapi.json", Tag: about, Status: http.StatusOK, Public: true,
		Summary: "This description, for programs", Produces: "application/json",
	},
	handler: func(_ Function, s *Services) httpapi.Handler {
		document := sync.OnceValues(func() ([]byte, error) { return OpenAPI(s.Table) })
		return func(w http.ResponseWriter, r *http.Request) error {
			data, err := document()
			if err != nil {
				return err
			}
			w.Header().Set("Content-Type", "application/json")
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
			return nil
		}
	},
}

var docs = Function{
	Kind: Page,
	Operation: httpapi.Operation{
		Name: "docs", Method: http.MethodGet, Path: "/v1/docs", Tag: about, Status: http.StatusOK, Public: true,
		Summary: "This description, for people", Produces: "text/html",
	},
	handler: func(Function, *Services) httpapi.Handler {
		page := httpapi.DocsHandler("/v1/openapi.json")
		return func(w http.ResponseWriter, r *http.Request) error {
			page.ServeHTTP(w, r)
			return nil
		}
	},
}
