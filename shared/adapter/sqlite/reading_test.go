package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"boochat/shared/view"

	"zombiezen.com/go/sqlite"
)

func TestReadingBesideAWriter(t *testing.T) {
	dir := t.TempDir()
	s, v := openStore(t, dir), openViews(t, dir)
	log, err := OpenLog(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	documents, err := ReadViews(filepath.Join(dir, "views.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer documents.Close()
	for n := range int64(5) {
		if err := s.Append(t.Context(), "room_a", n, happened("room_a", n, 1)); err != nil {
			t.Fatal(err)
		}
		write := view.Write{Path: fmt.Sprint("items/", n), Data: []byte(`{}`), Scope: view.Everyone}
		if _, err := v.Write(t.Context(), []view.Write{write}); err != nil {
			t.Fatal(err)
		}
		if entries, err := log.Read(t.Context(), 0, 100); err != nil || len(entries) != int(n)+1 || entries[n].Position != n+1 {
			t.Errorf("the log has %d events, error %v, want %d", len(entries), err, n+1)
		}
		count := 0
		err := documents.Each(t.Context(), func(d view.Document) error {
			if d.Path != fmt.Sprint("items/", count) {
				t.Errorf("document %d is %s", count, d.Path)
			}
			count++
			return nil
		})
		if err != nil || count != int(n)+1 {
			t.Errorf("%d documents, error %v, want %d", count, err, n+1)
		}
	}
	err = documents.db.query(t.Context(), func(conn *sqlite.Conn) error { return exec(conn, "DELETE FROM documents") })
	if sqlite.ErrCode(err).ToPrimary() != sqlite.ResultReadOnly {
		t.Errorf("deleting through a connection for reading: %v", err)
	}
}

// TestTailAndFileAgree reads the log from every position, across the end of what is
// kept in memory.
func TestTailAndFileAgree(t *testing.T) {
	const total, batch = 2*tailLength + 500, 500
	s := openStore(t, t.TempDir())
	for after := int64(0); after < total; after += batch {
		if err := s.Append(t.Context(), "room_a", after, happened("room_a", after, batch)); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := s.tail.after(0, 1); ok {
		t.Error("the tail holds the whole log: the test shows nothing")
	}
	var position int64
	for {
		entries, err := s.Read(t.Context(), position, 97)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			break
		}
		for _, entry := range entries {
			if position++; entry.Position != position || entry.Event.Sequence != position {
				t.Fatalf("event %d at position %d is where %d belongs", entry.Event.Sequence, entry.Position, position)
			}
		}
	}
	if head, err := s.Head(t.Context()); err != nil || position != head {
		t.Errorf("read up to %d, the log ends at %d, error %v", position, head, err)
	}
}

func TestFeedForgetsWhatNobodyCanCatchUpWith(t *testing.T) {
	v := openViews(t, t.TempDir())
	writes := make([]view.Write, pruneEvery)
	for i := range writes {
		writes[i] = view.Write{Path: fmt.Sprint("items/", i), Data: []byte(`{}`), Scope: view.Everyone, Blind: true}
	}
	for range keptChanges/pruneEvery + 3 {
		if _, err := v.Write(t.Context(), writes); err != nil {
			t.Fatal(err)
		}
	}
	var kept int64
	err := v.db.query(context.Background(), func(conn *sqlite.Conn) error {
		return each(conn, "SELECT count(*) FROM changes", nil, func(row *sqlite.Stmt) error {
			kept = row.ColumnInt64(0)
			return nil
		})
	})
	if err != nil || kept < keptChanges || kept > keptChanges+pruneEvery {
		t.Errorf("%d changes are kept, error %v, want %d", kept, err, keptChanges)
	}
}

// TestRangesEndWhereTheyShould pins that a range has one upper bound: of two, SQLite
// may look up the higher one, and read half a room for a page from its middle.
func TestRangesEndWhereTheyShould(t *testing.T) {
	for _, q := range []view.Query{
		{After: 3, Before: 9}, {After: 3, Before: 9, Newest: true}, {After: 3}, {Before: 9}, {After: 3, Limit: 2},
	} {
		if query, _ := statement(q); strings.Count(query, "id <") != 1 {
			t.Errorf("%+v is worded %s", q, query)
		}
	}
}

// TestWhatIsDueIsLookedUp pins that the query for it reads the index, in its order: it
// is asked every few seconds, however many meetups there are.
func TestWhatIsDueIsLookedUp(t *testing.T) {
	v := openViews(t, t.TempDir())
	query, args := statement(view.Query{Collection: view.MeetupStates, DueBefore: "2026", Limit: 100})
	var plan []string
	err := v.db.query(t.Context(), func(conn *sqlite.Conn) error {
		return each(conn, "EXPLAIN QUERY PLAN "+query, args, func(row *sqlite.Stmt) error {
			plan = append(plan, row.ColumnText(3))
			return nil
		})
	})
	if err != nil || len(plan) != 1 || !strings.Contains(plan[0], "USING INDEX meetups_due (collection=? AND <expr>>? AND <expr><?)") {
		t.Errorf("the plan is %q, error %v", plan, err)
	}
}
