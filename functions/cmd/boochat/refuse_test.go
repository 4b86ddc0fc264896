package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func TestRefusesToStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }() // nobody connects
	port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ settings, sentences []string }{
		"an unknown function": {[]string{"FUNCTION_TARGET=sing"}, []string{`FUNCTION_TARGET is "sing"`, "`boochat functions` lists them"}},
		"a port in use":       {[]string{"PORT=" + port}, []string{"PORT " + port, "in use"}},
		"all bad settings at once": {
			[]string{"PORT=http", "RATE_LIMIT=-1", "ALLOWED_USERS=", "GOOGLE_CLIENT_ID=", "ALLOWED_ORIGINS=chat.example.org", "BACKEND=paper", "LOG_LEVEL=loud", "PUSH_AUDIENCE=us"},
			[]string{"PORT must", "RATE_LIMIT must", "ALLOWED_USERS is missing", "GOOGLE_CLIENT_ID is missing", "ALLOWED_ORIGINS has", "BACKEND is", "LOG_LEVEL must", "PUSH_SERVICE_ACCOUNT"},
		},
		"a directory that cannot be made":    {[]string{"DATA_DIR=" + filepath.Join(file, "data")}, []string{"DATA_DIR cannot be made", file}},
		"a directory that cannot be written": {[]string{"DATA_DIR=/sys"}, []string{"DATA_DIR cannot be"}},
		"an emulator on Cloud Run": {
			[]string{"K_SERVICE=boochat", "FIRESTORE_EMULATOR_HOST=localhost:8080"},
			[]string{"FIRESTORE_EMULATOR_HOST is set, but emulators are not for Cloud Run"},
		},
		"token keys that are none": {[]string{`TOKEN_KEYS={"signing":"s3cret"}`}, []string{"TOKEN_KEYS"}},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, append([]string{"DATA_DIR=" + t.TempDir(), "PORT=" + port}, c.settings...), nil, c.sentences...)
		})
	}
}

func TestSecretsAreNotSaid(t *testing.T) {
	if _, output := run(t, []string{"DATA_DIR=" + t.TempDir(), `TOKEN_KEYS={"signing":"s3cret"}`}); bytes.Contains([]byte(output), []byte("s3cret")) {
		t.Errorf("the program says a secret:\n%s", output)
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	first := startServer(t, "DATA_DIR="+dir)
	refused(t, []string{"DATA_DIR=" + dir}, nil, "another Boochat is running on "+dir, "DATA_DIR")
	if got := first.status(t, "GET", "/healthz"); got != 200 {
		t.Errorf("the first process answers %d", got)
	}
}

func TestDamagedLogIsLeftAlone(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"not a database": func([]byte) []byte {
			return []byte("This is a shopping list, and no database at all: bread, butter, jam, and more of the same.")
		},
		"a page of zeros": func(data []byte) []byte {
			copy(data[4096:8192], make([]byte, 4096))
			return data
		},
		"cut short": func(data []byte) []byte { return data[:len(data)/2] },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			seed(t, dir)
			path := filepath.Join(dir, "events.db")
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			damaged := damage(data)
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			refused(t, []string{"DATA_DIR=" + dir}, nil, path+" is damaged and was left untouched")
			after, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(after, damaged) {
				t.Errorf("the file is not what it was (%v)", err)
			}
		})
	}
}
