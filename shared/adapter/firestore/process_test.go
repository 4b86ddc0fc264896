package firestore

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"boochat/emulators/googletest"
	"boochat/shared/adapter/firestore/indextest"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestMain(m *testing.M) { googletest.Main(m, googletest.Firestore()) }

// deployed is the indexes that production has.
func deployed(tb testing.TB) *indextest.Indexes {
	tb.Helper()
	indexes, err := indextest.Read("../../../terraform/firestore.indexes.json")
	if err != nil {
		tb.Fatal(err)
	}
	return indexes
}

// process is a process that uses a project's database. It has no queries but those
// that production has indexes for.
type process struct {
	*Client
	project string

	atWork sync.RWMutex // held for reading by every change under way
	dead   atomic.Bool
}

func startProcess(tb testing.TB, project string, dial ...grpc.DialOption) *process {
	tb.Helper()
	p := &process{project: project}
	c, err := Open(tb.Context(), project, append(dial, grpc.WithChainUnaryInterceptor(p.change), deployed(tb).Require())...)
	if err != nil {
		tb.Fatal(err)
	}
	p.Client = c
	tb.Cleanup(func() {
		if !p.dead.Load() {
			if err := c.Close(); err != nil {
				tb.Errorf("close: %v", err)
			}
		}
	})
	return p
}

var errDied = status.Error(codes.Canceled, "the process has died")

// change is what every change of the process goes through: a process that has died
// sends none, and does not learn of the fate of those it has sent.
func (p *process) change(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	p.atWork.RLock()
	defer p.atWork.RUnlock()
	if p.dead.Load() {
		return errDied
	}
	err := invoke(ctx, method, request, reply, conn, options...)
	if p.dead.Load() {
		return errDied
	}
	return err
}

// crash ends the process, whatever is under way, and starts another one when the
// emulator is done with what it was sent.
func (p *process) crash(tb testing.TB) *process {
	tb.Helper()
	p.dead.Store(true)
	p.atWork.Lock()
	defer p.atWork.Unlock()
	if err := p.Close(); err != nil {
		tb.Fatalf("close: %v", err)
	}
	return startProcess(tb, p.project)
}
