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

// testSlowReader has somebody read nothing until more waits for them than a server
// keeps: they are cut off, and go on by their cursor.
func testSlowReader(t *testing.T, s *suite) {
	ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
	id := ann.newRoom(bob)
	conn := bob.greetSlowly()
	cursor := readUntilCurrent(t, bob, conn)
	last := ann.sendUntilCutOff(id, bob)

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
	l := &listening{client.NewListener(bob.Client), bob}
	l.socket().UseCursor(cursor)
	l.connect()
	t.Cleanup(l.Cut)
	l.current()
	l.shows(fmt.Sprintf("rooms/%s/items/%d", id, last), "👋")
	l.Look(func(m *client.Model) {
		if m.Resets > 0 {
			t.Errorf("%d resets", m.Resets)
		}
		for n := 2; n <= last; n++ {
			path := fmt.Sprintf("rooms/%s/items/%d", id, n)
			if times := told[path] + m.Told[path]; times != 1 {
				t.Errorf("item %d came %d times", n, times)
			}
		}
	})
}

// sendUntilCutOff sends long messages to a room until somebody is cut off who reads
// nothing: they are no longer online. It gives the room's last sequence.
func (p *person) sendUntilCutOff(room string, reader *person) (last int) {
	p.t.Helper()
	const atOnce, atMost = 100, 4000 // of 16 KB: far more than networks and servers hold
	content := strings.Repeat("👋", 4000)
	for last = 1; last <= atMost; last += atOnce {
		if !p.seesOnline(reader) {
			return last
		}
		var senders errgroup.Group
		senders.SetLimit(8)
		for range atOnce {
			senders.Go(func() error {
				a, err := p.Post(p.ctx, "send-message", fields{"roomId": room, "content": content}, newID())
				if err == nil && a.Status != 201 {
					err = fmt.Errorf("answer is %d %s", a.Status, a.Body)
				}
				return err
			})
		}
		if err := senders.Wait(); err != nil {
			p.t.Fatal(err)
		}
	}
	p.t.Fatalf("a reader of nothing is not cut off after %d messages", last-1)
	return 0
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
