package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"boochat/functions"
	"boochat/functions/query"
	"boochat/functions/trigger"
	"boochat/shared/adapter/sqlite"
	"boochat/shared/bus"
	"boochat/shared/catalogue"
	"boochat/shared/realtime"
)

// readSide is one generation of read documents and all that works on it. A rebuild
// puts another in its place as a whole.
type readSide struct {
	path     string
	views    *sqlite.Views
	hub      *realtime.Hub
	handlers map[string]http.Handler // by function; "" is all of them
	stop     context.CancelFunc
	delivery sync.WaitGroup
}

// newReadSide puts a generation to work and starts its delivery.
func (a *App) newReadSide(path string, views *sqlite.Views) (*readSide, error) {
	r := &readSide{path: path, views: views, handlers: map[string]http.Handler{}}
	r.hub = realtime.NewHub(realtime.Config{
		Views: views, Feed: views, Presence: a.presence, Authenticate: a.authenticate,
		Allowed: a.gate.Allowed.Allows, Origins: a.config.AllowedOrigins,
	})
	services := &functions.Services{
		Table: functions.Table, Commands: a.commands, Gate: a.gate, Live: r.hub,
		Queries: &query.Service{Views: views, Allowed: a.gate.Allowed, Presence: a.presence},
		Rooms:   trigger.NewRooms(a.store, views, catalogue.Events),
		Users:   trigger.NewUsers(a.store, views, catalogue.Events),
		Notices: &trigger.Notices{Rooms: a.commands.Rooms, Catalogue: catalogue.Events, Sockets: r.hub},
		Pushes:  a.pushes, DeadLetters: a.store,
	}
	r.handlers[""] = functions.All(services)
	for _, f := range functions.Table {
		r.handlers[f.Name] = f.Handler(services)
	}
	return r, a.deliver(r, functions.Subscriptions(services))
}

// deliver serves subscriptions until the read side is halted.
func (a *App) deliver(r *readSide, subscriptions []bus.Subscription) error {
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	for _, sub := range subscriptions {
		checkpoints := a.store.Checkpoints()
		if sub.Projection {
			checkpoints = r.views.Checkpoints()
		}
		consumer, err := a.bus.Subscribe(ctx, sub, checkpoints)
		if err != nil {
			return err
		}
		r.delivery.Go(func() { consumer.Run(ctx) })
	}
	return nil
}

// authenticate tells the hub on whose behalf a socket is open.
func (a *App) authenticate(ctx context.Context, accessToken string) (realtime.Session, error) {
	claims, expiresAt, err := a.gate.Check(ctx, accessToken)
	return realtime.Session{Person: claims.UserID, ExpiresAt: expiresAt}, err
}

// halt ends delivery and closes the sockets, whose clients come back.
func (r *readSide) halt() {
	r.hub.Close()
	r.stop()
	r.delivery.Wait()
}

func (r *readSide) close() error {
	r.halt()
	return r.views.Close()
}

// lookForGeneration is how often a running system looks whether a rebuild has put
// another generation of read documents beside its own.
const lookForGeneration = time.Second

// watchGeneration switches to another generation of read documents when a rebuild
// has made one.
func (a *App) watchGeneration(ctx context.Context) {
	defer close(a.watched)
	ticker := time.NewTicker(lookForGeneration)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		path, err := a.dir.currentViews()
		if err == nil && path != a.reading.Load().path {
			err = a.switchTo(path)
		}
		if err != nil {
			slog.ErrorContext(ctx, "read documents not switched", "error", err)
		}
	}
}

// switchTo puts another generation in the place of the one in use. Delivery to the
// old one ends before the new one's begins: they share their subscriptions' names.
// Queries go on with the old one until the new one has caught up.
func (a *App) switchTo(path string) error {
	views, err := sqlite.OpenViews(path)
	if err != nil {
		return errors.Join(err, a.dir.useViews(a.reading.Load().path))
	}
	old := a.reading.Load()
	old.halt()
	next, err := a.newReadSide(path, views)
	if err != nil {
		return err
	}
	a.awaitProjections()
	a.reading.Store(next)
	slog.Info("switched to rebuilt read documents", "path", path)
	time.Sleep(lookForGeneration) // for queries that have begun with the old ones
	return errors.Join(old.views.Close(), removeViews(old.path))
}

// awaitProjections waits a while until the read documents show the whole log.
func (a *App) awaitProjections() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := a.bus.CaughtUp(ctx); err != nil {
		slog.Warn("the read documents are still behind the log, and catching up", "error", err)
	}
}
