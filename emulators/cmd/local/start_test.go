package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"boochat/shared/processtest"
)

// The first run works with no edits and needs no push credentials (D-42, D-43).
func TestSaysWhereItIs(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	for _, words := range []string{"Boochat is at " + s.url, "Its data is in " + dir, "Stop it with Ctrl+C"} {
		wait(t, "saying "+words, func() bool { return strings.Contains(s.Output(), words) })
	}
}

func TestKeepsItsDataToItsOwner(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by", "the", "program")
	s := start(t, dir)
	s.signIn(t, "Ann")
	s.stop(t)
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 && entry.IsDir() {
			t.Errorf("%s is open to others (%s)", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRefusesToStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	damaged := t.TempDir()
	running := t.TempDir()
	s := start(t, running)
	for _, path := range []string{file, filepath.Join(damaged, "identity.pem")} {
		if err := os.WriteFile(path, []byte("no key"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct{ setting, sentence string }{
		"a directory in use":              {"DATA_DIR=" + running, "another Boochat is running on " + running},
		"a directory that cannot be made": {"DATA_DIR=" + filepath.Join(file, "data"), "DATA_DIR cannot be made"},
		"a key that is none":              {"DATA_DIR=" + damaged, "identity.pem"},
		"a port in use":                   {"PORT=" + strconv.Itoa(s.port), "PORT " + strconv.Itoa(s.port)},
		"an unknown function":             {"FUNCTION_TARGET=sing", "`boochat functions` lists them"},
	} {
		t.Run(name, func(t *testing.T) {
			code, output, err := processtest.Run(patient(t), program, []string{"DATA_DIR=" + t.TempDir(), "PORT=" + strconv.Itoa(s.port), c.setting})
			if err != nil {
				t.Fatal(err)
			}
			if code != 1 || !strings.Contains(output, c.sentence) || strings.Contains(output, "goroutine ") {
				t.Errorf("exit code is %d, want 1 and %q:\n%s", code, c.sentence, output)
			}
		})
	}
}
