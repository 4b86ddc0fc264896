package meetup

import (
	"slices"
	"time"
)

// Reminders come so many minutes before a meetup.
const (
	dayBefore  = 24 * 60
	hourBefore = 60
)

// nudgeAfter is how long after its making a poll without a deadline is brought to mind
// once; with one it is as long before the deadline, but not before half of the time.
const nudgeAfter = 24 * time.Hour

// Instants gives the instant of a moment on the clocks of a place, by the zone's rules
// as they are now.
type Instants func(When) time.Time

// Due decides on what is due at a time: polls that close, nudges about others, and
// reminders. What has been done is in the state, so that it is done once, however often
// it is asked for.
//
// Rules: reminders follow the date; those whose time had passed when it was set are left
// out, as is the earlier one of two that are late. They go to all but those who said no.
// Once the meetup has begun nobody is reminded any more. A nudge goes to those who have
// not voted.
func (m *Meetup) Due(now time.Time, at Instants) ([]any, error) {
	if !m.Exists() || m.Cancelled {
		return nil, nil
	}
	var events []any
	for i := range m.Polls {
		p := &m.Polls[i]
		switch {
		case !p.Active():
		case p.ClosesAt != "" && !now.Before(instant(p.ClosesAt)):
			events = append(events, m.closing(p, p.outcome(ReasonDeadline), "", now)...)
		case !p.Nudged && !now.Before(p.nudgeAt()):
			events = append(events, NudgeDue{PollID: p.ID, UserIDs: p.Missing()})
		}
		if len(events) > 0 && moves(events[len(events)-1]) {
			return events, nil // what else is due is decided on the moved meetup
		}
	}
	if reminder, due := m.reminder(now, at(m.When)); due {
		events = append(events, reminder)
	}
	return events, nil
}

func moves(e any) bool {
	switch e.(type) {
	case Rescheduled, Relocated:
		return true
	default:
		return false
	}
}

// reminder gives the reminder that is due, of those that are to come still.
func (m *Meetup) reminder(now, start time.Time) (r ReminderDue, due bool) {
	for _, before := range []int{hourBefore, dayBefore} {
		if !m.remindsBy(before, start) || now.Before(start.Add(-minutes(before))) {
			continue
		}
		r = ReminderDue{MinutesBefore: before, When: m.When, UserIDs: []string{}}
		if now.Before(start) {
			r.UserIDs = m.comers()
		}
		return r, true
	}
	return ReminderDue{}, false
}

// remindsBy reports whether the reminder so many minutes before is still to come.
func (m *Meetup) remindsBy(before int, start time.Time) bool {
	return start.Add(-minutes(before)).After(m.SetAt) && (m.RemindedMinutes == 0 || before < m.RemindedMinutes)
}

// comers are all attendees but those who said no.
func (m *Meetup) comers() []string {
	ids := []string{}
	for _, a := range m.Attendees {
		if a.RSVP != No {
			ids = append(ids, a.ID)
		}
	}
	return ids
}

// NextDue gives when something is due next. ok is false when nothing is.
func (m *Meetup) NextDue(at Instants) (next time.Time, ok bool) {
	if !m.Exists() || m.Cancelled {
		return time.Time{}, false
	}
	var times []time.Time
	for i := range m.Polls {
		p := &m.Polls[i]
		if !p.Active() {
			continue
		}
		if p.ClosesAt != "" {
			times = append(times, instant(p.ClosesAt))
		}
		if !p.Nudged {
			times = append(times, p.nudgeAt())
		}
	}
	start := at(m.When)
	for _, before := range []int{dayBefore, hourBefore} {
		if m.remindsBy(before, start) {
			times = append(times, start.Add(-minutes(before)))
		}
	}
	if len(times) == 0 {
		return time.Time{}, false
	}
	return slices.MinFunc(times, time.Time.Compare), true
}

func (p *Poll) nudgeAt() time.Time {
	if p.ClosesAt == "" {
		return p.CreatedAt.Add(nudgeAfter)
	}
	closes := instant(p.ClosesAt)
	half := p.CreatedAt.Add(closes.Sub(p.CreatedAt) / 2)
	if before := closes.Add(-nudgeAfter); before.After(half) {
		return before
	}
	return half
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }
