package functions_test

import (
	"testing"

	"boochat/functions"
	"boochat/shared/catalogue"
)

// longestFilter is how many bytes Pub/Sub takes
// (https://cloud.google.com/pubsub/docs/subscription-message-filter).
const longestFilter = 256

// TestFilters holds the filters of subscriptions to what Pub/Sub takes, and to events
// that there are.
func TestFilters(t *testing.T) {
	known := catalogue.Events.Versions()
	for _, f := range functions.Table {
		for _, name := range f.Types {
			if known[name] == 0 {
				t.Errorf("%s is for events of type %s, which is none", f.Name, name)
			}
		}
		if len(f.Filter()) > longestFilter {
			t.Errorf("the filter of %s has %d bytes", f.Name, len(f.Filter()))
		}
	}
	follow, _ := functions.Find("follow-rooms")
	want := `attributes.type = "room.user-invited" OR attributes.type = "room.user-left" OR attributes.type = "room.announcement-created"`
	if got := follow.Filter(); got != want {
		t.Errorf("the filter is %s, want %s", got, want)
	}
	if everything, _ := functions.Find("project-rooms"); everything.Filter() != "" {
		t.Errorf("what is for everything has the filter %s", everything.Filter())
	}
}
