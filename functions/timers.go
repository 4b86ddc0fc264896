package functions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/httpapi"
	"boochat/shared/meetup"
	"boochat/shared/view"
	"boochat/shared/zone"

	"github.com/google/uuid"
)

const (
	// timersTimeout has one run of the timers end before the clock, which strikes every
	// minute, begins the next.
	timersTimeout = 50 * time.Second
	// timersPage is how many meetups are worked on at a time.
	timersPage = 100
)

// Timers has done what is due: polls that close, nudges and reminders.
type Timers struct {
	Views   view.Store
	Meetups *eventstore.Repository[*meetup.Meetup]
	Now     func() time.Time
}

// Run does what is due by now, and tells how many events that led to. What is due is
// found in the read documents and decided on the log, so that it is done once however
// far the documents are behind, and however many instances run. A meetup that fails
// is left to the next run; the others go on.
func (t *Timers) Run(ctx context.Context) (happened int, err error) {
	before := event.Now(t.Now).Add(time.Millisecond).Format(event.TimeLayout) // what is due right now is due
	done := map[string]bool{}
	var failures []error
	for {
		// The documents of those that are done may say so later.
		documents, err := t.Views.List(ctx, view.Query{Collection: view.MeetupStates, DueBefore: before, Limit: len(done) + timersPage})
		if err != nil {
			return happened, errors.Join(append(failures, fmt.Errorf("list what is due: %w", err))...)
		}
		var due []string
		for _, d := range documents {
			if _, id := view.Split(d.Path); !done[id] && len(due) < timersPage {
				done[id] = true
				due = append(due, id)
			}
		}
		if len(due) == 0 {
			return happened, errors.Join(failures...)
		}
		events, failed := t.runAll(ctx, due)
		happened, failures = happened+events, append(failures, failed...)
	}
}

// runAll works on several meetups at once.
func (t *Timers) runAll(ctx context.Context, ids []string) (happened int, failures []error) {
	var mu sync.Mutex
	var working sync.WaitGroup
	for _, id := range ids {
		working.Go(func() {
			events, err := t.run(ctx, meetup.Stream(id))
			mu.Lock()
			defer mu.Unlock()
			happened += events
			if err != nil {
				failures = append(failures, err)
			}
		})
	}
	working.Wait()
	return happened, failures
}

// run does what is due of a meetup, until nothing is.
func (t *Timers) run(ctx context.Context, stream event.Stream) (happened int, err error) {
	for {
		command := eventstore.Command{
			ID: uuid.Must(uuid.NewV7()).String(), Fingerprint: "run-due-timers", Traceparent: httpapi.Traceparent(ctx),
		}
		outcome, err := t.Meetups.Execute(ctx, stream, command, func(m *meetup.Meetup) ([]any, error) {
			return m.Due(event.Now(t.Now), zone.At)
		})
		if err != nil {
			return happened, fmt.Errorf("do what is due of %s: %w", stream, err)
		}
		if len(outcome.Events) == 0 {
			return happened, nil
		}
		happened += len(outcome.Events)
	}
}

// runDueTimers runs the timers once.
func runDueTimers(ctx context.Context, s *Services) error {
	ctx, cancel := context.WithTimeout(ctx, timersTimeout)
	defer cancel()
	happened, err := s.Timers.Run(ctx)
	if happened > 0 {
		slog.InfoContext(ctx, "timers run", "events", happened)
	}
	return err
}
