// Package killtest kills the server under a crowd, again and again, and has the crowd
// look whether anything that was acknowledged is lost, doubled or out of place. The
// server is the real program in a process of its own.
package killtest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"boochat/emulators/crowd"
	"boochat/shared/adapter/sqlite"
	"boochat/shared/app"
	"boochat/shared/config"
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
	dataDir := t.TempDir()
	s := crowd.NewServer(t, program, "DATA_DIR="+dataDir, "RATE_LIMIT=0", "LOG_LEVEL=warn")
	s.Start(ctx)
	g := crowd.Gather(ctx, t, crowd.System{URL: s.URL(), Listen: newEar}, crowd.Size{People: 8, Listeners: 8, Rooms: 24}, *seed)
	book := newBook(dataDir)
	for round := range *rounds {
		g.Resume()
		time.Sleep(time.Duration(random.Int64N(int64(loadFor))))
		s.Kill()
		if random.IntN(3) == 0 {
			s.StartAndKill(time.Duration(random.Int64N(int64(startFor))))
		}
		s.Start(ctx)
		g.Pause()
		book.readOn(ctx, t)
		g.Check(ctx, book.Ledger)
		if last := round == *rounds-1; last || round%everySo == everySo-1 {
			g.CheckPages(ctx, book.Ledger)
			verify(ctx, t, dataDir)
		}
		if t.Failed() {
			t.Fatalf("in round %d\n%s", round+1, s.Output())
		}
	}
	g.End()
	anew := newBook(dataDir)
	anew.readOn(ctx, t)
	if room, found := book.Contradicts(anew.Ledger); found {
		t.Errorf("the log of room %s is not what it was", room)
	}
	commands, again := g.Acknowledged()
	t.Logf("%d rounds, %d events in %d rooms, %d commands acknowledged, %d of them after a lost answer",
		*rounds, book.Events(), book.Rooms(), commands, again)
}

// book is the ledger of a directory's log.
type book struct {
	*crowd.Ledger
	dataDir  string
	position int64
}

func newBook(dataDir string) *book { return &book{Ledger: crowd.NewLedger(), dataDir: dataDir} }

// readOn enters what the log holds beyond what was entered before.
func (b *book) readOn(ctx context.Context, t *testing.T) {
	t.Helper()
	log, err := sqlite.OpenLog(b.dataDir)
	if err != nil {
		t.Fatal(err)
	}
	for {
		entries, failed := log.Read(ctx, b.position, 1000)
		for _, entry := range entries {
			failed = errors.Join(failed, b.Take(entry.Event))
			b.position = entry.Position
		}
		if failed != nil || len(entries) == 0 {
			if err := errors.Join(failed, log.Close()); err != nil {
				t.Fatalf("the log: %v", err)
			}
			return
		}
	}
}

// verify has the system compare its read documents with a rebuild.
func verify(ctx context.Context, t *testing.T, dataDir string) {
	t.Helper()
	differences, err := app.Verify(ctx, config.Place{DataDir: dataDir}, func(int64, int64) {})
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	for _, d := range differences {
		t.Errorf("document %s is not what the log makes of it:\nin use:  %s\nrebuilt: %s", d.Path, d.Live, d.Rebuilt)
	}
}
