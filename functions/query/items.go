package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"boochat/shared/httpapi"
	"boochat/shared/view"
)

// Page sizes (api.md, Queries).
const (
	defaultPage = 50
	largestPage = 200
)

// Item is a message or an announcement of a room.
type Item struct {
	ID           string             `json:"id"`
	Sequence     int64              `json:"sequence"`
	RoomID       string             `json:"roomId"`
	Kind         string             `json:"kind" jsonschema:"enum=message,enum=announcement"`
	Sender       *Person            `json:"sender,omitzero"`
	Content      string             `json:"content"`
	Announcement *view.Announcement `json:"announcement,omitzero"`
	Timestamp    string             `json:"timestamp" jsonschema:"format=date-time"`
}

// ItemPage is a stretch of a room's items, in rising sequence.
type ItemPage struct {
	Items     []Item `json:"items"`
	HasBefore bool   `json:"hasBefore"`
	HasAfter  bool   `json:"hasAfter"`
}

// ItemParameters are the parameters of Items, as they are documented.
type ItemParameters struct {
	Before int64 `json:"before,omitzero" jsonschema:"minimum=0,description=Only items before this sequence: the latest of them"`
	After  int64 `json:"after,omitzero" jsonschema:"minimum=0,description=Only items after this sequence: the earliest of them"`
	Around int64 `json:"around,omitzero" jsonschema:"minimum=0,description=The item of this sequence and those on both sides"`
	Limit  int64 `json:"limit,omitzero" jsonschema:"minimum=1,maximum=200,default=50,description=At most so many items"`
}

// Items pages through a room. Sequences have no gaps, so a page is a range.
func (s *Service) Items(ctx context.Context, c Call) (ItemPage, error) {
	r, err := s.room(ctx, c.Path("id"), c.Caller.UserID)
	if err != nil {
		return ItemPage{}, err
	}
	first, last, err := bounds(c.Query, r.LastSequence)
	if err != nil {
		return ItemPage{}, err
	}
	page := ItemPage{Items: []Item{}, HasBefore: first > 1, HasAfter: last < r.LastSequence}
	if first > last {
		return page, nil
	}
	items, err := view.List[view.Item](ctx, s.Views, view.Query{Collection: view.ItemsOf(r.ID), After: first - 1, Before: last + 1})
	if err != nil {
		return ItemPage{}, err
	}
	people, err := s.people(ctx, personsOf(nil, items))
	if err != nil {
		return ItemPage{}, err
	}
	page.Items = newItems(items, people)
	return page, nil
}

// bounds turns the parameters into the first and last sequence of the page.
func bounds(query func(string) string, newest int64) (first, last int64, err error) {
	limit, err := number(query, "limit", 1, largestPage, defaultPage)
	if err != nil {
		return 0, 0, err
	}
	given := slices.DeleteFunc([]string{"before", "after", "around"}, func(name string) bool { return query(name) == "" })
	if len(given) > 1 {
		return 0, 0, httpapi.Malformed(given[1], "Give only one of before, after and around.")
	}
	if len(given) == 0 {
		return max(1, newest-limit+1), newest, nil
	}
	sequence, err := number(query, given[0], 0, 1<<53, 0)
	if err != nil {
		return 0, 0, err
	}
	switch given[0] {
	case "before":
		last = min(sequence-1, newest)
		return max(1, last-limit+1), max(0, last), nil
	case "after":
		first = min(sequence, newest) + 1
		return first, min(first+limit-1, newest), nil
	default:
		first = max(1, min(sequence-limit/2, newest-limit+1))
		return first, min(first+limit-1, newest), nil
	}
}

// number reads a whole number between two limits.
func number(query func(string) string, name string, least, most, otherwise int64) (int64, error) {
	text := query(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, httpapi.Malformed(name, fmt.Sprintf("%q must be a whole number.", name))
	}
	if err != nil || n < least || n > most {
		var l httpapi.Limits
		l.Add(name, fmt.Sprintf("%q must be from %d to %d.", name, least, most))
		return 0, l.Err()
	}
	return n, nil
}

func newItems(items []view.Item, people map[string]Person) []Item {
	shown := make([]Item, len(items))
	for i, item := range items {
		shown[i] = newItem(item, people)
	}
	return shown
}

func newItem(item view.Item, people map[string]Person) Item {
	shown := Item{
		ID: item.ID, Sequence: item.Sequence, RoomID: item.RoomID, Kind: item.Kind, Content: item.Content,
		Announcement: item.Announcement, Timestamp: item.Timestamp,
	}
	if item.Sender != nil {
		sender := people[item.Sender.ID]
		shown.Sender = &sender
	}
	return shown
}
