package query

import (
	"cmp"
	"context"
	"slices"

	"boochat/shared/view"
)

// Room is a room as one of its members sees it.
type Room struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	ImageURL     string   `json:"imageUrl"`
	Participants []Person `json:"participants"`
	LastItem     *Item    `json:"lastItem,omitzero"`
	LastSequence int64    `json:"lastSequence"`
	ReadSequence int64    `json:"readSequence"`
	UnreadCount  int64    `json:"unreadCount"`
	HasUnread    bool     `json:"hasUnread"`
}

// RoomList is the caller's rooms.
type RoomList struct {
	Rooms []Room `json:"rooms"`
}

// RoomWithItems is a room and its latest items.
type RoomWithItems struct {
	Room
	Items []Item `json:"items"`
}

// Rooms lists the caller's rooms, the one with the latest item first.
func (s *Service) Rooms(ctx context.Context, c Call) (RoomList, error) {
	documents, err := view.List[view.Room](ctx, s.Views, view.Query{Collection: "rooms", Reader: c.Caller.UserID})
	if err != nil {
		return RoomList{}, err
	}
	visits, err := view.List[view.Visit](ctx, s.Views, view.Query{Collection: view.VisitsOf(c.Caller.UserID)})
	if err != nil {
		return RoomList{}, err
	}
	read := map[string]int64{}
	for _, v := range visits {
		read[v.RoomID] = v.ReadSequence
	}
	people, err := s.people(ctx, personsOf(documents, nil))
	if err != nil {
		return RoomList{}, err
	}
	list := RoomList{Rooms: make([]Room, len(documents))}
	for i, r := range documents {
		list.Rooms[i] = newRoom(r, read[r.ID], people)
	}
	slices.SortFunc(list.Rooms, func(a, b Room) int {
		return cmp.Or(cmp.Compare(b.LastItem.Timestamp, a.LastItem.Timestamp), cmp.Compare(a.ID, b.ID))
	})
	return list, nil
}

// Room shows a room with its latest items. Reading them is not a visit: that is
// what open-room is for.
func (s *Service) Room(ctx context.Context, c Call) (RoomWithItems, error) {
	r, err := s.room(ctx, c.Path("id"), c.Caller.UserID)
	if err != nil {
		return RoomWithItems{}, err
	}
	v, _, err := view.Get[view.Visit](ctx, s.Views, view.VisitPath(c.Caller.UserID, r.ID))
	if err != nil {
		return RoomWithItems{}, err
	}
	items, err := view.List[view.Item](ctx, s.Views, view.Query{Collection: view.ItemsOf(r.ID), Limit: defaultPage, Newest: true})
	if err != nil {
		return RoomWithItems{}, err
	}
	slices.Reverse(items)
	people, err := s.people(ctx, personsOf([]view.Room{r}, items))
	if err != nil {
		return RoomWithItems{}, err
	}
	return RoomWithItems{newRoom(r, v.ReadSequence, people), newItems(items, people)}, nil
}

// personsOf gives the ids of everybody that rooms and items show.
func personsOf(rooms []view.Room, items []view.Item) map[string]bool {
	ids := map[string]bool{}
	for _, r := range rooms {
		for _, id := range r.MemberIDs {
			ids[id] = true
		}
		items = append(items, *r.LastItem)
	}
	for _, item := range items {
		if item.Sender != nil {
			ids[item.Sender.ID] = true
		}
	}
	return ids
}

func newRoom(r view.Room, read int64, people map[string]Person) Room {
	room := Room{
		ID: r.ID, Name: r.Name, ImageURL: r.ImageURL, Participants: make([]Person, len(r.MemberIDs)),
		LastSequence: r.LastSequence, ReadSequence: read, UnreadCount: max(0, r.LastSequence-read),
	}
	room.HasUnread = room.UnreadCount > 0
	for i, id := range r.MemberIDs {
		room.Participants[i] = people[id]
	}
	last := newItem(*r.LastItem, people)
	room.LastItem = &last
	return room
}
