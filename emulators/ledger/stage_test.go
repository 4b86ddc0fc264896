package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"boochat/emulators/google"
	"boochat/emulators/googletest"
	"boochat/emulators/local"
	"boochat/emulators/scenario/client"
	"boochat/shared/config"

	"github.com/google/uuid"
)

// What the stage is set with. COST.md says so too, with these numbers.
const (
	roomCount   = 20 // rooms, each with everybody in it, one item, and a visit of everybody
	history     = 60 // items of room 0
	messageText = "See you at eight, in front of the station. I bring the tickets."
)

// patience is how long deliveries may take on a machine under load.
const patience = time.Minute

// members are the people of the group, all in all rooms.
var members = []client.Identity{
	{Email: "ann@example.com", Name: "Ann"}, {Email: "bob@example.com", Name: "Bob"}, {Email: "cleo@example.com", Name: "Cleo"},
	{Email: "dan@example.com", Name: "Dan"}, {Email: "guest-1@example.com", Name: "Eve"},
}

// stage is a group on a system of its own. Its clock goes on by a millisecond with
// everything that is done, so that nothing is remembered too long, or not long enough,
// on a machine that is slow.
type stage struct {
	*testing.T
	meter   *Meter
	url     string
	config  config.Config
	clock   atomic.Int64 // milliseconds since 1970
	running atomic.Pointer[local.Local]

	people    []person
	documents []string // paths of all that was written, once each
}

// person is a member with a session.
type person struct {
	client.Client
	client.Session
}

func newStage(t *testing.T) *stage {
	s := &stage{T: t, meter: NewMeter()}
	s.clock.Store(time.Now().UnixMilli())
	front := httptest.NewServer(s.meter.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.running.Load().Front.ServeHTTP(w, r)
	})))
	s.url = front.URL
	project := googletest.Project()
	t.Setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1") // Firebase's tokens are made unsigned; nobody is asked
	var err error
	s.config, err = config.Load(append(slices.Clone(local.Defaults), "BACKEND=google", "GOOGLE_CLOUD_PROJECT="+project, "RATE_LIMIT=0",
		"DATA_DIR="+t.TempDir(), google.PubSubVariable+"="+os.Getenv(google.PubSubVariable)))
	if err != nil {
		t.Fatal(err)
	}
	s.open()
	t.Cleanup(func() {
		s.close()
		front.Close()
	})
	if err := local.Provision(t.Context(), project, s.url); err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		s.people = append(s.people, s.signIn(m))
	}
	for n := range roomCount {
		s.do(0, "create-room", map[string]any{"id": roomID(n), "name": "Tuesdays", "participantIds": s.others()})
	}
	for range history - 1 {
		s.message(0, 0)
	}
	for n := range s.people {
		s.do(n, "heartbeat", map[string]any{})
		for r := range roomCount {
			s.do(n, "close-room", inRoom(r))
		}
	}
	return s
}

// roomID is the id of a room by its number.
func roomID(n int) string { return fmt.Sprint("room-", n) }

// inRoom is the body of a command on a room, with more fields.
func inRoom(n int, more ...string) map[string]any {
	body := map[string]any{"roomId": roomID(n)}
	for i := 0; i < len(more); i += 2 {
		body[more[i]] = more[i+1]
	}
	return body
}

// atMeetup is the body of a command on a meetup, with more fields.
func atMeetup(id string, more ...any) map[string]any {
	return fields(append(more, "meetupId", id))
}

// dinner is the body of create-meetup, with more fields.
func dinner(more ...any) map[string]any {
	return fields(append([]any{
		"name", "Dinner", "location", "Luigi's", "takesPlaceOn", "2031-07-01T18:00:00Z", "timeZone", "Europe/Berlin", "attendeeIds", []string{},
	}, more...))
}

// dates are so many choices of a reschedule poll.
func dates(n int) (choices []map[string]any) {
	for day := range n {
		choices = append(choices, fields([]any{"takesPlaceOn", fmt.Sprintf("2031-07-0%dT18:00:00Z", 2+day)}))
	}
	return choices
}

// fields makes a body of names and values in turn.
func fields(pairs []any) map[string]any {
	body := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		body[pairs[i].(string)] = pairs[i+1]
	}
	return body
}

// message has a person send a message to a room.
func (s *stage) message(n, room int) Cost {
	s.Helper()
	return s.do(n, "send-message", inRoom(room, "content", messageText))
}

// others are everybody but the first.
func (s *stage) others() (ids []string) {
	for _, p := range s.people[1:] {
		ids = append(ids, p.User.ID)
	}
	return ids
}

func (s *stage) open() {
	s.Helper()
	now := func() time.Time { return time.UnixMilli(s.clock.Load()) }
	l, err := local.Open(context.Background(), s.config, now, s.meter.Dial()...)
	if err != nil {
		s.Fatal(err)
	}
	s.running.Store(l)
}

func (s *stage) close() {
	s.Helper()
	if err := s.running.Load().Close(); err != nil {
		s.Error(err)
	}
}

// restart begins a new process, which knows nothing.
func (s *stage) restart() {
	s.close()
	s.open()
}

// elsewhere does something by another process, while this one goes on.
func (s *stage) elsewhere(something func()) {
	s.Helper()
	here := s.running.Load()
	s.open()
	something()
	s.close()
	s.running.Store(here)
}

// cost tells what is billed for something, and waits until all is done that follows.
func (s *stage) cost(something func()) (c Cost) {
	s.Helper()
	s.clock.Add(1)
	s.meter.Take()
	s.meter.Pushes.Lock()
	something()
	var written, more []string
	c.Request, written = s.meter.Take()
	s.meter.Pushes.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.meter.Delivered(ctx); err != nil {
		s.Fatal(err)
	}
	c.Pushes, more = s.meter.Take()
	c.Written = append(written, more...)
	for _, document := range c.Written {
		if !slices.Contains(s.documents, document) {
			s.documents = append(s.documents, document)
		}
	}
	return c
}

func (s *stage) signIn(who client.Identity) (p person) {
	s.Helper()
	c := client.Client{URL: s.url}
	s.cost(func() {
		session, err := c.SignIn(context.Background(), who)
		if err != nil {
			s.Fatal(err)
		}
		c.Token = session.AccessToken
		p = person{c, session}
	})
	return p
}

// do has a person do a command and waits for what follows.
func (s *stage) do(n int, command string, body any) Cost {
	s.Helper()
	return s.cost(func() { s.send(s.people[n], command, body) })
}

// send does a command. Without a body it is one that has none.
func (s *stage) send(p person, command string, body any) client.Answer {
	s.Helper()
	answer, err := p.Post(context.Background(), command, body, uuid.NewString())
	if err != nil || answer.Status >= 300 {
		s.Fatalf("%s: %d %s, error %v", command, answer.Status, answer.Body, err)
	}
	return answer
}

// get asks a query.
func (s *stage) get(n int, path string) Cost {
	s.Helper()
	return s.cost(func() {
		answer, err := s.people[n].Get(context.Background(), path)
		if err != nil || answer.Status != http.StatusOK {
			s.Fatalf("GET %s: %d %s, error %v", path, answer.Status, answer.Body, err)
		}
	})
}

// calendar gives the path of somebody's calendar.
func (s *stage) calendar(n int) string {
	s.Helper()
	var calendar struct{ URL string }
	answer, err := s.people[n].Get(context.Background(), "/v1/calendar")
	if err == nil {
		err = answer.Into(&calendar)
	}
	if err != nil {
		s.Fatal(err)
	}
	return strings.TrimPrefix(calendar.URL, s.url)
}

// scheduled has the clock call a function.
func (s *stage) scheduled(name string) Cost {
	s.Helper()
	return s.cost(func() {
		answer, err := client.Client{URL: s.url}.Send(context.Background(), http.MethodPost, "/scheduled/"+name, nil, http.Header{})
		if err != nil || answer.Status != http.StatusNoContent {
			s.Fatalf("%s: %d %s, error %v", name, answer.Status, answer.Body, err)
		}
	})
}

// refresh goes on with a person's session.
func (s *stage) refresh(n int) Cost {
	s.Helper()
	return s.cost(func() {
		answer := s.send(person{Client: client.Client{URL: s.url}}, "refresh", map[string]any{"refreshToken": s.people[n].RefreshToken})
		var session client.Session
		if err := json.Unmarshal(answer.Body, &session); err != nil {
			s.Fatal(err)
		}
		s.people[n].Session, s.people[n].Token = session, session.AccessToken
	})
}
