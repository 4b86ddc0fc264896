package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"boochat/emulators/scenario/client"

	"github.com/coder/websocket"
	"golang.org/x/sync/errgroup"
)

// testSlowReader has somebody read nothing until far more waits for them than a
// server can keep: they are cut off, and go on by their cursor.
func testSlowReader(t *testing.T, s *suite) {
	const messages = 400 // of 16 KB, each in an item and in its room
	ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
	id := ann.newRoom(bob)
	conn := bob.greetSlowly()
	cursor := readUntilCurrent(t, bob, conn)

	content := strings.Repeat("👋", 4000)
	var senders errgroup.Group
	senders.SetLimit(8)
	for range messages {
		senders.Go(func() error {
			a, err := ann.Post(ann.ctx, "send-message", fields{"roomId": id, "content": content}, newID())
			if err == nil && a.Status != 201 {
				err = fmt.Errorf("answer is %d %s", a.Status, a.Body)
			}
			return err
		})
	}
	if err := senders.Wait(); err != nil {
		t.Fatal(err)
	}
	ann.room(id, messages+1)

	told := map[string]int{}
	var ended error
	for ended == nil {
		var m client.Message
		if m, ended = next(bob, conn); ended == nil && m.Type == "change" {
			told[m.Path]++
			cursor = m.Cursor
		}
	}
	if code := websocket.CloseStatus(ended); code != websocket.StatusTryAgainLater && code != -1 {
		t.Errorf("the socket ended with %d: %v", code, ended)
	}
	if told[fmt.Sprintf("rooms/%s/items/%d", id, messages+1)] > 0 {
		t.Fatal("the reader was not slow enough to be cut off")
	}
	l := &listening{client.NewListener(bob.Client), bob}
	l.UseCursor(cursor)
	l.connect()
	t.Cleanup(l.Cut)
	l.current()
	l.shows(fmt.Sprintf("rooms/%s/items/%d", id, messages+1), "👋")
	l.Look(func(m *client.Model) {
		if m.Resets > 0 {
			t.Errorf("%d resets", m.Resets)
		}
		for n := 2; n <= messages+1; n++ {
			path := fmt.Sprintf("rooms/%s/items/%d", id, n)
			if times := told[path] + m.Told[path]; times != 1 {
				t.Errorf("item %d came %d times", n, times)
			}
		}
	})
}

// greetSlowly opens a socket whose network holds little for its reader.
func (p *person) greetSlowly() *websocket.Conn {
	p.t.Helper()
	narrow := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return conn, conn.(*net.TCPConn).SetReadBuffer(128 << 10)
	}}}
	conn, err := p.DialWith(p.ctx, narrow)
	if err == nil {
		err = conn.Write(p.ctx, websocket.MessageText, client.Hello(p.AccessToken, ""))
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

// next reads one message of a socket.
func next(p *person, conn *websocket.Conn) (m client.Message, err error) {
	_, data, err := conn.Read(p.ctx)
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	return m, err
}

func readUntilCurrent(t *testing.T, p *person, conn *websocket.Conn) (cursor string) {
	t.Helper()
	for {
		m, err := next(p, conn)
		if err != nil {
			t.Fatal(err)
		}
		if m.Type == "current" {
			return m.Cursor
		}
	}
}
