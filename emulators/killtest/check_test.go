package killtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"boochat/shared/adapter/sqlite"
)

// check compares what was acknowledged, heard and shown with the log. Nobody talks
// meanwhile.
func (g *group) check(ctx context.Context) {
	g.t.Helper()
	if err := g.ledger.readOn(ctx, g.server.dataDir); err != nil {
		g.t.Errorf("the log: %v", err)
	}
	for i, k := range g.talkers {
		for ; g.checked[i] < len(k.acks); g.checked[i]++ {
			if err := g.ledger.confirm(k.id, k.acks[g.checked[i]]); err != nil {
				g.t.Errorf("acknowledged to %s: %v", k.id, err)
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, k := range g.talkers {
		g.eventually(ctx, k.id+" has heard", func() error { return k.ear.compare(g.ledger) })
		g.eventually(ctx, k.id+" is shown", func() error { return k.compareRooms(ctx, g.ledger) })
	}
}

// readOn enters what the log holds beyond what was entered before.
func (l *ledger) readOn(ctx context.Context, dataDir string) (err error) {
	log, err := sqlite.OpenLog(dataDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	for {
		entries, err := log.Read(ctx, l.position, 1000)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, entry := range entries {
			if err := l.take(entry); err != nil {
				return err
			}
		}
	}
}

// confirm looks for an acknowledged command in the log.
func (l *ledger) confirm(person string, a acknowledged) error {
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
func (k *talker) compareRooms(ctx context.Context, l *ledger) error {
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

// checkPages reads all items of all rooms as the people in them are given them.
func (g *group) checkPages(ctx context.Context) {
	g.t.Helper()
	for id, r := range g.ledger.rooms {
		i := slices.IndexFunc(g.talkers, func(k *talker) bool { return slices.Contains(r.members, k.id) })
		if i < 0 {
			continue // everybody has left
		}
		if err := g.talkers[i].comparePages(ctx, id, r); err != nil {
			g.t.Errorf("the items of room %s: %v", id, err)
		}
	}
}

func (k *talker) comparePages(ctx context.Context, id string, r *roomLedger) error {
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

// checkLogAnew reads the whole log once more: what it said before it still says.
func (g *group) checkLogAnew(ctx context.Context) {
	g.t.Helper()
	anew := newLedger()
	if err := anew.readOn(ctx, g.server.dataDir); err != nil {
		g.t.Fatalf("the log: %v", err)
	}
	for id, r := range g.ledger.rooms {
		if again := anew.rooms[id]; again == nil || !slices.Equal(r.lines, again.lines) {
			g.t.Errorf("the log of room %s is not what it was", id)
		}
	}
}

// eventually repeats a check until it passes or ctx ends.
func (g *group) eventually(ctx context.Context, what string, check func() error) {
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
