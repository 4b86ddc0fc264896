package sqlite

import (
	"fmt"
	"sync"
	"testing"

	"boochat/shared/event"
	"boochat/shared/view"
)

// BenchmarkAppend measures durable appends of one event: ns/op is for one append,
// with so many writers at work at once.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprint("writers=", writers), func(b *testing.B) {
			s := openStore(b, b.TempDir())
			var writing sync.WaitGroup
			b.ResetTimer()
			for i := range writers {
				writing.Go(func() {
					stream := event.NewStream("room", fmt.Sprint(i))
					for after := range int64(b.N / writers) {
						if err := s.Append(b.Context(), stream, after, happened(stream, after, 1)); err != nil {
							b.Error(err)
						}
					}
				})
			}
			writing.Wait()
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	const length, page = 100_000, 50
	s := openStore(b, b.TempDir())
	for after := int64(0); after < length; after += 500 {
		if err := s.Append(b.Context(), "room_a", after, happened("room_a", after, 500)); err != nil {
			b.Fatal(err)
		}
	}
	for n := int64(0); b.Loop(); n++ {
		if events, err := s.Load(b.Context(), "room_a", n*page%(length-page), page); err != nil || len(events) != page {
			b.Fatal(len(events), err)
		}
	}
}

// message is what a projection writes for one message: its item, and the room.
func message(room string, n int64) []view.Write {
	item := fmt.Appendf(nil, `{"id":"%d","sequence":%d,"roomId":%q,"kind":"message","content":"See you at eight, in front of the station."}`, n, n, room)
	path := view.RoomPath(room)
	return []view.Write{
		{Path: view.ItemPath(room, n), Data: item, Scope: view.ReadersOf(path), Blind: true},
		{Path: path, Data: item, Scope: view.ReadersOf(path), Blind: true},
	}
}

func BenchmarkWrite(b *testing.B) {
	v := openViews(b, b.TempDir())
	for n := int64(1); b.Loop(); n++ {
		if _, err := v.Write(b.Context(), message("a", n)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSince measures how long somebody waits who has missed 1,000 messages in
// ten rooms, of which they are in five.
func BenchmarkSince(b *testing.B) {
	v := openViews(b, b.TempDir())
	for i := range 10 {
		room := view.Write{Path: view.RoomPath(fmt.Sprint(i)), Data: []byte(`{}`), Scope: view.ReadersOf(view.RoomPath(fmt.Sprint(i))), Blind: true}
		if i%2 == 0 {
			room.Joined = []string{"ann"}
		}
		if _, err := v.Write(b.Context(), []view.Write{room}); err != nil {
			b.Fatal(err)
		}
	}
	position, stop := v.Follow(func([]view.Change) {})
	stop()
	for n := range int64(1000) {
		if _, err := v.Write(b.Context(), message(fmt.Sprint(n%10), n)); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if changes, err := v.Since(b.Context(), "ann", position); err != nil || len(changes) != 505 {
			b.Fatal(len(changes), err)
		}
	}
}
