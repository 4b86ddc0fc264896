package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"boochat/functions"
	"boochat/functions/trigger"
	"boochat/shared/adapter/sqlite"
	"boochat/shared/bus"
	"boochat/shared/config"
	"boochat/shared/event"
)

// Progress is told how many of how many events are done.
type Progress func(done, total int64)

// rebuildBatch is how many events are projected in one write.
const rebuildBatch = 1_000

// Rebuild makes the read documents of a place anew from its log. On the embedded
// backend it does so beside the ones in use, and switches to them: a system that runs
// on the directory does so within seconds, another when it starts. In Firestore, where
// clients listen, it puts right what differs, and a system may be running, too.
func Rebuild(ctx context.Context, p config.Place, progress Progress) error {
	if p.Backend == config.Google {
		return rebuildGoogle(ctx, p, progress)
	}
	dir := directory(p.DataDir)
	log, err := sqlite.OpenLog(p.DataDir)
	if err != nil {
		return err
	}
	path := dir.newViews()
	r, err := newRebuilding(log, path)
	if err == nil {
		err = r.run(ctx, progress)
		err = errors.Join(err, r.saveCheckpoints(ctx), r.views.Close())
	}
	err = errors.Join(err, log.Close())
	if err == nil {
		err = dir.useViews(path)
	}
	if err != nil {
		return errors.Join(err, removeViews(path))
	}
	return nil
}

// rebuilding makes read documents from the log alone.
type rebuilding struct {
	log         sqlite.Log
	views       *sqlite.Views
	projections []bus.Subscription
	position    int64
}

func newRebuilding(log sqlite.Log, path string) (*rebuilding, error) {
	views, err := sqlite.OpenViews(path)
	if err != nil {
		return nil, err
	}
	r := &rebuilding{log: log, views: views}
	services := &functions.Services{Table: functions.Table, Notices: &trigger.Notices{}}
	projectInto(services, log, views, time.Now)
	r.projections = projectionsOf(services)
	return r, nil
}

// projectionsOf gives the subscriptions that write read documents.
func projectionsOf(services *functions.Services) []bus.Subscription {
	return slices.DeleteFunc(functions.Subscriptions(services), func(sub bus.Subscription) bool { return !sub.Projection })
}

// run projects the log, from where it stopped last to its end.
func (r *rebuilding) run(ctx context.Context, progress Progress) error {
	for {
		head, err := r.log.Head(ctx)
		if err != nil {
			return err
		}
		progress(r.position, head)
		entries, err := r.log.Read(ctx, r.position, rebuildBatch)
		if err != nil || len(entries) == 0 {
			return err
		}
		events := make([]event.Envelope, len(entries))
		for i, entry := range entries {
			events[i] = entry.Event
		}
		for _, sub := range r.projections {
			if err := project(ctx, sub, events); err != nil {
				return err
			}
		}
		r.position = entries[len(entries)-1].Position
	}
}

// project hands a projection the events of its topic: all together, or, where one
// cannot be projected, one by one and without it, as live delivery does.
func project(ctx context.Context, sub bus.Subscription, all []event.Envelope) error {
	var events []event.Envelope
	for _, e := range all {
		if e.Stream.Topic() == sub.Topic {
			events = append(events, e)
		}
	}
	err := sub.Handler(ctx, events)
	if !bus.IsPermanent(err) {
		return err
	}
	for _, e := range events {
		switch err := sub.Handler(ctx, []event.Envelope{e}); {
		case bus.IsPermanent(err):
			slog.ErrorContext(ctx, "event left out", "subscription", sub.Name, "event", e.ID, "stream", e.Stream, "sequence", e.Sequence, "error", err)
		case err != nil:
			return err
		}
	}
	return nil
}

// saveCheckpoints has live delivery go on from here.
func (r *rebuilding) saveCheckpoints(ctx context.Context) error {
	var errs []error
	for _, sub := range r.projections {
		errs = append(errs, r.views.Checkpoints().Save(ctx, sub.Name, r.position))
	}
	return errors.Join(errs...)
}
