package scenario

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"boochat/emulators/google"
	"boochat/emulators/googletest"
	"boochat/emulators/local"
	"boochat/emulators/scenario/client"
	"boochat/shared/config"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	code := m.Run()
	if emulators.stop != nil {
		if err := emulators.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop the emulators:", err)
			code = 1
		}
	}
	os.Exit(code)
}

func TestEmbedded(t *testing.T) {
	Run(t, func(tb testing.TB, settings ...Setting) Server {
		tb.Helper()
		return start(tb, &inProcess{dataDir: tb.TempDir()}, settings)
	})
}

func TestGoogle(t *testing.T) {
	needEmulators(t)
	Run(t, func(tb testing.TB, settings ...Setting) Server {
		tb.Helper()
		where := &client.Firestore{Host: os.Getenv(google.FirestoreVariable), Project: googletest.Project()}
		return start(tb, &inProcess{dataDir: tb.TempDir(), firestore: where}, settings)
	})
}

// inProcess is a server of any backend inside this process.
type inProcess struct {
	url       string
	dataDir   string
	firestore *client.Firestore
	offset    atomic.Int64 // of the clock, in nanoseconds
	running   atomic.Pointer[local.Local]
}

// start starts a server at an address that outlives restarts, so that clients come
// back to where they were.
func start(tb testing.TB, p *inProcess, settings []Setting) *inProcess {
	tb.Helper()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.running.Load().Front.ServeHTTP(w, r)
	}))
	p.url = front.URL
	p.open(tb, settings)
	tb.Cleanup(func() {
		p.close(tb)
		front.Close()
	})
	return p
}

func (p *inProcess) open(tb testing.TB, settings []Setting) {
	tb.Helper()
	environment := append([]string{}, local.Defaults...)
	for _, setting := range settings {
		environment = append(environment, string(setting))
	}
	environment = append(environment, "DATA_DIR="+p.dataDir)
	if p.firestore != nil {
		environment = append(environment, "BACKEND=google", "GOOGLE_CLOUD_PROJECT="+p.firestore.Project,
			google.PubSubVariable+"="+os.Getenv(google.PubSubVariable))
	}
	c, err := config.Load(environment)
	if err != nil {
		tb.Fatalf("load settings: %v", err)
	}
	l, err := local.Open(context.Background(), c, p.now)
	if err != nil {
		tb.Fatalf("open: %v", err)
	}
	if p.firestore != nil {
		if err := local.Provision(context.Background(), c.Project, p.url); err != nil {
			tb.Fatalf("provision: %v", err)
		}
	}
	p.running.Store(l)
}

func (p *inProcess) now() time.Time { return time.Now().Add(time.Duration(p.offset.Load())) }

func (p *inProcess) close(tb testing.TB) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	l := p.running.Load()
	if err := l.Drain(ctx); err != nil {
		tb.Errorf("drain: %v", err)
	}
	if err := l.Close(); err != nil {
		tb.Errorf("close: %v", err)
	}
}

// URL implements Server.
func (p *inProcess) URL() string { return p.url }

// Restart implements Server.
func (p *inProcess) Restart(tb testing.TB, settings ...Setting) {
	tb.Helper()
	p.close(tb)
	p.open(tb, settings)
}

// Firestore implements Server.
func (p *inProcess) Firestore() *client.Firestore { return p.firestore }

// Advance implements Server.
func (p *inProcess) Advance(d time.Duration) { p.offset.Add(int64(d)) }

// emulators are Google's, started once and only for tests that need them.
var emulators struct {
	once sync.Once
	stop func() error
	err  error
}

// needEmulators starts them; that they are missing fails the test.
func needEmulators(t *testing.T) {
	t.Helper()
	emulators.once.Do(func() {
		emulators.stop, emulators.err = googletest.Start(googletest.Firestore(google.Rules("../../terraform/firestore.rules")), googletest.PubSub())
	})
	if emulators.err != nil {
		t.Fatal(emulators.err)
	}
	t.Setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1") // tokens are made unsigned; nobody is asked
}
