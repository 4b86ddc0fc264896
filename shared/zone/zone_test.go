package zone_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/meetup"
	"boochat/shared/zone"
)

// E-T4: a time is an instant, a zone, and what its clocks show.
func TestResolve(t *testing.T) {
	for _, c := range []struct {
		name, text, zone string
		instant, local   string
	}{
		{"an instant", "2026-12-24T18:30:00Z", "Europe/Berlin", "2026-12-24T18:30:00.000Z", "2026-12-24T19:30:00+01:00"},
		{"an instant in milliseconds", "2026-12-24T18:30:00.250Z", "Europe/Berlin", "2026-12-24T18:30:00.250Z", "2026-12-24T19:30:00.25+01:00"},
		{"an instant with an offset, of another zone", "2026-07-01T08:00:00-07:00", "Asia/Kolkata", "2026-07-01T15:00:00.000Z", "2026-07-01T20:30:00+05:30"},
		{"minus nothing is UTC", "2026-07-01T08:00:00-00:00", "UTC", "2026-07-01T08:00:00.000Z", "2026-07-01T08:00:00Z"},
		{"more than milliseconds is cut", "2026-12-24T18:30:00.9999999999Z", "UTC", "2026-12-24T18:30:00.999Z", "2026-12-24T18:30:00.999Z"},
		{"the clocks", "2026-12-24T19:30:00", "Europe/Berlin", "2026-12-24T18:30:00.000Z", "2026-12-24T19:30:00+01:00"},
		{"the clocks, in summer", "2026-06-24T19:30:00", "Europe/Berlin", "2026-06-24T17:30:00.000Z", "2026-06-24T19:30:00+02:00"},
		{"the clocks, to the minute", "2026-12-24T19:30", "America/St_Johns", "2026-12-24T23:00:00.000Z", "2026-12-24T19:30:00-03:30"},
		{"the clocks, in fractions", "2026-12-24T19:30:00.5", "Asia/Kathmandu", "2026-12-24T13:45:00.500Z", "2026-12-24T19:30:00.5+05:45"},
		{"a zone with an old name", "2026-12-24T19:30", "GB-Eire", "2026-12-24T19:30:00.000Z", "2026-12-24T19:30:00Z"},
		{"a zone without a place", "2026-12-24T19:30", "Etc/GMT+5", "2026-12-25T00:30:00.000Z", "2026-12-24T19:30:00-05:00"},
		{"the last before a gap", "2026-03-29T01:59:59.999", "Europe/Berlin", "2026-03-29T00:59:59.999Z", "2026-03-29T01:59:59.999+01:00"},
		{"the first after a gap", "2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00:00.000Z", "2026-03-29T03:00:00+02:00"},
		{"the first of an overlap is the earlier", "2026-10-25T02:00", "Europe/Berlin", "2026-10-25T00:00:00.000Z", "2026-10-25T02:00:00+02:00"},
		{"the last of an overlap is the earlier", "2026-10-25T02:59:59.999", "Europe/Berlin", "2026-10-25T00:59:59.999Z", "2026-10-25T02:59:59.999+02:00"},
		{"an offset picks the later of an overlap", "2026-10-25T02:30:00+01:00", "Europe/Berlin", "2026-10-25T01:30:00.000Z", "2026-10-25T02:30:00+01:00"},
		{"after an overlap", "2026-10-25T03:00", "Europe/Berlin", "2026-10-25T02:00:00.000Z", "2026-10-25T03:00:00+01:00"},
		{"an overlap of half an hour", "2026-04-05T01:45", "Australia/Lord_Howe", "2026-04-04T14:45:00.000Z", "2026-04-05T01:45:00+11:00"},
		{"a gap does not matter to an instant", "2026-03-29T02:30:00+01:00", "Europe/Berlin", "2026-03-29T01:30:00.000Z", "2026-03-29T03:30:00+02:00"},
		{"a leap day", "2028-02-29T12:00", "UTC", "2028-02-29T12:00:00.000Z", "2028-02-29T12:00:00Z"},
		{"before a day that a place skipped", "2011-12-29T23:59", "Pacific/Apia", "2011-12-30T09:59:00.000Z", "2011-12-29T23:59:00-10:00"},
		{"after a day that a place skipped", "2011-12-31T00:00", "Pacific/Apia", "2011-12-30T10:00:00.000Z", "2011-12-31T00:00:00+14:00"},
		{"the first moment", "0001-01-01T00:00:00Z", "UTC", "0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00Z"},
		{"the last moment", "9999-12-31T23:59:59.999Z", "UTC", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
		{"far away the clocks still change", "9999-07-01T12:00", "Europe/Berlin", "9999-07-01T10:00:00.000Z", "9999-07-01T12:00:00+02:00"},
	} {
		got, err := zone.Resolve(c.text, c.zone)
		if want := (meetup.When{TakesPlaceOn: c.instant, TimeZone: c.zone, LocalTime: c.local}); err != nil || got != want {
			t.Errorf("%s: %s in %s is %+v, error %v, want %+v", c.name, c.text, c.zone, got, err, want)
			continue
		}
		if at := zone.At(got).Format(event.TimeLayout); at != c.instant {
			t.Errorf("%s: it is at %s, want %s", c.name, at, c.instant)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name, text, zone string
		want             *event.Refusal
	}{
		{"no zone", "2026-12-24T18:30:00Z", "", zone.ErrNoZone},
		{"the machine's zone", "2026-12-24T18:30:00Z", "Local", zone.ErrNoZone},
		{"an unknown zone", "2026-12-24T18:30:00Z", "Europe/Atlantis", zone.ErrNoZone},
		{"another spelling", "2026-12-24T18:30:00Z", "europe/berlin", zone.ErrNoZone},
		{"an offset for a zone", "2026-12-24T18:30:00Z", "+01:00", zone.ErrNoZone},
		{"an abbreviation", "2026-12-24T18:30:00Z", "CEST", zone.ErrNoZone},
		{"a rule for a zone", "2026-12-24T18:30:00Z", "CET-1CEST,M3.5.0,M10.5.0/3", zone.ErrNoZone},
		{"part of a name", "2026-12-24T18:30:00Z", "Europe", zone.ErrNoZone},
		{"a folder", "2026-12-24T18:30:00Z", "Europe/", zone.ErrNoZone},
		{"a way round", "2026-12-24T18:30:00Z", "Europe/../Europe/Berlin", zone.ErrNoZone},
		{"a way up", "2026-12-24T18:30:00Z", "../../etc/passwd", zone.ErrNoZone},
		{"a file", "2026-12-24T18:30:00Z", "/usr/share/zoneinfo/Europe/Berlin", zone.ErrNoZone},
		{"the zone of unset machines", "2026-12-24T18:30:00Z", "Factory", zone.ErrNoZone},
		{"blanks around a zone", "2026-12-24T18:30:00Z", " Europe/Berlin ", zone.ErrNoZone},
		{"a zero byte", "2026-12-24T18:30:00Z", "Europe/Berlin\x00", zone.ErrNoZone},
		{"a bad zone before a bad time", "soon", "Europe/Atlantis", zone.ErrNoZone},

		{"a day that is not there", "2026-02-30T10:00:00Z", "UTC", zone.ErrNoTime},
		{"a day that is not there, on the clocks", "2026-02-30T10:00", "UTC", zone.ErrNoTime},
		{"a leap day in another year", "2026-02-29T10:00:00+01:00", "Europe/Berlin", zone.ErrNoTime},
		{"a month too many", "2026-13-01T10:00:00Z", "UTC", zone.ErrNoTime},
		{"hour 24", "2026-12-24T24:00:00Z", "UTC", zone.ErrNoTime},
		{"minute 60", "2026-12-24T10:60", "UTC", zone.ErrNoTime},
		{"a leap second", "2016-12-31T23:59:60Z", "UTC", zone.ErrNoTime},
		{"the first of a gap", "2026-03-29T02:00", "Europe/Berlin", zone.ErrNoTime},
		{"the middle of a gap", "2026-03-29T02:30:00", "Europe/Berlin", zone.ErrNoTime},
		{"the last of a gap", "2026-03-29T02:59:59.999", "Europe/Berlin", zone.ErrNoTime},
		{"a gap at midnight", "2026-04-24T00:30", "Africa/Cairo", zone.ErrNoTime},
		{"a gap of half an hour", "2026-10-04T02:15", "Australia/Lord_Howe", zone.ErrNoTime},
		{"a day that a place skipped", "2011-12-30T12:00", "Pacific/Apia", zone.ErrNoTime},
		{"year 0", "0000-06-01T00:00:00Z", "UTC", zone.ErrNoTime},
		{"year 0 in UTC", "0001-01-01T00:00", "Asia/Tokyo", zone.ErrNoTime},
		{"year 0 on the clocks", "0001-01-01T00:00:00Z", "America/New_York", zone.ErrNoTime},
		{"year 10000 in UTC", "9999-12-31T23:59", "America/New_York", zone.ErrNoTime},
		{"year 10000 on the clocks", "9999-12-31T23:59:59Z", "Asia/Tokyo", zone.ErrNoTime},

		{"nothing", "", "UTC", zone.ErrMalformed},
		{"words", "tomorrow at eight", "UTC", zone.ErrMalformed},
		{"a date", "2026-12-24", "UTC", zone.ErrMalformed},
		{"seconds since 1970", "1798137000", "UTC", zone.ErrMalformed},
		{"a blank for the T", "2026-12-24 18:30:00Z", "UTC", zone.ErrMalformed},
		{"small letters", "2026-12-24t18:30:00z", "UTC", zone.ErrMalformed},
		{"an offset to the minute", "2026-12-24T18:30Z", "UTC", zone.ErrMalformed},
		{"an offset without a colon", "2026-12-24T18:30:00+0100", "UTC", zone.ErrMalformed},
		{"an offset of a day", "2026-12-24T18:30:00+24:00", "UTC", zone.ErrMalformed},
		{"an offset of 60 minutes", "2026-12-24T18:30:00+01:60", "UTC", zone.ErrMalformed},
		{"one digit", "2026-12-24T8:30:00Z", "UTC", zone.ErrMalformed},
		{"a comma", "2026-12-24T18:30:00,5Z", "UTC", zone.ErrMalformed},
		{"an empty fraction", "2026-12-24T18:30:00.Z", "UTC", zone.ErrMalformed},
		{"five digits of a year", "10000-01-01T00:00:00Z", "UTC", zone.ErrMalformed},
		{"before year 0", "-0001-01-01T00:00:00Z", "UTC", zone.ErrMalformed},
		{"a zone's name behind", "2026-12-24T18:30:00Z[Europe/Berlin]", "UTC", zone.ErrMalformed},
		{"a line more", "2026-12-24T18:30:00Z\n", "UTC", zone.ErrMalformed},
		{"other digits", "２０２６-12-24T18:30:00Z", "UTC", zone.ErrMalformed},
	} {
		got, err := zone.Resolve(c.text, c.zone)
		if !errors.Is(err, c.want) || got != (meetup.When{}) {
			t.Errorf("%s: %q in %q is %+v, error %v, want %v", c.name, c.text, c.zone, got, err, c.want)
		}
	}
}

// TestRulesChange: the time on the clocks was agreed on under rules that are no more.
func TestRulesChange(t *testing.T) {
	for _, c := range []struct {
		name, instant, local string
		want                 string
	}{
		{"summer time for ever was dropped", "2027-01-10T17:30:00.250Z", "2027-01-10T19:30:00.25+02:00", "2027-01-10T18:30:00.250Z"},
		{"summer time came back", "2027-07-10T18:30:00.000Z", "2027-07-10T19:30:00+01:00", "2027-07-10T17:30:00.000Z"},
		{"the clocks now skip it: as much later as they skip", "2027-03-28T00:30:00.000Z", "2027-03-28T02:30:00+02:00", "2027-03-28T01:30:00.000Z"},
		{"the beginning of what they skip", "2027-03-28T00:00:00.000Z", "2027-03-28T02:00:00+02:00", "2027-03-28T01:00:00.000Z"},
		{"the clocks now show it twice: the earlier is closer", "2026-10-24T23:30:00.000Z", "2026-10-25T02:30:00+03:00", "2026-10-25T00:30:00.000Z"},
		{"the clocks now show it twice: the later is closer", "2026-10-25T02:30:00.000Z", "2026-10-25T02:30:00Z", "2026-10-25T01:30:00.000Z"},
		{"the clocks now show it twice, as close: the earlier", "2026-10-25T01:00:00.000Z", "2026-10-25T02:30:00+01:30", "2026-10-25T00:30:00.000Z"},
		{"nothing has changed, the later of two was meant", "2026-10-25T01:30:00.000Z", "2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00.000Z"},
	} {
		got := zone.At(meetup.When{TakesPlaceOn: c.instant, TimeZone: "Europe/Berlin", LocalTime: c.local})
		if got.Format(event.TimeLayout) != c.want {
			t.Errorf("%s: %s is at %s, want %s", c.name, c.local, got, c.want)
		}
	}
}

// TestAtWithoutAZone: what nothing can be read off is as it was decided on.
func TestAtWithoutAZone(t *testing.T) {
	at := time.Date(2026, 12, 24, 18, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		when meetup.When
		want time.Time
	}{
		{meetup.When{TakesPlaceOn: "2026-12-24T18:30:00.000Z", TimeZone: "Europe/Atlantis", LocalTime: "2026-12-24T20:30:00+02:00"}, at},
		{meetup.When{TakesPlaceOn: "2026-12-24T18:30:00.000Z", TimeZone: "Europe/Berlin"}, at},
		{meetup.When{}, time.Time{}},
	} {
		if got := zone.At(c.when); !got.Equal(c.want) {
			t.Errorf("%+v is at %s, want %s", c.when, got, c.want)
		}
	}
}

// FuzzResolve: whatever is written is refused for one of the reasons, or is a time that
// reads back as the same.
func FuzzResolve(f *testing.F) {
	for _, text := range []string{"2026-12-24T18:30:00Z", "2026-03-29T02:30", "2026-10-25T02:30:00.5", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59", "1883-11-18T12:03:57", "soon"} {
		for _, name := range []string{"Europe/Berlin", "America/New_York", "Pacific/Apia", "Africa/Monrovia", "UTC", "../UTC", ""} {
			f.Add(text, name)
		}
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		when, err := zone.Resolve(text, name)
		if err != nil {
			if !errors.Is(err, zone.ErrNoZone) && !errors.Is(err, zone.ErrNoTime) && !errors.Is(err, zone.ErrMalformed) {
				t.Fatalf("%q in %q: %v", text, name, err)
			}
			return
		}
		again, err := zone.Resolve(when.TakesPlaceOn, when.TimeZone)
		if err != nil || again != when || when.TimeZone != name {
			t.Fatalf("%q in %q is %+v, and read back %+v, error %v", text, name, when, again, err)
		}
		if at := zone.At(when).Format(event.TimeLayout); at != when.TakesPlaceOn {
			t.Fatalf("%q in %q: %+v is at %s", text, name, when, at)
		}
		if hasOffset := strings.ContainsAny(text[len("2006-01-02"):], "Z+-"); !hasOffset && !strings.HasPrefix(when.LocalTime, text[:len("2006-01-02T15:04")]) {
			t.Fatalf("%q in %q is shown as %s", text, name, when.LocalTime)
		}
	})
}

// TestToday: with the rules of its decision a moment is what was decided, to the
// millisecond; in a zone that is not there any more it stays that.
func TestToday(t *testing.T) {
	decided, err := zone.Resolve("2026-12-24T18:30:00.250Z", "Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	if today := zone.Today(decided); today != decided || today.LocalTime != "2026-12-24T19:30:00.25+01:00" {
		t.Errorf("decided was %+v, today it is %+v", decided, today)
	}
	decided.TimeZone = "Atlantis/Capital"
	if today := zone.Today(decided); today != decided {
		t.Errorf("decided was %+v, today it is %+v", decided, today)
	}
}
