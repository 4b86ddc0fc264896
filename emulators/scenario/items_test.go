package scenario

import (
	"fmt"
	"testing"
)

func testItems(t *testing.T, s *suite) {
	ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
	id := ann.newRoom(bob)
	const last = 205
	for n := 2; n <= last; n++ {
		ann.say(id, fmt.Sprint(n))
	}
	bob.room(id, last)

	for _, test := range []struct {
		query       string
		first, last int64 // 0, 0: no items
		before      bool
		after       bool
	}{
		{"", 156, 205, true, false},
		{"?limit=1", 205, 205, true, false},
		{"?limit=200", 6, 205, true, false},
		{"?before=156", 106, 155, true, true},
		{"?before=51", 1, 50, false, true},
		{"?before=30", 1, 29, false, true},
		{"?before=2&limit=200", 1, 1, false, true},
		{"?before=1", 0, 0, false, true},
		{"?before=0", 0, 0, false, true},
		{"?before=206&limit=2", 204, 205, true, false},
		{"?before=9999&limit=2", 204, 205, true, false},
		{"?after=0", 1, 50, false, true},
		{"?after=0&limit=200", 1, 200, false, true},
		{"?after=5&limit=200", 6, 205, true, false},
		{"?after=200", 201, 205, true, false},
		{"?after=204", 205, 205, true, false},
		{"?after=205", 0, 0, true, false},
		{"?after=9999", 0, 0, true, false},
		{"?around=100&limit=5", 98, 102, true, true},
		{"?around=100&limit=4", 98, 101, true, true},
		{"?around=100&limit=1", 100, 100, true, true},
		{"?around=1&limit=5", 1, 5, false, true},
		{"?around=3&limit=5", 1, 5, false, true},
		{"?around=205&limit=5", 201, 205, true, false},
		{"?around=204&limit=5", 201, 205, true, false},
		{"?around=9999&limit=5", 201, 205, true, false},
		{"?around=50&limit=200", 1, 200, false, true},
	} {
		t.Run("D-28 Q-2 items"+test.query, func(t *testing.T) {
			p := bob.in(t)
			var got page
			p.get("/v1/rooms/"+id+"/items"+test.query).want(200, shapePage).into(&got)
			if got.HasBefore != test.before || got.HasAfter != test.after {
				t.Errorf("hasBefore is %t, hasAfter %t, want %t, %t", got.HasBefore, got.HasAfter, test.before, test.after)
			}
			want := int(test.last - test.first + 1)
			if test.last == 0 {
				want = 0
			}
			if len(got.Items) != want {
				t.Fatalf("there are %d items, want %d", len(got.Items), want)
			}
			for i, it := range got.Items {
				sequence := test.first + int64(i)
				if it.Sequence != sequence || sequence > 1 && it.Content != fmt.Sprint(sequence) {
					t.Errorf("item %d is %+v, want sequence %d", i, it, sequence)
				}
			}
		})
	}
	for _, test := range []struct{ query, code, field string }{
		{"?limit=0", "rule-violated", "limit"},
		{"?limit=201", "rule-violated", "limit"},
		{"?limit=-1", "rule-violated", "limit"},
		{"?limit=99999999999999999999", "rule-violated", "limit"},
		{"?before=-1", "rule-violated", "before"},
		{"?around=99999999999999999999", "rule-violated", "around"},
		{"?limit=many", "malformed", "limit"},
		{"?limit=1.5", "malformed", "limit"},
		{"?after=x", "malformed", "after"},
		{"?before=3&after=1", "malformed", "after"},
		{"?after=1&around=3", "malformed", "around"},
	} {
		t.Run("refused: items"+test.query, func(t *testing.T) {
			p := bob.in(t)
			problem := p.get("/v1/rooms/" + id + "/items" + test.query).refused(test.code)
			if len(problem.Errors) != 1 || problem.Errors[0].Field != test.field {
				t.Errorf("errors are %+v, want one about %s", problem.Errors, test.field)
			}
		})
	}
	t.Run("Q-2 a room comes with its latest 50 items", func(t *testing.T) {
		got := bob.in(t).room(id, last).Items
		if len(got) != 50 || got[0].Sequence != 156 || got[49].Sequence != 205 {
			t.Errorf("there are %d items from %d to %d", len(got), got[0].Sequence, got[len(got)-1].Sequence)
		}
	})
}
