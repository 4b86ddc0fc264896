// Package calendar writes a person's meetups as an iCalendar feed (RFC 5545), which
// calendar programs subscribe to.
//
// Rules: an entry keeps its UID for as long as the meetup is there, and its SEQUENCE
// rises with every change that matters to a calendar. A cancelled meetup stays, as
// cancelled. Whoever has declined is not shown as busy, and not reminded. There is
// neither ORGANIZER nor ATTENDEE: both are addresses, which for calendar programs are
// e-mail addresses, and the group does not show those; a published calendar must not name
// attendees anyway (RFC 5546, section 3.2.1).
package calendar

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"boochat/shared/meetup"
	"boochat/shared/view"
	"boochat/shared/zone"

	ics "github.com/arran4/golang-ical"
)

const (
	// refresh is how often programs are asked to look again: an ISO 8601 duration.
	refresh = "PT1H"

	localForm = "20060102T150405"
	utcForm   = "20060102T150405Z"
)

// alarms are how long before a meetup people are reminded, by the clock.
var alarms = []string{"-PT24H", "-PT1H"}

// Feed writes the calendar of a person who attends the meetups. The same meetups give
// the same bytes, whatever their order.
func Feed(person string, meetups []view.Meetup) ([]byte, error) {
	calendar := ics.NewCalendar()
	calendar.SetProductId("-//Boochat//Meetups//EN")
	calendar.SetMethod(ics.MethodPublish)
	calendar.SetName("Boochat")
	calendar.SetRefreshInterval(refresh)
	calendar.SetXPublishedTTL(refresh)

	meetups = slices.SortedFunc(slices.Values(meetups), func(a, b view.Meetup) int { return cmp.Compare(a.ID, b.ID) })
	zones := spans{}
	var entries []ics.Component
	for _, m := range meetups {
		entries = append(entries, entry(person, m, zones))
	}
	for _, name := range slices.Sorted(maps.Keys(zones)) {
		calendar.AddVTimezone(timezone(zones[name]))
	}
	calendar.Components = append(calendar.Components, entries...)

	var out bytes.Buffer
	if err := calendar.SerializeTo(&out, ics.WithNewLineWindows); err != nil {
		return nil, fmt.Errorf("write calendar: %w", err)
	}
	return out.Bytes(), nil
}

// entry is a meetup in the person's calendar. It notes in zones what it needs of them.
func entry(person string, m view.Meetup, zones spans) *ics.VEvent {
	e := ics.NewEvent(m.ID + "@boochat")
	e.SetSequence(int(m.Revision))
	e.SetDtStampTime(changed(m))
	e.SetModifiedAt(changed(m))
	e.SetSummary(m.Name)
	setPlace(e, m)
	setTimes(e, m, zones)
	if m.Status == view.Cancelled {
		e.SetStatus(ics.ObjectStatusCancelled)
		if m.CancelReason != "" {
			e.SetDescription(m.CancelReason)
		}
		return e
	}
	e.SetStatus(ics.ObjectStatusConfirmed)
	if declined(person, m) {
		e.SetTimeTransparency(ics.TransparencyTransparent)
		return e
	}
	for _, before := range alarms {
		alarm := e.AddAlarm()
		alarm.SetAction(ics.ActionDisplay)
		alarm.SetTrigger(before)
		alarm.SetDescription(m.Name)
	}
	return e
}

// changed is when the plan has changed last.
func changed(m view.Meetup) (at time.Time) {
	for _, moment := range m.History {
		if t, err := time.Parse(time.RFC3339, moment.At); err == nil && t.After(at) {
			at = t
		}
	}
	return at
}

func declined(person string, m view.Meetup) bool {
	return slices.ContainsFunc(m.Attendees, func(a view.Attendee) bool { return a.ID == person && a.RSVP == meetup.No })
}

// setPlace writes the location in words, and what is known of the place on a map.
func setPlace(e *ics.VEvent, m view.Meetup) {
	if m.Place == nil {
		e.SetLocation(m.Location)
		return
	}
	words := m.Location
	if !strings.Contains(words, m.Place.Label) {
		words += ", " + m.Place.Label
	}
	e.SetLocation(words)
	if m.Place.Latitude != nil && m.Place.Longitude != nil {
		e.SetGeo(degrees(*m.Place.Latitude), degrees(*m.Place.Longitude))
	}
	// The library writes an address as it is; url.Parse refuses line breaks in it.
	if link, err := url.Parse(m.Place.URL); err == nil && m.Place.URL != "" {
		e.SetURL(link.String())
	}
}

// degrees writes an angle to a tenth of a metre, as RFC 5545, section 3.8.1.6, advises.
func degrees(angle float64) string { return strconv.FormatFloat(angle, 'f', 6, 64) }

// setTimes writes when the meetup is, on the clocks of its zone. Those show some times
// twice, when they are set back. RFC 5545 then means the first, but programs differ; so
// the times of such a meetup are in UTC.
func setTimes(e *ics.VEvent, m view.Meetup, zones spans) {
	start := zone.At(m.When())
	end := start.Add(time.Duration(m.DurationMinutes) * time.Minute)
	location, err := zone.Location(m.TimeZone)
	utc := err != nil || shownTwice(start.In(location)) || shownTwice(end.In(location))
	set := func(property ics.ComponentProperty, at time.Time) {
		if utc {
			e.SetProperty(property, at.UTC().Format(utcForm))
			return
		}
		zones.add(location, at)
		e.SetProperty(property, at.In(location).Format(localForm), ics.WithTZID(m.TimeZone))
	}
	set(ics.ComponentPropertyDtStart, start)
	if m.DurationMinutes > 0 && end.AddDate(0, 0, 1).Year() < 10000 { // years have four digits
		set(ics.ComponentPropertyDtEnd, end)
	}
}
