package scenario

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"boochat/emulators/scenario/client"
	"boochat/functions"
)

// patience is how long a slow backend may take to show what has been written.
const patience = 15 * time.Second

// Start starts a server for a test, with settings that go before its own defaults.
type Start func(tb testing.TB, settings ...Setting) Server

// Run holds a backend to the whole suite.
func Run(t *testing.T, start func(testing.TB, ...Setting) Server) {
	s := &suite{start: start, seated: new(atomic.Int64)}
	s.Server = s.fresh(t)
	for name, topic := range map[string]func(*testing.T, *suite){
		"commands":           testCommands,
		"rooms":              testRooms,
		"unread":             testUnread,
		"items":              testItems,
		"people":             testPeople,
		"calendar":           testCalendar,
		"meetups":            testMeetups,
		"polls":              testPolls,
		"live meetups":       testLiveMeetups,
		"last votes":         testLastVotes,
		"meetup refusals":    testMeetupRefusals,
		"late vote":          testLateVote,
		"idempotency":        testIdempotency,
		"limits":             testLimits,
		"full room":          testFullRoom,
		"malformed":          testMalformed,
		"authorization":      testAuthorization,
		"identity":           testIdentity,
		"sessions":           testSessions,
		"live":               testLive,
		"live rooms":         testLiveRooms,
		"sockets":            testSockets,
		"presence":           testPresence,
		"heartbeat":          testHeartbeat,
		"handshake":          testHandshake,
		"resume":             testResume,
		"random disconnects": testRandomDisconnects,
		"slow reader":        testSlowReader,
		"restart":            testRestart,
		"rate limit":         testRateLimit,
		"about":              testAbout,
		"browsers":           testBrowsers,
	} {
		if s.Firestore() != nil && aboutSockets[name] {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			topic(t, s)
		})
	}
}

// aboutSockets are the topics that are about the live connection's own promises, and
// so about nothing where clients listen to the documents in Firestore.
var aboutSockets = map[string]bool{"sockets": true, "presence": true, "handshake": true, "resume": true, "slow reader": true, "late vote": true}

// table is the functions that the backend serves.
func (s *suite) table() []functions.Function {
	if s.Firestore() != nil {
		return functions.WithoutSockets()
	}
	return functions.Table
}

// suite is one backend under test: a server that most tests share, each with
// people of its own, and the means to start another.
type suite struct {
	Server
	start  Start
	seated *atomic.Int64 // how many of the addresses on the list are taken
}

// seats is how many people may sign in to one server.
const seats = 1500

func seat(n int64) string { return fmt.Sprintf("person-%d@example.com", n) }

// everybody is the allow-list of all seats.
func everybody() Setting {
	addresses := make([]string, seats)
	for i := range addresses {
		addresses[i] = seat(int64(i + 1))
	}
	return Setting("ALLOWED_USERS=" + strings.Join(addresses, ","))
}

// settings are those of all servers of the suite, with a test's own in their place.
func settings(own ...Setting) []Setting {
	return append([]Setting{everybody(), "RATE_LIMIT=0"}, own...)
}

// fresh starts a server that holds nothing.
func (s *suite) fresh(t *testing.T, own ...Setting) Server {
	t.Helper()
	return s.start(t, settings(own...)...)
}

// alone gives a suite whose server is the test's alone.
func (s *suite) alone(t *testing.T, own ...Setting) *suite {
	t.Helper()
	return &suite{Server: s.fresh(t, own...), start: s.start, seated: new(atomic.Int64)}
}

// eventually repeats a check until it passes, for as long as patience lasts.
func eventually(t testing.TB, check func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still after %v: %v", patience, err)
		}
		time.Sleep(pause)
	}
}

// impatient bounds everything that a test waits for.
func impatient(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 4*patience)
	t.Cleanup(cancel)
	return ctx
}

// person is somebody who is signed in.
type person struct {
	client.Client
	client.Session
	ID       string
	Name     string
	Identity client.Identity

	t         testing.TB
	ctx       context.Context
	firestore *client.Firestore // where they listen, if not by sockets
}

// person signs in somebody new.
func (s *suite) person(t testing.TB, name string) *person {
	t.Helper()
	p := s.signIn(t, s.identity(name))
	if p.firestore != nil { // others see them a moment later
		p.users(func(users map[string]someone) error {
			if users[p.ID].ID == "" {
				return fmt.Errorf("%s is not listed", name)
			}
			return nil
		})
	}
	return p
}

// identity is that of somebody who has never signed in.
func (s *suite) identity(name string) client.Identity {
	n := s.seated.Add(1)
	return client.Identity{Email: seat(n), Name: name, ImageURL: fmt.Sprintf("https://example.com/%d.png", n)}
}

// signIn begins a session of somebody, on another device if they have one.
func (s *suite) signIn(t testing.TB, who client.Identity) *person {
	t.Helper()
	p := &person{Client: client.Client{URL: s.URL()}, Identity: who, t: t, ctx: impatient(t), firestore: s.Firestore()}
	var session client.Session
	eventually(t, func() (err error) {
		session, err = p.SignIn(p.ctx, who)
		return err
	})
	p.Session, p.Token, p.ID, p.Name = session, session.AccessToken, session.User.ID, session.User.Name
	return p
}

// nobody is somebody who is not signed in.
func (s *suite) nobody(t testing.TB) *person {
	return &person{Client: client.Client{URL: s.URL()}, t: t, ctx: impatient(t)}
}

// in gives the person in a test within their own.
func (p *person) in(t testing.TB) *person {
	q := *p
	q.t = t
	return &q
}
