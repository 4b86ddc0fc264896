package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"boochat/functions"
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
	working  sync.WaitGroup
}

// newReadSide puts a generation to work and starts its delivery.
func (e *embedded) newReadSide(path string, views *sqlite.Views) (*readSide, error) {
	a := e.app
	hub := realtime.NewHub(realtime.Config{
		Views: views, Feed: views, Presence: e.presence, Authenticate: a.authenticate,
		Allowed: a.gate.Allowed.Allows, Origins: a.config.AllowedOrigins,
	})
	services := a.services(views)
	services.Live = hub
	services.Notices = &trigger.Notices{Rooms: a.commands.Rooms, Catalogue: catalogue.Events, Sockets: hub}
	services.MeetupNotices = &trigger.MeetupNotices{Meetups: a.commands.Meetups, Catalogue: catalogue.Events, Sockets: hub}
	r := &readSide{path: path, views: views, hub: hub, handlers: handlersOf(services)}
	var ctx context.Context
	ctx, r.stop = context.WithCancel(context.Background())
	if err := e.deliver(ctx, r, functions.Subscriptions(services)); err != nil {
		return r, err
	}
	r.working.Go(func() { tick(ctx, services.Timers) })
	return r, nil
}

// deliver serves subscriptions until ctx ends.
func (e *embedded) deliver(ctx context.Context, r *readSide, subscriptions []bus.Subscription) error {
	for _, sub := range subscriptions {
		checkpoints := e.store.Checkpoints()
		if sub.Projection {
			checkpoints = r.views.Checkpoints()
		}
		consumer, err := e.bus.Subscribe(ctx, sub, checkpoints)
		if err != nil {
			return err
		}
		r.working.Go(func() { consumer.Run(ctx) })
	}
	return nil
}

// authenticate tells the hub on whose behalf a socket is open.
func (a *App) authenticate(ctx context.Context, accessToken string) (realtime.Session, error) {
	claims, expiresAt, err := a.gate.Check(ctx, accessToken)
	return realtime.Session{Person: claims.UserID, ExpiresAt: expiresAt}, err
}

// halt ends what works and closes the sockets, whose clients come back.
func (r *readSide) halt() {
	r.hub.Close()
	r.stop()
	r.working.Wait()
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
func (e *embedded) watchGeneration(ctx context.Context) {
	defer close(e.watched)
	ticker := time.NewTicker(lookForGeneration)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		path, err := e.dir.currentViews()
		if err == nil && path != e.reading.Load().path {
			err = e.switchTo(path)
		}
		if err != nil {
			slog.ErrorContext(ctx, "read documents not switched", "error", err)
		}
	}
}

// switchTo puts another generation in the place of the one in use. Delivery to the
// old one ends before the new one's begins: they share their subscriptions' names.
// Queries go on with the old one until the new one has caught up.
func (e *embedded) switchTo(path string) error {
	views, err := sqlite.OpenViews(path)
	if err != nil {
		return errors.Join(err, e.dir.useViews(e.reading.Load().path))
	}
	old := e.reading.Load()
	old.halt()
	next, err := e.newReadSide(path, views)
	if err != nil {
		return err
	}
	e.awaitProjections()
	e.reading.Store(next)
	slog.Info("switched to rebuilt read documents", "path", path)
	time.Sleep(lookForGeneration) // for queries that have begun with the old ones
	return errors.Join(old.views.Close(), removeViews(old.path))
}

// awaitProjections waits a while until the read documents show the whole log.
func (e *embedded) awaitProjections() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := e.bus.CaughtUp(ctx); err != nil {
		slog.Warn("the read documents are still behind the log, and catching up", "error", err)
	}
}
