package calendar_test

import (
	"bytes"
	"strings"
	"testing"

	"boochat/shared/calendar"
	"boochat/shared/meetup"
	"boochat/shared/view"
)

// What an independent parser reads in feeds is tested in emulators/calendartest.

func dinner() view.Meetup {
	latitude, longitude := 53.5413, 9.9841
	return view.Meetup{
		ID: "m1", Name: "Dinner, outside", Location: "Old harbour", Status: view.Planned, Revision: 4,
		Place:        &meetup.Place{Label: "Pier 3", Latitude: &latitude, Longitude: &longitude, URL: "https://example.com/pier"},
		TakesPlaceOn: "2027-03-26T18:30:00.000Z", TimeZone: "Europe/Berlin", LocalTime: "2027-03-26T19:30:00+01:00", DurationMinutes: 90,
		Attendees: []view.Attendee{{ID: "ann", RSVP: meetup.Yes}},
		History:   []view.Moment{{Kind: "created", At: "2026-11-25T09:00:00.123Z"}, {Kind: "relocated", At: "2026-11-26T09:00:00.000Z"}},
	}
}

const feed = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Boochat//Meetups//EN
METHOD:PUBLISH
NAME:Boochat
X-WR-CALNAME:Boochat
REFRESH-INTERVAL;VALUE=DURATION:PT1H
X-PUBLISHED-TTL:PT1H
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0100
TZOFFSETTO:+0100
TZNAME:CET
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20270328T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20271031T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:m1@boochat
SEQUENCE:4
DTSTAMP:20261126T090000Z
LAST-MODIFIED:20261126T090000Z
SUMMARY:Dinner\, outside
LOCATION:Old harbour\, Pier 3
GEO:53.541300;9.984100
URL:https://example.com/pier
DTSTART;TZID=Europe/Berlin:20270326T193000
DTEND;TZID=Europe/Berlin:20270326T210000
STATUS:CONFIRMED
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT24H
DESCRIPTION:Dinner\, outside
END:VALARM
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT1H
DESCRIPTION:Dinner\, outside
END:VALARM
END:VEVENT
END:VCALENDAR
`

func TestFeed(t *testing.T) {
	got, err := calendar.Feed("ann", []view.Meetup{dinner()})
	if err != nil || string(got) != strings.ReplaceAll(feed, "\n", "\r\n") {
		t.Errorf("error %v, the feed is\n%s", err, got)
	}
}

// So that its ETag says whether anything has changed.
func TestOrderDoesNotMatter(t *testing.T) {
	one, other := dinner(), dinner()
	other.ID, other.TimeZone = "m2", "Asia/Tokyo"
	a, err1 := calendar.Feed("ann", []view.Meetup{one, other})
	b, err2 := calendar.Feed("ann", []view.Meetup{other, one})
	if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
		t.Errorf("errors %v and %v,\n%s\nand\n%s", err1, err2, a, b)
	}
}

// A line break in an address would begin another line of the calendar.
func TestAddressesAreOneLine(t *testing.T) {
	m := dinner()
	m.Place.URL = "https://example.com/\r\nSTATUS:CANCELLED"
	got, err := calendar.Feed("ann", []view.Meetup{m})
	if err != nil || bytes.Contains(got, []byte("URL")) || bytes.Contains(got, []byte("CANCELLED")) {
		t.Errorf("error %v, the feed is\n%s", err, got)
	}
}

// A zone that never sets its clocks has one observance, since ever.
func TestZoneWithoutChanges(t *testing.T) {
	m := dinner()
	m.TimeZone = "Etc/GMT+5"
	got, err := calendar.Feed("ann", []view.Meetup{m})
	want := "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0500\r\nTZNAME:-05\r\nEND:STANDARD\r\nEND:VTIMEZONE"
	if err != nil || strings.Count(string(got), "DTSTART:") != 1 || !strings.Contains(string(got), want) {
		t.Errorf("error %v, the feed is\n%s", err, got)
	}
}

// Meetups that are far apart do not make the calendar say all that is between.
func TestYearsBetweenAreLeftOut(t *testing.T) {
	near, far := dinner(), dinner()
	far.TakesPlaceOn, far.LocalTime = "9998-07-01T18:00:00.000Z", "9998-07-01T20:00:00+02:00"
	got, err := calendar.Feed("ann", []view.Meetup{near, far})
	if n := strings.Count(string(got), "BEGIN:DAYLIGHT"); err != nil || n != 2 {
		t.Errorf("error %v, %d observances of summer, want 2", err, n)
	}
}

// One entry that cannot be read would take all the others along.
func TestYearsHaveFourDigits(t *testing.T) {
	m := dinner()
	m.TakesPlaceOn, m.LocalTime = "9999-12-31T22:30:00.000Z", "9999-12-31T23:30:00+01:00"
	got, err := calendar.Feed("ann", []view.Meetup{m})
	if err != nil || !bytes.Contains(got, []byte("DTSTART;TZID=Europe/Berlin:99991231T233000\r\n")) || bytes.Contains(got, []byte("DTEND")) {
		t.Errorf("error %v, the feed is\n%s", err, got)
	}
}
