package app

import (
	"context"
	"errors"
	"net/http"
	"time"

	"boochat/functions"
	"boochat/shared/adapter/firebase"
	"boochat/shared/adapter/firestore"
	"boochat/shared/adapter/pubsub"
	"boochat/shared/config"
	"boochat/shared/view"

	"google.golang.org/grpc"
)

// google is the backend on Google Cloud: Firestore keeps, Pub/Sub delivers by
// pushing to the triggers, and clients listen to the read documents themselves.
type google struct {
	client    *firestore.Client
	publisher *pubsub.Publisher
	views     *firestore.Views
	made      parts
	handlers  map[string]http.Handler
}

func openGoogle(ctx context.Context, c config.Config, now func() time.Time, dial []grpc.DialOption) (*google, error) {
	client, err := firestore.Open(ctx, c.Project, dial...)
	if err != nil {
		return nil, err
	}
	publisher, err := pubsub.Open(ctx, c.Project, dial...)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	views := firestore.NewViews(client)
	return &google{client: client, publisher: publisher, views: views, made: parts{
		store: firestore.NewEventStore(client), publisher: publisher,
		deadLetters: firestore.NewDeadLetters(client), sessions: firestore.NewSessions(client),
		presence: view.NewBeats(views, now), firebase: firebase.New(c.Project, now),
	}}, nil
}

func (g *google) parts() parts { return g.made }

func (g *google) table() []functions.Function { return functions.WithoutSockets() }

func (g *google) start(a *App) error {
	g.handlers = handlersOf(a.services(g.views))
	return nil
}

func (g *google) handler(name string) http.Handler { return g.handlers[name] }

func (g *google) health(ctx context.Context) error {
	_, err := g.views.Get(ctx, "health/check")
	return err
}

func (g *google) hush() {}

func (g *google) close() error { return errors.Join(g.publisher.Close(), g.client.Close()) }
