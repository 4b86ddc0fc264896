package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/view"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// onWriter runs something on the connection that writes.
func onWriter(t *testing.T, db *database, f func(*sqlite.Conn) error) {
	t.Helper()
	if err := db.do(t.Context(), job{run: f}); err != nil {
		t.Fatal(err)
	}
}

// leave makes the disk under a file full but for some pages.
func leave(t *testing.T, db *database, pages int64) {
	t.Helper()
	onWriter(t, db, func(conn *sqlite.Conn) error {
		var used int64
		err := each(conn, "PRAGMA page_count", nil, func(row *sqlite.Stmt) error {
			used = row.ColumnInt64(0)
			return nil
		})
		if err != nil {
			return err
		}
		return sqlitex.ExecuteTransient(conn, fmt.Sprintf("PRAGMA max_page_count=%d", used+pages), nil)
	})
}

func wantUnavailable(t *testing.T, err error, because string) {
	t.Helper()
	if event.KindOf(err) != event.Unavailable || !strings.Contains(err.Error(), because) {
		t.Errorf("error %v, want Unavailable because it %q", err, because)
	}
}

// fill appends to streams of its own until that fails, and gives what was
// acknowledged and the events that were not.
func fill(t *testing.T, s *EventStore, stream event.Stream) (acknowledged int64, refused []event.Envelope, err error) {
	for ; acknowledged < 10_000; acknowledged += 2 {
		refused = happened(stream, acknowledged, 2)
		if err = s.Append(t.Context(), stream, acknowledged, refused); err != nil {
			return acknowledged, refused, err
		}
	}
	return acknowledged, nil, errors.New("the disk does not become full")
}

func TestFullDiskLosesNothingAcknowledged(t *testing.T) {
	const writers = 8
	s := openStore(t, t.TempDir())
	leave(t, s.db, 40)
	streamOf := func(i int) event.Stream { return event.NewStream("room", fmt.Sprint(i)) }
	acknowledged, refused := make([]int64, writers), make([][]event.Envelope, writers)
	var writing sync.WaitGroup
	for i := range writers {
		writing.Go(func() {
			var err error
			acknowledged[i], refused[i], err = fill(t, s, streamOf(i))
			wantUnavailable(t, err, "is full")
		})
	}
	writing.Wait()

	wantVersions := func(s *EventStore, more int64) {
		t.Helper()
		for i := range writers {
			events, err := s.Load(t.Context(), streamOf(i), 0, 20_000)
			if err != nil || int64(len(events)) != acknowledged[i]+more {
				t.Errorf("%s has %d events (error %v), want %d", streamOf(i), len(events), err, acknowledged[i]+more)
			}
		}
	}
	wantVersions(s, 0)
	if head, err := s.Head(t.Context()); err != nil || s.tail.newestPosition() != head {
		t.Errorf("subscribers are told of position %d, the log ends at %d, error %v", s.tail.newestPosition(), head, err)
	}
	leave(t, s.db, 10_000)
	for i, events := range refused {
		if err := s.Append(t.Context(), streamOf(i), acknowledged[i], events); err != nil {
			t.Errorf("repeat with space again: %v", err)
		}
	}
	wantVersions(s, 2)
	wantVersions(openStore(t, crash(t, s.db)), 2)
}

func TestFullDiskLeavesDocumentsWhole(t *testing.T) {
	v := openViews(t, t.TempDir())
	put := func(n int) error {
		_, err := v.Write(t.Context(), []view.Write{
			{Path: "rooms/a", Data: fmt.Appendf(nil, `{"n":%d}`, n), Scope: view.Everyone, Blind: true},
			{Path: fmt.Sprint("items/", n), Data: fmt.Appendf(nil, `{"text":%q}`, strings.Repeat("x", 5000)), Scope: view.Everyone, Blind: true},
		})
		return err
	}
	leave(t, v.db, 40)
	written := 0
	for ; written < 1000; written++ {
		if err := put(written); err != nil {
			wantUnavailable(t, err, "is full")
			break
		}
	}
	wantLast := func(n int) {
		t.Helper()
		documents, err := v.Get(t.Context(), "rooms/a", fmt.Sprint("items/", n), fmt.Sprint("items/", n+1))
		if err != nil || string(documents[0].Data) != fmt.Sprintf(`{"n":%d}`, n) || documents[1].Data == nil || documents[2].Data != nil {
			t.Errorf("%s is %s, error %v, want the documents up to %d and no more", documents[0].Path, documents[0].Data, err, n)
		}
		told, stop := v.Follow(func([]view.Change) {})
		stop()
		if told != documents[1].Revision {
			t.Errorf("followers are told of position %d, the newest is %d", told, documents[1].Revision)
		}
	}
	wantLast(written - 1)
	leave(t, v.db, 1000)
	if err := put(written); err != nil {
		t.Errorf("with space again: %v", err)
	}
	wantLast(written)
}

func TestLockedFile(t *testing.T) {
	s := openStore(t, t.TempDir())
	onWriter(t, s.db, func(conn *sqlite.Conn) error {
		conn.SetBusyTimeout(200 * time.Millisecond)
		return nil
	})
	other, err := sqlite.OpenConn(s.db.path, sqlite.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := sqlitex.ExecuteTransient(other, "BEGIN EXCLUSIVE", nil); err != nil {
		t.Fatal(err)
	}
	events := happened("room_a", 0, 1)
	began := time.Now()
	wantUnavailable(t, s.Append(t.Context(), "room_a", 0, events), "is locked by another process")
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the answer took %s", took)
	}
	if _, err := s.Load(t.Context(), "room_a", 0, 10); err != nil {
		t.Errorf("reading a locked file: %v", err)
	}
	if err := sqlitex.ExecuteTransient(other, "ROLLBACK", nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(t.Context(), "room_a", 0, events); err != nil {
		t.Errorf("unlocked again: %v", err)
	}
}

func TestDamagedFileIsLeftAsItIs(t *testing.T) {
	whole := t.TempDir()
	s, err := OpenEventStore(whole)
	if err != nil {
		t.Fatal(err)
	}
	for after := int64(0); after < 1000; after += 100 {
		if err := s.Append(t.Context(), "room_a", after, happened("room_a", after, 100)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(whole, "events.db"))
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func(data []byte) []byte{
		"not a database":        func([]byte) []byte { return []byte(strings.Repeat("These are my notes.\n", 1000)) },
		"header overwritten":    func(data []byte) []byte { return append(bytes.Repeat([]byte{0xff}, 100), data[100:]...) },
		"schema overwritten":    func(data []byte) []byte { return overwrite(data, 100, 4096) },
		"one page overwritten":  func(data []byte) []byte { return overwrite(data, 20*4096, 21*4096) },
		"second half lost":      func(data []byte) []byte { return data[:len(data)/2] },
		"a few bytes of a page": func(data []byte) []byte { return overwrite(data, 2*4096, 2*4096+8) },
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "events.db")
		damaged := damage(bytes.Clone(good))
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := OpenEventStore(dir)
		if err == nil {
			t.Errorf("%s: opened", name)
			err = s.Close()
		} else if !strings.Contains(err.Error(), path+" is damaged and was left untouched: restore it from a backup") {
			t.Errorf("%s: error %v", name, err)
		}
		if after, readErr := os.ReadFile(path); readErr != nil || !bytes.Equal(after, damaged) {
			t.Errorf("%s: the file was changed (%v, %v)", name, readErr, err)
		}
	}
}

func overwrite(data []byte, from, to int) []byte {
	for i := from; i < to; i++ {
		data[i] = 0xff
	}
	return data
}

func TestUnusablePath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	if _, err := OpenEventStore(dir); err == nil || !strings.Contains(err.Error(), "cannot be opened or written") {
		t.Errorf("a directory that is not there: %v", err)
	}
	if _, err := OpenLog(t.TempDir()); err == nil {
		t.Error("reading a log that is not there: no error")
	}
}

func TestClosingAnswersEverybody(t *testing.T) {
	for range 10 {
		dir := t.TempDir()
		s, err := OpenEventStore(dir)
		if err != nil {
			t.Fatal(err)
		}
		const writers = 64
		acknowledged := make([]int64, writers)
		var writing sync.WaitGroup
		for i := range writers {
			writing.Go(func() {
				stream := event.NewStream("room", fmt.Sprint(i))
				for s.Append(context.Background(), stream, acknowledged[i], happened(stream, acknowledged[i], 1)) == nil {
					acknowledged[i]++
				}
			})
		}
		time.Sleep(5 * time.Millisecond)
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		writing.Wait() // for ever, if somebody were forgotten
		reopened := openStore(t, dir)
		for i, want := range acknowledged {
			events, err := reopened.Load(t.Context(), event.NewStream("room", fmt.Sprint(i)), 0, 10_000)
			if err != nil || int64(len(events)) < want {
				t.Errorf("stream %d has %d events (error %v), %d were acknowledged", i, len(events), err, want)
			}
		}
	}
}
