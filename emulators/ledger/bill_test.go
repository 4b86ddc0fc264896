package ledger

import (
	"math"
	"testing"
)

func TestPrices(t *testing.T) {
	b := Bill{Reads: 2, RuleReads: 1, Writes: 4, Deletes: 5, Kilobytes: 1000, Calls: 0}
	if got := regional.Firestore(b); math.Abs(got-5.00) > 1e-9 { // 3 * 0.30 + 4 * 0.90 + 5 * 0.10
		t.Errorf("Firestore costs $%v a million, want $5", got)
	}
	tib := Bill{Kilobytes: 1 << 40 / 1000}
	if got := multiRegion.All(tib) / 1e6; math.Abs(got-40) > 1e-6 {
		t.Errorf("a TiB costs $%v, want $40", got)
	}
	if got := regional.All(Bill{Calls: 1}); math.Abs(got-2.925) > 1e-9 { // 0.40 + 2.40 + 0.125
		t.Errorf("calls cost $%v a million, want $2.925", got)
	}
}

func TestWhatIsUsedUpFirst(t *testing.T) {
	for _, c := range []struct {
		bill  Bill
		times int
		first string
	}{
		{Bill{Reads: 1, RuleReads: 1}, 25_000, "reads"},
		{Bill{Reads: 1, Writes: 3}, 6_666, "writes"},
		{Bill{Reads: 1, Calls: 1}, 50_000, "reads"},
		{Bill{Calls: 2}, 33_333, "calls"},
		{Bill{Deletes: 1, Kilobytes: 100}, 3_579, "kB"},
	} {
		if times, first := Fits(c.bill); times != c.times || first != c.first {
			t.Errorf("%+v fits %d times and ends with %s, want %d and %s", c.bill, times, first, c.times, c.first)
		}
	}
}

func TestWhatListenersAreBilled(t *testing.T) {
	documents := []string{"users/a", "users/b", "users/a/visits/r", "rooms/r", "rooms/r/items/9", "rooms/r/items/10", "presence/a"}
	for _, c := range []struct {
		listener      Listener
		begin, update Bill // to begin, and for the last four in one commit
	}{
		{Listener{Pattern: "users/*"}, Bill{Reads: 2}, Bill{}},
		{Listener{Pattern: "rooms/*"}, Bill{Reads: 1}, Bill{Reads: 1}},
		{Listener{Pattern: "users/b/visits/*"}, Bill{Reads: 1}, Bill{}},
		{itemsOf("r", 0), Bill{Reads: 2, RuleReads: 1}, Bill{Reads: 2, RuleReads: 1}},
		{itemsOf("r", 9), Bill{Reads: 1, RuleReads: 1}, Bill{Reads: 1, RuleReads: 1}},
		{itemsOf("s", 0), Bill{Reads: 1, RuleReads: 1}, Bill{}},
	} {
		if got := c.listener.Begin(documents); got != c.begin {
			t.Errorf("%+v costs %+v to begin, want %+v", c.listener, got, c.begin)
		}
		if got := c.listener.Update(documents[3:]); got != c.update {
			t.Errorf("%+v costs %+v for an update, want %+v", c.listener, got, c.update)
		}
	}
}
