// Package faulttest runs the functions on Google's emulators, in two processes at
// once as on Cloud Run, and has a crowd use them while processes are killed, Pub/Sub
// goes away and forgets everything, and pushes come again and in any order. Then it
// looks whether anything that was acknowledged is lost, doubled or out of place.
package faulttest

import (
	"context"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"boochat/emulators/crowd"
	"boochat/emulators/google"
	"boochat/emulators/googletest"
	"boochat/emulators/network"
	"boochat/shared/processtest"
)

const (
	senders = 100             // who write to one room at the same time
	longest = 3 * time.Minute // a test takes less
	loadFor = 1500 * time.Millisecond
)

// few is the crowd of the tests in which all listen.
var few = crowd.Size{People: 6, Listeners: 6, Rooms: 6}

// program is what serves, built once.
var program string

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard) // proxies tell of every connection that a killed process has broken
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "boochat-fault-")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }() // it is a temporary directory
		program, err = processtest.Build(dir, "boochat/emulators/cmd/local", "-race")
	}
	var stop func() error
	if err == nil {
		stop, err = googletest.Start(googletest.Firestore(google.Rules("../../terraform/firestore.rules")), googletest.PubSub())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// within bounds a test.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	t.Cleanup(cancel)
	return ctx
}

// Pub/Sub ends, and comes back without topics and subscriptions.
func TestPubSubAway(t *testing.T) {
	ctx := within(t)
	t.Setenv(google.PubSubVariable, "") // a Pub/Sub of its own
	pubSub, err := google.StartPubSub(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, pubSub) })
	line, err := network.NewLine(pubSub.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(line.Close)
	t.Setenv(google.PubSubVariable, line.Host())

	s := newSystem(ctx, t, directly)
	g := s.crowd(ctx, few)
	g.Resume()
	time.Sleep(loadFor)
	line.Cut()
	s.awaitPublished(ctx) // the emulator forgets what it has taken, which Pub/Sub does not
	stop(t, pubSub)
	time.Sleep(2 * loadFor)
	t.Setenv(google.PubSubVariable, "")
	if pubSub, err = google.StartPubSub(ctx); err != nil {
		t.Fatal(err)
	}
	t.Setenv(google.PubSubVariable, line.Host())
	line.Mend(pubSub.Host)
	s.provision(ctx, s.url)
	time.Sleep(loadFor)
	g.Pause()
	s.check(ctx, g)
}

func stop(t *testing.T, e *google.Emulator) {
	t.Helper()
	if err := e.Stop(); err != nil {
		t.Error(err)
	}
}

// Processes are killed one by one, and both at once, under load.
func TestKilledFunctions(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	s := newSystem(ctx, t, directly)
	g := s.crowd(ctx, few)
	g.Resume()
	for round := range 5 {
		time.Sleep(rand.N(loadFor))
		victims := s.processes[round%instances:][:1]
		if round == 4 {
			victims = s.processes
		}
		for _, p := range victims {
			p.Kill()
		}
		for _, p := range victims {
			p.Start(ctx)
		}
	}
	g.Pause()
	s.check(ctx, g)
}

// Pushes come two or three times, in any order, to any of the processes.
func TestShuffledPushes(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	var shuffler *network.Shuffler
	s := newSystem(ctx, t, func(url string) string {
		shuffler = network.NewShuffler(url)
		proxy := httptest.NewServer(shuffler)
		t.Cleanup(proxy.Close)
		return proxy.URL
	})
	g := s.crowd(ctx, few)
	g.Resume()
	time.Sleep(3 * loadFor)
	g.Pause()
	s.check(ctx, g)
	shuffler.Wait() // what came late must not change anything
	s.check(ctx, g)
}

// A hundred people write to one room at the same time, by way of any of the processes.
func TestManySenders(t *testing.T) {
	t.Parallel()
	ctx := within(t)
	s := newSystem(ctx, t, directly)
	g := s.crowd(ctx, crowd.Size{People: senders, Listeners: 4, Rooms: 1})
	const each = 3
	began := time.Now()
	g.Together(func(k *crowd.Talker) error {
		for range each {
			if err := k.Say(ctx, g.Hall); err != nil {
				return err
			}
		}
		return nil
	})
	t.Logf("%d messages of %d people to one room took %s", each*senders, senders, time.Since(began))
	s.check(ctx, g)
}
