// Package sqlite is the embedded backend: event store, bus and read documents in
// two SQLite files of one directory, served by one process.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"boochat/shared/event"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

const (
	readers      = 4               // connections for reading, per file
	busyTimeout  = 5 * time.Second // wait for another process's lock, such as a backup's
	cachePages   = "-16000"        // page cache of each connection: 16 MB
	walAutoCheck = "4000"          // pages of write-ahead log before it is folded in: 16 MB
)

// database is one SQLite file: a single writer that commits everything waiting in
// one transaction, and a pool of readers.
type database struct {
	path  string
	write *writer
	read  *sqlitex.Pool
}

// durability is how far a commit has gone when it returns.
type durability string

const (
	synced   durability = "FULL"   // on the disk: it survives a power failure
	buffered durability = "NORMAL" // with the system: it survives the process's death
)

// openDatabase opens or makes a file with a schema. A file that is damaged, or is
// not SQLite, is reported and left as it is.
func openDatabase(path, schema string, d durability) (*database, error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		return nil, describe(path, err)
	}
	err = prepare(conn, "journal_mode=WAL", "synchronous="+string(d), "wal_autocheckpoint="+walAutoCheck)
	if err == nil {
		err = intact(conn)
	}
	if err == nil {
		err = sqlitex.ExecuteScript(conn, schema, nil)
	}
	if err != nil {
		return nil, errors.Join(describe(path, err), conn.Close())
	}
	pool, err := openReaders(path)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &database{path: path, write: newWriter(conn), read: pool}, nil
}

// openForReading opens a file that exists, perhaps beside a process that writes it.
func openForReading(path string) (*database, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, describe(path, err)
	}
	pool, err := openReaders(path)
	return &database{path: path, read: pool}, err
}

// openReaders makes the pool of readers. They open the file for writing, because
// the shared memory of a write-ahead log must be written to read it, and are then
// kept from writing the data.
func openReaders(path string) (*sqlitex.Pool, error) {
	pool, err := sqlitex.NewPool(path, sqlitex.PoolOptions{
		Flags: sqlite.OpenReadWrite, PoolSize: readers,
		PrepareConn: func(conn *sqlite.Conn) error { return prepare(conn, "query_only=1") },
	})
	if err != nil {
		return nil, describe(path, err)
	}
	return pool, nil
}

// prepare sets up a connection. Pragmas run one by one: the journal's mode cannot
// be changed in a transaction, which a script is.
func prepare(conn *sqlite.Conn, pragmas ...string) error {
	conn.SetBusyTimeout(busyTimeout)
	for _, pragma := range append(pragmas, "cache_size="+cachePages) {
		if err := sqlitex.ExecuteTransient(conn, "PRAGMA "+pragma, nil); err != nil {
			return err
		}
	}
	return nil
}

// intact reads the whole structure of a small file, and of a large one as much as
// its header and schema: a damaged page further in shows when it is read.
func intact(conn *sqlite.Conn) error {
	const smallPages = 2000 // 8 MB, checked in a few milliseconds
	var pages int64
	err := each(conn, "PRAGMA page_count", nil, func(row *sqlite.Stmt) error {
		pages = row.ColumnInt64(0)
		return nil
	})
	if err != nil || pages > smallPages {
		return err
	}
	return each(conn, "PRAGMA quick_check(1)", nil, func(row *sqlite.Stmt) error {
		if verdict := row.ColumnText(0); verdict != "ok" {
			return fmt.Errorf("%w: %s", errDamaged, verdict)
		}
		return nil
	})
}

var errDamaged = errors.New("the file is damaged")

func (db *database) close() error {
	if db.write == nil {
		return db.read.Close()
	}
	return errors.Join(db.write.close(), db.read.Close())
}

// do runs a job of the writer and waits until it is committed.
func (db *database) do(ctx context.Context, j job) error {
	if err := db.write.do(ctx, j); err != nil {
		return unavailable(db.path, err)
	}
	return nil
}

// later queues a job whose fate nobody waits for.
func (db *database) later(ctx context.Context, j job) error {
	if err := db.write.later(ctx, j); err != nil {
		return unavailable(db.path, err)
	}
	return nil
}

// query runs f with a connection for reading. An error of f means that the file
// cannot be read.
func (db *database) query(ctx context.Context, f func(*sqlite.Conn) error) error {
	conn, err := db.read.Take(ctx)
	if err == nil {
		defer db.read.Put(conn)
		err = f(conn)
	}
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // SQLite only says that it was interrupted
	}
	if err != nil {
		return unavailable(db.path, err)
	}
	return nil
}

// describe puts what is wrong with a file into a sentence for whoever runs it.
func describe(path string, err error) error {
	switch code := sqlite.ErrCode(err).ToPrimary(); {
	case errors.Is(err, errDamaged), code == sqlite.ResultCorrupt, code == sqlite.ResultNotADB:
		return fmt.Errorf("%s is damaged and was left untouched: restore it from a backup, or move it away to start anew: %w", path, err)
	case code == sqlite.ResultFull:
		return fmt.Errorf("the disk under %s is full: %w", path, err)
	case code == sqlite.ResultBusy, code == sqlite.ResultLocked:
		return fmt.Errorf("%s is locked by another process: %w", path, err)
	case code == sqlite.ResultReadOnly, code == sqlite.ResultCantOpen, errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s cannot be opened or written: check that it exists and who owns it: %w", path, err)
	default:
		return fmt.Errorf("%s: %w", path, err)
	}
}

// unavailable is what callers are told when a file cannot be used just now.
func unavailable(path string, err error) error {
	return &event.Refusal{Kind: event.Unavailable, Detail: "The store cannot be used at the moment. Try again.", Cause: describe(path, err)}
}
