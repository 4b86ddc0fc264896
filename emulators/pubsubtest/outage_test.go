package pubsubtest

import (
	"context"
	"os"
	"testing"
	"time"

	"boochat/emulators/google"
	"boochat/emulators/network"
)

// newLine has Pub/Sub reached by a line of our own until the test ends.
func newLine(t *testing.T) *network.Line {
	t.Helper()
	l, err := network.NewLine(os.Getenv(google.PubSubVariable))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(google.PubSubVariable, l.Host())
	t.Cleanup(l.Close)
	return l
}

func TestCommandsSucceedWhilePubSubIsAway(t *testing.T) {
	pubSub := os.Getenv(google.PubSubVariable)
	l := newLine(t)
	s := newSystem(t, directly)
	s.create(t, "kitchen")
	s.waitShown(t, "kitchen", 1)

	l.Cut()
	began := time.Now()
	s.post(t, "kitchen", 1)
	s.post(t, "kitchen", 2)
	s.create(t, "hall")
	t.Logf("3 commands took %s", time.Since(began))
	left := s.unpublished(t)
	if len(left) != 3 {
		t.Fatalf("the outbox holds %d events, want 3", len(left))
	}
	// Publishing ends with its context, though nobody answers.
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := s.publisher.Publish(ctx, left); err == nil || ctx.Err() == nil {
		t.Errorf("publish while Pub/Sub is away: %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if n, err := s.relay().Run(ctx); err == nil || n != 0 {
		t.Errorf("the relay has published %d, %v", n, err)
	}

	l.Mend(pubSub)
	ctx, cancel = context.WithTimeout(t.Context(), patience)
	defer cancel()
	if n, err := s.relay().Run(ctx); err != nil || n != 3 {
		t.Fatalf("the relay has published %d, %v", n, err)
	}
	s.waitShown(t, "kitchen", 3)
	s.waitShown(t, "hall", 1)
	s.check(t)
	s.post(t, "kitchen", 3)
	s.waitShown(t, "kitchen", 4)
}
