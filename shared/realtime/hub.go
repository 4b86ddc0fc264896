// Package realtime sends document changes to WebSockets: to each person the
// documents they may read, in order, resumable by cursor.
package realtime

import (
	"context"
	"errors"
	"sync"
	"time"

	"boochat/shared/view"

	"github.com/google/uuid"
)

// Session is on whose behalf a socket is open, and until when.
type Session struct {
	Person    string
	ExpiresAt time.Time
}

// Config is what a Hub is made of.
type Config struct {
	Views    view.Store
	Feed     view.Feed
	Presence *Presence
	// Authenticate verifies an access token. It is also asked from time to time
	// whether the token is still good.
	Authenticate func(ctx context.Context, accessToken string) (Session, error)
	// Allowed reports whether an e-mail address is on the group's list.
	Allowed func(email string) bool
	// Origins are the origins of browsers that may connect, besides the server's own.
	Origins []string
}

// Hub knows all open sockets and what each may be sent.
type Hub struct {
	Config
	process string

	mu       sync.Mutex
	position int64 // of the newest change that was sent on
	presence int64 // comings and goings so far
	moved    map[string]int64
	sockets  map[string]map[*socket]bool     // by person
	scopes   map[view.Scope]map[*socket]bool // who is sent what
	closed   bool
	stop     func()
}

// NewHub makes a hub and has it follow the feed.
func NewHub(config Config) *Hub {
	h := &Hub{
		Config: config, process: uuid.NewString()[:8],
		moved: map[string]int64{}, sockets: map[string]map[*socket]bool{}, scopes: map[view.Scope]map[*socket]bool{},
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.position, h.stop = config.Feed.Follow(h.tell)
	config.Presence.Notice(h.tellPresence)
	return h
}

// errClosed says that the hub takes no sockets any more.
var errClosed = errors.New("the hub is closed")

// Close ends all sockets; their clients come back to whoever answers then.
func (h *Hub) Close() {
	h.stop()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, ofPerson := range h.sockets {
		for s := range ofPerson {
			s.end(closeGoingAway)
		}
	}
}

// Notify sends a notification to a person's sockets. Who has none open does not
// get it.
func (h *Hub) Notify(person string, n Notification) error {
	message, err := notificationMessage(n)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.sockets[person] {
		s.send(message)
	}
	return nil
}

// tell sends changes on to everybody who may read them.
func (h *Hub) tell(changes []view.Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, change := range changes {
		h.position = change.Position
		for _, person := range change.Joined {
			for s := range h.sockets[person] {
				h.subscribe(s, view.ReadersOf(change.Path))
			}
		}
		for _, person := range change.Left {
			gone := changeMessage(h.cursor(), change.Path, nil)
			for s := range h.sockets[person] {
				h.unsubscribe(s, view.ReadersOf(change.Path))
				s.change(change.Path, change.Position, gone)
			}
		}
		h.tellOne(change)
		if isRoom(change.Path) && len(change.Joined)+len(change.Left) > 0 {
			h.acquaint(change)
		}
	}
}

func (h *Hub) tellOne(change view.Change) {
	if person, ok := personOf(change.Path); ok {
		h.tellPerson(person, change.Data, change.Position, h.scopes[view.Everyone])
		return
	}
	var message []byte
	for s := range h.scopes[change.Scope] {
		if message == nil {
			message = changeMessage(h.cursor(), change.Path, change.Data)
		}
		s.change(change.Path, change.Position, message)
	}
}

func (h *Hub) cursor() string {
	return cursor{h.Feed.Generation(), h.position, h.process, h.presence}.String()
}

func (h *Hub) subscribe(s *socket, scope view.Scope) {
	if h.scopes[scope] == nil {
		h.scopes[scope] = map[*socket]bool{}
	}
	h.scopes[scope][s] = true
	s.scopes[scope] = true
}

func (h *Hub) unsubscribe(s *socket, scope view.Scope) {
	delete(h.scopes[scope], s)
	if len(h.scopes[scope]) == 0 {
		delete(h.scopes, scope)
	}
	delete(s.scopes, scope)
}

// add makes a socket known, with what its person may read. It is told nothing
// until it is released: what comes meanwhile is held. It gives the cursor that the
// holding starts from.
func (h *Hub) add(ctx context.Context, s *socket) (from cursor, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return cursor{}, errClosed
	}
	scopes := []view.Scope{view.Everyone, view.Only(s.person)}
	for _, collection := range shared {
		documents, err := h.Views.List(ctx, view.Query{Collection: collection, Reader: s.person})
		if err != nil {
			return cursor{}, err
		}
		for _, d := range documents {
			scopes = append(scopes, view.ReadersOf(d.Path))
		}
	}
	for _, scope := range scopes {
		h.subscribe(s, scope)
	}
	if h.sockets[s.person] == nil {
		h.sockets[s.person] = map[*socket]bool{}
	}
	h.sockets[s.person][s] = true
	return cursor{h.Feed.Generation(), h.position, h.process, h.presence}, nil
}

func (h *Hub) remove(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for scope := range s.scopes {
		h.unsubscribe(s, scope)
	}
	delete(h.sockets[s.person], s)
	if len(h.sockets[s.person]) == 0 {
		delete(h.sockets, s.person)
	}
}
