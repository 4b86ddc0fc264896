package eventstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"boochat/shared/event"
)

const (
	// maxShared is how many commands share one append.
	maxShared = 128
	// maxAttempts bounds how often an append with an unknown outcome is repeated.
	maxAttempts = 16
	// workTimeout bounds the work on one shared append, and so how long a process
	// goes on deciding anew because others were faster. It is a time and not a number:
	// whoever lost must read what it lost to, and may lose many times in a row.
	workTimeout = 15 * time.Second
)

// workOff works through the line of a stream until it is empty.
func (r *Repository[S]) workOff(s *stream[S]) {
	for {
		s.queue.Lock()
		if len(s.waiting) == 0 {
			s.working, s.waiting = false, nil
			s.queue.Unlock()
			return
		}
		n := min(len(s.waiting), maxShared)
		group := s.waiting[:n:n]
		s.waiting = s.waiting[n:]
		s.queue.Unlock()
		r.workOn(s, group)
	}
}

// workOn decides and appends a group of commands and answers each. Refusals, too,
// are answered only after the append: they may rest on events of the same group.
func (r *Repository[S]) workOn(s *stream[S], group []*pending[S]) {
	ctx, cancel := context.WithTimeout(context.Background(), workTimeout)
	defer cancel()
	s.work.Lock()
	defer s.work.Unlock()
	for i, a := range r.decideAndAppend(ctx, s, group) {
		group[i].done <- a
	}
	r.forgetEmpty(s)
}

func (r *Repository[S]) decideAndAppend(ctx context.Context, s *stream[S], group []*pending[S]) []answer {
	var err error
	fresh := s.folded == nil
	if fresh {
		err = r.refresh(ctx, s)
	}
	for err == nil {
		t := r.decideAll(s, group)
		if t.needsFreshState() && !fresh {
			fresh, err = true, r.refresh(ctx, s)
			continue
		}
		if len(t.events) > 0 {
			err = r.append(ctx, s.name, s.folded.version, t.events)
		}
		switch {
		case err == nil:
			return r.settle(ctx, s, group, t)
		case errors.Is(err, ErrConflict):
			fresh, err = true, r.refresh(ctx, s)
		case errors.Is(err, ErrDuplicate) && len(group) > 1:
			return r.oneByOne(ctx, s, group)
		case errors.Is(err, ErrDuplicate):
			return []answer{r.answerDuplicate(ctx, group[0].command)}
		}
	}
	s.folded = nil // whatever the store holds now, the next command reads it
	return everyone(group, unavailable(fmt.Errorf("append to %s: %w", s.name, err)))
}

// append repeats an append whose outcome is unknown: the store recognises it.
func (r *Repository[S]) append(ctx context.Context, name event.Stream, expected int64, events []event.Envelope) error {
	var err error
	for attempt := range maxAttempts {
		err = r.store.Append(ctx, name, expected, events)
		if err == nil || errors.Is(err, ErrConflict) || errors.Is(err, ErrDuplicate) || event.KindOf(err) != 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(time.Millisecond << min(attempt, 8)):
		}
	}
	return err
}

// trial is what a group of commands would lead to.
type trial[S State[S]] struct {
	folded  *folded[S]
	events  []event.Envelope
	answers []answer
	repeats map[int]remembered // answers to be completed with stored events
}

// needsFreshState reports whether decisions rest on a state that no append will
// prove to be the newest: all refused, or changed nothing.
func (t *trial[S]) needsFreshState() bool {
	return len(t.events) == 0 && len(t.repeats) < len(t.answers)
}

// decideAll lets each command of the group decide on what the ones before it
// would leave. The stream's own state stays as it is.
func (r *Repository[S]) decideAll(s *stream[S], group []*pending[S]) *trial[S] {
	t := &trial[S]{folded: s.folded.branch(), answers: make([]answer, len(group)), repeats: map[int]remembered{}}
	for i, p := range group {
		if known, ok := t.folded.find(p.command); ok {
			if t.answers[i].err = refuseKnown(known, p, t.folded.state); t.answers[i].err == nil {
				t.repeats[i] = known
			}
			continue
		}
		payloads, err := decide(p, t.folded.state)
		if err == nil {
			t.answers[i].outcome, err = r.accept(t, s.name, p.command, payloads)
		}
		t.answers[i].err = err
	}
	return t
}

// refuseKnown refuses what is no repeat of a remembered command. Whom the rule
// refuses learns that, and not that the id is taken: it may not be theirs to know.
func refuseKnown[S State[S]](known remembered, p *pending[S], state S) error {
	err := known.refuse(p.command)
	if errors.Is(err, ErrIDTaken) {
		if _, refused := decide(p, state); refused != nil {
			return refused
		}
	}
	return err
}

// decide runs a rule; one that panics fails its own command only.
func decide[S State[S]](p *pending[S], state S) (payloads []any, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("decision panicked: %v\n%s", cause, debug.Stack())
		}
	}()
	return p.decide(state)
}

// accept gives payloads their envelopes and folds them into the trial.
func (r *Repository[S]) accept(t *trial[S], name event.Stream, command Command, payloads []any) (Outcome, error) {
	events := make([]event.Envelope, len(payloads))
	for i, payload := range payloads {
		typeName, version, data, err := r.catalogue.Encode(payload)
		if err != nil {
			return Outcome{}, err
		}
		events[i] = event.Envelope{
			ID: eventID(command.firstEventID(), i), Type: typeName, Version: version, Stream: name,
			Sequence: t.folded.version + int64(i) + 1, Time: event.Now(r.now), Actor: command.Actor, Data: data,
			CorrelationID: cmp.Or(command.CorrelationID, command.ID), CausationID: command.ID, Traceparent: command.Traceparent, Fingerprint: command.Fingerprint,
		}
	}
	for i, e := range events {
		t.folded.apply(e, payloads[i])
	}
	t.events = append(t.events, events...)
	return Outcome{Events: events, Version: t.folded.version}, nil
}

// settle makes a trial the truth, publishes it, and completes its answers.
func (r *Repository[S]) settle(ctx context.Context, s *stream[S], group []*pending[S], t *trial[S]) []answer {
	before := s.folded.version
	s.folded = t.folded
	if len(t.events) > 0 {
		r.publish(ctx, t.events)
		if s.folded.version/snapshotEvery != before/snapshotEvery {
			r.saveSnapshot(ctx, s)
		}
	}
	for i, p := range group {
		known, repeated := t.repeats[i]
		switch {
		case repeated && t.answers[i].err == nil:
			t.answers[i], _ = r.firstAnswer(ctx, p.command, known.EventID)
		case !repeated && len(t.answers[i].outcome.Events) == 0 && t.folded.mayHaveForgotten():
			// What the command did when it came first counts, not what it would do now.
			if first, found := r.firstAnswer(ctx, p.command, p.command.firstEventID()); found {
				t.answers[i] = first
			}
		}
	}
	return t.answers
}

// firstAnswer looks in the store for what a command has led to before, by the id
// of its first event.
func (r *Repository[S]) firstAnswer(ctx context.Context, command Command, first string) (a answer, found bool) {
	var events []event.Envelope
	for {
		e, err := r.store.Find(ctx, eventID(first, len(events)))
		if errors.Is(err, ErrNotFound) || err == nil && len(events) > 0 && e.CausationID != events[0].CausationID {
			break
		}
		if err == nil {
			err = remembered{ID: e.CausationID, EventID: e.ID, Fingerprint: e.Fingerprint}.refuse(command)
		} else {
			err = unavailable(fmt.Errorf("find event %d of command %s: %w", len(events), command.ID, err))
		}
		if err != nil {
			return answer{err: err}, true
		}
		events = append(events, e)
	}
	if len(events) == 0 {
		return answer{}, false
	}
	return answer{outcome: Outcome{Events: events, Version: events[len(events)-1].Sequence, Repeated: true}}, true
}

// answerDuplicate answers a command whose events the store has at another place:
// a repeat of long ago, a reused key, or an id that somebody else has taken.
func (r *Repository[S]) answerDuplicate(ctx context.Context, command Command) answer {
	if first, found := r.firstAnswer(ctx, command, command.firstEventID()); found {
		return first
	}
	return answer{err: ErrIDTaken}
}

// oneByOne finds the command of a group whose events are stored already.
func (r *Repository[S]) oneByOne(ctx context.Context, s *stream[S], group []*pending[S]) []answer {
	var answers []answer
	for _, p := range group {
		answers = append(answers, r.decideAndAppend(ctx, s, []*pending[S]{p})...)
	}
	return answers
}

func everyone[S State[S]](group []*pending[S], err error) []answer {
	answers := make([]answer, len(group))
	for i := range answers {
		answers[i].err = err
	}
	return answers
}
