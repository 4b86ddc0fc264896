package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMeasure runs every benchmark on the real program, with next to no load.
func TestMeasure(t *testing.T) {
	b := &bench{scratch: t.TempDir(), loadFor: 200 * time.Millisecond, starts: 1, startItems: 30, roomItems: []int{20, 60}, meetups: 12}
	var printed strings.Builder
	if err := b.measure(t.Context(), &printed); err != nil {
		t.Fatal(err)
	}
	for _, measure := range []string{
		"size of the deployed program", "fresh directory, keys made", "first answered command, 30 messages",
		"accepted and delivered, 1 room of 2", "accepted and delivered, 20 rooms of 5",
		"sent to answered, 1 room of 2, 10/s", "sent to seen by all, 20 rooms of 5, 3,000/s",
		"open a room, 60 items", "a page from the middle, 60 items", "list rooms, 60 items", "rebuild, events of 60", "verify them",
		"votes on one poll of 100 people", "list meetups, 12 of them", "timers due, 12 polls closed after a start",
	} {
		if !strings.Contains(printed.String(), measure) {
			t.Errorf("the table lacks %q:\n%s", measure, printed.String())
		}
	}
	noneLeft(t)
}

// TestMeasureGoogle does so on Google's emulators.
func TestMeasureGoogle(t *testing.T) {
	b := &bench{scratch: t.TempDir(), loadFor: 200 * time.Millisecond, starts: 1}
	var printed strings.Builder
	if err := b.measureGoogle(t.Context(), "../../terraform/firestore.rules", &printed); err != nil {
		t.Fatal(err)
	}
	for _, measure := range []string{
		"send-message: start to first message answered", "sent to answered, 1 room of 2, 2/s", "sent to all listeners, 20 rooms of 5, 10/s",
		"accepted, 1 room of 2", "the last of them shown, 20 rooms of 5",
	} {
		if !strings.Contains(printed.String(), measure) {
			t.Errorf("the table lacks %q:\n%s", measure, printed.String())
		}
	}
	noneLeft(t)
}

// noneLeft fails the test when this process still has children.
func noneLeft(t *testing.T) {
	t.Helper()
	left, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range left {
		if children, err := os.ReadFile(list); err == nil && len(children) > 0 {
			t.Errorf("server processes are left: %s", children)
		}
	}
}

func TestProfile(t *testing.T) {
	b := &bench{scratch: t.TempDir(), loadFor: 500 * time.Millisecond}
	dir := filepath.Join(t.TempDir(), "profiles")
	var printed strings.Builder
	if err := b.profile(t.Context(), dir, &printed); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "cpu.pprof")); err != nil || info.Size() == 0 {
		t.Errorf("no profile was saved: %v", err)
	}
	if !strings.Contains(printed.String(), "boochat/shared/adapter/sqlite") {
		t.Errorf("the store is not where time goes:\n%s", printed.String())
	}
}

func TestMessageNumber(t *testing.T) {
	for _, test := range []struct {
		name, change string
		number       int
		found        bool
	}{
		{"an item", `{"type":"change","path":"rooms/r/items/12","data":{"content":"number 345 of a talk"}}`, 345, true},
		{"the room, which repeats its last item", `{"type":"change","path":"rooms/r","data":{"lastItem":{"content":"number 345 of a talk"}}}`, 0, false},
		{"an announcement", `{"type":"change","path":"rooms/r/items/1","data":{"content":"Ann created the room"}}`, 0, false},
		{"no number", `{"type":"change","path":"rooms/r/items/2","data":{"content":"number one of a talk"}}`, 0, false},
		{"a negative number", `{"type":"change","path":"rooms/r/items/2","data":{"content":"number -1 of a talk"}}`, 0, false},
		{"nothing", ``, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			number, found := messageNumber([]byte(test.change))
			if found != test.found || found && number != test.number {
				t.Errorf("found %v, number %d", found, number)
			}
		})
	}
}
