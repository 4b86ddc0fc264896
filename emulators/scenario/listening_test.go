package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"boochat/emulators/scenario/client"

	"github.com/coder/websocket"
)

// Shapes of the documents that the live connection carries (design.md, section 6).
const (
	shapeUserDocument  = `{"id":"id","name":"text","imageUrl":"url","presence?":{"online":"flag"}}`
	shapeItemDocument  = `{"id":"id","sequence":"number","roomId":"id","kind":"text","sender?":{"id":"id"},"content":"text","announcement?":{"kind":"text","arguments":"texts"},"timestamp":"time"}`
	shapeRoomDocument  = `{"id":"id","name":"text","imageUrl":"url","memberIds":["id"],"lastItem":` + shapeItemDocument + `,"lastSequence":"number"}`
	shapeVisitDocument = `{"roomId":"id","readSequence":"number","visitedAt?":"time"}`
)

// roomDocument is what tests look at of a room's document.
type roomDocument struct {
	Name         string
	MemberIDs    []string
	LastSequence int64
}

// listener keeps the model of a person's documents, by sockets or otherwise.
type listener interface {
	Connect(ctx context.Context) error
	Cut()
	Look(f func(*client.Model))
	Until(ctx context.Context, condition func(*client.Model) bool) error
}

// listening is a person's listener in a test.
type listening struct {
	listener
	p *person
}

// listen has somebody listen.
func (p *person) listen() *listening {
	p.t.Helper()
	l := &listening{p.newListener(), p}
	l.connect()
	p.t.Cleanup(func() {
		l.Cut()
		if closer, ok := l.listener.(io.Closer); ok {
			_ = closer.Close() // nothing is on its way any more
		}
	})
	return l
}

// newListener makes a listener of the kind that the backend's clients are.
func (p *person) newListener() listener {
	if where := p.firestore; where != nil {
		return client.NewFirestoreListener(*where, p.ID)
	}
	return client.NewListener(p.Client)
}

// socket is the listener as one by sockets.
func (l *listening) socket() *client.Listener { return l.listener.(*client.Listener) }

// connect opens a connection that goes on where the last one ended.
func (l *listening) connect() {
	l.p.t.Helper()
	if err := l.Connect(l.p.ctx); err != nil {
		l.p.t.Fatal(err)
	}
}

// until waits for a condition of the model.
func (l *listening) until(what string, condition func(*client.Model) bool) {
	l.p.t.Helper()
	if err := l.Until(l.p.ctx, condition); err != nil {
		l.Look(func(m *client.Model) {
			l.p.t.Fatalf("%s is not told %s: %v; %d documents, %d messages", l.p.Name, what, err, len(m.Documents), len(m.Log))
		})
	}
}

// current waits until the model is up to date.
func (l *listening) current() {
	l.p.t.Helper()
	l.until("current", func(m *client.Model) bool { return m.Current })
}

// shows waits until a document contains a text.
func (l *listening) shows(path, text string) {
	l.p.t.Helper()
	l.until(path+" with "+text, func(m *client.Model) bool { return strings.Contains(string(m.Documents[path]), text) })
}

// misses waits until a document is gone.
func (l *listening) misses(path string) {
	l.p.t.Helper()
	l.until("the end of "+path, func(m *client.Model) bool { return m.Told[path] > 0 && m.Documents[path] == nil })
}

// endsWith waits for the end of the socket and checks its close code. Listeners of
// other kinds do not end with a session: their access ends with their token's time.
func (l *listening) endsWith(want websocket.StatusCode) {
	l.p.t.Helper()
	socket, ok := l.listener.(*client.Listener)
	if !ok {
		return
	}
	code, err := socket.Ended(l.p.ctx)
	if err != nil {
		l.p.t.Fatal(err)
	}
	if code != want {
		l.p.t.Errorf("the socket of %s ended with %d, want %d", l.p.Name, code, want)
	}
}

// log copies all messages so far.
func (l *listening) log() (log []client.Message) {
	l.Look(func(m *client.Model) { log = append(log, m.Log...) })
	return log
}

// paths gives the paths of all changes so far, in order.
func (l *listening) paths() (paths []string) {
	for _, m := range l.log() {
		if m.Type == "change" {
			paths = append(paths, m.Path)
		}
	}
	return paths
}

// presence reads the presence in a person's document: "online", "offline", or
// "unknown" where there is none.
func presence(data json.RawMessage) string {
	u, err := document[struct{ Presence *struct{ Online bool } }](data)
	switch {
	case err != nil || u.Presence == nil:
		return "unknown"
	case u.Presence.Online:
		return "online"
	default:
		return "offline"
	}
}

// sees waits until another's presence is shown as it should be.
func (l *listening) sees(other *person, want string) {
	l.p.t.Helper()
	path := "users/" + other.ID
	l.until(fmt.Sprintf("%s to be %s", other.Name, want), func(m *client.Model) bool {
		return m.Documents[path] != nil && presence(m.Documents[path]) == want
	})
}
