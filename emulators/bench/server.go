package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"boochat/emulators/scenario/client"
	"boochat/shared/processtest"
)

// crowd is how many people may sign in: those of the largest load.
const crowd = 100

func email(person int) string { return fmt.Sprintf("person-%d@example.com", person) }

// server is a program under test, as a child process. There is one at a time.
type server struct {
	process *processtest.Process
	port    int
}

// onServer runs f while a program serves a data directory. Further settings are
// added to the ones of a benchmark: no rate limit, and no line logged per request.
func onServer(ctx context.Context, program, dir string, f func(*server) error, settings ...string) (err error) {
	s, err := startServer(ctx, program, dir, settings...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop(context.WithoutCancel(ctx))) }()
	return f(s)
}

func startServer(ctx context.Context, program, dir string, settings ...string) (*server, error) {
	port, err := processtest.FreePort()
	if err != nil {
		return nil, err
	}
	process, err := processtest.Start(program, append(settings, benchSettings(port, dir)...))
	if err != nil {
		return nil, err
	}
	if err := process.Ready(ctx, port); err != nil {
		return nil, errors.Join(err, process.Kill())
	}
	return &server{process, port}, nil
}

func benchSettings(port int, dir string) []string {
	people := make([]string, crowd)
	for i := range people {
		people[i] = email(i)
	}
	return []string{"PORT=" + strconv.Itoa(port), "DATA_DIR=" + dir, "RATE_LIMIT=0", "LOG_LEVEL=warn", "ALLOWED_USERS=" + strings.Join(people, ",")}
}

// stop ends the server as an operator would, and by force when that takes too long.
func (s *server) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	if err := s.process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	code, err := s.process.Wait(ctx)
	switch {
	case err != nil:
		return errors.Join(err, s.process.Kill())
	case code != 0:
		return fmt.Errorf("the server ended with exit code %d:\n%s", code, s.process.Output())
	}
	return nil
}

func (s *server) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// as is a client on behalf of whom a token stands for; "" is nobody.
func (s *server) as(token string) client.Client {
	return client.Client{URL: processtest.URL(s.port), Token: token}
}

// signIn signs in the first so many people.
func (s *server) signIn(ctx context.Context, people int) ([]client.Session, error) {
	sessions := make([]client.Session, people)
	for i := range sessions {
		var err error
		if sessions[i], err = s.as("").SignIn(ctx, client.Identity{Email: email(i), Name: fmt.Sprintf("Person %d", i)}); err != nil {
			return nil, fmt.Errorf("sign in: %w", err)
		}
	}
	return sessions, nil
}

// createRoom has the first of some people open a room for all of them.
func (s *server) createRoom(ctx context.Context, members []client.Session) (id string, err error) {
	invited := []string{}
	for _, member := range members[1:] {
		invited = append(invited, member.User.ID)
	}
	answer, err := s.as(members[0].AccessToken).Post(ctx, "create-room", map[string]any{"name": "A room", "participantIds": invited}, "")
	if err != nil {
		return "", err
	}
	var created struct {
		RoomID string `json:"roomId"`
	}
	if err := answer.Into(&created); err != nil {
		return "", err
	}
	if created.RoomID == "" {
		return "", fmt.Errorf("create-room was answered %d %s", answer.Status, answer.Body)
	}
	return created.RoomID, nil
}

// memory is the server's resident memory in bytes. It is found where Linux keeps it;
// elsewhere it is 0, which is not reported.
func (s *server) memory() float64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.ID())) // what is not there has no lines
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmRSS:" {
			kib, _ := strconv.ParseFloat(fields[1], 64)
			return kib * 1024
		}
	}
	return 0
}
