package sqlite

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync"
	"testing"

	"boochat/shared/event"
)

// commits counts the transactions in a file's write-ahead log: the frames that end
// one carry the size of the database, and all of them the salts of the header
// (sqlite.org/fileformat2.html, section 4). It holds as long as no checkpoint has
// begun the log anew.
func commits(t *testing.T, db *database) (count int) {
	t.Helper()
	const header, frameHeader = 32, 24
	wal, err := os.ReadFile(db.path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	salts := string(wal[16:24])
	frame := frameHeader + int(binary.BigEndian.Uint32(wal[8:]))
	for at := header; at+frame <= len(wal) && string(wal[at+8:at+16]) == salts; at += frame {
		if binary.BigEndian.Uint32(wal[at+4:]) != 0 {
			count++
		}
	}
	return count
}

// appendFrom appends from several writers at once, each to a stream of its own.
func appendFrom(t *testing.T, s *EventStore, writers, times int) {
	t.Helper()
	var writing sync.WaitGroup
	for i := range writers {
		writing.Go(func() {
			stream := event.NewStream("room", fmt.Sprintf("%d-%d", writers, i))
			for after := range int64(times) {
				if err := s.Append(t.Context(), stream, after, happened(stream, after, 1)); err != nil {
					t.Errorf("append: %v", err)
				}
			}
		})
	}
	writing.Wait()
}

func TestAppendsThatWaitTogetherShareACommit(t *testing.T) {
	s := openStore(t, t.TempDir())
	before := commits(t, s.db)
	appendFrom(t, s, 1, 50)
	alone := commits(t, s.db) - before
	if alone != 50 {
		t.Errorf("50 appends one after the other took %d commits: an answer comes only after its commit", alone)
	}
	before += alone
	const writers, times = 64, 20
	appendFrom(t, s, writers, times)
	if together := commits(t, s.db) - before; together > writers*times/8 {
		t.Errorf("%d appends by %d writers at once took %d commits, want at most %d", writers*times, writers, together, writers*times/8)
	}
}
