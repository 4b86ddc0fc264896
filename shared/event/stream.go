package event

import "strings"

// Stream names an ordered sequence of events: a category, "_", and ids joined by
// "." (room_R, visit_R.U). Ids may hold "_" but never ".", and a category holds
// neither, so no two sets of ids share a stream.
type Stream string

// NewStream names the stream of a category for one or more ids.
func NewStream(category string, ids ...string) Stream {
	return Stream(category + "_" + strings.Join(ids, "."))
}

// Category is the kind of aggregate the stream belongs to, such as "room".
func (s Stream) Category() string {
	category, _, _ := strings.Cut(string(s), "_")
	return category
}

// ID is what stands after the category: the id of the aggregate.
func (s Stream) ID() string {
	_, id, _ := strings.Cut(string(s), "_")
	return id
}

// Valid reports whether s has a category and something after it.
func (s Stream) Valid() bool {
	category, rest, found := strings.Cut(string(s), "_")
	return found && category != "" && rest != ""
}

// Topic is the topic that carries the stream's events: one for rooms and the
// visits paid to them, one for meetups, one for users. Unknown categories have
// none and give "".
func (s Stream) Topic() string {
	switch s.Category() {
	case "room", "visit":
		return "room-events"
	case "meetup":
		return "meetup-events"
	case "user":
		return "user-events"
	default:
		return ""
	}
}
