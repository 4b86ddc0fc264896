package crowd

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// Check compares what was acknowledged, heard and shown with the log. Nobody talks
// meanwhile.
func (g *Crowd) Check(ctx context.Context, l *Ledger) {
	g.t.Helper()
	for _, k := range g.talkers {
		for ; k.checked < len(k.acks); k.checked++ {
			if err := l.confirm(k.id, k.acks[k.checked]); err != nil {
				g.t.Errorf("acknowledged to %s: %v", k.id, err)
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var looking errgroup.Group
	looking.SetLimit(8)
	for _, k := range g.talkers {
		looking.Go(func() error {
			if k.ear != nil {
				g.eventually(ctx, k.id+" has heard", func() error { return k.ear.compare(l) })
			}
			g.eventually(ctx, k.id+" is shown", func() error { return k.compareRooms(ctx, l) })
			return nil
		})
	}
	_ = looking.Wait() // eventually has failed the test
}

// confirm looks for an acknowledged command in the log.
func (l *Ledger) confirm(person string, a acknowledged) error {
	r, known := l.rooms[a.room()]
	if !known {
		return fmt.Errorf("%s: there is no room %s", a.command, a.room())
	}
	if a.command == "open-room" || a.command == "close-room" {
		if a.answer.ReadSequence > r.read[person] {
			return fmt.Errorf("%s of %s read to %d; the log says %d", a.command, a.room(), a.answer.ReadSequence, r.read[person])
		}
		return nil
	}
	at := a.answer.Sequence
	if at < 1 || at > r.last() {
		return fmt.Errorf("%s is at %d of room %s, which ends at %d", a.command, at, a.room(), r.last())
	}
	found := r.lines[at-1]
	switch a.command {
	case "invite-user": // may have changed nothing
	case "send-message":
		if sequences := r.find(a.body["id"].(string)); len(sequences) != 1 || sequences[0] != at {
			return fmt.Errorf("message %s is at %v of room %s; acknowledged was %d", a.body["id"], sequences, a.room(), at)
		}
	default:
		if found.actor != person || found.kind != leaves[a.command] {
			return fmt.Errorf("%s should be at %d of room %s, where %s of %s is", a.command, at, a.room(), found.kind, found.actor)
		}
	}
	return nil
}

// leaves is what a command leaves in the log.
var leaves = map[string]string{
	"create-room": "created", "leave-room": "user-left", "rename-room": "renamed", "change-room-image": "image-changed",
}

// compareRooms compares the rooms that the person is shown, and what is unread in
// them, with the log.
func (k *Talker) compareRooms(ctx context.Context, l *Ledger) error {
	reply, err := k.Get(ctx, "/v1/rooms")
	if err != nil {
		return err
	}
	var list struct {
		Rooms []struct {
			ID                                      string
			LastSequence, ReadSequence, UnreadCount int64
		}
	}
	if err := reply.Into(&list); err != nil {
		return err
	}
	rooms := l.roomsOf(k.id)
	if len(list.Rooms) != len(rooms) {
		return fmt.Errorf("%d rooms instead of %d", len(list.Rooms), len(rooms))
	}
	for _, room := range list.Rooms {
		last, read := l.rooms[room.ID].last(), l.rooms[room.ID].read[k.id]
		if !rooms[room.ID] || room.LastSequence != last || room.ReadSequence != read || room.UnreadCount != last-read {
			return fmt.Errorf("room %+v, which the log says ends at %d and is read to %d", room, last, read)
		}
	}
	return nil
}

// CheckPages reads all items of all rooms as the people in them are given them.
func (g *Crowd) CheckPages(ctx context.Context, l *Ledger) {
	g.t.Helper()
	for id, r := range l.rooms {
		i := slices.IndexFunc(g.talkers, func(k *Talker) bool { return slices.Contains(r.members, k.id) })
		if i < 0 {
			continue // everybody has left
		}
		if err := g.talkers[i].comparePages(ctx, id, r); err != nil {
			g.t.Errorf("the items of room %s: %v", id, err)
		}
	}
}

func (k *Talker) comparePages(ctx context.Context, id string, r *roomLedger) error {
	var after int64
	for after < r.last() {
		reply, err := k.Get(ctx, fmt.Sprintf("/v1/rooms/%s/items?after=%d&limit=200", id, after))
		if err != nil {
			return err
		}
		var page struct {
			Items []struct {
				ID       string
				Sequence int64
			}
		}
		if err := reply.Into(&page); err != nil {
			return err
		}
		for _, item := range page.Items {
			after++
			if l := r.lines[after-1]; item.Sequence != after || l.kind == "message-sent" && item.ID != l.messageID {
				return fmt.Errorf("item %d with id %s where the log has %d with %q", item.Sequence, item.ID, after, l.messageID)
			}
		}
		if len(page.Items) == 0 {
			return fmt.Errorf("none after %d, though the log ends at %d", after, r.last())
		}
	}
	return nil
}

// eventually repeats a check until it passes or ctx ends.
func (g *Crowd) eventually(ctx context.Context, what string, check func() error) {
	g.t.Helper()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			g.t.Errorf("what %s is still wrong: %v", what, err)
			return
		}
	}
}
