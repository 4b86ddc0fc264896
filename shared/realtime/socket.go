package realtime

import (
	"context"
	"math"
	"sync"
	"time"

	"boochat/shared/view"

	"github.com/coder/websocket"
)

const (
	writeWithin = 20 * time.Second // for one message to be taken by the network
	pingEvery   = 25 * time.Second // below the idle limits of common proxies
	// largestQueue is how many bytes may wait for a slow client. Beyond, it is cut
	// off and resumes by its cursor.
	largestQueue = 4 << 20
	// goodbyeWithin is how long a client that is cut off may take to be told so.
	goodbyeWithin = time.Second
	// supplied is how many bytes may wait while a socket is brought up to date,
	// which waits for slow clients.
	supplied = 1 << 20
)

// socket is one connection of a person. Messages for it wait in a queue that its
// own goroutine writes out, so that nobody waits for a slow network.
type socket struct {
	conn    *websocket.Conn
	network *gatheringConn
	person  string
	scopes  map[view.Scope]bool // guarded by the hub

	mu      sync.Mutex
	wake    chan struct{} // has room for one
	taken   chan struct{} // has room for one
	queue   [][]byte
	queued  int // bytes in queue
	holding bool
	held    []heldChange
	heldUp  int              // bytes in held
	sent    map[string]int64 // positions of what bringing up to date has sent
	covered int64            // the newest of them; nil and 0 once that is past
	ending  *ending
}

// heldChange is a change that waits until the socket is up to date.
type heldChange struct {
	path     string
	position int64
	message  []byte
}

func newSocket(conn *websocket.Conn, network *gatheringConn, person string) *socket {
	return &socket{conn: conn, network: network, person: person, scopes: map[view.Scope]bool{}, wake: make(chan struct{}, 1), taken: make(chan struct{}, 1), holding: true}
}

// send queues a message.
func (s *socket) send(message []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enqueue(message)
}

// supply queues a message when there is room for it: bringing somebody up to date
// waits for a slow network. Nothing is queued once the socket has ended.
func (s *socket) supply(message []byte) {
	for {
		s.mu.Lock()
		if s.queued < supplied || s.ending != nil {
			s.enqueue(message)
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		<-s.taken
	}
}

func (s *socket) enqueue(message []byte) {
	if s.ending != nil {
		return
	}
	s.queue = append(s.queue, message)
	s.queued += len(message)
	s.limit()
}

func (s *socket) hold(path string, position int64, message []byte) {
	if s.ending != nil {
		return
	}
	s.held = append(s.held, heldChange{path, position, message})
	s.heldUp += len(message)
	s.limit()
}

// limit gives up on a client that is too slow. A write that waits for its network
// would hold up the end.
func (s *socket) limit() {
	if s.queued+s.heldUp > largestQueue {
		s.ending = &closeTooSlow
		time.AfterFunc(goodbyeWithin, func() { _ = s.network.Close() }) // it may have ended by then
	}
	signal(s.wake)
}

// signal wakes whoever waits for a channel that has room for one.
func signal(waiting chan struct{}) {
	select {
	case waiting <- struct{}{}:
	default: // they will look anyway
	}
}

// unplaced is the position of changes that are in no feed: people coming and going.
const unplaced = math.MaxInt64

// change queues a change, or holds it while the socket is brought up to date.
func (s *socket) change(path string, position int64, message []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.holding:
		s.hold(path, position, message)
		return
	case s.sent[path] < position:
		s.enqueue(message)
	}
	if position > s.covered && position != unplaced {
		s.sent, s.covered = nil, 0
	}
}

// release ends the holding. What was sent at a position, or later, is left out
// from now on, too.
func (s *socket) release(sent map[string]int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holding, s.sent = false, sent
	for _, position := range sent {
		s.covered = max(s.covered, position)
	}
	held := s.held
	s.held, s.heldUp = nil, 0
	for _, h := range held {
		if sent[h.path] < h.position {
			s.enqueue(h.message)
		}
	}
}

// end has the socket end for a reason, of which the first counts.
func (s *socket) end(why ending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending == nil {
		s.ending = &why
	}
	signal(s.wake)
	signal(s.taken)
}

// take gives all that waits.
func (s *socket) take() (messages [][]byte, why *ending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	messages, s.queue, s.queued = s.queue, nil, 0
	signal(s.taken)
	return messages, s.ending
}

// write writes out the queue until the socket ends, and tells why it did.
func (s *socket) write(ctx context.Context) ending {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		messages, why := s.take()
		if why != nil {
			return *why
		}
		if err := s.writeAll(ctx, messages); err != nil {
			return closeGone
		}
		select {
		case <-s.wake:
		case <-ping.C:
			if err := s.ping(ctx); err != nil {
				return closeGone
			}
		case <-ctx.Done():
			return closeGone
		}
	}
}

// writeAll writes messages to the network together.
func (s *socket) writeAll(ctx context.Context, messages [][]byte) error {
	if len(messages) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	s.network.gather()
	for _, message := range messages {
		if err := s.conn.Write(ctx, websocket.MessageText, message); err != nil {
			return err
		}
	}
	if err := s.network.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	if err := s.network.flush(); err != nil {
		return err
	}
	return s.network.SetWriteDeadline(time.Time{}) // pings have a time of their own
}

func (s *socket) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	return s.conn.Ping(ctx)
}
