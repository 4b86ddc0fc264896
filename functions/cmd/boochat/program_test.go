package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"boochat/shared/processtest"
)

// patience is how long a program may take for anything.
const patience = 20 * time.Second

// program is the program under test, built once.
var program string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "boochat-program-")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }() // it is a temporary directory
		program, err = processtest.Build(dir, "boochat/functions/cmd/boochat", "-race")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// required are the settings that the program does not start without, and an address
// that only this machine reaches.
var required = []string{"ALLOWED_USERS=ann@example.com", "GOOGLE_CLIENT_ID=test", "HOST=127.0.0.1"}

// run runs the program with the required settings and others to its end.
func run(t *testing.T, settings []string, arguments ...string) (code int, output string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	code, output, err := processtest.Run(ctx, program, append(required, settings...), arguments...)
	if err != nil {
		t.Fatal(err)
	}
	return code, output
}

// refused runs a program that is to end with 1 and these sentences, without a stack
// and without the list of all commands.
func refused(t *testing.T, settings []string, arguments []string, sentences ...string) {
	t.Helper()
	code, output := run(t, settings, arguments...)
	if code != 1 || strings.Contains(output, "goroutine ") || strings.Contains(output, "Usage:") {
		t.Errorf("exit code is %d, want 1 and a sentence:\n%s", code, output)
	}
	for _, sentence := range sentences {
		if !strings.Contains(output, sentence) {
			t.Errorf("the program does not say %q:\n%s", sentence, output)
		}
	}
}

// server is the program while it serves.
type server struct {
	*processtest.Process
	port int
}

// startServer has the program serve on a free port until the test ends.
func startServer(t *testing.T, settings ...string) server {
	t.Helper()
	port, err := processtest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	all := append(append(required, "PORT="+strconv.Itoa(port)), settings...)
	p, err := processtest.Start(program, all)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, p) })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := p.Ready(ctx, port); err != nil {
		t.Fatal(err)
	}
	return server{p, port}
}

// stop ends a program as an operator does: it must end well.
func stop(t *testing.T, p *processtest.Process) {
	t.Helper()
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if code, err := p.Wait(ctx); err != nil || code != 0 || p.Raced() {
		t.Errorf("the program ended with exit code %d (%v):\n%s", code, err, p.Output())
	}
}

// status asks without a token and gives the status of the answer.
func (s server) status(t *testing.T, method, path string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, processtest.URL(s.port)+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close() // nothing of it is read
	return answer.StatusCode
}
