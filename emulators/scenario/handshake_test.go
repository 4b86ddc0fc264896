package scenario

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"boochat/emulators/scenario/client"

	"github.com/coder/websocket"
)

const (
	closedMalformed       = websocket.StatusCode(4400)
	closedUnauthenticated = websocket.StatusCode(4401)
	closedTooMany         = websocket.StatusCode(4429)
)

func testHandshake(t *testing.T, s *suite) {
	ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
	good := string(client.Hello(ann.AccessToken, ""))
	for _, test := range []struct {
		name string
		kind websocket.MessageType
		text string
		code websocket.StatusCode
	}{
		{"empty", websocket.MessageText, "", closedMalformed},
		{"not JSON", websocket.MessageText, "hello", closedMalformed},
		{"null", websocket.MessageText, "null", closedMalformed},
		{"a list", websocket.MessageText, "[" + good + "]", closedMalformed},
		{"another type", websocket.MessageText, strings.Replace(good, "authenticate", "subscribe", 1), closedMalformed},
		{"no type", websocket.MessageText, `{"accessToken":"` + ann.AccessToken + `"}`, closedMalformed},
		{"no token", websocket.MessageText, `{"type":"authenticate"}`, closedMalformed},
		{"a number for a token", websocket.MessageText, `{"type":"authenticate","accessToken":1}`, closedMalformed},
		{"an unknown field", websocket.MessageText, strings.Replace(good, "{", `{"admin":true,`, 1), closedMalformed},
		{"a field twice", websocket.MessageText, strings.Replace(good, "{", `{"accessToken":"x",`, 1), closedMalformed},
		{"a field in capitals", websocket.MessageText, strings.Replace(good, "accessToken", "ACCESSTOKEN", 1), closedMalformed},
		{"something after", websocket.MessageText, good + good, closedMalformed},
		{"a bracket after", websocket.MessageText, good + "}", closedMalformed},
		{"binary", websocket.MessageBinary, good, closedMalformed},
		{"oversized", websocket.MessageText, strings.Repeat(" ", 20_000) + good, websocket.StatusMessageTooBig},
		{"a wrong token", websocket.MessageText, string(client.Hello("x", "")), closedUnauthenticated},
		{"a refresh token", websocket.MessageText, string(client.Hello(ann.RefreshToken, "")), closedUnauthenticated},
	} {
		t.Run("first message: "+test.name, func(t *testing.T) {
			conn := ann.in(t).dial()
			if err := conn.Write(ann.ctx, test.kind, []byte(test.text)); err != nil {
				t.Fatal(err)
			}
			if got := closing(ann.ctx, conn); got != test.code {
				t.Errorf("close code is %d, want %d", got, test.code)
			}
		})
	}
	t.Run("no first message within 5 s", func(t *testing.T) {
		begun := time.Now()
		code := closing(ann.ctx, ann.in(t).dial())
		if waited := time.Since(begun); code != closedUnauthenticated || waited < 4*time.Second || waited > 9*time.Second {
			t.Errorf("closed with %d after %v, want %d after 5 s", code, waited, closedUnauthenticated)
		}
	})
	t.Run("a renewed token keeps the socket", func(t *testing.T) {
		l := ann.in(t).listen()
		l.current()
		if err := l.socket().Renew(ann.ctx, s.signIn(t, ann.Identity).AccessToken); err != nil {
			t.Fatal(err)
		}
		ann.in(t).say(ann.newRoom(), "Still there")
		l.until("after the renewal", func(m *client.Model) bool {
			return count(m.Log, func(c client.Message) bool { return kindOf(c.Path) == "item" }) > 1
		})
	})
	for name, next := range map[string]struct {
		message []byte
		code    websocket.StatusCode
	}{
		"another person's token": {client.Hello(bob.AccessToken, ""), closedUnauthenticated},
		"a wrong token":          {client.Hello("x", ""), closedUnauthenticated},
		"nonsense":               {[]byte("hello"), closedMalformed},
	} {
		t.Run("a later message: "+name, func(t *testing.T) {
			conn := ann.in(t).greet()
			if err := conn.Write(ann.ctx, websocket.MessageText, next.message); err != nil {
				t.Fatal(err)
			}
			if got := closing(ann.ctx, conn); got != next.code {
				t.Errorf("close code is %d, want %d", got, next.code)
			}
		})
	}
	t.Run("a flood", func(t *testing.T) {
		conn := ann.in(t).greet()
		for range 50 {
			if conn.Write(ann.ctx, websocket.MessageText, []byte(good)) != nil {
				break // it has been cut off
			}
		}
		if got := closing(ann.ctx, conn); got != closedTooMany {
			t.Errorf("close code is %d, want %d", got, closedTooMany)
		}
	})
	t.Run("a plain request is no handshake", func(t *testing.T) {
		for _, header := range []http.Header{{}, {"Connection": {"Upgrade"}}, {"Connection": {"Upgrade"}, "Upgrade": {"websocket"}}, {"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"8"}}} {
			if a := s.nobody(t).send(http.MethodGet, "/v1/live", nil, header); a.Status < 400 || a.Status >= 500 {
				t.Errorf("%v is answered %d %s", header, a.Status, a.Body)
			}
		}
	})
	t.Run("D-45 noise does not stop the server", func(t *testing.T) { testNoise(t, s, ann.in(t), good) })
}

// dial opens a socket that has said nothing.
func (p *person) dial() *websocket.Conn {
	p.t.Helper()
	conn, err := p.Dial(p.ctx)
	if err != nil {
		p.t.Fatal(err)
	}
	if got := conn.Subprotocol(); got != client.Subprotocol {
		p.t.Errorf("subprotocol is %q", got)
	}
	p.t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

// greet opens a socket and authenticates.
func (p *person) greet() *websocket.Conn {
	p.t.Helper()
	conn := p.dial()
	if err := conn.Write(p.ctx, websocket.MessageText, client.Hello(p.AccessToken, "")); err != nil {
		p.t.Fatal(err)
	}
	return conn
}

// closing reads until the socket ends, and gives its close code.
func closing(ctx context.Context, conn *websocket.Conn) websocket.StatusCode {
	for {
		if _, _, err := conn.Read(ctx); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

func testNoise(t *testing.T, s *suite, ann *person, good string) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	mangled := func(text string) []byte {
		data := []byte(text)
		for range 1 + random.IntN(8) {
			data[random.IntN(len(data))] = byte(random.IntN(256))
		}
		return data[:random.IntN(len(data)+1)]
	}
	address := strings.TrimPrefix(s.URL(), "http://")
	upgrade := "GET /v1/live HTTP/1.1\r\nHost: " + address + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: boochat.v1\r\n\r\n"
	for range 100 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		data := mangled(upgrade)
		if random.IntN(2) == 0 { // a proper handshake, then frames that are none
			data = append([]byte(upgrade), mangled(strings.Repeat("\x81\xfe"+good, 2))...)
		}
		_, _ = conn.Write(data) // whether it arrives is not the point
		if random.IntN(4) == 0 {
			_ = conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
			_, _ = conn.Read(make([]byte, 512))
		}
		_ = conn.Close()
	}
	for range 100 {
		conn := ann.dial()
		_ = conn.Write(ann.ctx, websocket.MessageType(1+random.IntN(2)), bytes.TrimSpace(mangled(good)))
		_ = conn.CloseNow()
	}
	l := ann.listen()
	l.current()
	if a := s.nobody(t).get("/healthz"); a.Status != http.StatusOK {
		t.Errorf("seed %d: health is answered %d", seed, a.Status)
	}
	ann.say(ann.newRoom(), fmt.Sprint("After the noise of ", seed))
}
