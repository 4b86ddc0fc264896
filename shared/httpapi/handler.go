package httpapi

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
)

// Handler answers a request, or returns the error that WriteError is to answer.
type Handler func(w http.ResponseWriter, r *http.Request) error

// ServeHTTP calls the handler and answers its error. A panic is answered like an
// unforeseen error, or cuts the connection when the answer has begun already.
func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := record(w)
	defer func() {
		switch panicked := recover(); panicked {
		case nil:
		case http.ErrAbortHandler: // the way to cut a connection on purpose
			panic(panicked)
		default:
			begun := answer.status != 0
			fail(answer, r, fmt.Errorf("panic: %v\n%s", panicked, debug.Stack()))
			if begun {
				panic(http.ErrAbortHandler)
			}
		}
	}()
	if err := h(answer, r); err != nil {
		fail(answer, r, err)
	}
}

// fail answers err, or only logs it when the answer has begun already.
func fail(w *recorder, r *http.Request, err error) {
	if w.status != 0 {
		logFailure(r, slog.LevelError, w.status, err)
		return
	}
	WriteError(w, r, err)
}

// Bearer is the access token of the Authorization header. A token in the address
// is refused even when it is good: addresses end up in logs.
func Bearer(r *http.Request) (string, error) {
	query := r.URL.Query()
	if query.Has("access_token") || query.Has("token") {
		return "", Unauthenticated("Send the access token in the Authorization header, never in the address. Sign out to end the one that was sent.")
	}
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 {
		return "", Unauthenticated("Send one Authorization header with the access token: Authorization: Bearer ACCESS_TOKEN.")
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" || strings.ContainsAny(token, " \t") {
		return "", Unauthenticated("The Authorization header must read: Bearer ACCESS_TOKEN.")
	}
	return token, nil
}
