package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"boochat/emulators/google"
	"boochat/emulators/local"
	"boochat/emulators/scenario/client"
	"boochat/shared/processtest"

	"github.com/google/uuid"
)

// googleLoads are what is sent to the Google backend on the emulators, which take some
// tens of messages a second.
var googleLoads = []struct {
	shape
	rates []int
}{
	{shape{1, 2}, []int{2, 10}},
	{shape{20, 5}, []int{10}},
}

// measureGoogle starts the emulators, runs all benchmarks of the Google backend and
// prints the table. rules is the file of the security rules.
func (b *bench) measureGoogle(ctx context.Context, rules string, w io.Writer) (err error) {
	say("starting Firestore's emulator")
	database, err := google.StartFirestore(ctx, google.Rules(rules))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Stop()) }()
	g := &googleBench{bench: b, database: database.Host}
	return b.take(ctx, w, []step{
		{"building", b.build}, {"starting a function", g.coldStart}, {"latency", g.latency}, {"throughput", g.throughput},
	})
}

// googleBench is a run on a database's emulator at host:port.
type googleBench struct {
	*bench
	database string
}

// onProject runs f on a server that has a project to itself, with the settings that
// it takes for others to serve it, too. Pub/Sub's emulator is started for it: an old
// one would be busy with pushes to servers that are gone.
func (g *googleBench) onProject(ctx context.Context, f func(s *server, dir, project string, settings []string) error) (err error) {
	pubSub, err := google.StartPubSub(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pubSub.Stop()) }()
	before := os.Getenv(google.PubSubVariable)
	if err := os.Setenv(google.PubSubVariable, pubSub.Host); err != nil { // for local.Provision
		return err
	}
	defer func() { err = errors.Join(err, os.Setenv(google.PubSubVariable, before)) }()
	dir, err := g.dataDir()
	if err != nil {
		return err
	}
	project := "p-" + uuid.NewString()[:8]
	settings := []string{
		"BACKEND=google", "GOOGLE_CLOUD_PROJECT=" + project, "GOOGLE_CLIENT_ID=boochat-local",
		google.FirestoreVariable + "=" + g.database, google.PubSubVariable + "=" + pubSub.Host,
		"FIREBASE_AUTH_EMULATOR_HOST=127.0.0.1:1", // tokens are made unsigned; nobody is asked
	}
	return onServer(ctx, g.program, dir, func(s *server) error {
		if err := local.Provision(ctx, project, processtest.URL(s.port)); err != nil {
			return err
		}
		return f(s, dir, project, settings)
	}, settings...)
}

// coldStart measures the deployed program as one function: from the start of its
// process to its first answer, and its memory when it has been left alone after that.
func (g *googleBench) coldStart(ctx context.Context) error {
	return g.onProject(ctx, func(s *server, dir, _ string, settings []string) error {
		sessions, err := s.signIn(ctx, 2)
		if err != nil {
			return err
		}
		roomID, err := s.createRoom(ctx, sessions)
		if err != nil {
			return err
		}
		settings = append(settings, "FUNCTION_TARGET=send-message")
		message := map[string]string{"roomId": roomID, "content": "Is anybody there?"}
		var times []time.Duration
		for range g.starts {
			began := time.Now()
			took, memory, err := g.firstMessage(ctx, began, dir, sessions[0].AccessToken, message, settings)
			if err != nil {
				return err
			}
			times = append(times, took)
			if len(times) == g.starts {
				g.report.add(row{measure: "send-message: start to first message answered", value: percentile(times, 50).Seconds(), unit: seconds})
				g.report.add(row{measure: "send-message: memory, idle after that", value: memory, unit: megabytes})
			}
		}
		return nil
	})
}

// firstMessage has a function begin its life with a request that waits for it.
func (g *googleBench) firstMessage(ctx context.Context, began time.Time, dir, token string, message any, settings []string) (took time.Duration, memory float64, err error) {
	port, err := processtest.FreePort()
	if err != nil {
		return 0, 0, err
	}
	process, err := processtest.Start(g.deployed, append(settings, benchSettings(port, dir)...))
	if err != nil {
		return 0, 0, err
	}
	function := &server{process, port}
	defer func() { err = errors.Join(err, function.stop(context.WithoutCancel(ctx))) }()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		answer, err := function.as(token).Post(ctx, "send-message", message, "")
		switch {
		case ctx.Err() != nil:
			return 0, 0, fmt.Errorf("the function does not answer: %w\n%s", ctx.Err(), process.Output())
		case err != nil: // it does not listen yet
			time.Sleep(time.Millisecond)
		case answer.Status != http.StatusCreated:
			return 0, 0, fmt.Errorf("send-message was answered %d %s", answer.Status, answer.Body)
		default:
			took = time.Since(began)
			time.Sleep(settleBefore)
			return took, function.memory(), nil
		}
	}
}

// latency measures how long messages take at fixed rates, to the answer and to the
// listeners of all members.
func (g *googleBench) latency(ctx context.Context) error {
	for _, load := range googleLoads {
		for _, rate := range load.rates {
			say("  %s, %d/s", load.shape, rate)
			err := g.onProject(ctx, func(s *server, _, project string, _ []string) error {
				where := client.Firestore{Host: g.database, Project: project}
				messages := max(1, int(g.loadFor.Seconds()*float64(rate)))
				return onStage(ctx, s, load.shape, messages, byFirestore(where), func(st *stage) error {
					answered, seen, err := st.openLoop(ctx, rate)
					if err != nil {
						return err
					}
					at := fmt.Sprintf("%s, %s", load.shape, perSecond.format(float64(rate)))
					g.report.add(tail("sent to answered, "+at, answered, 0, 0))
					g.report.add(tail("sent to all listeners, "+at, seen, 0, 0))
					return nil
				})
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// byFirestore has a person listen to Firestore, under the security rules.
func byFirestore(where client.Firestore) ear {
	return func(st *stage, ctx context.Context, session client.Session, roomID string) error {
		soon, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		// The emulator may never tell a listener of what is written as it begins.
		if err := st.listed(soon, session, roomID); err != nil {
			return err
		}
		l := client.NewFirestoreListener(where, session.User.ID)
		if err := l.Connect(ctx); err != nil {
			return err
		}
		listening, stop := context.WithCancel(context.Background())
		st.hang = append(st.hang, func() {
			stop()
			l.Cut()
		})
		knowsRoom := func(m *client.Model) bool { return m.Current && m.Documents["rooms/"+roomID] != nil }
		if err := l.Until(soon, knowsRoom); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		st.ears.Go(func() {
			taken := 0
			_ = l.Until(listening, func(m *client.Model) bool { // it ends with the stage
				for ; taken < len(m.Log); taken++ {
					change := m.Log[taken]
					if n, ok := messageNumber(fmt.Appendf(nil, "%s %s", change.Path, change.Data)); ok {
						st.reached(n)
					}
				}
				return false
			})
		})
		return nil
	}
}

// listed waits until a person's list of rooms has a room.
func (st *stage) listed(ctx context.Context, session client.Session, roomID string) error {
	for {
		answer, err := st.server.as(session.AccessToken).Get(ctx, "/v1/rooms")
		if err != nil {
			return err
		}
		if strings.Contains(string(answer.Body), roomID) {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// throughput measures messages accepted durably while nobody listens, and how long the
// last of them takes to be shown after that.
func (g *googleBench) throughput(ctx context.Context) error {
	for _, load := range googleLoads {
		say("  %s", load.shape)
		err := g.onProject(ctx, func(s *server, _, _ string, _ []string) error {
			return onStage(ctx, s, load.shape, int(g.loadFor.Seconds()*mostPerSecond), nobody, func(st *stage) error {
				began := time.Now()
				sent, err := st.flood(ctx, g.loadFor)
				if err != nil {
					return err
				}
				g.report.add(row{measure: fmt.Sprintf("accepted, %s", load.shape), value: float64(sent) / time.Since(began).Seconds(), unit: perSecond})
				began = time.Now()
				if err := st.shown(ctx, sent); err != nil {
					return err
				}
				g.report.add(row{measure: fmt.Sprintf("the last of them shown, %s", load.shape), value: time.Since(began).Seconds(), unit: seconds})
				return nil
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// nobody listens.
func nobody(*stage, context.Context, client.Session, string) error { return nil }

// shown waits until the rooms show so many messages, all together.
func (st *stage) shown(ctx context.Context, messages int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		left := messages
		for room := range st.rooms {
			var list struct{ Rooms []struct{ LastSequence int } }
			answer, err := st.server.as(st.sessions[room*st.people].AccessToken).Get(ctx, "/v1/rooms")
			if err == nil {
				err = answer.Into(&list)
			}
			if err != nil {
				return err
			}
			for _, r := range list.Rooms {
				left -= r.LastSequence - 1 // its creation is no message
			}
		}
		if left == 0 {
			return nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%d of %d messages are not shown", left, messages)
		}
	}
}
