package sqlite_test

import (
	"errors"
	"path/filepath"
	"testing"

	"boochat/shared/adapter/sqlite"
	"boochat/shared/view"
)

// A power failure may take back changes that listeners have been told of. Their
// cursors must not come to stand for what is written later.
func TestCursorsOfChangesTakenBackAreTooOld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "views.db")
	write := func(v *sqlite.Views) (position int64) {
		t.Helper()
		revisions, err := v.Write(t.Context(), []view.Write{{Path: "users/ann", Data: []byte(`{}`), Scope: view.Everyone, Blind: true}})
		if err != nil {
			t.Fatal(err)
		}
		return revisions[0]
	}
	open := func() *sqlite.Views {
		t.Helper()
		v, err := sqlite.OpenViews(path)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	v := open()
	kept := write(v)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = open()
	defer func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, later := range []bool{false, true} {
		if later {
			write(v)
		}
		if _, err := v.Since(t.Context(), "bob", kept+1); !errors.Is(err, view.ErrTooOld) {
			t.Errorf("since a position that was taken back (later writes: %t): got %v, want ErrTooOld", later, err)
		}
		changes, err := v.Since(t.Context(), "bob", kept)
		if err != nil || (len(changes) == 1) != later {
			t.Errorf("since the newest position that was kept (later writes: %t): got %v, %v", later, changes, err)
		}
	}
}
