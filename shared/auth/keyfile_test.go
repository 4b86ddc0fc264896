package auth_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"boochat/shared/auth"
)

// Keys are made at the first start and committed nowhere (D-9).
func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "keys.json")
	created, err := auth.LoadOrCreateKeys(path, noon)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	wantPrivate(t, path)
	loaded, err := auth.LoadOrCreateKeys(path, noon.Add(time.Hour))
	if err != nil || !reflect.DeepEqual(loaded, created) {
		t.Errorf("the keys do not come back, error %v", err)
	}
	rotated := loaded.Rotate(noon.Add(time.Hour))
	if err := rotated.Save(path); err != nil {
		t.Fatalf("save: %v", err)
	}
	wantPrivate(t, path)
	reloaded, err := auth.LoadOrCreateKeys(path, noon)
	if err != nil || !reflect.DeepEqual(reloaded, rotated) {
		t.Errorf("the saved keys do not come back, error %v", err)
	}
}

// wantPrivate looks for a file of mode 0600 alone in its directory.
func wantPrivate(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatalf("look at key file: %v", err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("mode is %v, want 0600", info.Mode())
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("%d files in its directory, error %v, want 1", len(entries), err)
	}
}

func TestKeyFileIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	made := make([]auth.Keys, 16)
	var starting sync.WaitGroup
	for i := range made {
		starting.Go(func() {
			var err error
			if made[i], err = auth.LoadOrCreateKeys(path, noon); err != nil {
				t.Errorf("load or create: %v", err)
			}
		})
	}
	starting.Wait()
	for i := range made {
		if !reflect.DeepEqual(made[i], made[0]) {
			t.Fatal("two processes have different keys")
		}
	}
}

func TestKeyFileIsLeftAlone(t *testing.T) {
	good := string(encode(t, auth.NewKeys(noon)))
	for name, test := range map[string]struct {
		content string
		mode    fs.FileMode
		says    string
	}{
		"damaged":            {good[:100], 0o600, "damaged"},
		"empty":              {"", 0o600, "damaged"},
		"others may read it": {good, 0o644, "chmod 600"},
		"group may write it": {good, 0o620, "chmod 600"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys.json")
			if err := errors.Join(os.WriteFile(path, []byte(test.content), 0o600), os.Chmod(path, test.mode)); err != nil {
				t.Fatalf("prepare key file: %v", err)
			}
			_, err := auth.LoadOrCreateKeys(path, noon)
			if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), path) {
				t.Fatalf("error is %v, want one that says %q and where", err, test.says)
			}
			if quotesSecret(err, test.content) {
				t.Errorf("the error quotes a secret: %v", err)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != test.content {
				t.Errorf("the file has changed, error %v", err)
			}
		})
	}
}

func TestKeyFileCannotBeMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatalf("prepare: %v", err)
	}
	if _, err := auth.LoadOrCreateKeys(filepath.Join(path, "keys.json"), noon); err == nil {
		t.Error("no error for a path below a file")
	}
}
