// Package zone turns what people write about a time into a moment on the clocks of a
// place, and back into an instant. The zone database is part of the program, for where
// the machine has none.
//
// Rules: a time with an offset, or with Z, is that instant. A time without one is read
// off the clocks of the zone: one that the clocks skip does not exist, and of one that
// they show twice the earlier is meant. What stands is the time on the clocks; where a
// zone's rules change after the decision, the instant moves.
package zone

import (
	"cmp"
	"regexp"
	"slices"
	"time"

	"boochat/shared/event"
	"boochat/shared/meetup"
)

// Refusals of this package.
var (
	ErrNoZone    = &event.Refusal{Kind: event.RuleViolated, Rule: "no-such-time-zone", Field: "timeZone", Detail: "There is no such time zone. Give one of the IANA database, such as Europe/Berlin."}
	ErrNoTime    = &event.Refusal{Kind: event.RuleViolated, Rule: "no-such-time", Field: "takesPlaceOn", Detail: "There is no such time in this zone: the calendar does not have it, or the clocks skip it."}
	ErrMalformed = &event.Refusal{Kind: event.Malformed, Field: "takesPlaceOn", Detail: "A time is written as in 2026-12-24T19:30:00Z, or without an offset as the zone's clocks show it."}
)

// Times on the clocks as they are read. Seconds may have a fraction.
const (
	withSeconds    = "2006-01-02T15:04:05"
	withoutSeconds = "2006-01-02T15:04"
)

// localTime is how the time on the clocks is written: RFC 3339, with milliseconds where
// there are any.
const localTime = "2006-01-02T15:04:05.999Z07:00"

// written is the shape of a time. time.Parse is more lenient than RFC 3339.
var written = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?)?$`)

// Resolve reads a time in a zone. Of its fraction of a second, milliseconds are kept.
func Resolve(takesPlaceOn, timeZone string) (meetup.When, error) {
	location, err := Location(timeZone)
	if err != nil {
		return meetup.When{}, err
	}
	shape := written.FindStringSubmatch(takesPlaceOn)
	if shape == nil {
		return meetup.When{}, ErrMalformed
	}
	seconds, withOffset := shape[1], shape[3] != ""
	layout := time.RFC3339
	switch {
	case seconds == "":
		layout = withoutSeconds
	case !withOffset:
		layout = withSeconds
	}
	at, err := time.Parse(layout, takesPlaceOn)
	if err != nil {
		return meetup.When{}, ErrNoTime
	}
	if !withOffset {
		instants, _ := reading(at, location)
		if len(instants) == 0 {
			return meetup.When{}, ErrNoTime
		}
		at = instants[0]
	}
	at = at.UTC().Truncate(time.Millisecond)
	local := at.In(location)
	if min(at.Year(), local.Year()) < 1 || max(at.Year(), local.Year()) > 9999 {
		return meetup.When{}, ErrNoTime // written with four digits
	}
	return when(at, location), nil
}

func when(at time.Time, location *time.Location) meetup.When {
	return meetup.When{TakesPlaceOn: at.UTC().Format(event.TimeLayout), TimeZone: location.String(), LocalTime: at.In(location).Format(localTime)}
}

// Today is a moment by its zone's rules as the program has them. One in a zone that the
// program does not have stays as it was decided.
func Today(w meetup.When) meetup.When {
	location, err := Location(w.TimeZone)
	if err != nil {
		return w
	}
	return when(At(w), location)
}

// At gives the instant at which the zone's clocks show the local time, by the zone's
// rules as the program has them. As long as they are those of the decision, it is the
// instant decided on. Of a time that the clocks now show twice, it is the one closer to
// that; of one that they now skip, it comes as much later as they skip.
func At(w meetup.When) time.Time {
	decided, err := time.Parse(time.RFC3339, w.TakesPlaceOn)
	if err != nil {
		return time.Time{} // nothing that Resolve has written
	}
	location, unknown := Location(w.TimeZone)
	local, err := time.Parse(localTime, w.LocalTime)
	if unknown != nil || err != nil {
		return decided
	}
	clocks := local.UTC().Add(offset(local, local.Location()))
	instants, skipped := reading(clocks, location)
	if len(instants) == 0 {
		return skipped
	}
	return slices.MinFunc(instants, func(a, b time.Time) int {
		return cmp.Compare(a.Sub(decided).Abs(), b.Sub(decided).Abs())
	})
}

// reading lists the instants, in order, at which the clocks of a zone show a time, which
// is given as if it were UTC. Where they skip it, skipped is what it would have been had
// they gone on as before.
//
// No zone has been a day away from UTC, or changed its clocks twice in two days. So one
// of two offsets holds, that of the day before and that of the day after. (ZoneBounds
// would name the change, but is wrong on the last days of leap years.)
func reading(clocks time.Time, location *time.Location) (instants []time.Time, skipped time.Time) {
	before, after := offset(clocks.AddDate(0, 0, -1), location), offset(clocks.AddDate(0, 0, 1), location)
	if before == after {
		return []time.Time{clocks.Add(-before)}, time.Time{}
	}
	for _, ahead := range []time.Duration{max(before, after), min(before, after)} {
		if at := clocks.Add(-ahead); offset(at, location) == ahead {
			instants = append(instants, at)
		}
	}
	return instants, clocks.Add(-before)
}

// offset is how far a zone's clocks are ahead of UTC.
func offset(at time.Time, location *time.Location) time.Duration {
	_, seconds := at.In(location).Zone()
	return time.Duration(seconds) * time.Second
}
