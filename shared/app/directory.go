package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
	"github.com/google/uuid"
)

// directory is DATA_DIR: events.db, the log; one views-*.db for each generation of
// read documents, of which views.current names the one in use; keys.json; lock.
type directory string

// make sees that the directory exists, for its owner alone.
func (d directory) make() error {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return fmt.Errorf("DATA_DIR cannot be made: %w", err)
	}
	return nil
}

// ErrInUse says that another process serves from the directory.
var ErrInUse = errors.New("the data directory is in use")

// lock keeps other processes from serving from the directory until it is unlocked.
func (d directory) lock() (unlock func() error, err error) {
	lock := flock.New(filepath.Join(string(d), "lock"), flock.SetPermissions(0o600))
	free, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("DATA_DIR cannot be locked: %w", err)
	}
	if !free {
		return nil, fmt.Errorf("%w: another Boochat is running on %s. Stop it, or give this one another DATA_DIR", ErrInUse, d)
	}
	return lock.Unlock, nil
}

func (d directory) keys() string    { return filepath.Join(string(d), "keys.json") }
func (d directory) pointer() string { return filepath.Join(string(d), "views.current") }

// newViews names the file of another generation of read documents.
func (d directory) newViews() string {
	return filepath.Join(string(d), "views-"+uuid.Must(uuid.NewV7()).String()+".db")
}

// currentViews gives the file of the read documents in use. Where none is, a new
// one is: its documents are made from the log.
func (d directory) currentViews() (string, error) {
	name, err := os.ReadFile(d.pointer())
	if errors.Is(err, os.ErrNotExist) {
		path := d.newViews()
		return path, d.useViews(path)
	}
	if err != nil {
		return "", fmt.Errorf("find the read documents: %w", err)
	}
	base := strings.TrimSpace(string(name))
	if !strings.HasPrefix(base, "views-") || base != filepath.Base(base) {
		return "", fmt.Errorf("%s names no file of read documents. Remove it to have them made anew", d.pointer())
	}
	return filepath.Join(string(d), base), nil
}

// useViews makes a generation the one in use.
func (d directory) useViews(path string) error {
	next := d.pointer() + ".next"
	err := os.WriteFile(next, []byte(filepath.Base(path)+"\n"), 0o600)
	if err == nil {
		err = os.Rename(next, d.pointer())
	}
	if err != nil {
		return fmt.Errorf("switch to read documents %s: %w", path, err)
	}
	return nil
}

// removeViews removes a generation that is no longer in use.
func removeViews(path string) error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// removeOldViews removes all generations but one: what crashes have left behind.
func (d directory) removeOldViews(current string) error {
	files, err := filepath.Glob(filepath.Join(string(d), "views-*.db"))
	for _, path := range files {
		if path != current {
			err = errors.Join(err, removeViews(path))
		}
	}
	return err
}
