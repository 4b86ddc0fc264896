// Package pubsubtest runs delivery over Pub/Sub as a whole: events published to
// Google's emulator, which pushes them over HTTP to our handlers.
package pubsubtest

import (
	"context"
	"testing"

	"boochat/emulators/googletest"
	"boochat/shared/adapter/pubsub"
)

func TestMain(m *testing.M) { googletest.Main(m, googletest.PubSub()) }

func openPublisher(tb testing.TB, project string) *pubsub.Publisher {
	tb.Helper()
	p, err := pubsub.Open(context.Background(), project)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := p.Close(); err != nil {
			tb.Error(err)
		}
	})
	return p
}

func provision(tb testing.TB, project string, subscriptions ...pubsub.Subscription) {
	tb.Helper()
	if err := pubsub.Provision(context.Background(), project, subscriptions); err != nil {
		tb.Fatal(err)
	}
}
