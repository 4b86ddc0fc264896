package sqlite

import (
	"context"
	"sync"
	"testing"
	"time"

	"boochat/shared/auth"
	"boochat/shared/auth/sessiontest"
	"boochat/shared/bus"
	"boochat/shared/bus/bustest"
	"boochat/shared/eventstore/storetest"
	"boochat/shared/view/viewtest"
)

func storeBackend(tb testing.TB, dir string) storetest.Backend {
	s := openStore(tb, dir)
	return storetest.Backend{Store: s, Reopen: func(tb testing.TB) storetest.Backend {
		return storeBackend(tb, crash(tb, s.db))
	}}
}

// The suite shows, by name, D-31 (an append and its outbox records are one) and D-33
// (another expected version is a conflict).
func TestStore(t *testing.T) {
	storetest.Test(t, func(tb testing.TB) storetest.Backend { return storeBackend(tb, tb.TempDir()) })
}

func viewBackend(tb testing.TB, dir string) viewtest.Backend {
	v := openViews(tb, dir)
	return viewtest.Backend{Store: v, Feed: v, Reopen: func(tb testing.TB) viewtest.Backend {
		return viewBackend(tb, crash(tb, v.db))
	}}
}

func TestViews(t *testing.T) {
	features := viewtest.Features{Feed: true, FeedKeeps: catchUpLimit}
	viewtest.Test(t, features, func(tb testing.TB) viewtest.Backend { return viewBackend(tb, tb.TempDir()) })
}

// hasty parks an event that keeps failing after some four seconds.
var hasty = patience{attempts: 8, firstWait: 15 * time.Millisecond}

func busBackend(tb testing.TB, dir string) bustest.Backend {
	s := openStore(tb, dir)
	b := NewBus(s)
	b.patience = hasty
	ctx, cancel := context.WithCancel(context.Background())
	var delivery sync.WaitGroup
	tb.Cleanup(func() {
		cancel()
		delivery.Wait()
	})
	return bustest.Backend{
		Store: s, Publisher: b, DeadLetters: s,
		Subscribe: func(tb testing.TB, sub bus.Subscription) {
			consumer, err := b.Subscribe(ctx, sub, s.Checkpoints())
			if err != nil {
				tb.Fatal(err)
			}
			delivery.Go(func() { consumer.Run(ctx) })
		},
		Relay: func(testing.TB) {}, // subscriptions read the log itself
		Reopen: func(tb testing.TB) bustest.Backend {
			left := crash(tb, s.db)
			cancel()
			return busBackend(tb, left)
		},
	}
}

// The suite shows, by name, D-31 (a crash between append and publish) and D-32 (a
// handler that fails twice, order per stream).
func TestBus(t *testing.T) {
	features := bustest.Features{Ordered: true, Replays: true}
	bustest.Test(t, features, func(tb testing.TB) bustest.Backend { return busBackend(tb, tb.TempDir()) })
}

func TestSessions(t *testing.T) {
	sessiontest.Test(t, func(tb testing.TB) auth.SessionStore { return openStore(tb, tb.TempDir()) })
}
