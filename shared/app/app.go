// Package app puts the system together: the one place that knows which adapters a
// backend is made of.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"boochat/functions"
	"boochat/functions/command"
	"boochat/functions/query"
	"boochat/functions/trigger"
	"boochat/shared/auth"
	"boochat/shared/bus"
	"boochat/shared/catalogue"
	"boochat/shared/config"
	"boochat/shared/eventstore"
	"boochat/shared/httpapi"
	"boochat/shared/meetup"
	"boochat/shared/room"
	"boochat/shared/user"
	"boochat/shared/view"
	"boochat/shared/visit"

	"github.com/coreos/go-oidc/v3/oidc"
	"google.golang.org/grpc"
)

// App is the running system.
type App struct {
	config   config.Config
	backend  backend
	commands *command.Service
	gate     *functions.Gate
	pushes   functions.PushVerifier
	now      func() time.Time
	drain    httpapi.Drain
}

// backend is a choice of adapters, and what works on them.
type backend interface {
	// parts are what decides, before anything is served.
	parts() parts
	// start puts the functions to work on the read documents.
	start(a *App) error
	// table is the functions that this backend has use for.
	table() []functions.Function
	// handler serves the function with a name, or under the name "" all of them.
	handler(name string) http.Handler
	// health reads the log and the read documents.
	health(ctx context.Context) error
	// hush ends what would stay open for ever.
	hush()
	// close ends what works and closes what is open, however far it had come.
	close() error
}

// parts are adapters for what commands and sessions need.
type parts struct {
	store       eventstore.Store
	publisher   bus.Publisher
	deadLetters bus.DeadLetters
	sessions    auth.SessionStore
	presence    presence
	firebase    command.FirebaseTokens // nil: clients do not listen by Firebase
	sockets     command.Sockets        // nil: clients hold none
}

// presence is told who is there, and tells.
type presence interface {
	command.Presence
	query.Presence
}

// Open puts the system together and starts delivery. Identities are verified with
// the keys; now is the clock. Dial options, such as interceptors that count, apply to
// the connections of BACKEND google. Close it.
func Open(ctx context.Context, c config.Config, keys oidc.KeySet, now func() time.Time, dial ...grpc.DialOption) (*App, error) {
	a := &App{config: c, now: now}
	var err error
	switch c.Backend {
	case config.Google:
		a.backend, err = openGoogle(ctx, c, now, dial)
	default:
		a.backend, err = openEmbedded(c)
	}
	if err != nil {
		return nil, err
	}
	if err = a.assemble(keys); err == nil {
		err = a.backend.start(a)
	}
	if err != nil {
		return nil, errors.Join(err, a.backend.close())
	}
	return a, nil
}

// assemble makes what decides and lets people in.
func (a *App) assemble(keys oidc.KeySet) error {
	now := a.now
	tokenKeys, err := a.tokenKeys(now())
	if err != nil {
		return err
	}
	tokens, err := auth.NewAccessTokens(tokenKeys, now)
	if err != nil {
		return err
	}
	allowed, err := auth.ParseAllowList(strings.Join(a.config.AllowedUsers, ","))
	if err != nil {
		return fmt.Errorf("ALLOWED_USERS: %w", err)
	}
	p := a.backend.parts()
	sessions := auth.NewSessions(p.sessions, tokenKeys.RefreshKey(), now)
	a.gate = &functions.Gate{Tokens: tokens, Sessions: sessions, Allowed: allowed, PerPerson: httpapi.NewRateLimiter(a.config.RateLimit, now)}
	a.commands = &command.Service{
		Rooms:     eventstore.NewRepository(p.store, p.publisher, catalogue.Events, room.New, now),
		Meetups:   eventstore.NewRepository(p.store, p.publisher, catalogue.Events, meetup.New, now),
		Visits:    eventstore.NewRepository(p.store, p.publisher, catalogue.Events, visit.New, now),
		Users:     eventstore.NewRepository(p.store, p.publisher, catalogue.Events, user.New, now),
		Catalogue: catalogue.Events, Verifier: auth.NewVerifier(keys, a.config.GoogleClientID, now),
		Allowed: allowed, Tokens: tokens, Sessions: sessions, Presence: p.presence, Firebase: p.firebase,
		Calendars: auth.NewCalendarSecrets(tokenKeys.CalendarKey()), Sockets: p.sockets, Now: now,
	}
	announcements := trigger.Announcements{Rooms: a.commands.Rooms, Log: p.store, Catalogue: catalogue.Events}
	a.commands.Planned = announcements.Handle
	switch {
	case a.config.PushAudience != "":
		a.pushes = auth.NewPushVerifier(keys, a.config.PushAudience, a.config.PushServiceAccount, now)
	case a.config.PushUnverified:
		a.pushes = functions.Anybody
	}
	return nil
}

// services are what functions are made of, on some read documents.
func (a *App) services(views view.Store) *functions.Services {
	p := a.backend.parts()
	services := &functions.Services{
		Table: a.backend.table(), Commands: a.commands, Gate: a.gate,
		Queries: &query.Service{
			Views: views, Allowed: a.gate.Allowed, Presence: p.presence, Persons: a.commands.Users, Calendars: a.commands.Calendars, Now: a.now,
		},
		Server: a.server(),
		Pushes: a.pushes, DeadLetters: p.deadLetters,
		Relay:  &eventstore.Relay{Outbox: p.store, Publisher: p.publisher, Now: a.now},
		Timers: &functions.Timers{Views: views, Meetups: a.commands.Meetups, Now: a.now},
	}
	projectInto(services, p.store, views, a.now)
	followIn(services, p.store, a.commands.Rooms, a.commands.Meetups, a.now)
	return services
}

// server tells where clients reach the functions.
func (a *App) server() func(*http.Request) string {
	if a.config.PublicURL != "" {
		return func(*http.Request) string { return a.config.PublicURL }
	}
	return httpapi.Server(a.config.OnCloudRun)
}

// handlersOf gives the handler of each function by its name, and under the name ""
// that of all of them.
func handlersOf(services *functions.Services) map[string]http.Handler {
	handlers := map[string]http.Handler{"": functions.All(services)}
	for _, f := range services.Table {
		handlers[f.Name] = f.Handler(services)
	}
	return handlers
}

// tokenKeys reads the keys of access tokens from the settings, or from DATA_DIR,
// where the first start makes them.
func (a *App) tokenKeys(now time.Time) (auth.Keys, error) {
	if a.config.TokenKeys == "" {
		dir := directory(a.config.DataDir)
		if err := dir.make(); err != nil {
			return auth.Keys{}, err
		}
		return auth.LoadOrCreateKeys(dir.keys(), now)
	}
	keys, err := auth.ParseKeys([]byte(a.config.TokenKeys))
	if err != nil {
		return auth.Keys{}, fmt.Errorf("TOKEN_KEYS: %w", err)
	}
	return keys, nil
}

// Handler serves all functions under the name "", and each one under its own.
func (a *App) Handler(name string) http.Handler {
	perAddress := httpapi.NewRateLimiter(addressShare*a.config.RateLimit, time.Now)
	serve := a.backend.handler(name)
	limited := perAddress.Wrap(httpapi.ClientAddress(a.config.OnCloudRun), serve)
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", a.drain.Wrap(httpapi.Handler(a.health)))
	mux.Handle("/", a.open(httpapi.CORS(a.config.AllowedOrigins, limited)))
	for _, f := range a.backend.table() {
		if f.Private() && (name == "" || name == f.Name) {
			// Pub/Sub comes from few addresses, with as much as there is.
			pattern := map[bool]string{true: f.Path, false: "/"}[name == ""]
			mux.Handle(f.Method+" "+pattern, a.open(serve))
		}
	}
	return mux
}

// open is what every request goes through.
func (a *App) open(next http.Handler) http.Handler {
	return httpapi.Identify(httpapi.Log(slog.Default(), time.Now, a.drain.Wrap(next)))
}

// health answers 200 when the log and the read documents can be read.
func (a *App) health(w http.ResponseWriter, r *http.Request) error {
	if err := a.backend.health(r.Context()); err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// addressShare is how many people's RATE_LIMIT one address may use up: a household
// or an office behind one address.
const addressShare = 10

// Drain lets what is under way finish and answers everything else with 503.
func (a *App) Drain(ctx context.Context) error {
	a.backend.hush()
	return a.drain.Close(ctx)
}

// Close ends delivery and closes what is open.
func (a *App) Close() error { return a.backend.close() }
