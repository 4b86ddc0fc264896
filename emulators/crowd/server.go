package crowd

import (
	"context"
	"strconv"
	"testing"
	"time"

	"boochat/shared/processtest"
)

// Server is a program on one port, through all its lives.
type Server struct {
	t        testing.TB
	program  string
	settings []string
	port     int
	process  *processtest.Process // nil while it is dead
	output   string               // of the lives before
}

// NewServer prepares a server, whose settings need not say the port. It ends with the
// test.
func NewServer(t testing.TB, program string, settings ...string) *Server {
	t.Helper()
	port, err := processtest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, program: program, settings: append(settings, "PORT="+strconv.Itoa(port)), port: port}
	t.Cleanup(s.Kill)
	return s
}

// URL is where the server answers.
func (s *Server) URL() string { return processtest.URL(s.port) }

// spawn begins another life, which may be over before it answers.
func (s *Server) spawn() {
	s.t.Helper()
	var err error
	if s.process, err = processtest.Start(s.program, s.settings); err != nil {
		s.t.Fatal(err)
	}
}

// Start begins another life, and returns when it answers.
func (s *Server) Start(ctx context.Context) {
	s.t.Helper()
	s.spawn()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.process.Ready(ctx, s.port); err != nil {
		s.t.Fatal(err)
	}
}

// StartAndKill begins a life that ends after a while, whether it answers by then or not.
func (s *Server) StartAndKill(after time.Duration) {
	s.t.Helper()
	s.spawn()
	time.Sleep(after)
	s.Kill()
}

// Kill ends a life without a warning. One that ended by itself, or was not well, fails the test.
func (s *Server) Kill() {
	s.t.Helper()
	if s.process == nil {
		return
	}
	if err := s.process.Kill(); err != nil {
		s.t.Error(err)
	}
	output := s.process.Output()
	if code, err := s.process.Wait(context.Background()); err == nil && code != -1 {
		s.t.Errorf("the server had ended by itself with exit code %d:\n%s", code, output)
	}
	if s.process.Raced() {
		s.t.Errorf("the server has a data race:\n%s", output)
	}
	s.output += output
	s.process = nil
}

// Output is what the server has said in all its lives.
func (s *Server) Output() string {
	if s.process == nil {
		return s.output
	}
	return s.output + s.process.Output()
}
