package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"boochat/emulators/scenario/client"
	"boochat/shared/processtest"

	"github.com/google/uuid"
)

// patience is how long anything may take.
const patience = 20 * time.Second

// The programs under test, built once.
var program, boochat string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "boochat-local-")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }() // it is a temporary directory
		program, err = processtest.Build(dir, "boochat/emulators/cmd/local", "-race")
	}
	if err == nil {
		boochat, err = processtest.Build(dir, "boochat/functions/cmd/boochat", "-race")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// server is the program while it serves.
type server struct {
	*processtest.Process
	url  string
	port int
}

// start starts the program on a directory and a free port. It is stopped with the test.
func start(t *testing.T, dir string, settings ...string) server {
	t.Helper()
	port, err := processtest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	all := append([]string{"DATA_DIR=" + dir, "PORT=" + strconv.Itoa(port), "RATE_LIMIT=0"}, settings...)
	p, err := processtest.Start(program, all)
	if err != nil {
		t.Fatal(err)
	}
	s := server{p, processtest.URL(port), port}
	t.Cleanup(func() { s.stop(t) })
	if err := p.Ready(patient(t), port); err != nil {
		t.Fatal(err)
	}
	return s
}

// stop ends the program as an operator does: it must end well. To stop it again
// changes nothing.
func (s server) stop(t *testing.T) {
	t.Helper()
	if err := s.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if code, err := s.Wait(ctx); err != nil || code != 0 || s.Raced() {
		t.Errorf("the program ended with exit code %d (%v):\n%s", code, err, s.Output())
	}
}

// patient bounds what a test waits for.
func patient(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// person is somebody who is signed in.
type person struct {
	client.Client
	client.Session
	t *testing.T
}

func (s server) signIn(t *testing.T, name string) person {
	t.Helper()
	c := client.Client{URL: s.url}
	session, err := c.SignIn(patient(t), client.Identity{Email: strings.ToLower(name) + "@example.com", Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return newPerson(t, c, session)
}

func newPerson(t *testing.T, c client.Client, session client.Session) person {
	c.Token = session.AccessToken
	return person{c, session, t}
}

// at gives the person with another server.
func (p person) at(s server) person {
	p.URL = s.url
	return p
}

type fields map[string]any

// said is what a command may answer.
type said struct {
	RoomID   string
	Sequence int64
}

// do gives a command that is to succeed.
func (p person) do(command string, body fields) (answer said) {
	p.t.Helper()
	got, err := p.Post(patient(p.t), command, body, uuid.NewString())
	if err != nil {
		p.t.Fatal(err)
	}
	if got.Status >= 300 {
		p.t.Fatalf("%s was answered %d %s", command, got.Status, got.Body)
	}
	if len(got.Body) > 0 {
		if err := got.Into(&answer); err != nil {
			p.t.Fatal(err)
		}
	}
	return answer
}

// listen opens a live connection that is up to date.
func (p person) listen() *client.Listener {
	p.t.Helper()
	l := client.NewListener(p.Client)
	if err := l.Connect(patient(p.t)); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(l.Cut)
	if err := l.Until(patient(p.t), func(m *client.Model) bool { return m.Current }); err != nil {
		p.t.Fatal(err)
	}
	return l
}

// wait waits for a condition.
func wait(t *testing.T, what string, met func() bool) {
	t.Helper()
	ctx := patient(t)
	for !met() {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("%s: not in time", what)
		}
	}
}
