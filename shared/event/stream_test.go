package event_test

import (
	"testing"

	"boochat/shared/event"
)

func TestStream(t *testing.T) {
	for _, c := range []struct {
		stream             event.Stream
		text, category, id string
		topic              string
		valid              bool
	}{
		{event.NewStream("room", "R"), "room_R", "room", "R", "room-events", true},
		{event.NewStream("visit", "R", "ann"), "visit_R.ann", "visit", "R.ann", "room-events", true},
		{event.NewStream("meetup", "a_b"), "meetup_a_b", "meetup", "a_b", "meetup-events", true},
		{event.NewStream("user", "108234567890123456789"), "user_108234567890123456789", "user", "108234567890123456789", "user-events", true},
		{event.NewStream("plan", "x"), "plan_x", "plan", "x", "", true},
		{event.NewStream("room", ""), "room_", "room", "", "room-events", false},
		{"_R", "_R", "", "R", "", false},
		{"room", "room", "room", "", "room-events", false},
		{"", "", "", "", "", false},
	} {
		if string(c.stream) != c.text || c.stream.Category() != c.category || c.stream.ID() != c.id || c.stream.Topic() != c.topic || c.stream.Valid() != c.valid {
			t.Errorf("%q: category %q, id %q, topic %q, valid %t; want %+v", c.stream, c.stream.Category(), c.stream.ID(), c.stream.Topic(), c.stream.Valid(), c)
		}
	}
	if event.NewStream("visit", "a_b", "c") == event.NewStream("visit", "a", "b_c") {
		t.Error("the visits of two pairs share a stream")
	}
}
