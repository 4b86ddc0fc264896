package crowd

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"boochat/shared/event"
)

// Ledger is what the log says, worked out by the contract with clients and not by
// the server's code.
type Ledger struct {
	versions map[event.Stream]int64
	ids      map[string]bool // of events
	rooms    map[string]*roomLedger
}

// roomLedger is one room. Event number i, from 1, is lines[i-1].
type roomLedger struct {
	lines   []line
	members []string
	read    map[string]int64 // by person
	joined  map[string]int64 // by member: the sequence of the last joining
}

type line struct {
	kind, actor string
	messageID   string // of messages
}

// NewLedger makes the ledger of a log that holds nothing.
func NewLedger() *Ledger {
	return &Ledger{versions: map[event.Stream]int64{}, ids: map[string]bool{}, rooms: map[string]*roomLedger{}}
}

// Take enters an event of the log, each stream's in their order. An error is a broken
// promise of the log.
func (l *Ledger) Take(e event.Envelope) error {
	if want := l.versions[e.Stream] + 1; e.Sequence != want {
		return fmt.Errorf("stream %s has %d where %d should be", e.Stream, e.Sequence, want)
	}
	if l.ids[e.ID] {
		return fmt.Errorf("event %s of %s is there twice", e.ID, e.Stream)
	}
	l.versions[e.Stream], l.ids[e.ID] = e.Sequence, true
	var data struct {
		ID           string
		MemberIDs    []string
		InviteeID    string
		RoomID       string
		ReadSequence int64
	}
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return fmt.Errorf("read event %s: %w", e.ID, err)
	}
	kind, what, _ := strings.Cut(e.Type, ".")
	switch kind {
	case "room":
		r := l.room(e.Stream.ID())
		r.lines = append(r.lines, line{kind: what, actor: e.Actor, messageID: data.ID})
		switch what {
		case "created":
			for _, person := range data.MemberIDs {
				r.join(person, e.Sequence)
			}
		case "user-invited":
			r.join(data.InviteeID, e.Sequence)
		case "user-left":
			r.members = slices.DeleteFunc(r.members, func(member string) bool { return member == e.Actor })
		}
		r.readUpTo(e.Actor, e.Sequence)
	case "visit":
		l.room(data.RoomID).readUpTo(e.Actor, data.ReadSequence)
	}
	return nil
}

func (l *Ledger) room(id string) *roomLedger {
	r := l.rooms[id]
	if r == nil {
		r = &roomLedger{read: map[string]int64{}, joined: map[string]int64{}}
		l.rooms[id] = r
	}
	return r
}

func (r *roomLedger) join(person string, sequence int64) {
	r.members = append(r.members, person)
	r.joined[person] = sequence
	r.readUpTo(person, sequence-1)
}

func (r *roomLedger) readUpTo(person string, sequence int64) {
	r.read[person] = max(r.read[person], sequence)
}

func (r *roomLedger) last() int64 { return int64(len(r.lines)) }

// Events is how many events were entered.
func (l *Ledger) Events() int { return len(l.ids) }

// Rooms is how many rooms there are.
func (l *Ledger) Rooms() int { return len(l.rooms) }

// Contradicts names a room that another reading of the same log tells otherwise.
func (l *Ledger) Contradicts(again *Ledger) (room string, found bool) {
	for id, r := range l.rooms {
		if other := again.rooms[id]; other == nil || !slices.Equal(r.lines, other.lines) {
			return id, true
		}
	}
	return "", false
}

// roomsOf gives the ids of the rooms that a person is in.
func (l *Ledger) roomsOf(person string) map[string]bool {
	rooms := map[string]bool{}
	for id, r := range l.rooms {
		if slices.Contains(r.members, person) {
			rooms[id] = true
		}
	}
	return rooms
}

// find gives the sequences of the messages with an id; one is as it should be.
func (r *roomLedger) find(messageID string) (sequences []int64) {
	for i, line := range r.lines {
		if line.kind == "message-sent" && line.messageID == messageID {
			sequences = append(sequences, int64(i)+1)
		}
	}
	return sequences
}
