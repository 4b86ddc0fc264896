package sqlite

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"boochat/shared/view"

	"github.com/google/uuid"
	"zombiezen.com/go/sqlite"
)

const viewSchema = `
CREATE TABLE IF NOT EXISTS documents (
	collection TEXT NOT NULL,
	id         BLOB NOT NULL, -- a whole number where the id is one, so that they sort by value
	data       BLOB NOT NULL,
	revision   INTEGER NOT NULL,
	PRIMARY KEY (collection, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS meetups_due ON documents (collection, json_extract(CAST(data AS TEXT), '$.due'), id) WHERE collection = 'meetupStates';
CREATE TABLE IF NOT EXISTS readers (
	person TEXT NOT NULL,
	path   TEXT NOT NULL,
	PRIMARY KEY (person, path)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS changes (
	position INTEGER PRIMARY KEY,
	path     TEXT NOT NULL,
	scope    TEXT NOT NULL,
	leavers  TEXT NOT NULL -- ids, each between spaces
);
CREATE TABLE IF NOT EXISTS checkpoints (
	subscription TEXT PRIMARY KEY,
	position     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS openings (
	ended INTEGER PRIMARY KEY, -- newest position before the file was opened once more
	began INTEGER NOT NULL     -- positions from then on are greater
);
CREATE TABLE IF NOT EXISTS generation (
	name   TEXT NOT NULL,
	pruned INTEGER NOT NULL -- newest position that the changes no longer hold
);
`

// Views is the read documents: one file for each generation in the data directory.
type Views struct {
	db         *database
	generation string
	feed       *feed
}

var (
	_ view.Store = (*Views)(nil)
	_ view.Feed  = (*Views)(nil)
)

// OpenViews opens or makes the read documents in a file.
func OpenViews(path string) (*Views, error) {
	db, err := openDatabase(path, viewSchema, buffered)
	if err != nil {
		return nil, err
	}
	v := &Views{db: db, feed: newFeed()}
	err = db.do(context.Background(), job{run: func(conn *sqlite.Conn) error { return v.begin(conn) }})
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", err, db.close())
	}
	return v, nil
}

// ReadViews opens the read documents in a file for reading only, perhaps beside a
// process that writes them.
func ReadViews(path string) (*Views, error) {
	db, err := openForReading(path)
	if err != nil {
		return nil, err
	}
	return &Views{db: db, feed: newFeed()}, nil
}

// Each calls f with every document, in the order of collections and ids.
func (v *Views) Each(ctx context.Context, f func(view.Document) error) error {
	return v.db.query(ctx, func(conn *sqlite.Conn) error {
		return each(conn, "SELECT collection, id, data, revision FROM documents ORDER BY collection, id", nil, func(row *sqlite.Stmt) error {
			return f(view.Document{Path: row.ColumnText(0) + "/" + row.ColumnText(1), Data: columnBytes(row, 2), Revision: row.ColumnInt64(3)})
		})
	})
}

// begin reads, or makes, the generation's name and the newest position.
func (v *Views) begin(conn *sqlite.Conn) error {
	err := each(conn, "SELECT name FROM generation", nil, func(row *sqlite.Stmt) error {
		v.generation = row.ColumnText(0)
		return nil
	})
	if err == nil && v.generation == "" {
		v.generation = uuid.NewString()[:8]
		err = exec(conn, "INSERT INTO generation (name, pruned) VALUES (?, 0)", v.generation)
	}
	if err != nil {
		return err
	}
	return v.skipPositions(conn)
}

// lostPositions is more than a power failure can take back: commits to this file
// are with the system, and not yet on the disk, for seconds at most.
const lostPositions = 10_000_000

// skipPositions begins to count far beyond the newest position. Listeners may hold
// cursors of changes that a power failure has taken back; those must not come to
// mean other changes.
func (v *Views) skipPositions(conn *sqlite.Conn) error {
	var ended int64
	err := each(conn, "SELECT coalesce(max(position), 0) FROM changes", nil, func(row *sqlite.Stmt) error {
		ended = row.ColumnInt64(0)
		return nil
	})
	if err != nil || ended == 0 {
		return err
	}
	v.feed.position, v.feed.told = ended+lostPositions, ended+lostPositions
	return exec(conn, "INSERT OR REPLACE INTO openings (ended, began) VALUES (?, ?)", ended, ended+lostPositions)
}

// Close finishes what is being written and closes the file.
func (v *Views) Close() error {
	v.feed.close()
	return v.db.close()
}

// Checkpoints gives the checkpoints of the projections that write these documents.
func (v *Views) Checkpoints() Checkpoints { return Checkpoints{v.db} }

// documentID is how an id is stored: as a number where it is one.
func documentID(id string) any {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil && strconv.FormatInt(n, 10) == id {
		return n
	}
	return id
}

// Get implements view.Store.
func (v *Views) Get(ctx context.Context, paths ...string) (documents []view.Document, err error) {
	err = v.db.query(ctx, func(conn *sqlite.Conn) error {
		documents = make([]view.Document, len(paths))
		for i, path := range paths {
			documents[i].Path = path
			collection, id := view.Split(path)
			err := each(conn, "SELECT data, revision FROM documents WHERE collection = ? AND id = ?", []any{collection, documentID(id)},
				func(row *sqlite.Stmt) error {
					documents[i].Data, documents[i].Revision = columnBytes(row, 0), row.ColumnInt64(1)
					return nil
				})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return documents, err
}

// List implements view.Store.
func (v *Views) List(ctx context.Context, q view.Query) (documents []view.Document, err error) {
	query, args := statement(q)
	err = v.db.query(ctx, func(conn *sqlite.Conn) error {
		documents = nil
		return each(conn, query, args, func(row *sqlite.Stmt) error {
			documents = append(documents, view.Document{
				Path: q.Collection + "/" + row.ColumnText(0), Data: columnBytes(row, 1), Revision: row.ColumnInt64(2),
			})
			return nil
		})
	})
	return documents, err
}

// statement words a query in SQL.
func statement(q view.Query) (query string, args []any) {
	limit := int64(math.MaxInt64)
	if q.Limit != 0 {
		limit = int64(q.Limit)
	}
	if q.DueBefore != "" {
		return dueStatement(q.Collection), []any{q.DueBefore, limit}
	}
	query, args = "SELECT id, data, revision FROM documents WHERE collection = ?", []any{q.Collection}
	if q.Reader != "" {
		query += " AND collection || '/' || id IN (SELECT path FROM readers WHERE person = ?)"
		args = append(args, q.Reader)
	}
	if q.After != 0 {
		query, args = query+" AND id > ?", append(args, q.After)
	}
	// One upper bound: SQLite looks up one, and would read on to it if it were the higher.
	switch {
	case q.Before != 0:
		query, args = query+" AND id < ?", append(args, q.Before)
	case q.After != 0: // every text is greater than every number
		query += " AND id < ''"
	}
	query += " ORDER BY id"
	if q.Newest {
		query += " DESC"
	}
	return query + " LIMIT ?", append(args, limit)
}

// dueStatement asks for what is due in a collection. The collection is named in the
// words of the query, not bound to it: SQLite takes an index of a part of a table only
// where it sees that the part is the one asked for.
func dueStatement(collection string) string {
	const due = "json_extract(CAST(data AS TEXT), '$.due')"
	return "SELECT id, data, revision FROM documents WHERE collection = '" + strings.ReplaceAll(collection, "'", "''") +
		"' AND " + due + " > '' AND " + due + " < ? ORDER BY " + due + ", id LIMIT ?"
}

// Write implements view.Store.
func (v *Views) Write(ctx context.Context, writes []view.Write) (revisions []int64, err error) {
	w := &writing{writes: writes, feed: v.feed}
	if err := v.db.do(ctx, job{run: w.run, committed: w.committed}); err != nil {
		return nil, err
	}
	if w.stale {
		return nil, view.ErrStale
	}
	for _, change := range w.changes {
		revisions = append(revisions, change.Position)
	}
	return revisions, nil
}

// writing is one call of Write on its way through the writer.
type writing struct {
	writes  []view.Write
	feed    *feed
	stale   bool
	changes []view.Change
}

func (w *writing) run(conn *sqlite.Conn) error {
	w.stale, w.changes = false, nil
	for _, one := range w.writes {
		if fresh, err := w.isFresh(conn, one); err != nil || !fresh {
			w.stale = true
			return err
		}
	}
	for _, one := range w.writes {
		if err := w.put(conn, one); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) isFresh(conn *sqlite.Conn, one view.Write) (bool, error) {
	if one.Blind {
		return true, nil
	}
	collection, id := view.Split(one.Path)
	var revision int64
	err := each(conn, "SELECT revision FROM documents WHERE collection = ? AND id = ?", []any{collection, documentID(id)}, func(row *sqlite.Stmt) error {
		revision = row.ColumnInt64(0)
		return nil
	})
	return revision == one.Revision, err
}

func (w *writing) put(conn *sqlite.Conn, one view.Write) error {
	position := w.feed.next()
	collection, id := view.Split(one.Path)
	err := exec(conn, "INSERT OR REPLACE INTO documents (collection, id, data, revision) VALUES (?, ?, ?, ?)", collection, documentID(id), []byte(one.Data), position)
	for _, person := range one.Joined {
		if err == nil {
			err = exec(conn, "INSERT OR IGNORE INTO readers (person, path) VALUES (?, ?)", person, one.Path)
		}
	}
	for _, person := range one.Left {
		if err == nil {
			err = exec(conn, "DELETE FROM readers WHERE person = ? AND path = ?", person, one.Path)
		}
	}
	if err != nil {
		return err
	}
	w.changes = append(w.changes, view.Change{Position: position, Path: one.Path, Data: one.Data, Scope: one.Scope, Joined: one.Joined, Left: one.Left})
	leavers := ""
	if len(one.Left) > 0 {
		leavers = " " + strings.Join(one.Left, " ") + " "
	}
	err = exec(conn, "INSERT INTO changes (position, path, scope, leavers) VALUES (?, ?, ?, ?)", position, one.Path, string(one.Scope), leavers)
	if err != nil {
		return err
	}
	return prune(conn, position)
}

func (w *writing) committed() { w.feed.tell(w.changes) }
