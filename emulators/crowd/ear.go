package crowd

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"boochat/emulators/scenario/client"
)

// ear is what a person has heard.
type ear struct {
	Listener
	person string
	// compared is, by room, up to where the items were found right: they never change.
	compared map[string]int64
}

// newEar begins to listen and returns once it has heard how things are.
func (g *Crowd) newEar(ctx context.Context, c client.Client, person string) (*ear, error) {
	l, err := g.system.Listen(ctx, c, person)
	if err != nil {
		return nil, err
	}
	return &ear{Listener: l, person: person, compared: map[string]int64{}}, l.Until(ctx, func(m *client.Model) bool { return m.Current })
}

func (e *ear) document(path string) (data json.RawMessage, ok bool) {
	e.Look(func(m *client.Model) { data, ok = m.Documents[path] })
	return data, ok
}

// compare tells the first thing that the ear has not heard right, if there is one.
func (e *ear) compare(l *Ledger) (wrong error) {
	e.Look(func(m *client.Model) {
		if m.Resets > 0 {
			wrong = fmt.Errorf("%d resets", m.Resets)
			return
		}
		for path, times := range m.Told {
			if strings.Contains(path, "/items/") && times != 1 {
				wrong = fmt.Errorf("%s came %d times", path, times)
				return
			}
		}
		wrong = e.compareRooms(m, l)
	})
	return wrong
}

func (e *ear) compareRooms(m *client.Model, l *Ledger) error {
	rooms := l.roomsOf(e.person)
	for path := range m.Documents {
		if id, isRoom := strings.CutPrefix(path, "rooms/"); isRoom && !strings.Contains(id, "/") && !rooms[id] {
			return fmt.Errorf("%s is still there, though the person has left", path)
		}
	}
	for id := range rooms {
		if err := e.compareRoom(m, id, l.rooms[id]); err != nil {
			return err
		}
	}
	return nil
}

// compareRoom compares the documents of a room that the person is in.
func (e *ear) compareRoom(m *client.Model, id string, r *roomLedger) error {
	var room struct {
		MemberIDs    []string
		LastSequence int64
	}
	var visit struct{ ReadSequence int64 }
	if err := decode(m, "rooms/"+id, &room); err != nil {
		return err
	}
	if room.LastSequence != r.last() || !slices.Equal(room.MemberIDs, r.members) {
		return fmt.Errorf("room %s was heard at %d with %d members, the last %v; the log says %d with %d, the last %v", id,
			room.LastSequence, len(room.MemberIDs), room.MemberIDs[max(0, len(room.MemberIDs)-1):], r.last(), len(r.members), r.members[len(r.members)-1])
	}
	if r.read[e.person] > 0 {
		if err := decode(m, "users/"+e.person+"/visits/"+id, &visit); err != nil {
			return err
		}
	}
	if visit.ReadSequence != r.read[e.person] {
		return fmt.Errorf("room %s was heard to be read to %d; the log says %d", id, visit.ReadSequence, r.read[e.person])
	}
	from := max(e.compared[id]+1, r.joined[e.person])
	if from == 1 && r.lines[0].actor == e.person {
		from = 2 // whoever creates a room knows that by the answer
	}
	for sequence := from; sequence <= r.last(); sequence++ {
		if err := compareItem(m, id, sequence, r.lines[sequence-1]); err != nil {
			return err
		}
		e.compared[id] = sequence
	}
	return nil
}

func compareItem(m *client.Model, room string, sequence int64, l line) error {
	var item struct {
		ID     string
		Kind   string
		Sender struct{ ID string }
	}
	if err := decode(m, fmt.Sprintf("rooms/%s/items/%d", room, sequence), &item); err != nil {
		return err
	}
	if l.kind == "message-sent" && (item.ID != l.messageID || item.Sender.ID != l.actor) {
		return fmt.Errorf("item %d of room %s was heard as %s of %s; the log says %s of %s", sequence, room, item.ID, item.Sender.ID, l.messageID, l.actor)
	}
	return nil
}

func decode(m *client.Model, path string, value any) error {
	data, ok := m.Documents[path]
	if !ok {
		return fmt.Errorf("%s was not heard of", path)
	}
	if err := json.Unmarshal(data, value); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}
