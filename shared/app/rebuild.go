package app

import (
	"context"
	"errors"
	"log/slog"

	"boochat/functions"
	"boochat/functions/trigger"
	"boochat/shared/adapter/sqlite"
	"boochat/shared/bus"
	"boochat/shared/catalogue"
	"boochat/shared/event"
)

// Progress is told how many of how many events are done.
type Progress func(done, total int64)

// rebuildBatch is how many events are projected in one write.
const rebuildBatch = 1_000

// Rebuild makes the read documents anew from the log, beside the ones in use, and
// switches to them: a system that runs on the directory does so within seconds,
// another when it starts.
func Rebuild(ctx context.Context, dataDir string, progress Progress) error {
	dir := directory(dataDir)
	log, err := sqlite.OpenLog(dataDir)
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
	services := &functions.Services{
		Rooms:   trigger.NewRooms(log, views, catalogue.Events),
		Users:   trigger.NewUsers(log, views, catalogue.Events),
		Notices: &trigger.Notices{},
	}
	for _, sub := range functions.Subscriptions(services) {
		if sub.Projection {
			r.projections = append(r.projections, sub)
		}
	}
	return r, nil
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
		for _, sub := range r.projections {
			if err := project(ctx, sub, entries); err != nil {
				return err
			}
		}
		r.position = entries[len(entries)-1].Position
	}
}

// project hands a projection the events of its topic: all together, or, where one
// cannot be projected, one by one and without it, as live delivery does.
func project(ctx context.Context, sub bus.Subscription, entries []sqlite.Entry) error {
	var events []event.Envelope
	for _, entry := range entries {
		if entry.Event.Stream.Topic() == sub.Topic {
			events = append(events, entry.Event)
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
