package meetup_test

import (
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/meetup"
)

const day = 24 * time.Hour

// decided is the instant that was decided on, as long as no zone changes its rules.
func decided(w meetup.When) time.Time {
	at, err := time.Parse(time.RFC3339, w.TakesPlaceOn)
	if err != nil {
		panic(err)
	}
	return at
}

// due asks for what is due so long after noon.
func due(after time.Duration) decide {
	return func(m *meetup.Meetup) ([]any, error) { return m.Due(noon.Add(after), decided) }
}

// start is when the meetup begins, after noon.
var start = decided(eve).Sub(noon)

func reminder(minutes int, w meetup.When, people ...string) meetup.ReminderDue {
	return meetup.ReminderDue{MinutesBefore: minutes, When: w, UserIDs: append([]string{}, people...)}
}

func reminded(minutes int) fact { return fact{payload: reminder(minutes, eve)} }

// startsIn is a meetup that was planned at noon, so long before it begins.
func startsIn(d time.Duration) fact {
	f := created("bob")
	p := f.payload.(meetup.Created)
	p.When = at(d)
	f.payload = p
	return f
}

func TestReminding(t *testing.T) {
	dayBefore := func(people ...string) []any { return []any{reminder(1440, eve, people...)} }
	hourBefore := func(people ...string) []any { return []any{reminder(60, eve, people...)} }
	answers := given(created("bob", "cem", "dee"), answered("bob", meetup.Maybe), answered("cem", meetup.No))
	hold(t, []rule{
		{"not before a day before", given(created("bob")), due(start - day - 1), nil, nil},
		{"a day before", given(created("bob")), due(start - day), dayBefore("ann", "bob"), nil},
		{"once", given(created("bob"), reminded(1440)), due(start - day), nil, nil},
		{"not again before an hour before", given(created("bob"), reminded(1440)), due(start - time.Hour - 1), nil, nil},
		{"an hour before", given(created("bob"), reminded(1440)), due(start - time.Hour), hourBefore("ann", "bob"), nil},
		{"an hour before, once", given(created("bob"), reminded(1440), reminded(60)), due(start - time.Hour), nil, nil},
		{"E-V1: all but those who said no", answers, due(start - day), dayBefore("ann", "bob", "dee"), nil},
		{"E-V1: all have said no", given(created(), answered("ann", meetup.No)), due(start - day), dayBefore(), nil},
		{"late, the one for a day before is for less", given(created("bob")), due(start - 2*time.Hour), dayBefore("ann", "bob"), nil},
		{"so late that both are due, the later is enough", given(created("bob")), due(start - time.Minute), hourBefore("ann", "bob"), nil},
		{"so late that both were due, the earlier is none any more", given(created("bob"), reminded(60)), due(start - time.Minute), nil, nil},
		{"in the last moment", given(created("bob")), due(start - 1), hourBefore("ann", "bob"), nil},
		{"once it has begun, nobody, so that it is done", given(created("bob")), due(start), hourBefore(), nil},
		{"long after it, nobody", given(created("bob"), reminded(1440)), due(start + 30*day), hourBefore(), nil},
		{"long after it, once", given(created("bob"), reminded(60)), due(start + 30*day), nil, nil},
		{"planned within a day: an hour before only", given(startsIn(2 * time.Hour)), due(90 * time.Minute), []any{reminder(60, at(2*time.Hour), "ann", "bob")}, nil},
		{"planned within a day: not at once", given(startsIn(2 * time.Hour)), due(0), nil, nil},
		{"planned exactly a day before: not at once", given(startsIn(day)), due(0), nil, nil},
		{"planned within an hour: not at all", given(startsIn(30 * time.Minute)), due(29 * time.Minute), nil, nil},
		{"moved: not by the old date", given(created("bob"), moved(boxing)), due(start - day), nil, nil},
		{"moved: by the new date", given(created("bob"), moved(boxing)), due(start + day), []any{reminder(1440, boxing, "ann", "bob")}, nil},
		{"moved after a reminder: anew", given(created("bob"), reminded(60), moved(boxing).later(start-time.Minute)), due(start + day), []any{reminder(1440, boxing, "ann", "bob")}, nil},
		{"moved to within a day: an hour before only", given(created("bob"), moved(boxing).later(start+day+time.Hour)), due(start + day + time.Hour), nil, nil},
		{"cancelled: not at all", given(created("bob"), cancelled()), due(start - time.Hour), nil, nil},
		{"not planned: not at all", given(), due(start), nil, nil},
	})
}

func TestDeadlines(t *testing.T) {
	const deadline = 2 * day
	over := func(id string, o meetup.Outcome) meetup.PollClosed { return end(id, meetup.ReasonDeadline, o) }
	toBoxing := meetup.Rescheduled{From: eve, To: boxing, PollID: "a"}
	times := given(created("bob", "cem"), closing("a", deadline, onBoxing, atEve), voted("bob", "a", 0), fact{payload: meetup.NudgeDue{PollID: "a"}})
	soon := meetup.Choice{When: new(at(deadline + time.Hour))}
	nudged := func(id string) fact { return fact{payload: meetup.NudgeDue{PollID: id}} }
	hold(t, []rule{
		{"V-T6: not before its deadline", times, due(deadline - 1), nil, nil},
		{"V-T6, D-11: at its deadline a poll closes, and the winner moves the meetup", times, due(deadline), []any{over("a", applied(won(0, onBoxing))), toBoxing}, nil},
		{"V-T6, D-11: late, all the same", times, due(deadline + 9*day), []any{over("a", applied(won(0, onBoxing))), toBoxing}, nil},
		{"V-T6: without votes it leads to nothing", given(created("bob"), closing("a", deadline, onBoxing, atEve)), due(deadline), []any{over("a", nobody)}, nil},
		{"D-11: a tie", given(created("bob", "cem"), closing("a", deadline, onBoxing, atEve), voted("bob", "a", 0), voted("cem", "a", 1)), due(deadline), []any{over("a", applied(tie(won(0, onBoxing)))), toBoxing}, nil},
		{"D-11: the place is moved", given(created("bob"), closing("a", deadline, atAnn, atLuigis), voted("bob", "a", 0)), due(deadline),
			[]any{over("a", applied(won(0, atAnn))), meetup.Relocated{From: luigis, To: home, PollID: "a"}}, nil},
		{"D-11: late, the winner has passed and moves nothing", given(created("bob"), closing("a", deadline, soon, atEve), voted("bob", "a", 0)), due(deadline + time.Hour), []any{over("a", won(0, soon))}, nil},
		{"V-T6: once", given(created("bob"), closing("a", deadline, pizza, soup), ended("a", meetup.ReasonDeadline, nobody)), due(deadline), nil, nil},
		{"V-T6: not of a cancelled meetup", given(created("bob"), closing("a", deadline, pizza, soup), cancelled()), due(deadline), nil, nil},
		{"two that move nothing end together", given(created("bob"), closing("a", deadline, pizza, soup), closing("b", deadline, pizza, soup), voted("bob", "b", 1)), due(deadline),
			[]any{over("a", nobody), over("b", won(1, soup))}, nil},
		{"of two, the one that moves is first done with", given(created("bob", "cem"), closing("a", deadline, onBoxing, atEve), closing("b", deadline, atEve, onBoxing), voted("bob", "a", 0), voted("bob", "b", 0)), due(deadline),
			[]any{over("a", applied(won(0, onBoxing))), toBoxing}, nil},
		{"of two, the second is decided on where the first has led to",
			given(created("bob", "cem"), closing("a", deadline, onBoxing, atEve), closing("b", deadline, atEve, onBoxing), voted("bob", "a", 0), voted("bob", "b", 0), ended("a", meetup.ReasonDeadline, applied(won(0, onBoxing))), moved(boxing)), due(deadline),
			[]any{over("b", applied(won(0, atEve))), meetup.Rescheduled{From: boxing, To: eve, PollID: "b"}}, nil},
		{"what moves comes before reminders, which follow it", given(created("bob"), closing("a", start-day, onBoxing, atEve), voted("bob", "a", 0), nudged("a")), due(start - day),
			[]any{over("a", applied(won(0, onBoxing))), toBoxing}, nil},
		{"what does not move comes with reminders", given(created("bob"), closing("a", start-day, pizza, soup), nudged("a")), due(start - day), []any{over("a", nobody), reminder(1440, eve, "ann", "bob")}, nil},
	})
}

func TestNudging(t *testing.T) {
	nudge := func(people ...string) []any { return []any{meetup.NudgeDue{PollID: "a", UserIDs: people}} }
	open := given(created("bob", "cem"), asked("a", pizza, soup), voted("bob", "a", 0))
	far := given(created("bob"), closing("a", 5*day, pizza, soup))
	near := given(created("bob"), closing("a", 10*time.Hour, pizza, soup))
	edge := given(created("bob"), closing("a", 2*day, pizza, soup))
	hold(t, []rule{
		{"E-A1, E-P10: without a deadline, not within a day", open, due(day - 1), nil, nil},
		{"E-A1, E-P10: without a deadline, after a day, those whose vote is missing", open, due(day), nudge("ann", "cem"), nil},
		{"late, those whose vote is missing then", given(created("bob", "cem"), asked("a", pizza, soup), voted("bob", "a", 0), joined("dee", 4), left("cem", 5)), due(9 * day), nudge("ann", "dee"), nil},
		{"once", given(created("bob"), asked("a", pizza, soup), fact{payload: meetup.NudgeDue{PollID: "a"}}), due(9 * day), nil, nil},
		{"with a deadline, not before a day before", far, due(4*day - 1), nil, nil},
		{"with a deadline, a day before", far, due(4 * day), nudge("ann", "bob"), nil},
		{"with a deadline soon, not before half of the time", near, due(5*time.Hour - 1), nil, nil},
		{"with a deadline soon, after half of the time", near, due(5 * time.Hour), nudge("ann", "bob"), nil},
		{"with two days' time both are the same", edge, due(day), nudge("ann", "bob"), nil},
		{"with two days' time, not before", edge, due(day - 1), nil, nil},
		{"at the deadline it is too late for it", near, due(10 * time.Hour), []any{end("a", meetup.ReasonDeadline, nobody)}, nil},
		{"not of a closed poll", given(created("bob"), asked("a", pizza, soup), ended("a", meetup.ReasonClosed, nobody)), due(day), nil, nil},
		{"not in a cancelled meetup", given(created("bob"), asked("a", pizza, soup), cancelled()), due(day), nil, nil},
		{"with what else is due", given(created("bob"), asked("a", pizza, soup).later(start-2*day), asked("b", pizza, soup).later(start-2*day), voted("bob", "b", 0)), due(start - day),
			append(nudge("ann", "bob"), meetup.NudgeDue{PollID: "b", UserIDs: []string{"ann"}}, reminder(1440, eve, "ann", "bob")), nil},
	})
}

// TestRulesOfAZoneChange: people come when the clocks show the time (E-T4).
func TestRulesOfAZoneChange(t *testing.T) {
	hourLater := func(w meetup.When) time.Time { return decided(w).Add(time.Hour) }
	m := given(created("bob"))
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{start - day, 0}, {start - day + time.Hour - 1, 0}, {start - day + time.Hour, 1}} {
		if events, err := m.Due(noon.Add(c.after), hourLater); err != nil || len(events) != c.want {
			t.Errorf("%s after noon %d are due: %s, error %v", c.after, c.want, shown(events), err)
		}
	}
	if next, ok := m.NextDue(hourLater); !ok || !next.Equal(noon.Add(start-day+time.Hour)) {
		t.Errorf("next is due at %s, %t", next, ok)
	}
}

func TestNextDue(t *testing.T) {
	const never = time.Duration(-1)
	for _, c := range []struct {
		name  string
		given *meetup.Meetup
		want  time.Duration
	}{
		{"not planned", given(), never},
		{"planned: a day before", given(created("bob")), start - day},
		{"planned within a day: an hour before", given(startsIn(3 * time.Hour)), 2 * time.Hour},
		{"planned within an hour: never", given(startsIn(time.Hour)), never},
		{"reminded of a day: an hour before", given(created("bob"), reminded(1440)), start - time.Hour},
		{"reminded of an hour: never", given(created("bob"), reminded(60)), never},
		{"moved: a day before that", given(created("bob"), reminded(60), moved(boxing)), decided(boxing).Sub(noon) - day},
		{"cancelled: never", given(created("bob"), asked("a", pizza, soup), cancelled()), never},
		{"a poll: its nudge", given(created("bob"), asked("a", pizza, soup)), day},
		{"a poll with a deadline: its nudge", given(created("bob"), closing("a", 10*time.Hour, pizza, soup)), 5 * time.Hour},
		{"a nudged poll: its deadline", given(created("bob"), closing("a", 10*time.Hour, pizza, soup), fact{payload: meetup.NudgeDue{PollID: "a"}}), 10 * time.Hour},
		{"a nudged poll without a deadline: what else there is", given(created("bob"), asked("a", pizza, soup), fact{payload: meetup.NudgeDue{PollID: "a"}}), start - day},
		{"a closed poll: what else there is", given(created("bob"), asked("a", pizza, soup), ended("a", meetup.ReasonClosed, nobody)), start - day},
		{"two polls: the earlier", given(created("bob"), asked("a", pizza, soup), closing("b", 2*time.Hour, pizza, soup)), time.Hour},
	} {
		next, ok := c.given.NextDue(decided)
		if ok != (c.want != never) || ok && !next.Equal(noon.Add(c.want)) {
			t.Errorf("%s: %s, %t, want %s", c.name, next.Format(event.TimeLayout), ok, noon.Add(c.want).Format(event.TimeLayout))
			continue
		}
		if !ok {
			next = noon.AddDate(10, 0, 0)
		}
		if events, err := c.given.Due(next.Add(-1), decided); err != nil || len(events) > 0 {
			t.Errorf("%s: before that there is due %s, error %v", c.name, shown(events), err)
		}
		if events, err := c.given.Due(next, decided); err != nil || (len(events) > 0) != ok {
			t.Errorf("%s: then there is due %s, error %v", c.name, shown(events), err)
		}
	}
}
