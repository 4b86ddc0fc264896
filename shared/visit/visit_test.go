package visit_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"boochat/shared/event"
	"boochat/shared/visit"

	"pgregory.net/rapid"
)

func given(payloads ...any) *visit.Visit {
	v := visit.New()
	for _, p := range payloads {
		v.Apply(event.Envelope{}, p)
	}
	return v
}

func opened(read int64) visit.Opened { return visit.Opened{RoomID: "r", ReadSequence: read} }
func closed(read int64) visit.Closed { return visit.Closed{RoomID: "r", ReadSequence: read} }

func TestRules(t *testing.T) {
	open := func(read int64) func(*visit.Visit) ([]any, error) {
		return func(v *visit.Visit) ([]any, error) { return v.Open("r", read) }
	}
	shut := func(read int64) func(*visit.Visit) ([]any, error) {
		return func(v *visit.Visit) ([]any, error) { return v.Close("r", read) }
	}
	for _, c := range []struct {
		name  string
		given *visit.Visit
		when  func(*visit.Visit) ([]any, error)
		then  any
	}{
		{"P-3: opening reads", given(), open(5), opened(5)},
		{"P-3: opening with something new reads on", given(opened(5)), open(6), opened(6)},
		{"opening with nothing new leaves no event", given(opened(5)), open(5), nil},
		{"opening never moves back", given(opened(5)), open(3), nil},
		{"opening an empty room leaves no event", given(), open(0), nil},
		{"C-6, V-R4: closing reads", given(opened(5)), shut(7), closed(7)},
		{"C-6, V-R4: closing is a fact with nothing new, too", given(opened(5)), shut(5), closed(5)},
		{"C-6: closing never moves back", given(opened(5)), shut(3), closed(5)},
		{"C-6: closing what was never opened", given(), shut(2), closed(2)},
	} {
		events, err := c.when(c.given)
		var want []any
		if c.then != nil {
			want = []any{c.then}
		}
		if !reflect.DeepEqual(events, want) || err != nil {
			t.Errorf("%s: %+v, error %v, want %+v", c.name, events, err, want)
		}
	}
}

// TestNeverMovesBack: whatever somebody does, and in whatever order, they have read
// up to the furthest they came (E-R7).
func TestNeverMovesBack(t *testing.T) {
	rapid.Check(t, func(p *rapid.T) {
		v, furthest := visit.New(), int64(0)
		for range rapid.IntRange(1, 20).Draw(p, "steps") {
			read := rapid.Int64Range(0, 50).Draw(p, "read")
			decide := v.Open
			if rapid.Bool().Draw(p, "close") {
				decide = v.Close
			}
			events, err := decide("r", read)
			if err != nil {
				p.Fatal(err)
			}
			for _, e := range events {
				v.Apply(event.Envelope{}, e)
			}
			furthest = max(furthest, read)
			if v.ReadSequence != furthest {
				p.Fatalf("read up to %d, want %d", v.ReadSequence, furthest)
			}
		}
	})
}

func TestStateIsCopiedAndWritten(t *testing.T) {
	v := given(opened(5), closed(7))
	c := v.Clone()
	c.Apply(event.Envelope{}, opened(9))
	if v.ReadSequence != 7 || c.ReadSequence != 9 {
		t.Errorf("read up to %d and %d, want 7 and 9", v.ReadSequence, c.ReadSequence)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	back := visit.New()
	if err := json.Unmarshal(data, back); err != nil || *back != *v {
		t.Errorf("read back as %+v, error %v, want %+v", back, err, v)
	}
}

func TestOneStreamForEachPersonAndRoom(t *testing.T) {
	if a, b := visit.Stream("a_b", "c"), visit.Stream("a", "b_c"); a == b { // D-41
		t.Errorf("two visits share the stream %s", a)
	}
}
