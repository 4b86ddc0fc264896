package zone_test

import (
	"archive/zip"
	"errors"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/zone"
)

// clocks is how a time is shown, to the millisecond.
const clocks = "2006-01-02T15:04:05.000"

// The ten years whose changes of the clocks are tried.
var (
	from = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	to   = from.AddDate(10, 0, 0)
)

// everyZone gives all zones of the database that comes with Go, and is built in.
func everyZone(t *testing.T) map[string]*time.Location {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatalf("ask for Go's own directory: %v", err)
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	zones := map[string]*time.Location{}
	for _, file := range archive.File {
		name := file.Name
		if strings.HasSuffix(name, "/") || name == "Factory" {
			continue
		}
		location, err := zone.Location(name)
		if err != nil || location.String() != name {
			t.Fatalf("%s is %v, error %v", name, location, err)
		}
		zones[name] = location
	}
	if len(zones) < 590 {
		t.Fatalf("the database has %d zones: some are missing", len(zones))
	}
	return zones
}

// edge is a change of the clocks: from at on, the offset to UTC is another.
type edge struct {
	at            time.Time
	before, after time.Duration
}

func offset(at time.Time, location *time.Location) time.Duration {
	_, seconds := at.In(location).Zone()
	return time.Duration(seconds) * time.Second
}

// edges looks for a zone's changes day by day, and then for the second. It relies on
// nothing but what the clocks show.
func edges(location *time.Location) []edge {
	var found []edge
	for day := from; day.Before(to); day = day.AddDate(0, 0, 1) {
		low, high := day, day.AddDate(0, 0, 1)
		before, after := offset(low, location), offset(high, location)
		if before == after {
			continue
		}
		for high.Sub(low) > time.Second {
			if middle := low.Add(high.Sub(low) / 2).Truncate(time.Second); offset(middle, location) == before {
				low = middle
			} else {
				high = middle
			}
		}
		found = append(found, edge{high, before, after})
	}
	return found
}

// TestEveryChangeOfTheClocks: of ten years and in all zones (E-T4).
func TestEveryChangeOfTheClocks(t *testing.T) {
	const tick = time.Millisecond
	gaps, overlaps := 0, 0
	for name, location := range everyZone(t) {
		for _, e := range edges(location) {
			last, first := e.at.Add(e.before), e.at.Add(e.after) // what the clocks show at the change: by the old rule, and by the new one
			is := func(shown, want time.Time) {
				t.Helper()
				text := shown.Format(clocks)
				when, err := zone.Resolve(text, name)
				if err != nil || when.TakesPlaceOn != want.Format(event.TimeLayout) {
					t.Errorf("%s in %s is %+v, error %v, want %s", text, name, when, err, want)
				} else if !zone.At(when).Equal(want) {
					t.Errorf("%+v is at %s, want %s", when, zone.At(when), want)
				}
			}
			is(last.Add(-tick), e.at.Add(-tick))
			if e.after > e.before {
				gaps++
				is(first, e.at)
				for _, shown := range []time.Time{last, last.Add((e.after - e.before) / 2), first.Add(-tick)} {
					if when, err := zone.Resolve(shown.Format(clocks), name); !errors.Is(err, zone.ErrNoTime) {
						t.Errorf("%s in %s is skipped, but is %+v, error %v", shown.Format(clocks), name, when, err)
					}
				}
				continue
			}
			overlaps++
			is(last, e.at.Add(e.before-e.after))
			for _, shown := range []time.Time{first, first.Add((e.before - e.after) / 2), last.Add(-tick)} {
				is(shown, shown.Add(-e.before))
				later := shown.Add(-e.after) // with its offset it can be told from the earlier one
				when, err := zone.Resolve(later.In(location).Format(time.RFC3339Nano), name)
				if err != nil || !zone.At(when).Equal(later) {
					t.Errorf("the later %s in %s is %+v, error %v, want %s", shown.Format(clocks), name, when, err, later)
				}
			}
		}
	}
	if gaps < 1000 || overlaps < 1000 {
		t.Errorf("%d gaps and %d overlaps were found: that is too few", gaps, overlaps)
	}
}

// TestAnyTimeInAnyZone holds what is resolved to a search through all offsets: those of
// our days are quarters of an hour.
func TestAnyTimeInAnyZone(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	endOfLeapYear := time.Date(2028, 12, 31, 12, 0, 0, 0, time.UTC)
	for name, location := range everyZone(t) {
		for i := range 10 {
			shown := from.Add(time.Duration(random.Int64N(int64(to.Sub(from))))).Truncate(time.Millisecond)
			if i == 0 {
				shown = endOfLeapYear
			}
			var want string
			for offset := 15 * time.Hour; offset >= -15*time.Hour && want == ""; offset -= 15 * time.Minute {
				if at := shown.Add(-offset); at.In(location).Format(clocks) == shown.Format(clocks) {
					want = at.Format(event.TimeLayout)
				}
			}
			when, err := zone.Resolve(shown.Format(clocks), name)
			if want == "" && !errors.Is(err, zone.ErrNoTime) || want != "" && (err != nil || when.TakesPlaceOn != want) {
				t.Errorf("%s in %s is %+v, error %v, want %q", shown.Format(clocks), name, when, err, want)
			}

			when, err = zone.Resolve(shown.Format(event.TimeLayout), name)
			if err != nil || when.TakesPlaceOn != shown.Format(event.TimeLayout) || !zone.At(when).Equal(shown) {
				t.Errorf("the instant %s in %s is %+v, error %v, at %s", shown, name, when, err, zone.At(when))
			}
		}
	}
}
