package killtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"boochat/emulators/scenario/client"
	"boochat/shared/processtest"
)

const (
	people    = 8
	mostRooms = 24
)

// group is all who talk, and what is known of what they should find.
type group struct {
	t      *testing.T
	server *server
	ledger *ledger

	talkers  []*talker
	checked  []int        // by talker: how many of its acks were found in the log
	quiet    sync.RWMutex // held for reading while a command is given
	paused   bool
	stop     context.CancelFunc
	finished sync.WaitGroup

	hall  string // the room that everybody is in
	mu    sync.Mutex
	rooms []string
}

// newGroup signs people in, puts them into a room and has them talk, once they may:
// the group begins quiet.
func newGroup(ctx context.Context, t *testing.T, s *server) *group {
	t.Helper()
	g := &group{t: t, server: s, ledger: newLedger(), checked: make([]int, people)}
	ctx, g.stop = context.WithCancel(ctx)
	t.Cleanup(g.end)
	for i := range people {
		k, err := g.newTalker(ctx, i)
		if err != nil {
			t.Fatalf("person %d: %v", i, err)
		}
		g.talkers = append(g.talkers, k)
	}
	var ids []string
	for _, k := range g.talkers {
		ids = append(ids, k.id)
	}
	first := g.talkers[0]
	if err := first.do(ctx, "create-room", fields{"name": "Hall", "participantIds": ids}); err != nil {
		t.Fatal(err)
	}
	g.hall = first.acks[0].answer.RoomID
	g.addRoom(g.hall)
	g.pause()
	for _, k := range g.talkers {
		g.finished.Go(func() { k.talk(ctx) })
	}
	return g
}

func (g *group) newTalker(ctx context.Context, i int) (*talker, error) {
	c := client.Client{URL: processtest.URL(g.server.port)}
	session, err := c.SignIn(ctx, client.Identity{Email: fmt.Sprintf("guest-%d@example.com", i+1), Name: "Guest " + strconv.Itoa(i+1)})
	if err != nil {
		return nil, err
	}
	c.Token = session.AccessToken
	ear, err := newEar(ctx, c, session.User.ID)
	return &talker{
		Client: c, id: session.User.ID, ear: ear, group: g, left: map[string]int64{},
		random: rand.New(rand.NewPCG(*seed, uint64(i+1))),
	}, err
}

// pause returns when every command that was given is answered, and has nobody give
// another.
func (g *group) pause() {
	g.quiet.Lock()
	g.paused = true
}

// resume lets them talk again.
func (g *group) resume() {
	g.paused = false
	g.quiet.Unlock()
}

// end has everybody stop talking and listening.
func (g *group) end() {
	g.stop()
	if g.paused {
		g.resume()
	}
	g.finished.Wait()
	for _, k := range g.talkers {
		k.ear.Cut()
		k.ear.closed.Wait()
	}
}

func (g *group) anyRoom(random *rand.Rand) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.rooms[random.IntN(len(g.rooms))]
}

func (g *group) addRoom(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rooms = append(g.rooms, id)
}

func (g *group) isFull() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.rooms) >= mostRooms
}

func (g *group) anybody(random *rand.Rand) string { return g.talkers[random.IntN(people)].id }

func (g *group) acknowledged() (n int) {
	for _, k := range g.talkers {
		n += len(k.acks)
	}
	return n
}

func (g *group) repeated() (n int) {
	for _, k := range g.talkers {
		n += k.repeated
	}
	return n
}
