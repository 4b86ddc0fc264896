package scenario

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"boochat/emulators/local"
	"boochat/shared/config"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	os.Exit(m.Run())
}

func TestEmbedded(t *testing.T) { Run(t, startEmbedded) }

// embedded is the embedded backend inside this process.
type embedded struct {
	url     string
	dataDir string
	offset  atomic.Int64 // of the clock, in nanoseconds
	running atomic.Pointer[local.Local]
}

func startEmbedded(tb testing.TB, settings ...Setting) Server {
	tb.Helper()
	e := &embedded{dataDir: tb.TempDir()}
	e.open(tb, settings)
	// The address outlives restarts, so that clients come back to where they were.
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.running.Load().Front.ServeHTTP(w, r)
	}))
	e.url = front.URL
	tb.Cleanup(func() {
		e.close(tb)
		front.Close()
	})
	return e
}

func (e *embedded) open(tb testing.TB, settings []Setting) {
	tb.Helper()
	environment := append([]string{}, local.Defaults...)
	for _, setting := range settings {
		environment = append(environment, string(setting))
	}
	c, err := config.Load(append(environment, "DATA_DIR="+e.dataDir))
	if err != nil {
		tb.Fatalf("load settings: %v", err)
	}
	l, err := local.Open(context.Background(), c, e.now)
	if err != nil {
		tb.Fatalf("open: %v", err)
	}
	e.running.Store(l)
}

func (e *embedded) now() time.Time { return time.Now().Add(time.Duration(e.offset.Load())) }

func (e *embedded) close(tb testing.TB) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	l := e.running.Load()
	if err := l.Drain(ctx); err != nil {
		tb.Errorf("drain: %v", err)
	}
	if err := l.Close(); err != nil {
		tb.Errorf("close: %v", err)
	}
}

// URL implements Server.
func (e *embedded) URL() string { return e.url }

// Restart implements Server.
func (e *embedded) Restart(tb testing.TB, settings ...Setting) {
	tb.Helper()
	e.close(tb)
	e.open(tb, settings)
}

// Advance implements Server.
func (e *embedded) Advance(d time.Duration) { e.offset.Add(int64(d)) }
