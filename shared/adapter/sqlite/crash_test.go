package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"zombiezen.com/go/sqlite"
)

var errCrashed = errors.New("crashed")

// crash ends the writer of a file as the death of the process would: in the middle
// of a transaction, with nothing flushed or closed. It gives a directory with the
// files as they lie on the disk at that moment.
func crash(tb testing.TB, db *database) (dir string) {
	tb.Helper()
	dir = tb.TempDir()
	copied, released := make(chan error, 1), make(chan struct{})
	tb.Cleanup(func() { close(released) })
	go func() {
		_ = db.do(context.Background(), job{run: func(*sqlite.Conn) error {
			copied <- errors.Join(copyFile(db.path, dir), copyFile(db.path+"-wal", dir))
			<-released
			return errCrashed
		}})
	}()
	if err := <-copied; err != nil {
		tb.Fatalf("copy what the crash leaves: %v", err)
	}
	return dir
}

func copyFile(path, dir string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, filepath.Base(path)), data, 0o600)
}

func openStore(tb testing.TB, dir string) *EventStore {
	tb.Helper()
	s, err := OpenEventStore(dir)
	if err != nil {
		tb.Fatalf("open the log: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close the log: %v", err)
		}
	})
	return s
}

func openViews(tb testing.TB, dir string) *Views {
	tb.Helper()
	v, err := OpenViews(filepath.Join(dir, "views.db"))
	if err != nil {
		tb.Fatalf("open the read documents: %v", err)
	}
	tb.Cleanup(func() {
		if err := v.Close(); err != nil {
			tb.Errorf("close the read documents: %v", err)
		}
	})
	return v
}
