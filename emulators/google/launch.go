package google

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"boochat/shared/processtest"
)

// patience is how long an emulator may take until it answers: some seconds on an idle
// machine, a minute on a busy one.
const patience = 2 * time.Minute

// errTaken is what launchOnce fails with when another program was given the port
// between our choosing it and the emulator's opening it.
var errTaken = errors.New("the port is taken")

// launch starts an emulator on a free port and waits until it answers.
func launch(ctx context.Context, c component, command func(port string) *exec.Cmd) (*Emulator, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		e, err := launchOnce(ctx, command)
		if errors.Is(err, errTaken) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("start the %s emulator: %w", c.name, err)
		}
		return e, nil
	}
}

func launchOnce(ctx context.Context, command func(port string) *exec.Cmd) (*Emulator, error) {
	// Port 0 is no way: the emulators do not tell which port they got.
	free, err := processtest.FreePort()
	if err != nil {
		return nil, err
	}
	port := strconv.Itoa(free)
	host := net.JoinHostPort("127.0.0.1", port)
	p, err := start(command(port))
	if err != nil {
		return nil, err
	}
	if err := waitReady(ctx, host, p); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return &Emulator{Host: host, process: p}, nil
}

// waitReady returns nil when the emulator answers.
func waitReady(ctx context.Context, host string, p *process) error {
	for !answers(ctx, host) {
		// The Pub/Sub emulator goes on without its port, so its ending is no sign.
		if strings.Contains(p.output.String(), "Address already in use") {
			return errTaken
		}
		select {
		case <-p.ended:
			return fmt.Errorf("it ended by itself and said:\n%s", &p.output)
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w; it said:\n%s", ctx.Err(), &p.output)
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil
}

// answers reports whether there is an emulator.
func answers(ctx context.Context, host string) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+host+"/", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 100))
	return err == nil && strings.TrimSpace(string(body)) == "Ok"
}
