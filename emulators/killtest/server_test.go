package killtest

import (
	"context"
	"strconv"
	"testing"
	"time"

	"boochat/shared/processtest"
)

// server is the program on one directory and one port, through all its lives.
type server struct {
	t       *testing.T
	dataDir string
	port    int
	process *processtest.Process
}

func newServer(t *testing.T) *server {
	t.Helper()
	port, err := processtest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, dataDir: t.TempDir(), port: port}
	t.Cleanup(func() { s.kill() })
	return s
}

// spawn begins another life, which may be over before it answers.
func (s *server) spawn() {
	s.t.Helper()
	var err error
	s.process, err = processtest.Start(program, []string{"DATA_DIR=" + s.dataDir, "PORT=" + strconv.Itoa(s.port), "RATE_LIMIT=0", "LOG_LEVEL=warn"})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) start(ctx context.Context) {
	s.t.Helper()
	s.spawn()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.process.Ready(ctx, s.port); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) startAndKill(after time.Duration) {
	s.t.Helper()
	s.spawn()
	time.Sleep(after)
	s.kill()
}

// kill ends a life without a warning. One that ended by itself, or was not well, fails the test.
func (s *server) kill() {
	s.t.Helper()
	if s.process == nil {
		return
	}
	if err := s.process.Kill(); err != nil {
		s.t.Error(err)
	}
	if code, err := s.process.Wait(s.t.Context()); err == nil && code != -1 {
		s.t.Errorf("the server had ended by itself with exit code %d:\n%s", code, s.process.Output())
	}
	if s.process.Raced() {
		s.t.Errorf("the server has a data race:\n%s", s.process.Output())
	}
	s.process = nil
}

func (s *server) output() string { return s.process.Output() }
