package sqlite

import (
	"context"
	"slices"
	"strings"

	"boochat/shared/view"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

const (
	// catchUpLimit is how many changes of all documents may have been missed and
	// still be told one by one; beyond it, beginning anew is cheaper for both sides.
	catchUpLimit = 20_000
	// keptChanges is how many changes the feed goes back, and pruneEvery how many
	// positions lie between two prunings.
	keptChanges = 2 * catchUpLimit
	pruneEvery  = 1_000
)

// prune forgets changes that nobody can catch up with any more.
func prune(conn *sqlite.Conn, head int64) error {
	if head%pruneEvery != 0 {
		return nil
	}
	var oldest int64
	err := each(conn, "SELECT position FROM changes ORDER BY position DESC LIMIT 1 OFFSET ?", []any{keptChanges}, func(row *sqlite.Stmt) error {
		oldest = row.ColumnInt64(0)
		return nil
	})
	if err != nil || oldest == 0 {
		return err
	}
	if err := exec(conn, "DELETE FROM changes WHERE position <= ?", oldest); err != nil {
		return err
	}
	return exec(conn, "UPDATE generation SET pruned = ?", oldest)
}

// Since implements view.Feed.
func (v *Views) Since(ctx context.Context, person string, position int64) (changes []view.Change, err error) {
	c := &catchUp{person: person, position: position}
	if err := v.db.query(ctx, c.run); err != nil {
		return nil, err
	}
	if c.tooOld {
		return nil, view.ErrTooOld
	}
	return c.changes, nil
}

// catchUp collects what a person has missed.
type catchUp struct {
	person   string
	position int64
	tooOld   bool
	changes  []view.Change
	readable map[view.Scope]bool
}

// run reads everything as it is at one moment.
func (c *catchUp) run(conn *sqlite.Conn) (err error) {
	defer sqlitex.Transaction(conn)(&err)
	c.changes, c.readable = nil, map[view.Scope]bool{view.Everyone: true, view.Only(c.person): true}
	if err := c.checkAge(conn); err != nil || c.tooOld {
		return err
	}
	missed, err := c.read(conn)
	if err != nil || c.tooOld {
		return err
	}
	newest := map[string]bool{}
	for _, one := range slices.Backward(missed) {
		if newest[one.Path] {
			continue
		}
		newest[one.Path] = true
		readable, err := c.mayRead(conn, one.Scope)
		if err != nil {
			return err
		}
		if readable {
			if one.Data, err = dataOf(conn, one.Path); err != nil {
				return err
			}
		}
		if readable || slices.Contains(one.Left, c.person) {
			c.changes = append(c.changes, one)
		}
	}
	slices.Reverse(c.changes)
	return nil
}

// checkAge refuses a position from before what is kept, from another history, or
// one that was taken back.
func (c *catchUp) checkAge(conn *sqlite.Conn) error {
	return each(conn, `SELECT ? < pruned
			OR ? > max(coalesce((SELECT max(position) FROM changes), 0), coalesce((SELECT max(began) FROM openings), 0))
			OR EXISTS (SELECT 1 FROM openings WHERE ended < ? AND ? < began)
		FROM generation`, []any{c.position, c.position, c.position, c.position}, func(row *sqlite.Stmt) error {
		c.tooOld = row.ColumnBool(0)
		return nil
	})
}

// read gives all missed changes, with Left for paths that the person has lost at
// any time since.
func (c *catchUp) read(conn *sqlite.Conn) (missed []view.Change, err error) {
	lost := map[string]bool{}
	err = each(conn, "SELECT position, path, scope, leavers FROM changes WHERE position > ? ORDER BY position LIMIT ?",
		[]any{c.position, catchUpLimit + 1}, func(row *sqlite.Stmt) error {
			one := view.Change{Position: row.ColumnInt64(0), Path: row.ColumnText(1), Scope: view.Scope(row.ColumnText(2))}
			if strings.Contains(row.ColumnText(3), " "+c.person+" ") {
				lost[one.Path] = true
			}
			if lost[one.Path] {
				one.Left = []string{c.person}
			}
			missed = append(missed, one)
			return nil
		})
	c.tooOld = len(missed) > catchUpLimit
	return missed, err
}

func (c *catchUp) mayRead(conn *sqlite.Conn, scope view.Scope) (bool, error) {
	if known, ok := c.readable[scope]; ok {
		return known, nil
	}
	found := false
	err := each(conn, "SELECT 1 FROM readers WHERE person = ? AND path = ?", []any{c.person, string(scope)}, func(*sqlite.Stmt) error {
		found = true
		return nil
	})
	c.readable[scope] = found
	return found, err
}

func dataOf(conn *sqlite.Conn, path string) (data []byte, err error) {
	collection, id := view.Split(path)
	err = each(conn, "SELECT data FROM documents WHERE collection = ? AND id = ?", []any{collection, documentID(id)}, func(row *sqlite.Stmt) error {
		data = columnBytes(row, 0)
		return nil
	})
	return data, err
}
