package scenario

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"boochat/emulators/scenario/client"

	"golang.org/x/sync/errgroup"
)

func testResume(t *testing.T, s *suite) {
	t.Run("from every cursor comes what followed it, and nothing else", func(t *testing.T) { testEveryCursor(t, s) })
	ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
	id := ann.newRoom(bob)
	last := ann.say(id, "Hello").Sequence
	bob.unread(t, id, last, 0)
	here := bob.listen()
	here.current()
	var current string
	here.Look(func(m *client.Model) { current = m.Cursor })
	elsewhere := s.alone(t).person(t, "Bob").listen()
	elsewhere.current()
	var foreign string
	elsewhere.Look(func(m *client.Model) { foreign = m.Cursor })
	for name, cursor := range map[string]string{
		"garbage": "x", "four parts": "a-1-b-1", "huge": strings.Repeat("9", 5000), "negative": "a--1-b--1", "not ASCII": "é", "quotes": `"}`,
		"another server's": foreign, "the future's": strings.Replace(current, "-", "-9", 1),
	} {
		t.Run("a cursor that leads nowhere begins anew: "+name, func(t *testing.T) {
			l := &listening{client.NewListener(bob.Client), bob.in(t)}
			l.socket().UseCursor(cursor)
			l.connect()
			t.Cleanup(l.Cut)
			l.current()
			l.Look(func(m *client.Model) {
				if m.Resets != 1 || m.Log[0].Type != "reset" || m.Documents["rooms/"+id] == nil || m.Documents["users/"+bob.ID] == nil {
					t.Errorf("%d resets, first message %+v, %d documents", m.Resets, m.Log[0], len(m.Documents))
				}
			})
		})
	}
	t.Run("whoever is up to date is told nothing of rooms", func(t *testing.T) {
		l := &listening{client.NewListener(bob.Client), bob.in(t)}
		l.socket().UseCursor(current)
		l.connect()
		t.Cleanup(l.Cut)
		l.current()
		for _, path := range l.paths() {
			if kindOf(path) != "user" {
				t.Errorf("told of %s", path)
			}
		}
	})
}

func testEveryCursor(t *testing.T, s *suite) {
	ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
	id := ann.newRoom(bob)
	l := bob.listen()
	l.current()
	for n := range 6 {
		ann.say(id, fmt.Sprint("Message ", n))
		bob.say(id, fmt.Sprint("Answer ", n))
	}
	last := ann.post("rename-room", fields{"roomId": id, "name": "Garden"}).sequence()
	l.shows(fmt.Sprintf("rooms/%s/items/%d", id, last), "Garden")
	log := l.log()
	start := slices.IndexFunc(log, func(m client.Message) bool { return m.Type == "current" })
	items := func(log []client.Message) (paths []string) {
		for _, m := range log {
			if m.Type == "change" && kindOf(m.Path) == "item" {
				paths = append(paths, m.Path)
			}
		}
		return paths
	}
	for at := start; at < len(log); at++ {
		again := &listening{client.NewListener(bob.Client), bob}
		again.socket().UseCursor(log[at].Cursor)
		again.connect()
		again.current()
		want, got := items(log[at+1:]), items(again.log())
		if !slices.Equal(got, want) {
			t.Errorf("after message %d came %v, want %v", at, got, want)
		}
		moved := slices.ContainsFunc(log[at+1:], func(m client.Message) bool { return m.Path == "rooms/"+id })
		again.Look(func(m *client.Model) {
			if m.Resets != 0 || moved != strings.Contains(string(m.Documents["rooms/"+id]), "Garden") {
				t.Errorf("after message %d: %d resets, room is %s", at, m.Resets, m.Documents["rooms/"+id])
			}
		})
		again.Cut()
	}
}

// testRandomDisconnects has some people write, invite, rename and leave while
// others lose their sockets at random. In the end nobody has missed anything, and
// nobody was told an item twice.
func testRandomDisconnects(t *testing.T, s *suite) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	const rounds = 40
	ann, bob, cleo, dan := s.person(t, "Ann"), s.person(t, "Bob"), s.person(t, "Cleo"), s.person(t, "Dan")
	kitchen, garden := ann.newRoom(bob, cleo), ann.newRoom(bob)
	listeners := []*listening{ann.listen(), bob.listen(), cleo.listen(), cleo.listen()}
	for _, l := range listeners {
		l.current()
	}
	var writers, readers errgroup.Group
	for i, writer := range []*person{ann, bob, cleo} {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		writers.Go(func() error {
			for n := range rounds {
				roomID := kitchen
				if writer != cleo && random.IntN(2) == 0 {
					roomID = garden
				}
				command, body := "send-message", fields{"roomId": roomID, "content": fmt.Sprintf("%s %d", writer.Name, n)}
				switch random.IntN(8) {
				case 0:
					command, body = "rename-room", fields{"roomId": roomID, "name": fmt.Sprintf("%s %d", writer.Name, n)}
				case 1:
					command, body = "invite-user", fields{"roomId": roomID, "inviteeId": dan.ID}
				case 2:
					command, body = "open-room", fields{"roomId": roomID}
				}
				if a, err := writer.Post(writer.ctx, command, body, newID()); err != nil || a.Status >= 300 {
					return fmt.Errorf("%s is answered %d %s %w", command, a.Status, a.Body, err)
				}
			}
			return nil
		})
	}
	done := make(chan struct{})
	longest := 30 * time.Millisecond
	if s.Firestore() != nil { // where each beginning reads everything anew
		longest = time.Second
	}
	for i, l := range listeners {
		random := rand.New(rand.NewPCG(seed, uint64(100+i)))
		readers.Go(func() error {
			for {
				select {
				case <-done:
					return nil
				case <-time.After(time.Duration(random.Int64N(int64(longest)))):
				}
				l.Cut()
				if err := l.Connect(l.p.ctx); err != nil {
					return err
				}
			}
		})
	}
	err := writers.Wait()
	close(done)
	if err := readers.Wait(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range listeners {
		rooms := []string{kitchen}
		if l.p != cleo {
			rooms = append(rooms, garden)
		}
		for _, id := range rooms {
			checkWhole(t, l, l.p.settled(id))
		}
	}
}

// settled reads a room when all that was written has been projected.
func (p *person) settled(id string) room {
	p.t.Helper()
	return p.room(id, p.say(id, "The end").Sequence)
}

// checkWhole waits until a listener shows a room as the query does, and checks that
// each item since the first came once.
func checkWhole(t *testing.T, l *listening, want room) {
	t.Helper()
	l.shows(fmt.Sprintf("rooms/%s/items/%d", want.ID, want.LastSequence), "The end")
	l.shows("rooms/"+want.ID, fmt.Sprintf(`"lastSequence":%d`, want.LastSequence))
	l.Look(func(m *client.Model) {
		if m.Resets > 0 {
			t.Errorf("%s: %d resets", l.p.Name, m.Resets)
		}
		for n := int64(2); n <= want.LastSequence; n++ { // the first was there before
			if told := m.Told[fmt.Sprintf("rooms/%s/items/%d", want.ID, n)]; told != 1 {
				t.Errorf("%s: item %d of %d came %d times", l.p.Name, n, want.LastSequence, told)
			}
		}
		shown, err := document[roomDocument](m.Documents["rooms/"+want.ID])
		if err != nil || shown.Name != want.Name || shown.LastSequence != want.LastSequence || strings.Join(shown.MemberIDs, " ") != want.participants() {
			t.Errorf("%s: room is %+v (%v), the query shows %+v", l.p.Name, shown, err, want)
		}
	})
}
