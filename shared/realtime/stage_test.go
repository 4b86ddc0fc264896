package realtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"boochat/shared/adapter/sqlite"
	"boochat/shared/event"
	"boochat/shared/httpapi"
	"boochat/shared/realtime"
	"boochat/shared/view"

	"github.com/coder/websocket"
)

// stage is a hub on real read documents, behind a network that is in memory, so
// that its time can be a bubble's.
type stage struct {
	t        *testing.T
	views    *sqlite.Views
	feed     *gatedFeed
	presence *realtime.Presence
	hub      *realtime.Hub
	client   *http.Client

	mu       sync.Mutex
	sessions map[string]realtime.Session // by access token
	broken   bool                        // tokens cannot be judged
}

// perform runs a test on a stage, in a bubble.
func perform(t *testing.T, test func(*stage)) {
	synctest.Test(t, func(t *testing.T) {
		views, err := sqlite.OpenViews(filepath.Join(t.TempDir(), "views.db"))
		if err != nil {
			t.Fatal(err)
		}
		s := &stage{t: t, views: views, feed: &gatedFeed{Feed: views}, presence: realtime.NewPresence(), sessions: map[string]realtime.Session{}}
		s.hub = realtime.NewHub(realtime.Config{
			Views: views, Feed: s.feed, Presence: s.presence, Authenticate: s.authenticate,
			Allowed: func(email string) bool { return !strings.HasPrefix(email, "former") },
		})
		network := &memoryNetwork{accepting: make(chan net.Conn), closed: make(chan struct{})}
		server := &http.Server{Handler: s.hub}
		served := make(chan error, 1)
		go func() { served <- server.Serve(network) }()
		s.client = &http.Client{Transport: &http.Transport{DialContext: network.dial}}
		test(s)
		s.hub.Close()
		s.settle()
		if err := errors.Join(server.Shutdown(context.Background()), views.Close()); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
		s.client.CloseIdleConnections()
	})
}

func (s *stage) authenticate(_ context.Context, token string) (realtime.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return realtime.Session{}, event.Refuse(event.Unavailable, "The store does not answer.")
	}
	session, known := s.sessions[token]
	if !known || !time.Now().Before(session.ExpiresAt) {
		return realtime.Session{}, httpapi.Unauthenticated("")
	}
	return session, nil
}

// admit makes a token good for a person and a while.
func (s *stage) admit(token, person string, lasts time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[token] = realtime.Session{Person: person, ExpiresAt: time.Now().Add(lasts)}
}

func (s *stage) revoke(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, token)
}

func (s *stage) breakDown(broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = broken
}

// beat gives a heartbeat.
func (s *stage) beat(person string) {
	s.t.Helper()
	if err := s.presence.Beat(context.Background(), person, nil); err != nil {
		s.t.Fatal(err)
	}
}

// write puts documents in place.
func (s *stage) write(writes ...view.Write) {
	s.t.Helper()
	for i := range writes {
		writes[i].Blind = true
	}
	if _, err := s.views.Write(context.Background(), writes); err != nil {
		s.t.Fatal(err)
	}
}

// person is the document of somebody.
func person(id string) view.Write {
	return view.Write{Path: view.UserPath(id), Scope: view.Everyone, Data: encode(view.User{ID: id, Name: id})}
}

// account is what the server keeps of somebody.
func account(id string) view.Write {
	return view.Write{Path: view.AccountPath(id), Data: json.RawMessage(`{"user":{"email":"` + id + `@example.com"}}`)}
}

// room is a room's document at a sequence.
func room(id string, sequence int64, members ...string) view.Write {
	path := view.RoomPath(id)
	return view.Write{Path: path, Scope: view.ReadersOf(path), Data: encode(view.Room{ID: id, Name: id, MemberIDs: members, LastSequence: sequence})}
}

// plan is a meetup's document at a sequence.
func plan(id string, sequence int64, attendees ...string) view.Write {
	path := view.MeetupPath(id)
	return view.Write{Path: path, Scope: view.ReadersOf(path), Data: encode(view.Meetup{ID: id, Name: id, AttendeeIDs: attendees, Sequence: sequence})}
}

// state is what the server keeps of a meetup.
func state(id string) view.Write {
	return view.Write{Path: view.MeetupStatePath(id), Data: json.RawMessage(`{"due":"2026"}`)}
}

// item is a room's item.
func item(roomID string, sequence int64) view.Write {
	return view.Write{Path: view.ItemPath(roomID, sequence), Scope: view.ReadersOf(view.RoomPath(roomID)), Data: encode(view.Item{RoomID: roomID, Sequence: sequence})}
}

func joined(w view.Write, people ...string) view.Write {
	w.Joined = people
	return w
}

func left(w view.Write, people ...string) view.Write {
	w.Left = people
	return w
}

func encode(value any) json.RawMessage {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return data
}

// gatedFeed is a feed whose followers can be kept waiting, as those of a busy
// process are.
type gatedFeed struct {
	view.Feed
	mu      sync.Mutex
	shut    bool
	tell    func([]view.Change)
	waiting []view.Change
	stuck   bool // catching up takes until whoever asked has given up
	givenUp int
}

func (f *gatedFeed) Since(ctx context.Context, person string, position int64) ([]view.Change, error) {
	f.mu.Lock()
	stuck := f.stuck
	f.mu.Unlock()
	if !stuck {
		return f.Feed.Since(ctx, person, position)
	}
	<-ctx.Done()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.givenUp++
	return nil, ctx.Err()
}

func (f *gatedFeed) Follow(tell func([]view.Change)) (int64, func()) {
	f.tell = tell
	return f.Feed.Follow(func(changes []view.Change) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.shut {
			f.waiting = append(f.waiting, changes...)
			return
		}
		tell(changes)
	})
}

func (f *gatedFeed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shut = true
}

func (f *gatedFeed) open() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shut = false
	f.tell(f.waiting)
	f.waiting = nil
}

// memoryNetwork is a listener whose connections are pipes.
type memoryNetwork struct {
	accepting chan net.Conn
	closed    chan struct{}
	once      sync.Once
}

func (n *memoryNetwork) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case n.accepting <- far:
		return near, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *memoryNetwork) Accept() (net.Conn, error) {
	select {
	case conn := <-n.accepting:
		return conn, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *memoryNetwork) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

func (n *memoryNetwork) Addr() net.Addr { return &net.TCPAddr{} }

// dial opens a socket that has said nothing.
func (s *stage) dial() *websocket.Conn {
	s.t.Helper()
	conn, _, err := websocket.Dial(context.Background(), "ws://boochat/v1/live", &websocket.DialOptions{HTTPClient: s.client, Subprotocols: []string{realtime.Subprotocol}})
	if err != nil {
		s.t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	return conn
}
