// Package browsertest plays through the page in Chromium, of the local program and of
// the one on Google Cloud's emulators, with a window for each person, and takes a
// picture of every step.
package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"boochat/emulators/scenario/client"
	"boochat/shared/processtest"

	"github.com/chromedp/chromedp"
)

const (
	patience = time.Minute                // for anything to show, on a busy machine
	pictures = "../../.artifacts/browser" // where the pictures go
)

var (
	localProgram, googleProgram string          // what is run, built once
	browser                     context.Context // of the one Chromium; every window has a context of its own
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "boochat-browser-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }() // it is a temporary directory
	if localProgram, err = processtest.Build(dir, "boochat/emulators/cmd/local"); err == nil {
		googleProgram, err = processtest.Build(dir, "boochat/emulators/cmd/google")
	}
	if err == nil {
		err = os.MkdirAll(pictures, 0o755)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	quit, err := launch(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer quit()
	return m.Run()
}

// launch starts Chromium with a profile of its own and nothing that would call home.
func launch(dir string) (quit func(), err error) {
	chromium, err := find("chromium", "chromium-browser", "google-chrome")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.UserDataDir(filepath.Join(dir, "profile")), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, release := chromedp.NewExecAllocator(context.Background(), options...)
	var closeBrowser context.CancelFunc
	browser, closeBrowser = chromedp.NewContext(allocator)
	quit = func() {
		closeBrowser()
		release()
	}
	if err := chromedp.Do(browser); err != nil {
		quit()
		return nil, fmt.Errorf("start Chromium: %w", err)
	}
	return quit, nil
}

func find(names ...string) (path string, err error) {
	for _, name := range names {
		if path, err = exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("the browser tests need Chromium, and there is none: on Debian, install it with apt-get install chromium: %w", err)
}

// server is one of the programs, which may be killed and comes back at its port.
type server struct {
	t        *testing.T
	program  string
	settings []string
	port     int
	process  *processtest.Process
}

// startServer starts the local program.
func startServer(t *testing.T) *server {
	t.Helper()
	return startProgram(t, localProgram)
}

func startProgram(t *testing.T, program string, settings ...string) *server {
	t.Helper()
	port, err := processtest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	settings = append([]string{"DATA_DIR=" + t.TempDir(), "PORT=" + strconv.Itoa(port), "RATE_LIMIT=0"}, settings...)
	s := &server{t: t, program: program, settings: settings, port: port}
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("the server said:\n%s", s.process.Output())
		}
	})
	s.start()
	return s
}

func (s *server) url() string { return processtest.URL(s.port) }

func (s *server) start() {
	s.t.Helper()
	var err error
	if s.process, err = processtest.Start(s.program, s.settings); err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	if err := s.process.Ready(ctx, s.port); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) kill() {
	s.t.Helper()
	if err := s.process.Kill(); err != nil {
		s.t.Error(err)
	}
}

// signIn signs somebody in without a browser: on another device, so to speak.
func (s *server) signIn(email, name string) device {
	s.t.Helper()
	c := client.Client{URL: s.url()}
	session, err := c.SignIn(s.t.Context(), client.Identity{Email: email, Name: name})
	if err != nil {
		s.t.Fatal(err)
	}
	c.Token = session.AccessToken
	return device{s.t, c, session.User.ID}
}

// device is somebody's other device.
type device struct {
	t      *testing.T
	client client.Client
	id     string
}

// say sends a message to a room and gives its sequence.
func (d device) say(roomID, content string) (sequence int64) {
	d.t.Helper()
	var message struct{ Sequence int64 }
	answer, err := d.client.Post(d.t.Context(), "send-message", map[string]string{"roomId": roomID, "content": content}, "")
	if err == nil {
		err = answer.Into(&message)
	}
	if err != nil || answer.Status != 201 {
		d.t.Fatalf("a message was answered %d %s (%v)", answer.Status, answer.Body, err)
	}
	return message.Sequence
}
