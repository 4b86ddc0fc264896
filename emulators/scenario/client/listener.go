package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/coder/websocket"
)

// Subprotocol is the one that the live connection speaks.
const Subprotocol = "boochat.v1"

// largestMessage is how much of one message is read, in bytes.
const largestMessage = 1 << 20

// Message is what the server sends over a socket. Type says which fields it has.
type Message struct {
	Type   string          `json:"type"`
	Cursor string          `json:"cursor"`
	Path   string          `json:"path"`
	Data   json.RawMessage `json:"data"`

	Title       string `json:"title"`
	Text        string `json:"message"`
	NavigateURL string `json:"navigateUrl"`
	Level       string `json:"level"`
}

// IsGone tells a change that takes a document away.
func (m Message) IsGone() bool { return string(m.Data) == "null" }

// Dial opens a socket and sends nothing yet.
func (c Client) Dial(ctx context.Context) (*websocket.Conn, error) {
	return c.DialWith(ctx, connections)
}

// DialWith opens a socket over the connections of an HTTP client.
func (c Client) DialWith(ctx context.Context, over *http.Client) (*websocket.Conn, error) {
	conn, response, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(c.URL, "http")+"/v1/live", &websocket.DialOptions{
		HTTPClient: over, Subprotocols: []string{Subprotocol}, HTTPHeader: http.Header{},
	})
	if err != nil {
		if response != nil {
			return nil, fmt.Errorf("the handshake was answered %d: %w", response.StatusCode, err)
		}
		return nil, fmt.Errorf("open socket: %w", err)
	}
	conn.SetReadLimit(largestMessage)
	return conn, nil
}

// Hello is the message that begins a live connection; a cursor of "" is left out.
func Hello(token, cursor string) []byte {
	hello := map[string]string{"type": "authenticate", "accessToken": token}
	if cursor != "" {
		hello["cursor"] = cursor
	}
	data, err := json.Marshal(hello)
	if err != nil {
		panic(err) // strings can always be encoded
	}
	return data
}

// Listener keeps the model of a person's documents that the live connection tells
// of, across as many sockets as it takes.
type Listener struct {
	keeper
	client Client

	conn    *websocket.Conn
	reading chan struct{}
}

// NewListener makes a listener that is not connected.
func NewListener(c Client) *Listener { return &Listener{client: c, keeper: newKeeper()} }

// Connect opens a socket that goes on where the last one ended.
func (l *Listener) Connect(ctx context.Context) error {
	conn, err := l.client.Dial(ctx)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.conn, l.ended, l.model.Current, l.reading = conn, nil, false, make(chan struct{})
	hello, reading := Hello(l.client.Token, l.model.Cursor), l.reading
	l.mu.Unlock()
	go l.read(conn, reading)
	if err := conn.Write(ctx, websocket.MessageText, hello); err != nil {
		return fmt.Errorf("send first message: %w", err)
	}
	return nil
}

// UseCursor has the next socket go on from a cursor, whatever came before.
func (l *Listener) UseCursor(cursor string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.model.Cursor = cursor
}

// Renew sends another access token over the open socket.
func (l *Listener) Renew(ctx context.Context, token string) error {
	l.mu.Lock()
	l.client.Token = token
	conn := l.conn
	l.mu.Unlock()
	return conn.Write(ctx, websocket.MessageText, Hello(token, ""))
}

// Cut ends the socket as a lost network does, and waits until it is over.
func (l *Listener) Cut() {
	l.mu.Lock()
	conn, reading := l.conn, l.reading
	l.mu.Unlock()
	if conn == nil {
		return
	}
	_ = conn.CloseNow() // it may be closed already
	<-reading
}

func (l *Listener) read(conn *websocket.Conn, reading chan struct{}) {
	defer close(reading)
	for {
		_, data, err := conn.Read(context.Background())
		var message Message
		if err == nil {
			err = json.Unmarshal(data, &message)
		}
		if err != nil {
			l.end(err)
			return
		}
		l.take(message)
	}
}

// Ended waits for the end of the socket and gives its close code, or -1 when it
// ended without one.
func (l *Listener) Ended(ctx context.Context) (websocket.StatusCode, error) {
	l.mu.Lock()
	reading := l.reading
	l.mu.Unlock()
	select {
	case <-reading:
	case <-ctx.Done():
		return 0, fmt.Errorf("wait for the end of the socket: %w", ctx.Err())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return websocket.CloseStatus(l.ended), nil
}
