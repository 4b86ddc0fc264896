package calendar

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	ics "github.com/arran4/golang-ical"
)

// span is a zone and the years in it that a calendar has to do with.
type span struct {
	location *time.Location
	years    map[int]bool
}

// spans are those of a calendar, by the zones' names.
type spans map[string]span

func (s spans) add(location *time.Location, at time.Time) {
	known, ok := s[location.String()]
	if !ok {
		known = span{location, map[int]bool{}}
		s[location.String()] = known
	}
	known.years[at.In(location).Year()] = true
}

// timezone writes the rules of a zone as far as the calendar needs them: what holds at
// the beginning of its years, and an observance for each time that the clocks are set in
// them. What holds at first does so as if it always had.
func timezone(s span) *ics.VTimezone {
	rules := ics.NewTimezone(s.location.String())
	for i, year := range slices.Sorted(maps.Keys(s.years)) {
		first := time.Date(year, time.January, 1, 0, 0, 0, 0, s.location)
		moments := changes(first, first.AddDate(1, 0, 0))
		switch {
		case i == 0:
			_, offset := first.Zone()
			rules.Components = append(rules.Components, observance(first, offset, "19700101T000000"))
		case !s.years[year-1]:
			moments = append([]time.Time{first}, moments...)
		}
		for _, at := range moments {
			// The clocks that are set show the time that held before.
			_, before := at.Add(-time.Second).Zone()
			since := at.In(time.FixedZone("", before)).Format(localForm)
			rules.Components = append(rules.Components, observance(at, before, since))
		}
	}
	return rules
}

// changes are the moments from first to last at which the clocks of their zone are set.
// No zone sets them twice within a day. (ZoneBounds would name the moments, but is wrong
// on the last days of leap years.)
func changes(first, last time.Time) (moments []time.Time) {
	const day = 24 * time.Hour
	for at := first; at.Before(last); at = at.Add(day) {
		if sameRule(at, at.Add(day)) {
			continue
		}
		seconds := sort.Search(int(day/time.Second), func(n int) bool { return !sameRule(at, at.Add(time.Duration(n)*time.Second)) })
		moments = append(moments, at.Add(time.Duration(seconds)*time.Second))
	}
	return moments
}

func sameRule(a, b time.Time) bool {
	name, offset := a.Zone()
	otherName, otherOffset := b.Zone()
	return name == otherName && offset == otherOffset && a.IsDST() == b.IsDST()
}

// observance says what holds at a moment, how far the clocks were ahead of UTC before,
// in seconds, and since when it holds, on those clocks.
func observance(at time.Time, before int, since string) ics.Component {
	name, offset := at.Zone()
	var base ics.ComponentBase
	base.SetProperty(ics.ComponentPropertyDtStart, since)
	base.SetProperty(ics.ComponentProperty(ics.PropertyTzoffsetfrom), utcOffset(before))
	base.SetProperty(ics.ComponentProperty(ics.PropertyTzoffsetto), utcOffset(offset))
	base.SetProperty(ics.ComponentProperty(ics.PropertyTzname), name)
	if at.IsDST() {
		return &ics.Daylight{ComponentBase: base}
	}
	return &ics.Standard{ComponentBase: base}
}

// utcOffset writes seconds east of UTC as RFC 5545 does, section 3.3.14.
func utcOffset(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	text := fmt.Sprintf("%c%02d%02d", sign, seconds/3600, seconds/60%60)
	if rest := seconds % 60; rest != 0 {
		text += fmt.Sprintf("%02d", rest)
	}
	return text
}

// shownTwice reports whether the clocks show this time again, or have shown it before:
// because they are set back by more than lies between.
func shownTwice(at time.Time) bool {
	_, offset := at.Zone()
	for _, away := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, other := at.Add(away).Zone()
		again := at.Add(time.Duration(offset-other) * time.Second)
		if _, then := again.Zone(); other != offset && then == other {
			return true
		}
	}
	return false
}
