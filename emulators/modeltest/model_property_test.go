// Package modeltest plays random histories of several people in several rooms
// against the real system in this process, and holds what it answers and shows to
// a simple model. Then it delivers the events once more, doubled and out of order,
// to fresh read documents, which must come out the same.
package modeltest

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"boochat/emulators/local"
	"boochat/emulators/scenario/client"
	"boochat/shared/app"
	"boochat/shared/config"

	"pgregory.net/rapid"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	// Unless the command line says otherwise: forty histories, because they are on a
	// disk, and no files of those that fail, because the seed brings them back.
	for name, value := range map[string]string{"rapid.checks": "40", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// TestHistories is the property. The people, and the system with all that was said
// before, are shared by all histories; rooms are not.
func TestHistories(t *testing.T) {
	s := open(t)
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t, s)
		t.Repeat(map[string]func(*rapid.T){
			"":              h.compareRoom,
			"create":        h.create,
			"create taken":  h.createTaken,
			"send":          h.send,
			"send taken id": h.sendTakenID,
			"send nothing":  h.sendNothing,
			"invite":        h.invite,
			"leave":         h.leave,
			"rename":        h.rename,
			"rename person": h.renamePerson,
			"change image":  h.changeImage,
			"open":          h.open,
			"close":         h.close,
			"repeat":        h.repeat,
			"reuse a key":   h.reuseKey,
			"unknown room":  h.unknownRoom,
			"list rooms":    h.compareRooms,
			"page":          h.comparePage,
		})
		h.compareProjections(t)
	})
	differences, err := app.Verify(t.Context(), config.Place{DataDir: s.dataDir}, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences {
		t.Errorf("document %s is %s; a rebuild makes it %s", d.Path, d.Live, d.Rebuilt)
	}
}

// system is the running system and the people who are signed in to it.
type system struct {
	dataDir  string
	people   []*person
	profiles map[string]string // names by id, as the system was told last
}

type person struct {
	client.Client
	id string
}

func open(t *testing.T) *system {
	t.Helper()
	s := &system{dataDir: t.TempDir(), profiles: map[string]string{}}
	c, err := config.Load(append(local.Defaults, "DATA_DIR="+s.dataDir, "RATE_LIMIT=0"))
	if err != nil {
		t.Fatal(err)
	}
	running, err := local.Open(t.Context(), c, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(running.Front)
	t.Cleanup(func() {
		front.Close()
		if err := running.Close(); err != nil {
			t.Error(err)
		}
	})
	for i := range 5 {
		name := fmt.Sprint("Guest ", i+1)
		p := &person{Client: client.Client{URL: front.URL}}
		session, err := p.SignIn(t.Context(), client.Identity{Email: fmt.Sprintf("guest-%d@example.com", i+1), Name: name})
		if err != nil {
			t.Fatal(err)
		}
		p.Token, p.id = session.AccessToken, session.User.ID
		s.people = append(s.people, p)
		s.profiles[p.id] = name
	}
	return s
}

// patience bounds the wait for read documents, which a command does not wait for.
const patience = 10 * time.Second

// eventually repeats a check until it passes or patience ends.
func eventually(t *rapid.T, check func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		err := check(ctx)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
	}
}
