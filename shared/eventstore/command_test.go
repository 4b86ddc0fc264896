package eventstore_test

import (
	"testing"

	"boochat/shared/eventstore"
)

// TestCommandOfTheSystem: what follows from an event belongs to its chain, and nobody
// has done it.
func TestCommandOfTheSystem(t *testing.T) {
	store := openStore(t)
	r := newRepository(store)
	first := mustExecute(t, r, "room_a", command("asked", "ann", "adding 1"), add(1)).Events[0]
	follows := eventstore.Command{ID: "follows", Fingerprint: "adding 2", CorrelationID: first.CorrelationID}
	outcome := mustExecute(t, r, "room_b", follows, add(2))
	stored, err := store.Load(t.Context(), "room_b", 0, 10)
	if err != nil || len(stored) != 1 {
		t.Fatalf("stored are %+v, error %v", stored, err)
	}
	if e := stored[0]; e.Actor != "" || e.CorrelationID != "asked" || e.CausationID != "follows" {
		t.Errorf("stored is %+v", e)
	}
	wantRepeat(t, mustExecute(t, r, "room_b", follows, add(2)), outcome)
	wantRepeat(t, mustExecute(t, newRepository(store), "room_b", follows, add(2)), outcome)
	if first.CorrelationID != "asked" {
		t.Errorf("the chain is %q, want the command that began it", first.CorrelationID)
	}
}
