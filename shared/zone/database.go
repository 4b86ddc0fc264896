package zone

import (
	"regexp"
	"sync"
	"time"
	_ "time/tzdata" // the zone database, for machines that have none, as containers
)

// names are those of zones, and not those of other files beside them: "posix/…",
// "localtime", a path.
var names = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*)*$`)

// unset are zones that are no place's: of machines that nobody has set up, and the
// machine's own.
var unset = map[string]bool{"Factory": true, "Local": true}

// known holds the zones that were asked for before.
var known sync.Map // of *time.Location, by name

// Location gives the zone of a name, spelled as the IANA database has it, or ErrNoZone.
func Location(name string) (*time.Location, error) {
	if location, ok := known.Load(name); ok {
		return location.(*time.Location), nil
	}
	if !names.MatchString(name) || unset[name] {
		return nil, ErrNoZone
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil, ErrNoZone
	}
	known.Store(name, location)
	return location, nil
}
