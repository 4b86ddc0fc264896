package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"

	"boochat/functions"
	"boochat/shared/adapter/sqlite"
	"boochat/shared/config"
	"boochat/shared/realtime"
)

// embedded is the backend in one process: everything in SQLite files of DATA_DIR.
type embedded struct {
	dir      directory
	unlock   func() error
	store    *sqlite.EventStore
	bus      *sqlite.Bus
	presence *realtime.Presence

	app     *App
	reading atomic.Pointer[readSide]
	stop    context.CancelFunc
	watched chan struct{} // closed when nobody waits for another generation any more
}

func openEmbedded(c config.Config) (*embedded, error) {
	e := &embedded{dir: directory(c.DataDir), presence: realtime.NewPresence()}
	if err := e.open(); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

// open opens what a rebuild does not replace.
func (e *embedded) open() (err error) {
	if err := e.dir.make(); err != nil {
		return err
	}
	if e.unlock, err = e.dir.lock(); err != nil {
		return err
	}
	if e.store, err = sqlite.OpenEventStore(string(e.dir)); err != nil {
		return err
	}
	e.bus = sqlite.NewBus(e.store)
	return nil
}

func (e *embedded) parts() parts {
	return parts{store: e.store, publisher: e.bus, deadLetters: e.store, sessions: e.store, presence: e.presence, sockets: e}
}

// Notify implements command.Sockets by the hub of the read documents in use.
func (e *embedded) Notify(person string, n realtime.Notification) error {
	return e.reading.Load().hub.Notify(person, n)
}

func (e *embedded) table() []functions.Function { return functions.Table }

func (e *embedded) start(a *App) error {
	e.app = a
	if err := e.openReading(); err != nil {
		return err
	}
	var ctx context.Context
	ctx, e.stop = context.WithCancel(context.Background())
	e.watched = make(chan struct{})
	go e.watchGeneration(ctx)
	return nil
}

// openReading opens the read documents in use. Documents that know more than the
// log, which a restored backup may be, are made anew.
func (e *embedded) openReading() error {
	path, err := e.dir.currentViews()
	if err != nil {
		return err
	}
	views, err := sqlite.OpenViews(path)
	if err != nil {
		return err
	}
	ahead, err := e.isAhead(views)
	if err != nil {
		return errors.Join(err, views.Close())
	}
	if ahead {
		slog.Warn("the read documents are ahead of the log: making them anew", "path", path)
		if err := errors.Join(views.Close(), os.Remove(e.dir.pointer())); err != nil {
			return err
		}
		return e.openReading()
	}
	r, err := e.newReadSide(path, views)
	e.reading.Store(r)
	if err != nil {
		return err
	}
	e.awaitProjections()
	return e.dir.removeOldViews(path)
}

func (e *embedded) isAhead(views *sqlite.Views) (bool, error) {
	ctx := context.Background()
	head, err := e.store.Head(ctx)
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

func (e *embedded) handler(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.reading.Load().handlers[name].ServeHTTP(w, r)
	})
}

func (e *embedded) health(ctx context.Context) error {
	if _, err := e.store.Head(ctx); err != nil {
		return err
	}
	_, err := e.reading.Load().views.Get(ctx, "health/check")
	return err
}

func (e *embedded) hush() {
	if r := e.reading.Load(); r != nil {
		r.hub.Close()
	}
}

func (e *embedded) close() error {
	if e.stop != nil {
		e.stop()
		<-e.watched
	}
	var errs []error
	if r := e.reading.Load(); r != nil {
		errs = append(errs, r.close())
	}
	if e.store != nil {
		errs = append(errs, e.store.Close())
	}
	if e.unlock != nil {
		errs = append(errs, e.unlock())
	}
	return errors.Join(errs...)
}
