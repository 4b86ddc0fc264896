// Package sessiontest is the contract of auth.SessionStore as a test suite, and a
// store in memory that keeps it, for the tests of others.
package sessiontest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"boochat/shared/auth"
)

// Test runs the contract against the empty stores that open makes.
func Test(t *testing.T, open func(testing.TB) auth.SessionStore) {
	for name, test := range map[string]func(*testing.T, auth.SessionStore){
		"what was created is read as it was":             readsWhatWasCreated,
		"a session that is not there":                    missing,
		"an id is taken once":                            createsOnce,
		"a session is replaced by the next":              replaces,
		"an old session replaces nothing":                refusesStale,
		"of many replacements one wins":                  oneReplacementWins,
		"a deleted session does not come back":           staysDeleted,
		"deleting twice is no error":                     deletesTwice,
		"all sessions of a user go, and nobody else's":   deletesOfUser,
		"a replacement and a deletion at once end alike": deletionBeatsReplacement,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

var start = time.Date(2026, 5, 4, 3, 2, 1, int(987*time.Millisecond), time.UTC)

func session(id, userID string) auth.Session {
	return auth.Session{
		ID:        id,
		UserID:    userID,
		Email:     userID + "@example.com",
		TokenHash: "first hash of " + id,
		CreatedAt: start,
		RotatedAt: start,
		ExpiresAt: start.Add(auth.RefreshTokenLifetime),
	}
}

func rotated(old auth.Session, hash string) auth.Session {
	next := old
	next.TokenHash = hash
	next.RotatedAt = old.RotatedAt.Add(time.Millisecond)
	next.ExpiresAt = old.ExpiresAt.Add(time.Millisecond)
	return next
}

func create(t *testing.T, store auth.SessionStore, sessions ...auth.Session) {
	t.Helper()
	for _, session := range sessions {
		if err := store.CreateSession(t.Context(), session); err != nil {
			t.Fatalf("create %s: %v", session.ID, err)
		}
	}
}

func wantStored(t *testing.T, store auth.SessionStore, want auth.Session) {
	t.Helper()
	got, err := store.Session(t.Context(), want.ID)
	if err != nil {
		t.Fatalf("read %s: %v", want.ID, err)
	}
	for _, times := range []struct{ got, want *time.Time }{
		{&got.CreatedAt, &want.CreatedAt}, {&got.RotatedAt, &want.RotatedAt}, {&got.ExpiresAt, &want.ExpiresAt},
	} {
		if times.got.Equal(*times.want) {
			*times.got = *times.want // a store may choose the location
		}
	}
	if got != want {
		t.Errorf("stored is %+v, want %+v", got, want)
	}
}

func wantMissing(t *testing.T, store auth.SessionStore, id string) {
	t.Helper()
	if got, err := store.Session(t.Context(), id); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("read %s: %+v, error %v, want ErrNoSession", id, got, err)
	}
}

func readsWhatWasCreated(t *testing.T, store auth.SessionStore) {
	want := rotated(session("a", "ann"), "second")
	create(t, store, want)
	wantStored(t, store, want)
}

func missing(t *testing.T, store auth.SessionStore) {
	wantMissing(t, store, "a")
	old := session("a", "ann")
	if err := store.ReplaceSession(t.Context(), old, rotated(old, "second")); !errors.Is(err, auth.ErrSessionChanged) {
		t.Errorf("replace: error %v, want ErrSessionChanged", err)
	}
	wantMissing(t, store, "a")
}

func createsOnce(t *testing.T, store auth.SessionStore) {
	first := session("a", "ann")
	create(t, store, first)
	if err := store.CreateSession(t.Context(), session("a", "bob")); err == nil {
		t.Error("creating a second session of the same id: no error")
	}
	wantStored(t, store, first)
}

func replaces(t *testing.T, store auth.SessionStore) {
	first, other := session("a", "ann"), session("b", "ann")
	create(t, store, first, other)
	second := rotated(first, "second")
	third := rotated(second, "third")
	for _, step := range []struct{ old, next auth.Session }{{first, second}, {second, third}} {
		if err := store.ReplaceSession(t.Context(), step.old, step.next); err != nil {
			t.Fatalf("replace %s: %v", step.old.TokenHash, err)
		}
		wantStored(t, store, step.next)
	}
	wantStored(t, store, other)
}

func refusesStale(t *testing.T, store auth.SessionStore) {
	first := session("a", "ann")
	create(t, store, first)
	second := rotated(first, "second")
	if err := store.ReplaceSession(t.Context(), first, second); err != nil {
		t.Fatalf("replace: %v", err)
	}
	if err := store.ReplaceSession(t.Context(), first, rotated(first, "other")); !errors.Is(err, auth.ErrSessionChanged) {
		t.Errorf("replace with what was replaced: error %v, want ErrSessionChanged", err)
	}
	wantStored(t, store, second)
}

func oneReplacementWins(t *testing.T, store auth.SessionStore) {
	const writers = 64
	first := session("a", "ann")
	create(t, store, first)
	var wins, conflicts atomic.Int32
	var winner atomic.Value
	begin := make(chan struct{})
	var writing sync.WaitGroup
	for i := range writers {
		writing.Go(func() {
			next := rotated(first, fmt.Sprint("hash ", i))
			<-begin
			switch err := store.ReplaceSession(t.Context(), first, next); {
			case err == nil:
				wins.Add(1)
				winner.Store(next)
			case errors.Is(err, auth.ErrSessionChanged):
				conflicts.Add(1)
			default:
				t.Errorf("replace: %v", err)
			}
		})
	}
	close(begin)
	writing.Wait()
	if wins.Load() != 1 || conflicts.Load() != writers-1 {
		t.Fatalf("%d replaced and %d found it changed, want 1 and %d", wins.Load(), conflicts.Load(), writers-1)
	}
	wantStored(t, store, winner.Load().(auth.Session))
}

func staysDeleted(t *testing.T, store auth.SessionStore) {
	first := session("a", "ann")
	create(t, store, first)
	if err := store.DeleteSession(t.Context(), "a"); err != nil {
		t.Fatalf("delete: %v", err)
	}
	wantMissing(t, store, "a")
	if err := store.ReplaceSession(t.Context(), first, rotated(first, "second")); !errors.Is(err, auth.ErrSessionChanged) {
		t.Errorf("replace: error %v, want ErrSessionChanged", err)
	}
	wantMissing(t, store, "a")
}

func deletesTwice(t *testing.T, store auth.SessionStore) {
	create(t, store, session("a", "ann"))
	for range 2 {
		if err := store.DeleteSession(t.Context(), "a"); err != nil {
			t.Errorf("delete: %v", err)
		}
		if err := store.DeleteSessionsOf(t.Context(), "bob"); err != nil {
			t.Errorf("delete all of a user without any: %v", err)
		}
	}
}

func deletesOfUser(t *testing.T, store auth.SessionStore) {
	const devices = 30
	for i := range devices {
		create(t, store, session(fmt.Sprint("ann-", i), "ann"))
	}
	bobs := session("bob-1", "bob")
	create(t, store, bobs)
	if err := store.DeleteSessionsOf(t.Context(), "ann"); err != nil {
		t.Fatalf("delete: %v", err)
	}
	for i := range devices {
		wantMissing(t, store, fmt.Sprint("ann-", i))
	}
	wantStored(t, store, bobs)
}

func deletionBeatsReplacement(t *testing.T, store auth.SessionStore) {
	for i := range 20 {
		first := session(fmt.Sprint("session-", i), "ann")
		create(t, store, first)
		var both sync.WaitGroup
		both.Go(func() {
			err := store.ReplaceSession(t.Context(), first, rotated(first, "second"))
			if err != nil && !errors.Is(err, auth.ErrSessionChanged) {
				t.Errorf("replace: %v", err)
			}
		})
		both.Go(func() {
			if err := store.DeleteSession(t.Context(), first.ID); err != nil {
				t.Errorf("delete: %v", err)
			}
		})
		both.Wait()
		wantMissing(t, store, first.ID)
	}
}
