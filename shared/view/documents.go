package view

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"boochat/shared/user"
)

// Room is the document rooms/{id}. Its lastSequence is the version of the room's
// stream that it shows.
type Room struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	ImageURL     string   `json:"imageUrl"`
	MemberIDs    []string `json:"memberIds"` // in the order of joining
	LastItem     *Item    `json:"lastItem,omitempty"`
	LastSequence int64    `json:"lastSequence"`
}

// Kinds of items (E-I1 of the parity list).
const (
	KindMessage      = "message"
	KindAnnouncement = "announcement"
)

// Item is the document rooms/{id}/items/{sequence}: a message, or an announcement
// of something that happened. It never changes.
type Item struct {
	ID           string        `json:"id"`
	Sequence     int64         `json:"sequence"`
	RoomID       string        `json:"roomId"`
	Kind         string        `json:"kind"`
	Sender       *Sender       `json:"sender,omitempty"`
	Content      string        `json:"content"`
	Announcement *Announcement `json:"announcement,omitempty"`
	Timestamp    string        `json:"timestamp"`
}

// Sender says whose message it is; names and pictures are in users/{id}.
type Sender struct {
	ID string `json:"id"`
}

// Announcement is what was announced, for clients that word it themselves.
type Announcement struct {
	Kind      string            `json:"kind"`
	Arguments map[string]string `json:"arguments"`
}

// User is the document users/{id}. Listeners that share a room with the person
// also get presence, which is not derived from events and not kept here.
type User struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	ImageURL string    `json:"imageUrl"`
	Presence *Presence `json:"presence,omitempty"`
}

// Presence says whether a person can be reached just now.
type Presence struct {
	Online bool `json:"online"`
}

// Account is the document accounts/{id}, kept for the server alone: what the
// person's stream folds to at a version.
type Account struct {
	User      *user.User `json:"user"`
	CreatedAt string     `json:"createdAt"` // of the first sign-in
	Version   int64      `json:"version"`
}

// Visit is the document users/{id}/visits/{roomId}: how far the person has read.
type Visit struct {
	RoomID       string `json:"roomId"`
	ReadSequence int64  `json:"readSequence"`
	VisitedAt    string `json:"visitedAt,omitempty"` // of the last opening or closing
}

// RoomPath is where a room's document is.
func RoomPath(id string) string { return "rooms/" + id }

// ItemsOf is the collection of a room's items.
func ItemsOf(room string) string { return "rooms/" + room + "/items" }

// ItemPath is where an item's document is.
func ItemPath(room string, sequence int64) string {
	return ItemsOf(room) + "/" + strconv.FormatInt(sequence, 10)
}

// UserPath is where a person's public document is.
func UserPath(id string) string { return "users/" + id }

// AccountPath is where a person's account is.
func AccountPath(id string) string { return "accounts/" + id }

// VisitsOf is the collection of a person's visits.
func VisitsOf(user string) string { return "users/" + user + "/visits" }

// VisitPath is where a person's visit to a room is.
func VisitPath(user, room string) string { return VisitsOf(user) + "/" + room }

// Get reads one document into a T. Without one it gives T's zero value and
// revision 0.
func Get[T any](ctx context.Context, store Store, path string) (value T, revision int64, err error) {
	documents, err := store.Get(ctx, path)
	if err != nil {
		return value, 0, err
	}
	value, err = Decode[T](documents[0])
	return value, documents[0].Revision, err
}

// List reads the documents of a query into Ts.
func List[T any](ctx context.Context, store Store, q Query) ([]T, error) {
	documents, err := store.List(ctx, q)
	if err != nil {
		return nil, err
	}
	values := make([]T, len(documents))
	for i, d := range documents {
		if values[i], err = Decode[T](d); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// Decode reads a document's data; no data gives T's zero value.
func Decode[T any](d Document) (value T, err error) {
	if d.Data == nil {
		return value, nil
	}
	if err := json.Unmarshal(d.Data, &value); err != nil {
		return value, fmt.Errorf("read document %s: %w", d.Path, err)
	}
	return value, nil
}

// Difference gives who is in after but not in before, and the other way round.
func Difference(before, after []string) (joined, left []string) {
	for _, id := range after {
		if !slices.Contains(before, id) {
			joined = append(joined, id)
		}
	}
	for _, id := range before {
		if !slices.Contains(after, id) {
			left = append(left, id)
		}
	}
	return joined, left
}

// HasMember reports whether a person is in the room.
func (r Room) HasMember(person string) bool { return slices.Contains(r.MemberIDs, person) }

// Accounts gives the accounts of all people, by id.
func Accounts(ctx context.Context, store Store) (map[string]Account, error) {
	documents, err := store.List(ctx, Query{Collection: "accounts"})
	if err != nil {
		return nil, err
	}
	accounts := make(map[string]Account, len(documents))
	for _, d := range documents {
		_, id := Split(d.Path)
		if accounts[id], err = Decode[Account](d); err != nil {
			return nil, err
		}
	}
	return accounts, nil
}

// Allowed tells, by id, whose e-mail address the group's list has now.
func Allowed(ctx context.Context, store Store, allows func(email string) bool) (map[string]bool, error) {
	accounts, err := Accounts(ctx, store)
	if err != nil {
		return nil, err
	}
	allowed := make(map[string]bool, len(accounts))
	for id, account := range accounts {
		allowed[id] = allows(account.User.Email)
	}
	return allowed, nil
}

// Companions gives the ids of a person and of all who share a room with them.
func Companions(ctx context.Context, store Store, person string) (map[string]bool, error) {
	rooms, err := List[Room](ctx, store, Query{Collection: "rooms", Reader: person})
	if err != nil {
		return nil, err
	}
	near := map[string]bool{person: true}
	for _, room := range rooms {
		for _, id := range room.MemberIDs {
			near[id] = true
		}
	}
	return near, nil
}
