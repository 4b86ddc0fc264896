package realtime

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"boochat/shared/view"
)

// personOf takes the id out of the path of a person's document.
func personOf(path string) (person string, ok bool) {
	person, ok = strings.CutPrefix(path, "users/")
	return person, ok && !strings.Contains(person, "/")
}

// tellPresence sends a person's document, with its new presence, to those who
// share a room with them, and to the person's own sockets.
func (h *Hub) tellPresence(person string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.presence++
	h.moved[person] = h.presence
	near := h.near(person)
	if len(near) == 0 {
		return
	}
	if data, ok := h.read(person); ok {
		h.tellPerson(person, data, unplaced, near)
	}
}

// acquaint tells the people of a room of each other's presence when somebody has
// joined or left it.
func (h *Hub) acquaint(change view.Change) {
	var room view.Room
	if err := json.Unmarshal(change.Data, &room); err != nil {
		slog.Error("room document cannot be read", "error", err)
		return
	}
	h.introduce(room, change.Joined)
	h.part(room, change.Left)
}

// introduce sends the presence of those who are online to whom they share a room
// with from now on: of newcomers to all, of all to newcomers.
func (h *Hub) introduce(room view.Room, joined []string) {
	newcomers := map[*socket]bool{}
	for _, person := range joined {
		maps.Copy(newcomers, h.sockets[person])
	}
	members := h.scopes[view.ReadersOf(view.RoomPath(room.ID))]
	for _, person := range room.MemberIDs {
		to := newcomers
		if slices.Contains(joined, person) {
			to = members
		}
		if len(to) == 0 || !h.Presence.isOnline(person) {
			continue
		}
		if data, ok := h.read(person); ok {
			h.tellPerson(person, data, unplaced, to)
		}
	}
}

// part takes the presence of those who have left from the others, and of the others
// from them, unless they share another room.
func (h *Hub) part(room view.Room, left []string) {
	for _, leaver := range left {
		h.tellFar(leaver, h.scopes[view.ReadersOf(view.RoomPath(room.ID))])
		for _, person := range room.MemberIDs {
			h.tellFar(person, h.sockets[leaver])
		}
	}
}

// tellFar sends a person's document to those of the sockets that are not near them.
func (h *Hub) tellFar(person string, to map[*socket]bool) {
	if len(to) == 0 {
		return
	}
	near := h.near(person)
	far := maps.Clone(to)
	maps.DeleteFunc(far, func(s *socket, _ bool) bool { return near[s] })
	if data, ok := h.read(person); ok && len(far) > 0 {
		h.tellPerson(person, data, unplaced, far)
	}
}

// tellPerson sends a person's document to sockets: with presence to those near the
// person, without to the others.
func (h *Hub) tellPerson(person string, data json.RawMessage, position int64, to map[*socket]bool) {
	near := h.near(person)
	plain := changeMessage(h.cursor(), view.UserPath(person), data)
	full := changeMessage(h.cursor(), view.UserPath(person), h.withPresence(person, data))
	for s := range to {
		message := plain
		if near[s] {
			message = full
		}
		s.change(view.UserPath(person), position, message)
	}
}

// near gives the sockets of a person and of everybody who shares a room with them.
func (h *Hub) near(person string) map[*socket]bool {
	near := map[*socket]bool{}
	for s := range h.sockets[person] {
		near[s] = true
	}
	rooms, err := h.Views.List(context.Background(), view.Query{Collection: "rooms", Reader: person})
	if err != nil {
		slog.Error("presence cannot be told", "error", err)
	}
	for _, room := range rooms {
		for s := range h.scopes[view.ReadersOf(room.Path)] {
			near[s] = true
		}
	}
	return near
}

func (h *Hub) read(person string) (data json.RawMessage, ok bool) {
	documents, err := h.Views.Get(context.Background(), view.UserPath(person))
	if err != nil {
		slog.Error("presence cannot be told", "error", err)
		return nil, false
	}
	return documents[0].Data, documents[0].Data != nil
}

// withPresence adds presence to a person's document.
func (h *Hub) withPresence(person string, data json.RawMessage) json.RawMessage {
	u, err := view.Decode[view.User](view.Document{Path: view.UserPath(person), Data: data})
	if err == nil {
		u.Presence = &view.Presence{Online: h.Presence.isOnline(person)}
		data, err = json.Marshal(u)
	}
	if err != nil {
		slog.Error("presence cannot be told", "error", err)
	}
	return data
}
