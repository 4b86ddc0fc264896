package sqlite

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"boochat/shared/bus"
	"boochat/shared/event"

	"zombiezen.com/go/sqlite"
)

const (
	// quickRetries is how often a failing stream is tried again on the spot, after
	// 10, 20 and 40 ms, before it has to stand aside.
	quickRetries = 3
	longestWait  = time.Minute
)

// patience is how long a stream that stands aside is tried again before its first
// event is parked.
type patience struct {
	attempts  int
	firstWait time.Duration // it doubles with each attempt, up to longestWait
}

// elevenMinutes outlasts a restart of whatever the handler needs.
var elevenMinutes = patience{attempts: 20, firstWait: 100 * time.Millisecond}

// wait is how long a stream stands aside after so many attempts.
func (p patience) wait(attempts int) time.Duration {
	return min(p.firstWait<<min(attempts, 16), longestWait)
}

// delivery hands events to one subscription. A stream whose handler keeps failing
// stands aside with all its later events, and the others go on.
type delivery struct {
	bus.Subscription
	store    *EventStore
	patience patience
	aside    map[event.Stream]*aside
}

// aside is a stream that waits to be delivered again from a version on.
type aside struct {
	version  int64
	attempts int
	due      time.Time
}

// deliver hands over a batch: whole, or if that fails, stream by stream. It
// returns when every event is handled, parked, or known to stand aside.
func (d *delivery) deliver(ctx context.Context, batch []Entry) {
	events := make([]event.Envelope, 0, len(batch))
	for _, entry := range batch {
		if entry.Event.Stream.Topic() == d.Topic && d.aside[entry.Event.Stream] == nil {
			events = append(events, entry.Event)
		}
	}
	if len(events) == 0 || d.handle(ctx, events) == nil {
		return
	}
	for _, ofStream := range byStream(events) {
		if ctx.Err() != nil {
			return
		}
		d.deliverStream(ctx, ofStream)
	}
}

// handle calls the handler. One that panics has failed, like any other.
func (d *delivery) handle(ctx context.Context, events []event.Envelope) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("handler panicked: %v\n%s", cause, debug.Stack())
		}
	}()
	return d.Handler(ctx, events)
}

func byStream(events []event.Envelope) [][]event.Envelope {
	var streams [][]event.Envelope
	index := map[event.Stream]int{}
	for _, e := range events {
		i, seen := index[e.Stream]
		if !seen {
			i = len(streams)
			index[e.Stream] = i
			streams = append(streams, nil)
		}
		streams[i] = append(streams[i], e)
	}
	return streams
}

// deliverStream hands over the events of one stream one by one, with a few quick
// retries.
func (d *delivery) deliverStream(ctx context.Context, events []event.Envelope) {
	for _, e := range events {
		err := d.handle(ctx, []event.Envelope{e})
		for retry := 0; retry < quickRetries && err != nil && !bus.IsPermanent(err); retry++ {
			if !sleep(ctx, 10*time.Millisecond<<retry) {
				return
			}
			err = d.handle(ctx, []event.Envelope{e})
		}
		switch {
		case ctx.Err() != nil:
			return
		case bus.IsPermanent(err):
			d.park(ctx, e, err)
		case err != nil:
			slog.WarnContext(ctx, "delivery stands aside", "subscription", d.Name, "stream", e.Stream, "sequence", e.Sequence, "error", err)
			d.standAside(ctx, e.Stream, &aside{version: e.Sequence, due: time.Now().Add(d.patience.wait(0))})
			return
		}
	}
}

// redeliver tries the streams that stand aside and are due.
func (d *delivery) redeliver(ctx context.Context) {
	for stream, a := range d.aside {
		if ctx.Err() != nil {
			return
		}
		if !time.Now().Before(a.due) {
			d.redeliverStream(ctx, stream, *a)
		}
	}
}

func (d *delivery) redeliverStream(ctx context.Context, stream event.Stream, a aside) {
	events, err := d.store.Load(ctx, stream, a.version-1, deliverAtOnce)
	for _, e := range events {
		if err = d.handle(ctx, []event.Envelope{e}); err == nil {
			a.version, a.attempts = e.Sequence+1, 0
			continue
		}
		if ctx.Err() != nil {
			return
		}
		if a.attempts++; bus.IsPermanent(err) || a.attempts >= d.patience.attempts {
			d.park(ctx, e, err)
			a.version, a.attempts, err = e.Sequence+1, 0, nil
			continue
		}
		break
	}
	switch {
	case ctx.Err() != nil:
	case err == nil && len(events) < deliverAtOnce:
		d.rejoin(ctx, stream)
	default:
		a.due = time.Now().Add(d.patience.wait(a.attempts))
		d.standAside(ctx, stream, &a)
	}
}

// untilDue is how long until a stream that stands aside is due.
func (d *delivery) untilDue() time.Duration {
	wait := longestWait
	for _, a := range d.aside {
		wait = min(wait, time.Until(a.due))
	}
	return max(wait, time.Millisecond)
}

func (d *delivery) park(ctx context.Context, e event.Envelope, cause error) {
	slog.ErrorContext(ctx, "event parked", "subscription", d.Name, "event", e.ID, "stream", e.Stream, "sequence", e.Sequence, "error", cause)
	d.persist(ctx, func() error {
		return d.store.Park(ctx, bus.DeadLetter{Subscription: d.Name, Event: e, Cause: cause.Error(), ParkedAt: event.Now(time.Now)})
	})
}

// persist repeats what must be written before delivery may go on.
func (d *delivery) persist(ctx context.Context, write func() error) {
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, longestWait) {
		err := write()
		if err == nil || ctx.Err() != nil {
			return
		}
		slog.ErrorContext(ctx, "delivery waits for the store", "subscription", d.Name, "error", err)
		if !sleep(ctx, wait) {
			return
		}
	}
}

// sleep waits, and reports false when ctx ended first.
func sleep(ctx context.Context, wait time.Duration) bool {
	select {
	case <-time.After(wait):
		return true
	case <-ctx.Done():
		return false
	}
}

func (d *delivery) standAside(ctx context.Context, stream event.Stream, a *aside) {
	d.aside[stream] = a
	d.persist(ctx, func() error {
		return d.store.db.do(ctx, job{run: func(conn *sqlite.Conn) error {
			return exec(conn, "INSERT OR REPLACE INTO deferred (subscription, stream, version, attempts, due) VALUES (?, ?, ?, ?, ?)",
				d.Name, string(stream), a.version, a.attempts, a.due.UnixMilli())
		}})
	})
}

func (d *delivery) rejoin(ctx context.Context, stream event.Stream) {
	delete(d.aside, stream)
	d.persist(ctx, func() error {
		return d.store.db.do(ctx, job{run: func(conn *sqlite.Conn) error {
			return exec(conn, "DELETE FROM deferred WHERE subscription = ? AND stream = ?", d.Name, string(stream))
		}})
	})
}

func (d *delivery) load(ctx context.Context) error {
	d.aside = map[event.Stream]*aside{}
	return d.store.db.query(ctx, func(conn *sqlite.Conn) error {
		return each(conn, "SELECT stream, version, attempts, due FROM deferred WHERE subscription = ?", []any{d.Name}, func(row *sqlite.Stmt) error {
			d.aside[event.Stream(row.ColumnText(0))] = &aside{version: row.ColumnInt64(1), attempts: row.ColumnInt(2), due: time.UnixMilli(row.ColumnInt64(3))}
			return nil
		})
	})
}
