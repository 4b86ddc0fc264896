// Package catalogue is the one table of all stored events. A golden JSON file for
// each name and version lies in testdata and is kept for ever.
package catalogue

import (
	"boochat/shared/event"
	"boochat/shared/meetup"
	"boochat/shared/room"
	"boochat/shared/user"
	"boochat/shared/visit"
)

// Events is every event this program can store or read.
var Events = event.NewCatalogue(room.Events, visit.Events, user.Events, meetup.Events)
