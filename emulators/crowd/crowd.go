// Package crowd is people who use a running system over HTTP, all at once and
// whatever becomes of the server meanwhile, and who then look whether anything that
// was acknowledged to them is lost, doubled or out of place. What the system should
// show is worked out from its log by code that shares nothing with it.
package crowd

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"boochat/emulators/scenario/client"

	"golang.org/x/sync/errgroup"
)

// patience is how long the crowd waits for what should be there soon.
const patience = 30 * time.Second

// Listener is told by the system what a person may see, from before the person is in
// any room. (client.FirestoreListener is one.)
type Listener interface {
	// Look calls f with the model, which it must not keep.
	Look(f func(*client.Model))
	// Until waits for a condition of the model.
	Until(ctx context.Context, condition func(*client.Model) bool) error
	// Cut ends listening.
	Cut()
}

// System is what a crowd comes to.
type System struct {
	URL string
	// Listen has a person listen until ctx ends or the listener is cut.
	Listen func(ctx context.Context, c client.Client, person string) (Listener, error)
}

// Size is how large a crowd is, and how many rooms it makes at most.
type Size struct {
	People    int
	Listeners int // of the people: the first so many, who are also those who talk
	Rooms     int
}

// Email is the address of a person of the crowd, by number from 0. The system has to
// let them in.
func Email(person int) string { return fmt.Sprintf("guest-%d@example.com", person+1) }

// Crowd is all who talk, and what is known of what they should find.
type Crowd struct {
	// Hall is the room that everybody is in.
	Hall string

	t      testing.TB
	system System
	size   Size
	seed   uint64

	talkers  []*Talker
	quiet    sync.RWMutex // held for reading while a command is given
	paused   bool
	stop     context.CancelFunc
	finished sync.WaitGroup

	mu    sync.Mutex
	rooms []string
}

// Gather signs people in and puts them into a room. They talk once they may: the
// crowd begins quiet. The seed makes them decide the same again. It all ends with
// the test.
func Gather(ctx context.Context, t testing.TB, system System, size Size, seed uint64) *Crowd {
	t.Helper()
	g := &Crowd{t: t, system: system, size: size, seed: seed, talkers: make([]*Talker, size.People)}
	ctx, g.stop = context.WithCancel(ctx)
	t.Cleanup(g.End)
	g.Pause()
	if err := g.arrive(ctx); err != nil {
		t.Fatal(err)
	}
	for _, k := range g.talkers {
		if k.ear != nil {
			g.finished.Go(func() { k.talk(ctx) })
		}
	}
	return g
}

// arrive has everybody sign in, and the first of them open the hall.
func (g *Crowd) arrive(ctx context.Context) error {
	var arriving errgroup.Group
	arriving.SetLimit(8)
	for i := range g.talkers {
		arriving.Go(func() (err error) {
			if g.talkers[i], err = g.newTalker(ctx, i); err != nil {
				return fmt.Errorf("person %d: %w", i, err)
			}
			return nil
		})
	}
	if err := arriving.Wait(); err != nil {
		return err
	}
	var ids []string
	for _, k := range g.talkers {
		ids = append(ids, k.id)
	}
	first := g.talkers[0]
	if err := first.do(ctx, "create-room", fields{"name": "Hall", "participantIds": ids}); err != nil {
		return err
	}
	g.Hall = first.acks[0].answer.RoomID
	g.addRoom(g.Hall)
	return nil
}

func (g *Crowd) newTalker(ctx context.Context, i int) (*Talker, error) {
	c := client.Client{URL: g.system.URL}
	session, err := c.SignIn(ctx, client.Identity{Email: Email(i), Name: "Guest " + strconv.Itoa(i+1)})
	if err != nil {
		return nil, err
	}
	c.Token = session.AccessToken
	k := &Talker{
		Client: c, id: session.User.ID, crowd: g, left: map[string]int64{},
		random: rand.New(rand.NewPCG(g.seed, uint64(i+1))),
	}
	if i < g.size.Listeners {
		k.ear, err = g.newEar(ctx, c, k.id)
	}
	return k, err
}

// Pause returns when every command that was given is answered, and has nobody give
// another.
func (g *Crowd) Pause() {
	g.quiet.Lock()
	g.paused = true
}

// Resume lets them talk again.
func (g *Crowd) Resume() {
	g.paused = false
	g.quiet.Unlock()
}

// Together has everybody do something at the same time, while the crowd is quiet.
func (g *Crowd) Together(do func(*Talker) error) {
	g.t.Helper()
	var doing errgroup.Group
	for _, k := range g.talkers {
		doing.Go(func() error { return do(k) })
	}
	if err := doing.Wait(); err != nil {
		g.t.Error(err)
	}
}

// End has everybody stop talking and listening.
func (g *Crowd) End() {
	g.stop()
	if g.paused {
		g.Resume()
	}
	g.finished.Wait()
	for _, k := range g.talkers {
		if k != nil && k.ear != nil {
			k.ear.Cut()
		}
	}
}

func (g *Crowd) anyRoom(random *rand.Rand) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.rooms[random.IntN(len(g.rooms))]
}

func (g *Crowd) addRoom(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rooms = append(g.rooms, id)
}

func (g *Crowd) isFull() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.rooms) >= g.size.Rooms
}

func (g *Crowd) anybody(random *rand.Rand) string {
	return g.talkers[random.IntN(len(g.talkers))].id
}

// Acknowledged is how many commands were answered with success, and how many of them
// had to be given again because an answer was lost.
func (g *Crowd) Acknowledged() (commands, again int) {
	for _, k := range g.talkers {
		commands += len(k.acks)
		again += k.repeated
	}
	return commands, again
}
