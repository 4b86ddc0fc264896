package main

import (
	"net/http"
	"strings"
	"testing"

	"boochat/emulators/scenario/client"
)

// TestFunctionTarget has a function alone serve somebody who signed in while all
// were there.
func TestFunctionTarget(t *testing.T) {
	dir := t.TempDir()
	all := start(t, dir)
	ann := all.signIn(t, "Ann")
	roomID := ann.do("create-room", fields{"name": "Kitchen", "participantIds": []string{}}).RoomID
	var calendar struct{ URL string }
	if answer, err := ann.Get(patient(t), "/v1/calendar"); err != nil || answer.Into(&calendar) != nil {
		t.Fatalf("the calendar's address is answered %d %s (%v)", answer.Status, answer.Body, err)
	}
	feed := strings.TrimPrefix(calendar.URL, all.url)
	all.stop(t)

	post := func(path string) func(p person) (client.Answer, error) {
		return func(p person) (client.Answer, error) {
			body := []byte(`{"roomId":"` + roomID + `","content":"Hello"}`)
			return p.Send(patient(t), http.MethodPost, path, body, http.Header{"Content-Type": {"application/json"}})
		}
	}
	get := func(path string) func(p person) (client.Answer, error) {
		return func(p person) (client.Answer, error) { return p.Get(patient(t), path) }
	}
	for _, c := range []struct {
		target string
		ask    func(p person) (client.Answer, error)
		status int
	}{
		{"send-message", post("/v1/send-message"), http.StatusCreated},
		{"send-message", post("/"), http.StatusCreated},
		{"send-message", post("/any/path"), http.StatusCreated},
		{"send-message", get("/v1/rooms/" + roomID), http.StatusMethodNotAllowed},
		{"room", get("/v1/rooms/" + roomID), http.StatusOK},
		{"room", get("/v1/rooms/another"), http.StatusNotFound},
		{"room", get("/v1/rooms"), http.StatusNotFound},
		{"room", post("/v1/send-message"), http.StatusNotFound},
		{"rooms", get("/v1/rooms"), http.StatusOK},
		{"rooms", get("/"), http.StatusOK},
		{"calendar", get("/any/path"), http.StatusOK},
		{"calendar-feed", get(feed), http.StatusOK},
		{"calendar-feed", get("/v1/calendar/another.ics"), http.StatusNotFound},
		{"calendar-feed", get("/"), http.StatusNotFound},
	} {
		s := start(t, dir, "FUNCTION_TARGET="+c.target)
		answer, err := c.ask(ann.at(s))
		if err != nil || answer.Status != c.status {
			t.Errorf("%s answers %d %s (%v), want %d", c.target, answer.Status, answer.Body, err, c.status)
		}
		s.stop(t)
	}
}
