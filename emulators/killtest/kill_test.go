// Package killtest kills the server under load, again and again, and then looks
// whether anything that was acknowledged is lost, doubled or out of place. The
// server is the real program in a process of its own; what it should hold is worked
// out from its log by code that shares nothing with it.
package killtest

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"boochat/shared/app"
	"boochat/shared/processtest"
)

var (
	seed   = flag.Uint64("seed", 0, "what the clients do and when the server is killed; 0 draws one")
	rounds = flag.Int("rounds", 50, "how often the server is killed")
)

const (
	loadFor  = 300 * time.Millisecond // a round is killed within it
	startFor = 400 * time.Millisecond // a start, or everybody's coming back after it, is killed within it
	everySo  = 10                     // rounds between two of the expensive checks
	patience = 20 * time.Second       // for what should be there soon
	longest  = 5 * time.Minute        // the whole test takes less
)

// program is the server, built once.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "boochat-kill-")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }() // it is a temporary directory
		program, err = processtest.Build(dir, "boochat/emulators/cmd/local", "-race")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// TestKill is the test. The seed makes the same decisions again; when what happens
// is up to the machine.
func TestKill(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("go test ./emulators/killtest -seed %d -rounds %d", *seed, *rounds)
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	random := rand.New(rand.NewPCG(*seed, 0))
	s := newServer(t)
	s.start(ctx)
	g := newGroup(ctx, t, s)
	for round := range *rounds {
		g.resume()
		time.Sleep(time.Duration(random.Int64N(int64(loadFor))))
		s.kill()
		if random.IntN(3) == 0 {
			s.startAndKill(time.Duration(random.Int64N(int64(startFor))))
		}
		s.start(ctx)
		g.pause()
		g.check(ctx)
		if last := round == *rounds-1; last || round%everySo == everySo-1 {
			g.checkPages(ctx)
			verify(ctx, t, s.dataDir)
		}
		if t.Failed() {
			t.Fatalf("in round %d\n%s", round+1, s.output())
		}
	}
	g.end()
	g.checkLogAnew(ctx)
	t.Logf("%d rounds, %d events in %d rooms, %d commands acknowledged, %d of them after a lost answer",
		*rounds, g.ledger.position, len(g.ledger.rooms), g.acknowledged(), g.repeated())
}

// verify has the system compare its read documents with a rebuild.
func verify(ctx context.Context, t *testing.T, dataDir string) {
	t.Helper()
	differences, err := app.Verify(ctx, dataDir, func(int64, int64) {})
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	for _, d := range differences {
		t.Errorf("document %s is not what the log makes of it:\nin use:  %s\nrebuilt: %s", d.Path, d.Live, d.Rebuilt)
	}
}
