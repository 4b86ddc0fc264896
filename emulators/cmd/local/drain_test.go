package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/coder/websocket"
)

// TestDrains ends the program while somebody is still sending: that is finished,
// what comes later is sent away, and listeners are told to come back.
func TestDrains(t *testing.T) {
	s := start(t, t.TempDir())
	ann := s.signIn(t, "Ann")
	roomID := ann.do("create-room", fields{"name": "Kitchen", "participantIds": []string{}}).RoomID
	listener := ann.listen()
	slow := ann.begin(fields{"roomId": roomID, "content": "It takes me a while to write this"})
	late, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = late.Close() }() // its answer has been read

	if err := s.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code, err := listener.Ended(patient(t)); err != nil || code != websocket.StatusGoingAway {
		t.Errorf("the socket ended with %d (%v), want %d", code, err, websocket.StatusGoingAway)
	}
	answer := exchange(t, late, "GET /v1/me HTTP/1.1\r\nHost: boochat\r\nAuthorization: Bearer "+ann.Token+"\r\n\r\n")
	if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" || !answer.Close {
		t.Errorf("a late request was answered %d with %v", answer.StatusCode, answer.Header)
	}
	answer = exchange(t, slow.conn, slow.rest)
	var message struct{ Sequence int64 }
	if err := json.NewDecoder(answer.Body).Decode(&message); err != nil || answer.StatusCode != http.StatusCreated || message.Sequence != 2 {
		t.Errorf("the slow request was answered %d, sequence %d (%v)", answer.StatusCode, message.Sequence, err)
	}
	if code, err := s.Wait(patient(t)); err != nil || code != 0 {
		t.Errorf("the program ended with exit code %d (%v):\n%s", code, err, s.Output())
	}
}

// begun is a request that the server waits for the rest of.
type begun struct {
	conn net.Conn
	rest string
}

// begin sends a message up to the middle of its body. The server says 100 when it
// begins to read that, so that it is certainly under way.
func (p person) begin(body fields) begun {
	p.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.URL, "http://"))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = conn.Close() }) // its answer has been read
	answer := exchange(p.t, conn, fmt.Sprintf("POST /v1/send-message HTTP/1.1\r\nHost: boochat\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", p.Token, len(data)))
	if answer.StatusCode != http.StatusContinue {
		p.t.Fatalf("the request was answered %d, want 100", answer.StatusCode)
	}
	half := len(data) / 2
	if _, err := conn.Write(data[:half]); err != nil {
		p.t.Fatal(err)
	}
	return begun{conn, string(data[half:])}
}

// exchange writes to a connection and reads one answer.
func exchange(t *testing.T, conn net.Conn, text string) *http.Response {
	t.Helper()
	if deadline, ok := patient(t).Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}
