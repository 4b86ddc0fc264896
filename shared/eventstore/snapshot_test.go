package eventstore_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"boochat/shared/event"
	"boochat/shared/eventstore"

	"pgregory.net/rapid"
)

// TestSnapshotEqualsFullFold: whatever has happened, a process that starts from a
// snapshot, one that folds everything and one that was there all the time see the
// same state, and know the same commands.
func TestSnapshotEqualsFullFold(t *testing.T) {
	store := openStore(t)
	streams, snapshots := 0, 0
	rapid.Check(t, func(p *rapid.T) {
		streams++
		stream := event.NewStream("room", fmt.Sprint(streams))
		live := newRepository(store)
		numbersOf := rapid.Custom(func(p *rapid.T) []int {
			return slices.Repeat([]int{rapid.IntRange(-9, 9).Draw(p, "number")}, rapid.SampledFrom([]int{1, 3, 130}).Draw(p, "times"))
		})
		numbers := rapid.SliceOfN(numbersOf, 1, 5).Draw(p, "numbers added")
		key := func(i int) eventstore.Command { return command(fmt.Sprintf("%s %d", stream, i), "ann", fmt.Sprint(i)) }
		for i, ns := range numbers {
			if _, err := live.Execute(t.Context(), stream, key(i), add(ns...)); err != nil {
				p.Fatalf("command %d: %v", i, err)
			}
		}
		if len(slices.Concat(numbers...)) >= 256 { // as many as lead to a snapshot
			waitFor(t, func() bool {
				_, err := store.LoadSnapshot(t.Context(), stream)
				return err == nil
			})
			snapshots++
		}

		chosen := rapid.IntRange(0, len(numbers)-1).Draw(p, "repeated command")
		var states []tally
		var versions []int64
		for _, process := range []*repository{live, newRepository(store), newRepository(withoutSnapshots{store})} {
			if err := process.Read(t.Context(), stream, func(s *tally) { states = append(states, *s) }); err != nil {
				p.Fatalf("read: %v", err)
			}
			outcome, err := process.Execute(t.Context(), stream, key(chosen), add(numbers[chosen]...))
			if err != nil || !outcome.Repeated || len(outcome.Events) != len(numbers[chosen]) {
				p.Fatalf("repeat of command %d: %+v, error %v", chosen, outcome, err)
			}
			versions = append(versions, outcome.Version)
		}
		if states[0] != states[1] || states[0] != states[2] || versions[0] != versions[1] || versions[0] != versions[2] {
			p.Fatalf("live, from a snapshot, from the start: %+v, repeats at %v", states, versions)
		}
	})
	if snapshots == 0 {
		t.Error("no snapshot was saved: the test shows nothing")
	}
}

func TestSnapshotSavesReading(t *testing.T) {
	store := &tampered{Store: openStore(t)}
	busy(t, newRepository(store), "room_a", 1000)
	waitFor(t, func() bool {
		_, err := store.LoadSnapshot(t.Context(), "room_a")
		return err == nil
	})
	before := store.loads.Load()
	wantTally(t, newRepository(store), "room_a", tally{Sum: 1000, Count: 1000})
	if loads := store.loads.Load() - before; loads != 1 {
		t.Errorf("%d pages read, want 1", loads)
	}
}

// TestColdStartsShareTheirReading: what one process has folded the next one need not.
func TestColdStartsShareTheirReading(t *testing.T) {
	for events, want := range map[int][]int64{15: nil, 16: {16}, 100: {100}} {
		store := &saving{Store: openStore(t)}
		mustExecute(t, newRepository(store.Store), "room_a", command("first", "ann", "adding 1"), add(slices.Repeat([]int{1}, events)...))
		process := newRepository(store)
		for range 2 {
			wantTally(t, process, "room_a", tally{Sum: events, Count: events})
		}
		if !slices.Equal(store.versions, want) {
			t.Errorf("a cold start on %d events saves snapshots of the versions %v, want %v", events, store.versions, want)
		}
	}
}

// saving notes the versions of the snapshots that one goroutine saves.
type saving struct {
	eventstore.Store
	versions []int64
}

func (s *saving) SaveSnapshot(ctx context.Context, stream event.Stream, snapshot eventstore.Snapshot) error {
	s.versions = append(s.versions, snapshot.Version)
	return s.Store.SaveSnapshot(ctx, stream, snapshot)
}

func TestDamagedSnapshotIsSetAside(t *testing.T) {
	for name, damage := range map[string]func(eventstore.Snapshot) eventstore.Snapshot{
		"not JSON":      func(s eventstore.Snapshot) eventstore.Snapshot { s.Data = []byte("\x00garbage"); return s },
		"empty":         func(s eventstore.Snapshot) eventstore.Snapshot { s.Data = nil; return s },
		"cut off":       func(s eventstore.Snapshot) eventstore.Snapshot { s.Data = s.Data[:len(s.Data)/2]; return s },
		"other shape":   func(s eventstore.Snapshot) eventstore.Snapshot { s.Data = []byte(`{"version":"one"}`); return s },
		"other version": func(s eventstore.Snapshot) eventstore.Snapshot { s.Version += 5; return s },
		"version raised": func(s eventstore.Snapshot) eventstore.Snapshot {
			s.Data = bytes.Replace(s.Data, fmt.Appendf(nil, `"version":%d`, s.Version), fmt.Appendf(nil, `"version":%d`, s.Version+5), 1)
			return s
		},
		"wrong state": func(s eventstore.Snapshot) eventstore.Snapshot {
			s.Data = fmt.Appendf(nil, `{"version":%d,"state":{"sum":"x"}}`, s.Version)
			return s
		},
		"without a state": func(s eventstore.Snapshot) eventstore.Snapshot {
			s.Data = fmt.Appendf(nil, `{"version":%d,"state":null}`, s.Version)
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := openStore(t)
			busy(t, newRepository(store), "room_a", 300)
			var snapshot eventstore.Snapshot
			waitFor(t, func() (found bool) {
				var err error
				snapshot, err = store.LoadSnapshot(t.Context(), "room_a")
				return err == nil
			})
			damaged := damage(snapshot)
			if err := store.SaveSnapshot(t.Context(), "room_a", damaged); err != nil {
				t.Fatal(err)
			}
			waitFor(t, func() bool {
				got, err := store.LoadSnapshot(t.Context(), "room_a")
				return err == nil && string(got.Data) == string(damaged.Data) && got.Version == damaged.Version
			})
			r := newRepository(store)
			wantTally(t, r, "room_a", tally{Sum: 300, Count: 300})
			if outcome := mustExecute(t, r, "room_a", command("next", "ann", "adding 1"), add(1)); outcome.Version != 301 {
				t.Errorf("outcome %+v, want version 301", outcome)
			}
		})
	}
}
