package modeltest

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// shownRoom is a room as the API shows it.
type shownRoom struct {
	ID           string
	Name         string
	ImageURL     string
	Participants []shownPerson
	LastItem     shownItem
	LastSequence int64
	ReadSequence int64
	UnreadCount  int64
	HasUnread    bool
	Items        []shownItem
}

type shownPerson struct{ ID, Name string }

type shownItem struct {
	ID           string
	Sequence     int64
	RoomID       string
	Kind         string
	Sender       *shownPerson
	Content      string
	Announcement *struct {
		Kind      string
		Arguments map[string]string
	}
	Timestamp string
}

// compareRoom looks at one room with somebody's eyes.
func (h *history) compareRoom(t *rapid.T) {
	r, by := h.anyRoom(t), h.anybody(t, "looking")
	eventually(t, func(ctx context.Context) error {
		answer, err := by.Get(ctx, "/v1/rooms/"+r.id)
		if err != nil {
			return err
		}
		if !r.isMember(by.id) {
			return status(http.StatusNotFound, answer.Status)
		}
		var shown shownRoom
		if err := answer.Into(&shown); err != nil {
			return err
		}
		if err := h.sameItems(r, shown.Items, max(0, r.last()-50), r.last()); err != nil {
			return err
		}
		return h.sameRoom(r, by, shown)
	})
}

func status(want, got int) error {
	if got != want {
		return fmt.Errorf("status is %d, want %d", got, want)
	}
	return nil
}

// compareRooms looks at all rooms with somebody's eyes. Those of other histories
// are among them.
func (h *history) compareRooms(t *rapid.T) {
	by := h.anybody(t, "looking")
	eventually(t, func(ctx context.Context) error {
		answer, err := by.Get(ctx, "/v1/rooms")
		if err != nil {
			return err
		}
		var list struct{ Rooms []shownRoom }
		if err := answer.Into(&list); err != nil {
			return err
		}
		newestFirst := func(a, b shownRoom) int { return strings.Compare(b.LastItem.Timestamp, a.LastItem.Timestamp) }
		if !slices.IsSortedFunc(list.Rooms, newestFirst) {
			return fmt.Errorf("the rooms are not in the order of their last items")
		}
		for _, r := range h.rooms {
			i := slices.IndexFunc(list.Rooms, func(shown shownRoom) bool { return shown.ID == r.id })
			if (i >= 0) != r.isMember(by.id) {
				return fmt.Errorf("room %s is listed: %t; the person is in it: %t", r.id, i >= 0, r.isMember(by.id))
			}
			if i < 0 {
				continue
			}
			if err := h.sameRoom(r, by, list.Rooms[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (h *history) sameRoom(r *room, by *person, shown shownRoom) error {
	want := shownRoom{
		ID: r.id, Name: r.name, ImageURL: r.image,
		LastSequence: r.last(), ReadSequence: r.read[by.id], UnreadCount: r.last() - r.read[by.id], HasUnread: r.last() > r.read[by.id],
	}
	for _, id := range r.members {
		want.Participants = append(want.Participants, shownPerson{id, h.profiles[id]})
	}
	last := shown.LastItem
	shown.LastItem, shown.Items = shownItem{}, nil
	if len(want.Participants) == 0 && len(shown.Participants) == 0 {
		shown.Participants = nil
	}
	if !reflect.DeepEqual(shown, want) {
		return fmt.Errorf("room of %s is shown as %+v, want %+v", by.id, shown, want)
	}
	return h.sameItems(r, []shownItem{last}, r.last()-1, r.last())
}

// sameItems compares shown items with those of the model after one sequence and up
// to another.
func (h *history) sameItems(r *room, shown []shownItem, after, last int64) error {
	if int64(len(shown)) != last-after {
		return fmt.Errorf("room %s shows %d items after %d, want up to %d", r.id, len(shown), after, last)
	}
	for i, got := range shown {
		sequence := after + int64(i) + 1
		want := r.items[sequence-1]
		right := got.Sequence == sequence && got.RoomID == r.id && got.Content == want.content && got.Timestamp != ""
		if want.kind == "message" {
			right = right && got.Kind == "message" && got.ID == want.id && got.Announcement == nil &&
				got.Sender != nil && *got.Sender == shownPerson{want.actor, h.profiles[want.actor]}
		} else {
			right = right && got.Kind == "announcement" && got.Sender == nil && got.Announcement != nil && got.Announcement.Kind == want.kind
		}
		if !right {
			return fmt.Errorf("item %d of room %s is shown as %+v, want %+v", sequence, r.id, got, want)
		}
	}
	return nil
}

// comparePage reads a stretch of a room.
func (h *history) comparePage(t *rapid.T) {
	r, by := h.anyRoom(t), h.anybody(t, "reading")
	limit := rapid.Int64Range(1, 8).Draw(t, "limit")
	from := rapid.Int64Range(0, r.last()+2).Draw(t, "from")
	direction := rapid.SampledFrom([]string{"before", "after"}).Draw(t, "direction")
	after, last := min(from, r.last()), min(from+limit, r.last())
	if direction == "before" {
		last = max(0, min(from-1, r.last()))
		after = max(0, last-limit)
	}
	eventually(t, func(ctx context.Context) error {
		answer, err := by.Get(ctx, fmt.Sprintf("/v1/rooms/%s/items?%s=%d&limit=%d", r.id, direction, from, limit))
		if err != nil {
			return err
		}
		if !r.isMember(by.id) {
			return status(http.StatusNotFound, answer.Status)
		}
		var page struct {
			Items               []shownItem
			HasBefore, HasAfter bool
		}
		if err := answer.Into(&page); err != nil {
			return err
		}
		if page.HasBefore != (after > 0) || page.HasAfter != (last < r.last()) {
			return fmt.Errorf("page %s %d: hasBefore %t, hasAfter %t", direction, from, page.HasBefore, page.HasAfter)
		}
		return h.sameItems(r, page.Items, after, last)
	})
}
