package firestore

import (
	"fmt"
	"sync"
	"testing"

	"boochat/emulators/googletest"
	"boochat/shared/event"
	"boochat/shared/view"
)

// The emulator is a test bench and not Firestore: these show what this package adds,
// and compare one way of doing things with another.

// BenchmarkAppend measures appends of one event: ns/op is for one append, with so
// many writers at work at once.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 16} {
		b.Run(fmt.Sprint("writers=", writers), func(b *testing.B) {
			store := NewEventStore(startProcess(b, googletest.Project()).Client)
			var writing sync.WaitGroup
			b.ResetTimer()
			for i := range writers {
				writing.Go(func() {
					stream := event.NewStream("room", fmt.Sprint(i))
					for after := range int64(b.N/writers + 1) {
						if err := store.Append(b.Context(), stream, after, happened(stream, after, 1)); err != nil {
							b.Error(err)
						}
					}
				})
			}
			writing.Wait()
		})
	}
}

func BenchmarkLoad100(b *testing.B) {
	const length, page = 1000, 100
	store := NewEventStore(startProcess(b, googletest.Project()).Client)
	if err := store.Append(b.Context(), "room_a", 0, happened("room_a", 0, length)); err != nil {
		b.Fatal(err)
	}
	for n := int64(0); b.Loop(); n++ {
		if events, err := store.Load(b.Context(), "room_a", n*page%(length-page), page); err != nil || len(events) != page {
			b.Fatal(len(events), err)
		}
	}
}

// BenchmarkWrite measures what a projection writes for one message: its item, and the
// room at the revision that it has.
func BenchmarkWrite(b *testing.B) {
	views := NewViews(startProcess(b, googletest.Project()).Client)
	room := view.Write{Path: view.RoomPath("a"), Scope: view.ReadersOf(view.RoomPath("a")), Joined: []string{"ann", "bob"}}
	for n := int64(1); b.Loop(); n++ {
		room.Data = fmt.Appendf(nil, `{"id":"%d","sequence":%d,"kind":"message","content":"See you at eight, in front of the station."}`, n, n)
		item := view.Write{Path: view.ItemPath("a", n), Data: room.Data, Scope: room.Scope, Blind: true}
		revisions, err := views.Write(b.Context(), []view.Write{item, room})
		if err != nil {
			b.Fatal(err)
		}
		room.Revision, room.Joined = revisions[1], nil
	}
}
