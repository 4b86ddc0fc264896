package main

import (
	"testing"

	"github.com/google/pprof/profile"
)

func TestSplitName(t *testing.T) {
	for full, want := range map[string][2]string{
		"runtime.mallocgc":                                                {"runtime", "mallocgc"},
		"net/http.(*conn).serve":                                          {"net/http", "(*conn).serve"},
		"github.com/coder/websocket.(*Conn).Write":                        {"github.com/coder/websocket", "(*Conn).Write"},
		"boochat/shared/eventstore.(*Repository[go.shape.*uint8]).workOn": {"boochat/shared/eventstore", "(*Repository).workOn"},
		"slices.SortFunc[go.shape.[]a/b.C]":                               {"slices", "SortFunc"},
		"memmove":                                                         {"", "memmove"},
	} {
		if pkg, name := splitName(full); pkg != want[0] || name != want[1] {
			t.Errorf("%s was split into %q and %q", full, pkg, name)
		}
	}
}

func TestSpent(t *testing.T) {
	location := func(name string) *profile.Location {
		return &profile.Location{Line: []profile.Line{{Function: &profile.Function{Name: name}}}}
	}
	outer, walk, leaf := location("a.outer"), location("a.walk"), location("b.leaf")
	functions := spent(&profile.Profile{
		SampleType: []*profile.ValueType{{Type: "samples"}, {Type: "cpu"}},
		Sample: []*profile.Sample{
			{Location: []*profile.Location{leaf, walk, walk, outer}, Value: []int64{1, 10}}, // walk calls itself
			{Location: []*profile.Location{walk, outer}, Value: []int64{1, 5}},
		},
	})
	for name, want := range map[string]struct {
		self, all int64
		passesOn  bool
	}{
		"a.outer": {0, 15, true},
		"a.walk":  {5, 15, false},
		"b.leaf":  {10, 10, false},
	} {
		f := functions[name]
		if f.self != want.self || f.all != want.all || f.passesOn() != want.passesOn {
			t.Errorf("%s: own %d, with calls %d, passes on %v", name, f.self, f.all, f.passesOn())
		}
	}
}
