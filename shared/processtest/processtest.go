// Package processtest runs the programs of this repository as child processes, for
// tests that need a real one: to kill it, to signal it, to read what it prints.
package processtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Build builds the program of a package, such as boochat/emulators/cmd/local, into
// a directory and gives its file. Flags are those of go build.
func Build(dir, program string, flags ...string) (file string, err error) {
	file = filepath.Join(dir, path.Base(program))
	arguments := append(append([]string{"build"}, flags...), "-o", file, program)
	if output, err := exec.Command("go", arguments...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", program, err, output)
	}
	return file, nil
}

// FreePort gives a TCP port of this machine that nobody listens on just now. It is not
// one of those that systems hand out by themselves, so that nobody is given it before
// the program that it is for has it.
func FreePort() (int, error) {
	const first, last = 10_000, 32_767
	var err error
	for range 100 {
		port := first + rand.IntN(last-first+1)
		var listener net.Listener
		if listener, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return port, listener.Close()
		}
	}
	return 0, fmt.Errorf("find a free port: %w", err)
}

// Process is a program that was started.
type Process struct {
	command *exec.Cmd
	output  output
	ended   chan struct{} // closed once it has ended
	err     error         // of its end; read after ended
}

// Start starts a program with nothing but the given settings in its environment,
// each as NAME=value, and what programs need to find their way about.
func Start(file string, settings []string, arguments ...string) (*Process, error) {
	p := &Process{command: exec.Command(file, arguments...), ended: make(chan struct{})}
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			p.command.Env = append(p.command.Env, name+"="+value)
		}
	}
	// The race detector would have the program wait a second before it ends.
	p.command.Env = append(append(p.command.Env, "GORACE=atexit_sleep_ms=0"), settings...)
	p.command.Stdout, p.command.Stderr = &p.output, &p.output
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", file, err)
	}
	go func() {
		defer close(p.ended)
		p.err = p.command.Wait()
	}()
	return p, nil
}

// ID is the number of the process.
func (p *Process) ID() int { return p.command.Process.Pid }

// Output is what the program has printed so far, to both outputs.
func (p *Process) Output() string { return p.output.String() }

// Ready waits until the server at a port of this machine answers that it is. That
// the process ends before is an error that quotes its output.
func (p *Process) Ready(ctx context.Context, port int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, URL(port)+"/healthz", http.NoBody)
	if err != nil {
		return fmt.Errorf("ask for health: %w", err)
	}
	for {
		answer, err := http.DefaultClient.Do(request)
		if err == nil {
			if err := answer.Body.Close(); err != nil {
				return fmt.Errorf("ask for health: %w", err)
			}
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-p.ended:
			return fmt.Errorf("the program has ended (%s):\n%s", p.command.ProcessState, p.Output())
		case <-ctx.Done():
			return fmt.Errorf("the program is not ready: %w\n%s", ctx.Err(), p.Output())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// URL is the address of a port of this machine.
func URL(port int) string { return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// Run runs a program to its end and gives its exit code and what it has printed.
func Run(ctx context.Context, file string, settings []string, arguments ...string) (code int, output string, err error) {
	p, err := Start(file, settings, arguments...)
	if err != nil {
		return 0, "", err
	}
	if code, err = p.Wait(ctx); err != nil {
		err = errors.Join(err, p.Kill())
	}
	return code, p.Output(), err
}

// Signal sends a signal. A process that has ended already gets none.
func (p *Process) Signal(signal os.Signal) error {
	if err := p.command.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("send %s: %w", signal, err)
	}
	return nil
}

// Kill ends the process at once, with no chance to tidy up, and waits until it is gone.
func (p *Process) Kill() error {
	err := p.Signal(os.Kill)
	<-p.ended
	return err
}

// Wait waits for the end of the process and gives its exit code, or -1 when a
// signal ended it.
func (p *Process) Wait(ctx context.Context) (code int, err error) {
	select {
	case <-p.ended:
	case <-ctx.Done():
		return 0, fmt.Errorf("the program runs on: %w\n%s", ctx.Err(), p.Output())
	}
	if _, failed := errors.AsType[*exec.ExitError](p.err); p.err != nil && !failed {
		return 0, fmt.Errorf("wait for the program: %w", p.err)
	}
	return p.command.ProcessState.ExitCode(), nil
}

// Raced reports whether a program built with -race has found a data race.
func (p *Process) Raced() bool { return strings.Contains(p.Output(), "WARNING: DATA RACE") }

// output gathers what a program prints.
type output struct {
	mu   sync.Mutex
	data bytes.Buffer
}

func (o *output) Write(data []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.data.Write(data)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.data.String()
}
