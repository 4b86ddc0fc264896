package sqlite

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"boochat/shared/bus"
	"boochat/shared/event"

	"zombiezen.com/go/sqlite"
)

// deliver runs a subscription until the test ends or stop is called.
func deliver(t *testing.T, b *Bus, sub bus.Subscription, checkpoints Checkpoints) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	consumer, err := b.Subscribe(ctx, sub, checkpoints)
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() { consumer.Run(ctx) })
	stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
	t.Cleanup(stop)
	return stop
}

func send(t *testing.T, s *EventStore, b *Bus, stream event.Stream, after int64, n int) []event.Envelope {
	t.Helper()
	events := happened(stream, after, n)
	if err := s.Append(t.Context(), stream, after, events); err != nil {
		t.Fatal(err)
	}
	if err := b.Publish(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	return events
}

func TestPublishWaitsForProjections(t *testing.T) {
	s := openStore(t, t.TempDir())
	b := NewBus(s)
	var shown atomic.Int64
	deliver(t, b, bus.Subscription{Name: "projection", Topic: "room-events", Projection: true, Handler: func(_ context.Context, events []event.Envelope) error {
		time.Sleep(10 * time.Millisecond)
		shown.Add(int64(len(events)))
		return nil
	}}, s.Checkpoints())
	for after := range int64(5) {
		send(t, s, b, "room_a", after, 1)
		if got := shown.Load(); got != after+1 {
			t.Fatalf("published %d events, the projection shows %d", after+1, got)
		}
	}
}

func TestPublishDoesNotWaitForever(t *testing.T) {
	s := openStore(t, t.TempDir())
	b := NewBus(s)
	deliver(t, b, bus.Subscription{Name: "projection", Topic: "room-events", Projection: true, Handler: func(ctx context.Context, _ []event.Envelope) error {
		<-ctx.Done()
		return ctx.Err()
	}}, s.Checkpoints())
	began := time.Now()
	send(t, s, b, "room_a", 0, 1)
	if took := time.Since(began); took > readYourWrites+2*time.Second {
		t.Errorf("published in %s, want not much more than %s", took, readYourWrites)
	}
}

func TestHandlerThatPanicsHasFailed(t *testing.T) {
	s := openStore(t, t.TempDir())
	b := NewBus(s)
	b.patience = patience{attempts: 2, firstWait: time.Millisecond}
	handled := make(chan event.Envelope, 100)
	deliver(t, b, bus.Subscription{Name: "first", Topic: "room-events", Handler: func(_ context.Context, events []event.Envelope) error {
		for _, e := range events {
			if e.Stream == "room_a" {
				panic("index out of range")
			}
		}
		for _, e := range events {
			handled <- e
		}
		return nil
	}}, s.Checkpoints())
	poison := send(t, s, b, "room_a", 0, 1)[0]
	well := send(t, s, b, "room_b", 0, 1)[0]
	if e := <-handled; e.ID != well.ID {
		t.Errorf("handled %s, want %s", e.ID, well.ID)
	}
	var letters []bus.DeadLetter
	for deadline := time.Now().Add(10 * time.Second); len(letters) == 0 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		var err error
		if letters, err = s.Parked(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(letters) != 1 || letters[0].Event.ID != poison.ID || !strings.Contains(letters[0].Cause, "panicked: index out of range") {
		t.Errorf("dead letters %+v, want one of %s", letters, poison.ID)
	}
}

// TestStoppingInAHandlerDeliversAgain ends delivery while a handler is at work: what
// it has not done is not taken for done.
func TestStoppingInAHandlerDeliversAgain(t *testing.T) {
	s := openStore(t, t.TempDir())
	b := NewBus(s)
	for round := range int64(10) {
		entered, handled := make(chan struct{}, 10), make(chan event.Envelope, 10)
		stop := deliver(t, b, bus.Subscription{Name: "first", Topic: "room-events", Handler: func(ctx context.Context, _ []event.Envelope) error {
			entered <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		}}, s.Checkpoints())
		sent := send(t, s, b, "room_a", round, 1)[0]
		<-entered
		stop()
		onWriter(t, s.db, func(*sqlite.Conn) error { return nil }) // whatever was on its way is written
		stop = deliver(t, b, bus.Subscription{Name: "first", Topic: "room-events", Handler: func(_ context.Context, events []event.Envelope) error {
			for _, e := range events {
				handled <- e
			}
			return nil
		}}, s.Checkpoints())
		select {
		case e := <-handled:
			if e.ID != sent.ID {
				t.Errorf("delivered %d again, want %d", e.Sequence, sent.Sequence)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("event %d is lost", sent.Sequence)
		}
		waitForCheckpoint(t, s.Checkpoints(), "first", sent.Sequence)
		stop()
	}
	if letters, err := s.Parked(t.Context()); err != nil || len(letters) != 0 {
		t.Errorf("dead letters %+v, error %v", letters, err)
	}
}

func TestCheckpointBelongsToItsDocuments(t *testing.T) {
	s := openStore(t, t.TempDir())
	b := NewBus(s)
	counting := func(into *atomic.Int64) bus.Subscription {
		return bus.Subscription{Name: "project-rooms", Topic: "room-events", Projection: true, Handler: func(_ context.Context, events []event.Envelope) error {
			into.Add(int64(len(events)))
			return nil
		}}
	}
	live, other := openViews(t, t.TempDir()), openViews(t, t.TempDir())
	var first, resumed, rebuilt atomic.Int64
	stop := deliver(t, b, counting(&first), live.Checkpoints())
	send(t, s, b, "room_a", 0, 300)
	waitForCheckpoint(t, live.Checkpoints(), "project-rooms", 300)
	stop()
	stop = deliver(t, b, counting(&resumed), live.Checkpoints())
	send(t, s, b, "room_a", 300, 2)
	waitForCheckpoint(t, live.Checkpoints(), "project-rooms", 302)
	stop()
	deliver(t, b, counting(&rebuilt), other.Checkpoints())
	send(t, s, b, "room_a", 302, 1)
	waitForCheckpoint(t, other.Checkpoints(), "project-rooms", 303)
	if first.Load() != 300 || resumed.Load() != 2 || rebuilt.Load() != 303 {
		t.Errorf("handled %d, then after a restart %d, then beside new documents %d events, want 300, 2, 303", first.Load(), resumed.Load(), rebuilt.Load())
	}
}

func waitForCheckpoint(t *testing.T, checkpoints Checkpoints, subscription string, want int64) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		position, err := checkpoints.Load(t.Context(), subscription)
		if position == want {
			return
		}
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("the checkpoint is %d, error %v, want %d", position, err, want)
		}
	}
}

func TestWaitsDoubleUpToTheLongest(t *testing.T) {
	var whole time.Duration
	for attempt := range elevenMinutes.attempts {
		wait := elevenMinutes.wait(attempt)
		if wait < elevenMinutes.firstWait || wait > longestWait {
			t.Errorf("wait %s after %d attempts", wait, attempt)
		}
		whole += wait
	}
	if whole < 10*time.Minute || whole > 12*time.Minute {
		t.Errorf("an event is parked after %s", whole)
	}
}
