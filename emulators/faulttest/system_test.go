package faulttest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"boochat/emulators/crowd"
	"boochat/emulators/google"
	"boochat/emulators/googletest"
	"boochat/emulators/local"
	"boochat/emulators/scenario/client"
	"boochat/shared/adapter/firestore"
	"boochat/shared/event"
)

// instances is how many processes serve a system, as several do on Cloud Run.
const instances = 2

// system is the functions in several processes, with a database of their own.
type system struct {
	t         *testing.T
	url       string // where requests go to any of the processes
	project   string
	processes []*crowd.Server
	front     *front
	client    *firestore.Client
}

// newSystem starts a system whose pushes come by where between says, given its address.
func newSystem(ctx context.Context, t *testing.T, between func(url string) string) *system {
	t.Helper()
	s := &system{t: t, project: googletest.Project()}
	var err error
	if s.client, err = firestore.Open(ctx, s.project); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.client.Close() }) // nothing is on its way
	s.front = &front{handled: map[string]bool{}}
	dataDir := t.TempDir() // of keys, which all processes share
	for range instances {
		p := crowd.NewServer(t, program, settings(s.project, dataDir)...)
		p.Start(ctx)
		s.processes, s.front.proxies = append(s.processes, p), append(s.front.proxies, proxyTo(p.URL()))
	}
	server := httptest.NewServer(s.front)
	t.Cleanup(server.Close)
	s.url = server.URL
	s.provision(ctx, between(s.url))
	return s
}

func settings(project, dataDir string) []string {
	var emails []string
	for i := range senders {
		emails = append(emails, crowd.Email(i))
	}
	return []string{
		"BACKEND=google", "GOOGLE_CLOUD_PROJECT=" + project, "DATA_DIR=" + dataDir, "RATE_LIMIT=0", "LOG_LEVEL=warn",
		google.FirestoreVariable + "=" + os.Getenv(google.FirestoreVariable),
		google.PubSubVariable + "=" + os.Getenv(google.PubSubVariable),
		"FIREBASE_AUTH_EMULATOR_HOST=127.0.0.1:1", // tokens are made unsigned; nobody is asked
		"ALLOWED_USERS=" + strings.Join(emails, ","),
	}
}

// directly has pushes go where they are to go.
func directly(url string) string { return url }

func (s *system) provision(ctx context.Context, url string) {
	s.t.Helper()
	if err := local.Provision(ctx, s.project, url); err != nil {
		s.t.Fatal(err)
	}
}

// crowd has people come who listen to Firestore.
func (s *system) crowd(ctx context.Context, size crowd.Size) *crowd.Crowd {
	s.t.Helper()
	where := client.Firestore{Host: os.Getenv(google.FirestoreVariable), Project: s.project}
	return crowd.Gather(ctx, s.t, crowd.System{URL: s.url, Listen: func(ctx context.Context, _ client.Client, person string) (crowd.Listener, error) {
		l := client.NewFirestoreListener(where, person)
		return l, l.Connect(ctx)
	}}, size, rand.Uint64())
}

// relay does what the scheduler does every minute.
func (s *system) relay(ctx context.Context) {
	s.t.Helper()
	answer, err := client.Client{URL: s.url}.Send(ctx, http.MethodPost, "/scheduled/relay", nil, http.Header{})
	if err != nil || answer.Status != http.StatusNoContent {
		s.t.Logf("the relay was answered %d %s, %v", answer.Status, answer.Body, err)
	}
}

// said counts the lines that the processes have logged with a message.
func (s *system) said(message string) (lines int) {
	for _, p := range s.processes {
		lines += strings.Count(p.Output(), message)
	}
	return lines
}

// front hands each request to any of the processes, the living and the dead, and notes
// the events whose pushes are handled.
type front struct {
	proxies []*httputil.ReverseProxy

	mu      sync.Mutex
	handled map[string]bool // by event id
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	proxy := f.proxies[rand.IntN(len(f.proxies))]
	if !strings.HasPrefix(r.URL.Path, "/trigger/") {
		proxy.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := &watched{ResponseWriter: w}
	proxy.ServeHTTP(answer, r)
	var push struct{ Message struct{ Data []byte } }
	var e event.Envelope
	if answer.status == http.StatusNoContent && json.Unmarshal(body, &push) == nil && json.Unmarshal(push.Message.Data, &e) == nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.handled[e.ID] = true
	}
}

func (f *front) hasHandled(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.handled[id]
}

// watched is an answer whose status can be looked at.
type watched struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *watched) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func proxyTo(address string) *httputil.ReverseProxy {
	target, err := url.Parse(address)
	if err != nil {
		panic(err) // it is made of a port
	}
	return &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:    &http.Transport{MaxIdleConnsPerHost: senders},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusServiceUnavailable) },
	}
}

// pause is between two looks at what takes a while.
const pause = 200 * time.Millisecond
