package bustest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"boochat/shared/bus"
	"boochat/shared/event"
)

var errBroken = errors.New("breaks an invariant")

func wantLetter(t *testing.T, letter bus.DeadLetter, subscription string, e event.Envelope, cause error) {
	t.Helper()
	got, err := json.Marshal(letter.Event)
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if letter.Subscription != subscription || string(got) != string(want) || !strings.Contains(letter.Cause, cause.Error()) {
		t.Errorf("dead letter %+v, want %s of %s because of %q", letter, want, subscription, cause)
	}
	if age := time.Since(letter.ParkedAt); age < -time.Minute || age > time.Minute {
		t.Errorf("parked at %s, %s ago", letter.ParkedAt, age)
	}
}

func parksPermanent(t *testing.T, f Features, b Backend) {
	r := subscribe(t, f, b, "first", func(e event.Envelope, _ int) error {
		if e.Stream == "room_a" && e.Sequence == 2 {
			return fmt.Errorf("project %s: %w", e.Stream, bus.Permanent(errBroken))
		}
		return nil
	})
	events := send(t, b, "room_a", 0, 4)
	others := send(t, b, "room_b", 0, 2)
	wantLetter(t, parked(t, b, 1)[0], "first", events[1], errBroken)
	r.wait(t, append(others, events[0], events[2], events[3])...)
	r.wantNever(t, events[1])
	if calls := r.callsOf(events[1]); calls > 2 { // once among others, once alone
		t.Errorf("handed over %d times, though repeating is of no use", calls)
	}
	r.wait(t, send(t, b, "room_a", 4, 1)...)
	parked(t, b, 1)
}

func parksPoison(t *testing.T, f Features, b Backend) {
	r := subscribe(t, f, b, "first", func(e event.Envelope, _ int) error {
		if e.Stream == "room_a" && e.Sequence == 2 {
			return errNotNow
		}
		return nil
	})
	events := send(t, b, "room_a", 0, 3)
	wantLetter(t, parked(t, b, 1)[0], "first", events[1], errNotNow)
	if calls := r.callsOf(events[1]); calls < 3 {
		t.Errorf("parked after %d calls, want some patience", calls)
	}
	r.wait(t, events[0], events[2])
	r.wantNever(t, events[1])
	r.wait(t, send(t, b, "room_a", 3, 2)...)
	parked(t, b, 1)
}

func parksForOne(t *testing.T, f Features, b Backend) {
	broken := subscribe(t, f, b, "broken", func(e event.Envelope, _ int) error { return bus.Permanent(errBroken) })
	well := subscribe(t, f, b, "well", nil)
	events := send(t, b, "room_a", 0, 3)
	well.wait(t, events...)
	for _, letter := range parked(t, b, 3) {
		if letter.Subscription != "broken" {
			t.Errorf("parked for %s", letter.Subscription)
		}
	}
	broken.wantNever(t, events...)
}

func keepsDeadLetters(t *testing.T, _ Features, b Backend) {
	at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	events := happened("room_a", 0, 3)
	letter := func(subscription string, e event.Envelope, minute int, cause string) bus.DeadLetter {
		return bus.DeadLetter{Subscription: subscription, Event: e, Cause: cause, ParkedAt: at.Add(time.Duration(minute) * time.Minute)}
	}
	for _, l := range []bus.DeadLetter{
		letter("first", events[1], 5, "e"), letter("first", events[0], 1, "a"), letter("second", events[0], 2, "b"),
		letter("first", events[2], 3, "c"), letter("second", events[0], 4, "b, again"),
	} {
		if err := b.DeadLetters.Park(t.Context(), l); err != nil {
			t.Fatalf("park: %v", err)
		}
	}
	for _, when := range []string{"before", "after"} {
		var causes []string
		for _, l := range parked(t, b, 4) {
			causes = append(causes, l.Cause)
		}
		if got := strings.Join(causes, "; "); got != "a; c; b, again; e" {
			t.Errorf("%s a crash: %q", when, got)
		}
		b = b.Reopen(t)
	}
	for range 2 { // removing what is not there is no error
		if err := b.DeadLetters.Remove(t.Context(), "second", events[0].ID); err != nil {
			t.Fatalf("remove: %v", err)
		}
	}
	for _, l := range parked(t, b, 3) {
		if l.Subscription != "first" {
			t.Errorf("the dead letter of %s is still there", l.Subscription)
		}
	}
}
