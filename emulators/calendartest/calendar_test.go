// Package calendartest holds the calendar feed to what an independent parser, ical.js,
// reads in it.
package calendartest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"boochat/shared/calendar"
	"boochat/shared/event"
	"boochat/shared/meetup"
	"boochat/shared/view"
	"boochat/shared/zone"
)

// read is what a client reads in a calendar.
type read struct {
	Version, Method, Name, Refresh string
	Zones                          []string
	Entries                        []entry
}

type entry struct {
	UID                                    string
	Sequence                               int64
	Status, Summary, Location, Description string
	URL                                    string
	Geo                                    []float64
	Transparency, Zone                     string
	Start, End, Stamp, Modified            string
	People                                 int
	Alarms                                 []string
}

// parse has ical.js read calendars of Ann's.
func parse(t *testing.T, calendars ...[]view.Meetup) []read {
	t.Helper()
	if _, err := os.Stat("node_modules/ical.js/package.json"); err != nil {
		t.Fatal("ical.js is not installed: run `make calendar-reader`, or `npm ci` in emulators/calendartest")
	}
	var texts []string
	for _, meetups := range calendars {
		feed, err := calendar.Feed("ann", meetups)
		if err != nil {
			t.Fatal(err)
		}
		checkLines(t, feed)
		texts = append(texts, string(feed))
	}
	input, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	node := exec.CommandContext(ctx, "node", "read.mjs")
	var failure bytes.Buffer
	node.Stdin, node.Stderr = bytes.NewReader(input), &failure
	output, err := node.Output()
	if err != nil {
		t.Fatalf("ical.js does not read it: %v\n%s\n%s", err, failure.Bytes(), strings.Join(texts, "\n"))
	}
	var calendarsRead []read
	if err := json.Unmarshal(output, &calendarsRead); err != nil {
		t.Fatal(err)
	}
	return calendarsRead
}

// checkLines holds a calendar to RFC 5545, section 3.1: lines end with CR and LF, and have
// up to 75 octets, which here are whole characters.
func checkLines(t *testing.T, feed []byte) {
	t.Helper()
	lines := strings.Split(string(feed), "\r\n")
	if last := len(lines) - 1; lines[last] != "" {
		t.Errorf("the last line does not end: %q", lines[last])
	}
	for _, line := range lines {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") || !utf8.ValidString(line) {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
	}
}

// planned is a meetup at a time on the clocks of a zone.
func planned(t *testing.T, id string, at time.Time, name string) view.Meetup {
	t.Helper()
	location, err := zone.Location(name)
	if err != nil {
		t.Fatal(err)
	}
	return view.Meetup{
		ID: id, Name: "Dinner", Location: "Old harbour", Status: view.Planned, Revision: 1,
		TakesPlaceOn: at.UTC().Format(event.TimeLayout), TimeZone: name, LocalTime: at.In(location).Format(time.RFC3339),
		Attendees: []view.Attendee{{ID: "bob", RSVP: meetup.No}, {ID: "ann", RSVP: meetup.Maybe}},
		History:   []view.Moment{{Kind: "created", At: "2026-11-25T09:00:00.123Z"}},
	}
}

var evening = time.Date(2027, 1, 2, 18, 30, 0, 0, time.UTC)

func TestEmptyCalendar(t *testing.T) {
	want := read{Version: "2.0", Method: "PUBLISH", Name: "Boochat", Refresh: "PT1H", Zones: []string{}, Entries: []entry{}}
	if got := parse(t, nil)[0]; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestEntry(t *testing.T) {
	latitude, longitude := 53.5413, -9.9841234
	m := planned(t, "0196f1c2", evening, "Europe/Berlin")
	m.DurationMinutes = 90
	m.Place = &meetup.Place{Label: "Pier 3", Latitude: &latitude, Longitude: &longitude, URL: "https://example.com/pier?a=1,2;b=3"}
	want := entry{
		UID: "0196f1c2@boochat", Sequence: 1, Status: "CONFIRMED", Summary: "Dinner", Location: "Old harbour, Pier 3",
		URL: "https://example.com/pier?a=1,2;b=3", Geo: []float64{53.5413, -9.984123}, Zone: "Europe/Berlin",
		Start: "2027-01-02T18:30:00.000Z", End: "2027-01-02T20:00:00.000Z", Stamp: "2026-11-25T09:00:00.000Z", Modified: "2026-11-25T09:00:00.000Z",
		Alarms: []string{"DISPLAY 2027-01-01T18:30:00.000Z Dinner", "DISPLAY 2027-01-02T17:30:00.000Z Dinner"},
	}
	got := parse(t, []view.Meetup{m})[0]
	if len(got.Entries) != 1 || !reflect.DeepEqual(got.Entries[0], want) || !slices.Equal(got.Zones, []string{"Europe/Berlin"}) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// A move keeps the entry and raises its sequence; a cancellation leaves it, without
// alarms; who has declined is neither busy nor reminded; without a duration, the end is open.
func TestWhatBecomesOfAnEntry(t *testing.T) {
	first := planned(t, "m", evening, "Europe/Berlin")
	moved := planned(t, "m", evening.Add(49*time.Hour), "America/New_York")
	moved.Revision, moved.Location = 2, "New pier"
	moved.History = append(first.History, view.Moment{Kind: "rescheduled", At: "2026-11-26T09:00:00.000Z"})
	cancelled := moved
	cancelled.Revision, cancelled.Status, cancelled.CancelReason = 3, view.Cancelled, "Storm;\nstay home"
	cancelled.History = append(slices.Clone(moved.History), view.Moment{Kind: "cancelled", At: "2026-11-27T09:00:00.000Z"})
	declined := first
	declined.Attendees = []view.Attendee{{ID: "ann", RSVP: meetup.No}}

	var got []entry
	for _, c := range parse(t, []view.Meetup{first}, []view.Meetup{moved}, []view.Meetup{cancelled}, []view.Meetup{declined}) {
		got = append(got, c.Entries...)
	}
	if len(got) != 4 {
		t.Fatalf("%d entries", len(got))
	}
	for i, want := range []struct {
		sequence                                  int64
		status, start, stamp, zone, place, reason string
		alarms                                    int
	}{
		{1, "CONFIRMED", "2027-01-02T18:30:00.000Z", "2026-11-25T09:00:00.000Z", "Europe/Berlin", "Old harbour", "", 2},
		{2, "CONFIRMED", "2027-01-04T19:30:00.000Z", "2026-11-26T09:00:00.000Z", "America/New_York", "New pier", "", 2},
		{3, "CANCELLED", "2027-01-04T19:30:00.000Z", "2026-11-27T09:00:00.000Z", "America/New_York", "New pier", "Storm;\nstay home", 0},
		{1, "CONFIRMED", "2027-01-02T18:30:00.000Z", "2026-11-25T09:00:00.000Z", "Europe/Berlin", "Old harbour", "", 0},
	} {
		e := got[i]
		if e.UID != "m@boochat" || e.Sequence != want.sequence || e.Status != want.status || e.Start != want.start || e.Stamp != want.stamp ||
			e.Zone != want.zone || e.Location != want.place || e.Description != want.reason || len(e.Alarms) != want.alarms || e.End != "" || e.People != 0 {
			t.Errorf("entry %d is %+v, want %+v", i, e, want)
		}
	}
	if got[3].Transparency != "TRANSPARENT" || got[0].Transparency != "" {
		t.Errorf("declined is %q, and not declined %q", got[3].Transparency, got[0].Transparency)
	}
}

// Text of people comes back as it was written, and is never taken for more than text.
func TestSpecialCharacters(t *testing.T) {
	names := []string{
		`a,b;c:d "e" \f \n g`, `\`, `\\n`, `;`, "two\nlines", "tab\tstop", "Ännchen & Søn <b>", "END:VEVENT\nBEGIN:VEVENT", "😀👨‍👩‍👧‍👦 مرحبا 你好",
		strings.Repeat("x", 100), strings.Repeat("é", 100), strings.Repeat("😀", 100), strings.Repeat("word ", 19) + "word", strings.Repeat(`,`, 100), "x " + strings.Repeat("y", 98),
	}
	for length := 60; length < 80; length++ { // around where the line is folded
		names = append(names, strings.Repeat("a", length)+"ü😀 b")
	}
	var meetups []view.Meetup
	for i, name := range names {
		m := planned(t, fmt.Sprintf("%03d", i), evening, "Europe/Berlin")
		m.Name, m.Location = name, name
		meetups = append(meetups, m)
	}
	got := parse(t, meetups)[0].Entries
	if len(got) != len(names) {
		t.Fatalf("%d entries of %d meetups", len(got), len(names))
	}
	for i, name := range names {
		if got[i].Summary != name || got[i].Location != name {
			t.Errorf("%q is read as %q at %q", name, got[i].Summary, got[i].Location)
		}
	}
}

// zones have rules of many kinds: none, of both hemispheres, of half an hour and of two,
// negative ones, and ones that follow the moon.
var zones = []string{
	"UTC", "Etc/GMT+5", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo", "Pacific/Kiritimati", "Pacific/Apia",
	"Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York", "America/Los_Angeles", "America/St_Johns", "America/Sao_Paulo", "America/Santiago",
	"Australia/Sydney", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Auckland", "Antarctica/Troll", "Africa/Casablanca", "Asia/Gaza", "Asia/Jerusalem",
}

// The instants are what they were, also at the edges where clocks are set.
func TestInstantsComeBack(t *testing.T) {
	var calendars [][]view.Meetup
	for _, name := range zones {
		var meetups []view.Meetup
		for i, at := range moments(t, name) {
			m := planned(t, fmt.Sprintf("%s-%04d", strings.ReplaceAll(name, "/", "_"), i), at, name)
			m.DurationMinutes = 75
			meetups = append(meetups, m)
		}
		calendars = append(calendars, meetups)
	}
	for i, got := range parse(t, calendars...) {
		if len(got.Entries) != len(calendars[i]) {
			t.Fatalf("%s: %d entries of %d", zones[i], len(got.Entries), len(calendars[i]))
		}
		var inUTC int
		for j, e := range got.Entries {
			m := calendars[i][j]
			start, err := time.Parse(event.TimeLayout, m.TakesPlaceOn)
			if err != nil {
				t.Fatal(err)
			}
			if end := start.Add(75 * time.Minute).Format(event.TimeLayout); e.Start != m.TakesPlaceOn || e.End != end {
				t.Errorf("%s: %s (%s) to %s is read as %s to %s", zones[i], m.TakesPlaceOn, m.LocalTime, end, e.Start, e.End)
			}
			if e.Zone != zones[i] {
				inUTC++
			}
		}
		if inUTC > len(got.Entries)/2 {
			t.Errorf("%s: %d of %d entries do not say their zone", zones[i], inUTC, len(got.Entries))
		}
	}
}

// moments are instants of ten years in a zone: one a quarter, and around every change of
// its clocks; and two that are far off.
func moments(t *testing.T, name string) (list []time.Time) {
	t.Helper()
	location, err := zone.Location(name)
	if err != nil {
		t.Fatal(err)
	}
	list = append(list, time.Date(2101, 2, 3, 4, 5, 6, 0, location), time.Date(9999, 6, 5, 4, 3, 2, 0, location))
	first, last := time.Date(2026, 12, 1, 12, 0, 0, 0, location), time.Date(2037, 1, 1, 0, 0, 0, 0, location)
	offset := func(at time.Time) int { _, seconds := at.Zone(); return seconds }
	for at := first; at.Before(last); at = at.AddDate(0, 3, 0) {
		list = append(list, at)
	}
	for edge := first.Truncate(time.Hour); edge.Before(last); edge = edge.Add(30 * time.Minute) { // at which all of them change
		if offset(edge) == offset(edge.Add(-time.Second)) {
			continue
		}
		for _, d := range []time.Duration{-3 * time.Hour, -time.Hour, -30 * time.Minute, -time.Second, 0, time.Second, 29 * time.Minute, 30 * time.Minute, time.Hour - time.Second, time.Hour, 2 * time.Hour, 4 * time.Hour} {
			list = append(list, edge.Add(d))
		}
	}
	return list
}
