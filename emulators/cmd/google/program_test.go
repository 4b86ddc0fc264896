package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"boochat/emulators/local"
	"boochat/emulators/scenario/client"
	"boochat/shared/processtest"
)

// patience is how long anything may take, the start of two emulators on a busy machine
// among it.
const patience = 2 * time.Minute

var program string // under test, built once

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "boochat-google-")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }() // it is a temporary directory
		program, err = processtest.Build(dir, "boochat/emulators/cmd/google", "-race")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// TestKeepsItsDataAndLeavesNoProcess runs the program twice on one directory. It ends
// first as by Ctrl+C, and then by being killed.
func TestKeepsItsDataAndLeavesNoProcess(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir)
	p.signIn()
	p.do("create-room", map[string]any{"name": "Attic", "participantIds": []string{}})
	p.until("the room", func() bool { return strings.Contains(p.get("/v1/rooms"), "Attic") })
	if page := p.get(local.NotificationsPath); !strings.Contains(page, "Nothing yet") {
		t.Errorf("the page of notifications is %s", page)
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code, err := p.Wait(p.ctx); err != nil || code != 0 || p.Raced() {
		t.Fatalf("it ended with exit code %d (%v):\n%s", code, err, p.Output())
	}
	if left := p.emulators(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	p = start(t, dir)
	p.signIn()
	if rooms := p.get("/v1/rooms"); !strings.Contains(rooms, "Attic") {
		t.Errorf("after a restart the rooms are %s", rooms)
	}
	p.do("create-room", map[string]any{"name": "Cellar", "participantIds": []string{}})
	p.until("the other room", func() bool { return strings.Contains(p.get("/v1/rooms"), "Cellar") })
	if running := p.emulators(); len(running) != 2 {
		t.Errorf("the emulators are %v", running)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	p.until("the emulators' end", func() bool { return len(p.emulators()) == 0 })
}

func TestIsRunInTheRepository(t *testing.T) {
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "terraform/firestore.rules")); err != nil {
		t.Error(err)
	}
	t.Chdir(t.TempDir())
	if _, err := repository(); err == nil || !strings.Contains(err.Error(), "go there first") {
		t.Errorf("elsewhere: %v", err)
	}
}

// running is the program, with somebody who is signed in.
type running struct {
	*processtest.Process
	client.Client
	t   *testing.T
	ctx context.Context
}

func start(t *testing.T, dir string) *running {
	t.Helper()
	port, err := processtest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	process, err := processtest.Start(program, []string{"DATA_DIR=" + dir, "PORT=" + strconv.Itoa(port)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := process.Kill(); err != nil {
			t.Error(err)
		}
	})
	if err := process.Ready(ctx, port); err != nil {
		t.Fatal(err)
	}
	p := &running{Process: process, Client: client.Client{URL: processtest.URL(port)}, t: t, ctx: ctx}
	p.until("its words", func() bool { return strings.Contains(p.Output(), "Ctrl+C") })
	return p
}

func (p *running) signIn() {
	p.t.Helper()
	session, err := p.SignIn(p.ctx, client.Identity{Email: "ann@example.com", Name: "Ann"})
	if err != nil {
		p.t.Fatal(err)
	}
	p.Token = session.AccessToken
}

func (p *running) do(command string, body map[string]any) {
	p.t.Helper()
	answer, err := p.Post(p.ctx, command, body, "")
	if err != nil || answer.Status >= 300 {
		p.t.Fatalf("%s was answered %d %s (%v)", command, answer.Status, answer.Body, err)
	}
}

func (p *running) get(path string) string {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.ctx, http.MethodGet, p.URL+path, http.NoBody)
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+p.Token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil || answer.StatusCode != http.StatusOK {
		p.t.Fatalf("%s was answered %d %s (%v)", path, answer.StatusCode, body, err)
	}
	return string(body)
}

func (p *running) until(what string, met func() bool) {
	p.t.Helper()
	for !met() {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-p.ctx.Done():
			p.t.Fatalf("%s: not in time\n%s", what, p.Output())
		}
	}
}

var ports = regexp.MustCompile(`(?:Firestore is|Pub/Sub) at 127\.0\.0\.1:(\d+)`)

// emulators gives the command lines of the processes that were told to serve at the
// ports of the emulators.
func (p *running) emulators() (found []string) {
	p.t.Helper()
	at := ports.FindAllStringSubmatch(p.Output(), -1)
	if len(at) != 2 {
		p.t.Fatalf("it does not say where the emulators are:\n%s", p.Output())
	}
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		p.t.Fatal(err)
	}
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err != nil {
			continue // it has just ended
		}
		for _, port := range at {
			if strings.Contains(string(line), "--port="+port[1]+"\x00") {
				found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
			}
		}
	}
	return found
}
