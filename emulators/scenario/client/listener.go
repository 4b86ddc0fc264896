package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"

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
	client Client

	mu       sync.Mutex
	changed  chan struct{} // closed when something came, and made anew
	model    Model
	received int // messages so far, of all sockets
	conn     *websocket.Conn
	ended    error // why the current socket ended; nil while it is open
	reading  chan struct{}
}

// Model is what a listener has been told since it began anew.
type Model struct {
	Documents map[string]json.RawMessage // by path, without those that are gone
	Log       []Message                  // all messages, in order
	Told      map[string]int             // how many changes came, by path
	Resets    int
	Current   bool // the current socket has brought the model up to date
	Cursor    string
}

// NewListener makes a listener that is not connected.
func NewListener(c Client) *Listener {
	return &Listener{client: c, changed: make(chan struct{}), model: newModel()}
}

func newModel() Model {
	return Model{Documents: map[string]json.RawMessage{}, Told: map[string]int{}}
}

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
		l.mu.Lock()
		if err != nil {
			l.ended = err
		} else {
			l.take(message)
		}
		close(l.changed)
		l.changed = make(chan struct{})
		l.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// take brings a message into the model.
func (l *Listener) take(m Message) {
	l.received++
	if m.Type == "reset" {
		resets := l.model.Resets + 1
		l.model = newModel()
		l.model.Resets = resets
	}
	l.model.Log = append(l.model.Log, m)
	if m.Cursor != "" {
		l.model.Cursor = m.Cursor
	}
	switch {
	case m.Type == "current":
		l.model.Current = true
	case m.Type == "change" && m.IsGone():
		l.model.Told[m.Path]++
		delete(l.model.Documents, m.Path)
	case m.Type == "change":
		l.model.Told[m.Path]++
		l.model.Documents[m.Path] = m.Data
	}
}

// Received is how many messages came so far, over all sockets.
func (l *Listener) Received() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.received
}

// Look calls f with the model, which it must not keep.
func (l *Listener) Look(f func(*Model)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.model)
}

// Until waits for a condition of the model. A socket that ends meanwhile is an
// error, as is the end of ctx.
func (l *Listener) Until(ctx context.Context, condition func(*Model) bool) error {
	for {
		l.mu.Lock()
		met, changed, ended := condition(&l.model), l.changed, l.ended
		l.mu.Unlock()
		if met {
			return nil
		}
		if ended != nil {
			return fmt.Errorf("the socket ended: %w", ended)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for the model: %w", ctx.Err())
		}
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
