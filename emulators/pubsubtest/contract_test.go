package pubsubtest

import (
	"context"
	"net"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"boochat/emulators/googletest"
	"boochat/functions"
	"boochat/shared/adapter/pubsub"
	"boochat/shared/adapter/sqlite"
	"boochat/shared/bus"
	"boochat/shared/bus/bustest"
	"boochat/shared/eventstore"
)

// parkAfter is after how many deliveries the suite's failing events are parked: about
// ten seconds, as the emulator waits one between two.
const parkAfter = 10

// process is one life of the functions: a store on what the life before has left, and
// a server for each subscription.
type process struct {
	project   string
	dir       string
	store     *sqlite.EventStore
	publisher *pubsub.Publisher
	ctx       context.Context // of all its requests
	kill      context.CancelFunc

	mu      sync.Mutex
	servers []*httptest.Server
	dead    bool
}

func start(tb testing.TB, project, dir string) *process {
	tb.Helper()
	store, err := sqlite.OpenEventStore(dir)
	if err != nil {
		tb.Fatal(err)
	}
	p := &process{project: project, dir: dir, store: store, publisher: openPublisher(tb, project)}
	p.ctx, p.kill = context.WithCancel(context.Background())
	tb.Cleanup(func() { p.die(tb) })
	return p
}

// subscribe serves a subscription, and has Pub/Sub push to where that is.
func (p *process) subscribe(tb testing.TB, sub bus.Subscription) {
	tb.Helper()
	server := httptest.NewUnstartedServer(functions.PushHandler(sub, functions.Anybody, p.store, parkAfter))
	server.Config.BaseContext = func(net.Listener) context.Context { return p.ctx }
	server.Start()
	p.mu.Lock()
	p.servers = append(p.servers, server)
	p.mu.Unlock()
	provision(tb, p.project, pubsub.Subscription{Name: sub.Name, Topic: sub.Topic, Endpoint: server.URL})
}

// die cuts every connection in the middle of whatever it is about.
func (p *process) die(tb testing.TB) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return
	}
	p.dead = true
	p.kill()
	for _, server := range p.servers {
		server.CloseClientConnections()
		server.Close()
	}
	if err := p.store.Close(); err != nil {
		tb.Error(err)
	}
}

// relay publishes the outbox without waiting until it is old enough.
func (p *process) relay(tb testing.TB) {
	tb.Helper()
	later := func() time.Time { return time.Now().Add(time.Minute) }
	r := eventstore.Relay{Outbox: p.store, Publisher: p.publisher, Now: later}
	if _, err := r.Run(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

func (p *process) backend() bustest.Backend {
	return bustest.Backend{
		Store: p.store, Publisher: p.publisher, DeadLetters: p.store,
		Subscribe: p.subscribe, Relay: p.relay,
		Reopen: func(tb testing.TB) bustest.Backend {
			p.die(tb)
			return start(tb, p.project, p.dir).backend()
		},
	}
}

// The suite runs on the whole way an event takes: outbox, relay, Pub/Sub, push. What
// is published late by the relay comes after what was published before it, so that
// this bus does not promise the order of a stream; nor does a subscription get what
// was published before it was made.
func TestBus(t *testing.T) {
	bustest.Test(t, bustest.Features{Ordered: false, Replays: false}, func(tb testing.TB) bustest.Backend {
		return start(tb, googletest.Project(), tb.TempDir()).backend()
	})
}
