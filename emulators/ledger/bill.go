// Package ledger counts what Google bills for Boochat: by interceptors on the
// connections to Firestore and Pub/Sub and in front of the functions, command by
// command, on Google's emulators. Its test writes functions/COST.md and holds it to
// what it counts.
package ledger

import "math"

// Bill is operations that are billed.
type Bill struct {
	Reads     int // of Firestore documents
	Writes    int
	Deletes   int
	RuleReads int // documents that security rules read to decide; billed as reads
	Kilobytes int // through Pub/Sub, of 1000 bytes, published and delivered
	Calls     int // HTTP requests to functions
}

// Plus adds bills up.
func (b Bill) Plus(others ...Bill) Bill {
	for _, o := range others {
		b.Reads += o.Reads
		b.Writes += o.Writes
		b.Deletes += o.Deletes
		b.RuleReads += o.RuleReads
		b.Kilobytes += o.Kilobytes
		b.Calls += o.Calls
	}
	return b
}

// Times is the bill of so many times the same.
func (b Bill) Times(n int) Bill {
	return Bill{b.Reads * n, b.Writes * n, b.Deletes * n, b.RuleReads * n, b.Kilobytes * n, b.Calls * n}
}

// AllReads is the reads as they are billed, those of rules among them.
func (b Bill) AllReads() int { return b.Reads + b.RuleReads }

// Prices are in US dollars for a million of each.
type Prices struct {
	Location                                 string
	Reads, Writes, Deletes, Kilobytes, Calls float64
}

const (
	tebibyte = 1 << 40
	// callSeconds is the least time that is billed for a call that is served alone.
	callSeconds = 0.1
	vCPUSecond  = 0.000024
	gibSecond   = 0.0000025
)

// Pub/Sub costs the same everywhere, and Cloud Run in its cheaper regions: a million
// requests, and for each 100 ms of one processor and half a gibibyte.
var (
	kilobytes = 40.0 * 1000 / tebibyte * 1e6
	calls     = 0.40 + callSeconds*(vCPUSecond+gibSecond/2)*1e6

	regional    = Prices{"us-central1", 0.30, 0.90, 0.10, kilobytes, calls}
	multiRegion = Prices{"nam5", 0.60, 1.80, 0.20, kilobytes, calls}
)

// Firestore is what a million of a bill costs in Firestore alone.
func (p Prices) Firestore(b Bill) float64 {
	return p.Reads*float64(b.AllReads()) + p.Writes*float64(b.Writes) + p.Deletes*float64(b.Deletes)
}

// All is what a million of a bill costs.
func (p Prices) All(b Bill) float64 {
	return p.Firestore(b) + p.Kilobytes*float64(b.Kilobytes) + p.Calls*float64(b.Calls)
}

// free is what costs nothing: of Firestore by day, of Pub/Sub and Cloud Run by month,
// here a thirtieth of it.
var free = Bill{Reads: 50_000, Writes: 20_000, Deletes: 20_000, Kilobytes: 10 << 30 / 1000 / 30, Calls: 2_000_000 / 30}

// Fits tells how many times a day a bill is free, and what is used up first.
func Fits(b Bill) (times int, first string) {
	times = math.MaxInt
	for _, quota := range []struct {
		name        string
		free, taken int
	}{
		{"reads", free.Reads, b.AllReads()},
		{"writes", free.Writes, b.Writes},
		{"deletes", free.Deletes, b.Deletes},
		{"kB", free.Kilobytes, b.Kilobytes},
		{"calls", free.Calls, b.Calls},
	} {
		if quota.taken > 0 && quota.free/quota.taken < times {
			times, first = quota.free/quota.taken, quota.name
		}
	}
	return times, first
}
