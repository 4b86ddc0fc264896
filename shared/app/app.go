// Package app puts the system together: the one place that knows which adapters a
// backend is made of.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"boochat/functions"
	"boochat/functions/command"
	"boochat/shared/adapter/sqlite"
	"boochat/shared/auth"
	"boochat/shared/catalogue"
	"boochat/shared/config"
	"boochat/shared/eventstore"
	"boochat/shared/httpapi"
	"boochat/shared/realtime"
	"boochat/shared/room"
	"boochat/shared/user"
	"boochat/shared/visit"

	"github.com/coreos/go-oidc/v3/oidc"
)

// App is the running system on the embedded backend.
type App struct {
	config config.Config
	dir    directory
	unlock func() error
	store  *sqlite.EventStore
	bus    *sqlite.Bus

	commands *command.Service
	gate     *functions.Gate
	presence *realtime.Presence
	pushes   functions.PushVerifier

	reading atomic.Pointer[readSide]
	drain   httpapi.Drain
	stop    context.CancelFunc
	watched chan struct{} // closed when nobody waits for another generation any more
}

// Open puts the system together and starts delivery. Identities are verified with
// the keys; now is the clock. Close it.
func Open(ctx context.Context, c config.Config, keys oidc.KeySet, now func() time.Time) (*App, error) {
	a := &App{config: c, dir: directory(c.DataDir), presence: realtime.NewPresence(), watched: make(chan struct{})}
	if err := a.open(keys, now); err != nil {
		return nil, errors.Join(err, a.release())
	}
	if err := a.openReading(); err != nil {
		return nil, errors.Join(err, a.release())
	}
	ctx, a.stop = context.WithCancel(context.WithoutCancel(ctx))
	go a.watchGeneration(ctx)
	return a, nil
}

// open opens what a rebuild does not replace.
func (a *App) open(keys oidc.KeySet, now func() time.Time) (err error) {
	if err := a.dir.make(); err != nil {
		return err
	}
	if a.unlock, err = a.dir.lock(); err != nil {
		return err
	}
	if a.store, err = sqlite.OpenEventStore(a.config.DataDir); err != nil {
		return err
	}
	a.bus = sqlite.NewBus(a.store)
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
	sessions := auth.NewSessions(a.store, tokenKeys.RefreshKey(), now)
	a.gate = &functions.Gate{Tokens: tokens, Sessions: sessions, Allowed: allowed, PerPerson: httpapi.NewRateLimiter(a.config.RateLimit, now)}
	a.commands = &command.Service{
		Rooms:     eventstore.NewRepository(a.store, a.bus, catalogue.Events, room.New, now),
		Visits:    eventstore.NewRepository(a.store, a.bus, catalogue.Events, visit.New, now),
		Users:     eventstore.NewRepository(a.store, a.bus, catalogue.Events, user.New, now),
		Catalogue: catalogue.Events, Verifier: auth.NewVerifier(keys, a.config.GoogleClientID, now),
		Allowed: allowed, Tokens: tokens, Sessions: sessions, Presence: a.presence,
	}
	if a.config.PushAudience != "" {
		a.pushes = auth.NewPushVerifier(keys, a.config.PushAudience, a.config.PushServiceAccount, now)
	}
	return nil
}

// openReading opens the read documents in use. Documents that know more than the
// log, which a restored backup may be, are made anew.
func (a *App) openReading() error {
	path, err := a.dir.currentViews()
	if err != nil {
		return err
	}
	views, err := sqlite.OpenViews(path)
	if err != nil {
		return err
	}
	ahead, err := a.isAhead(views)
	if err != nil {
		return errors.Join(err, views.Close())
	}
	if ahead {
		slog.Warn("the read documents are ahead of the log: making them anew", "path", path)
		if err := errors.Join(views.Close(), os.Remove(a.dir.pointer())); err != nil {
			return err
		}
		return a.openReading()
	}
	r, err := a.newReadSide(path, views)
	a.reading.Store(r)
	if err != nil {
		return err
	}
	a.awaitProjections()
	return a.dir.removeOldViews(path)
}

func (a *App) isAhead(views *sqlite.Views) (bool, error) {
	ctx := context.Background()
	head, err := a.store.Head(ctx)
	for _, f := range functions.Table {
		if err == nil && f.Projection {
			var position int64
			if position, err = views.Checkpoints().Load(ctx, f.Name); position > head {
				return true, err
			}
		}
	}
	return false, err
}

func (a *App) tokenKeys(now time.Time) (auth.Keys, error) {
	if a.config.TokenKeys == "" {
		return auth.LoadOrCreateKeys(a.dir.keys(), now)
	}
	keys, err := auth.ParseKeys([]byte(a.config.TokenKeys))
	if err != nil {
		return auth.Keys{}, fmt.Errorf("TOKEN_KEYS: %w", err)
	}
	return keys, nil
}

// Handler serves all functions under the name "", and each one under its own.
func (a *App) Handler(name string) http.Handler {
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.reading.Load().handlers[name].ServeHTTP(w, r)
	})
	perAddress := httpapi.NewRateLimiter(addressShare*a.config.RateLimit, time.Now)
	limited := perAddress.Wrap(httpapi.ClientAddress(a.config.OnCloudRun), serve)
	open := httpapi.Identify(httpapi.Log(slog.Default(), time.Now, a.drain.Wrap(httpapi.CORS(a.config.AllowedOrigins, limited))))
	mux := http.NewServeMux()
	mux.Handle("/", open)
	mux.Handle("GET /healthz", a.drain.Wrap(httpapi.Handler(a.health)))
	return mux
}

// health answers 200 when the log and the read documents can be read.
func (a *App) health(w http.ResponseWriter, r *http.Request) error {
	if _, err := a.store.Head(r.Context()); err != nil {
		return err
	}
	if _, err := a.reading.Load().views.Get(r.Context(), "health/check"); err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// addressShare is how many people's RATE_LIMIT one address may use up: a household
// or an office behind one address.
const addressShare = 10

// Drain lets what is under way finish and answers everything else with 503.
func (a *App) Drain(ctx context.Context) error {
	if r := a.reading.Load(); r != nil {
		r.hub.Close()
	}
	return a.drain.Close(ctx)
}

// Close ends delivery and closes the files.
func (a *App) Close() error {
	a.stop()
	<-a.watched
	return a.release()
}

// release closes whatever is open.
func (a *App) release() error {
	var errs []error
	if r := a.reading.Load(); r != nil {
		errs = append(errs, r.close())
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	if a.unlock != nil {
		errs = append(errs, a.unlock())
	}
	return errors.Join(errs...)
}
