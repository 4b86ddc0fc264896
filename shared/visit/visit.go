// Package visit keeps how far a person has read in a room. It has a stream of its
// own, so that reading never disturbs writing.
//
// Rules: a visit reads up to a sequence of the room and never moves back. Opening
// a room that holds nothing new leaves no event; closing it always does, because
// the end of a visit is a fact of its own.
package visit

import "boochat/shared/event"

// Visit is the folded state of one person's visits to one room. The JSON form is
// that of snapshots.
type Visit struct {
	ReadSequence int64 `json:"readSequence"`
}

// New is the state of somebody who was never there.
func New() *Visit { return &Visit{} }

// Stream names the stream of a person's visits to a room.
func Stream(room, user string) event.Stream { return event.NewStream("visit", room, user) }

// Opened says that a person has a room before them, read up to a sequence.
type Opened struct {
	RoomID       string `json:"roomId"`
	ReadSequence int64  `json:"readSequence"`
}

// Closed says that a person has left a room's screen, read up to a sequence.
type Closed struct {
	RoomID       string `json:"roomId"`
	ReadSequence int64  `json:"readSequence"`
}

// Events are the visit's events under their stored names.
var Events = []event.Definition{
	event.Define[Opened]("visit.opened"),
	event.Define[Closed]("visit.closed"),
}

// Open decides on opening a room, read up to a sequence.
func (v *Visit) Open(room string, read int64) ([]any, error) {
	if read <= v.ReadSequence {
		return nil, nil
	}
	return []any{Opened{RoomID: room, ReadSequence: read}}, nil
}

// Close decides on closing a room, read up to a sequence.
func (v *Visit) Close(room string, read int64) ([]any, error) {
	return []any{Closed{RoomID: room, ReadSequence: max(read, v.ReadSequence)}}, nil
}

// Clone copies the state.
func (v *Visit) Clone() *Visit {
	c := *v
	return &c
}

// Apply folds one event into the state.
func (v *Visit) Apply(_ event.Envelope, payload any) {
	switch p := payload.(type) {
	case Opened:
		v.ReadSequence = max(v.ReadSequence, p.ReadSequence)
	case Closed:
		v.ReadSequence = max(v.ReadSequence, p.ReadSequence)
	}
}
