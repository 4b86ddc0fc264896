package auth

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// LoadOrCreateKeys reads the keys in a file, or makes the file and its directory
// when there is none. A file that is damaged or that other users can read is an
// error and left as it is: only a person can tell what happened to it. Of several
// processes that start at once, one makes the file and all use it.
func LoadOrCreateKeys(path string, now time.Time) (Keys, error) {
	keys, err := loadKeys(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	// A link, unlike a rename, fails when another process was faster.
	if err := writeKeys(path, NewKeys(now), os.Link); err != nil && !errors.Is(err, fs.ErrExist) {
		return Keys{}, err
	}
	return loadKeys(path)
}

// Save puts the keys in place of those in a file, readable by its owner only.
// A crash leaves either the old keys or the new ones.
func (k Keys) Save(path string) error {
	return writeKeys(path, k, os.Rename)
}

func loadKeys(path string) (Keys, error) {
	file, err := os.Open(path)
	if err != nil {
		return Keys{}, fmt.Errorf("open key file: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Keys{}, fmt.Errorf("look at key file: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return Keys{}, fmt.Errorf("the key file is open to other users (mode %04o): run chmod 600 %s", mode, path)
	}
	data, err := io.ReadAll(file)
	if err != nil {
		return Keys{}, fmt.Errorf("read key file: %w", err)
	}
	keys, err := ParseKeys(data)
	if err != nil {
		return Keys{}, fmt.Errorf("%s is damaged; restore it, or remove it and everybody signs in again: %w", path, err)
	}
	return keys, nil
}

// writeKeys writes a file beside path, and has it put there once it is on the disk.
func writeKeys(path string, keys Keys, put func(from, to string) error) error {
	data, err := json.Marshal(keys, jsontext.WithIndent("  "))
	if err != nil {
		return fmt.Errorf("encode keys: %w", err)
	}
	directory := filepath.Dir(path)
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return fmt.Errorf("make directory of key file: %w", err)
	}
	file, err := os.CreateTemp(directory, ".keys-*") // with mode 0600
	if err != nil {
		return fmt.Errorf("make key file: %w", err)
	}
	defer os.Remove(file.Name())
	_, err = file.Write(data)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	if err := put(file.Name(), path); err != nil {
		return fmt.Errorf("put key file in place: %w", err)
	}
	return syncDirectory(directory)
}

// syncDirectory makes a new name in a directory last through a power cut.
func syncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open directory of key file: %w", err)
	}
	if err := errors.Join(directory.Sync(), directory.Close()); err != nil {
		return fmt.Errorf("sync directory of key file: %w", err)
	}
	return nil
}
