package realtime_test

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"testing/synctest"

	"github.com/coder/websocket"
)

// message is what a socket is sent.
type message struct {
	Type   string          `json:"type"`
	Cursor string          `json:"cursor"`
	Path   string          `json:"path"`
	Data   json.RawMessage `json:"data"`
}

// listener reads all that a socket is sent.
type listener struct {
	s    *stage
	conn *websocket.Conn

	mu    sync.Mutex
	log   []message
	ended error
}

// listen opens a socket with a token, and a cursor unless that is "".
func (s *stage) listen(token, cursor string) *listener {
	s.t.Helper()
	l := &listener{s: s, conn: s.dial()}
	l.say(token, cursor)
	go func() {
		for {
			_, data, err := l.conn.Read(context.Background())
			var m message
			if err == nil {
				err = json.Unmarshal(data, &m)
			}
			l.mu.Lock()
			if err != nil {
				l.ended = err
				l.mu.Unlock()
				return
			}
			l.log = append(l.log, m)
			l.mu.Unlock()
		}
	}()
	s.settle()
	return l
}

// say sends an authentication.
func (l *listener) say(token, cursor string) {
	l.s.t.Helper()
	hello, err := json.Marshal(map[string]string{"type": "authenticate", "accessToken": token, "cursor": cursor})
	if err == nil {
		err = l.conn.Write(context.Background(), websocket.MessageText, hello)
	}
	if err != nil {
		l.s.t.Fatal(err)
	}
}

// hangUp ends the socket as a lost network does.
func (l *listener) hangUp() {
	_ = l.conn.CloseNow() // it may be closed already
	l.s.settle()
}

// settle waits until nothing moves any more.
func (s *stage) settle() {
	// The documents are read and written by system calls, which a bubble does not
	// wait for: reading them once more comes after what is under way.
	for range 3 {
		synctest.Wait()
		if _, err := s.views.Get(context.Background(), "users/nobody"); err != nil {
			s.t.Fatal(err)
		}
	}
	synctest.Wait()
}

// messages copies what came so far.
func (l *listener) messages() []message {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]message{}, l.log...)
}

// code is the close code of a socket that has ended, 0 of one that has not, and -1
// where it ended without one.
func (l *listener) code() websocket.StatusCode {
	l.s.settle()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended == nil {
		return 0
	}
	return websocket.CloseStatus(l.ended)
}

// summary lists messages: paths with ! where a document is gone, + or - where it
// says online or offline, and the types of those that are no changes.
func summary(log []message) string {
	var all []string
	for _, m := range log {
		switch {
		case m.Type != "change":
			all = append(all, m.Type)
		case string(m.Data) == "null":
			all = append(all, m.Path+"!")
		case strings.Contains(string(m.Data), `"online":true`):
			all = append(all, m.Path+"+")
		case strings.Contains(string(m.Data), `"online":false`):
			all = append(all, m.Path+"-")
		default:
			all = append(all, m.Path)
		}
	}
	return strings.Join(all, " ")
}

// last is the newest cursor.
func (l *listener) last() string {
	log := l.messages()
	for i := len(log) - 1; i >= 0; i-- {
		if log[i].Cursor != "" {
			return log[i].Cursor
		}
	}
	return ""
}

// position is the place of a cursor in the feed.
func position(cursor string) int {
	n, _ := strconv.Atoi(strings.Split(cursor+"-", "-")[1]) // "anew" has none
	return n
}
