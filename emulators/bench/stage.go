package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"boochat/emulators/scenario/client"

	"github.com/coder/websocket"
)

// shape is how many rooms there are and how many people are in each. Nobody is in
// two of them.
type shape struct{ rooms, people int }

func (s shape) String() string {
	if s.rooms == 1 {
		return fmt.Sprintf("1 room of %d", s.people)
	}
	return fmt.Sprintf("%d rooms of %d", s.rooms, s.people)
}

// stage is rooms full of people who listen.
type stage struct {
	shape
	server   *server
	sessions []client.Session
	roomIDs  []string
	hang     []func() // ends listening, of each ear
	ears     sync.WaitGroup
	began    time.Time
	messages []message // by number
}

// message is what became of a message. Times are since the stage began.
type message struct {
	due      time.Duration // when it was to be sent
	answered time.Duration
	ears     atomic.Int32 // how many members it has reached
	seen     atomic.Int64 // when it reached the last of them; 0 until then
}

// ear has a person listen to their room, and note what comes.
type ear func(st *stage, ctx context.Context, session client.Session, roomID string) error

// onStage runs f on a stage that is set up for at most so many messages.
func onStage(ctx context.Context, s *server, sh shape, messages int, listen ear, f func(*stage) error) error {
	st := &stage{shape: sh, server: s, began: time.Now(), messages: make([]message, messages)}
	defer st.tearDown()
	if err := st.setUp(ctx, listen); err != nil {
		return fmt.Errorf("set up %s: %w", sh, err)
	}
	return f(st)
}

func (st *stage) setUp(ctx context.Context, listen ear) (err error) {
	if st.sessions, err = st.server.signIn(ctx, st.rooms*st.people); err != nil {
		return err
	}
	for i := range st.rooms {
		id, err := st.server.createRoom(ctx, st.sessions[i*st.people:(i+1)*st.people])
		if err != nil {
			return err
		}
		st.roomIDs = append(st.roomIDs, id)
	}
	for i, session := range st.sessions {
		if err := listen(st, ctx, session, st.roomIDs[i/st.people]); err != nil {
			return err
		}
	}
	return nil
}

func (st *stage) tearDown() {
	for _, hang := range st.hang {
		hang()
	}
	st.ears.Wait()
}

// bySocket opens a person's live socket, waits until it is current, and then notes
// the messages it brings.
func (st *stage) bySocket(ctx context.Context, session client.Session, _ string) error {
	socket, err := st.server.as("").Dial(ctx)
	if err != nil {
		return err
	}
	st.hang = append(st.hang, func() { _ = socket.CloseNow() }) // it may be closed already
	if err := socket.Write(ctx, websocket.MessageText, client.Hello(session.AccessToken, "")); err != nil {
		return fmt.Errorf("send first message: %w", err)
	}
	for current := false; !current; {
		_, data, err := socket.Read(ctx)
		if err != nil {
			return fmt.Errorf("wait for a socket to be current: %w", err)
		}
		current = bytes.HasPrefix(data, []byte(`{"type":"current"`))
	}
	st.ears.Go(func() { st.note(socket) })
	return nil
}

// note notes messages until the socket ends. A context that can end, and a buffer
// for each message, would cost the server processor time.
func (st *stage) note(socket *websocket.Conn) {
	var data bytes.Buffer
	for {
		_, reader, err := socket.Reader(context.Background())
		if err != nil {
			return
		}
		data.Reset()
		if _, err := io.Copy(&data, reader); err != nil {
			return
		}
		if n, ok := messageNumber(data.Bytes()); ok {
			st.reached(n)
		}
	}
}

// reached notes that message number n has reached one more person.
func (st *stage) reached(n int) {
	if n >= len(st.messages) {
		return
	}
	if m := &st.messages[n]; int(m.ears.Add(1)) == st.people {
		m.seen.Store(int64(time.Since(st.began)))
	}
}

const content = `number %d of a talk that goes on and on, line after ordinary line, as talks among friends do`

var (
	itemMark    = []byte(`/items/`)
	contentMark = []byte(`"content":"number `)
)

// messageNumber finds the number of the message whose item a change brings,
// without decoding it. The room's document, which repeats the item, is another path.
func messageNumber(change []byte) (n int, ok bool) {
	head, rest, ok := bytes.Cut(change, contentMark)
	if !ok || !bytes.Contains(head, itemMark) {
		return 0, false
	}
	digits, _, _ := bytes.Cut(rest, []byte(" "))
	n, err := strconv.Atoi(string(digits))
	return n, err == nil && n >= 0
}

// send sends message number n. The rooms take turns, and in each its people.
func (st *stage) send(w *wire, n int) error {
	room := n % st.rooms
	sender := st.sessions[room*st.people+n/st.rooms%st.people]
	body := fmt.Appendf(nil, `{"roomId":%q,"content":"`+content+`"}`, st.roomIDs[room], n)
	err := w.post("/v1/send-message", sender.AccessToken, body, 201)
	st.messages[n].answered = time.Since(st.began)
	return err
}

// settle waits until the first so many messages have reached every member, once.
func (st *stage) settle(ctx context.Context, sent int) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for n := range sent {
		m := &st.messages[n]
		for m.seen.Load() == 0 {
			if ctx.Err() != nil {
				return fmt.Errorf("message %d has reached %d of %d people", n, m.ears.Load(), st.people)
			}
			time.Sleep(time.Millisecond)
		}
	}
	for n := range sent {
		if ears := int(st.messages[n].ears.Load()); ears > st.people {
			return fmt.Errorf("message %d has come %d times to %d people", n, ears, st.people)
		}
	}
	return nil
}
