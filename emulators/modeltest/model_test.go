package modeltest

import (
	"slices"
	"strings"
)

// model is what the words of api.md make of a history: simple enough to be right
// by being read.
type model struct {
	rooms []*room
	names map[string]string // of people, by id
}

// room is a room of the model. Item number n, from 1, is items[n-1].
type room struct {
	id, name, image string
	members, former []string
	items           []item
	read            map[string]int64
}

type item struct {
	id      string // of messages
	chosen  bool   // the id, by the sender
	kind    string // "message", or the kind of an announcement
	actor   string
	content string
}

// refusal is a status with its code, and the rule where a rule is broken. Its zero
// value is none.
type refusal struct {
	status int
	code   string
	rule   string
}

var (
	notFound    = refusal{404, "not-found", ""}
	conflict    = refusal{409, "conflict", ""}
	keyReused   = refusal{409, "idempotency-key-reused", ""}
	alreadyLeft = refusal{422, "rule-violated", "already-left"}
	limit       = refusal{422, "rule-violated", "limit"}
)

func (m *model) create(by, id, name string, participants []string) *room {
	r := &room{id: id, name: name, read: map[string]int64{}}
	for _, person := range append([]string{by}, participants...) {
		if !r.isMember(person) {
			r.members = append(r.members, person)
		}
	}
	r.add(item{kind: "room-created", actor: by, content: m.names[by] + " created the room"})
	m.rooms = append(m.rooms, r)
	return r
}

func (r *room) isMember(person string) bool { return slices.Contains(r.members, person) }

func (r *room) last() int64 { return int64(len(r.items)) }

// add puts an item at the end. Who did it has read the room to there.
func (r *room) add(i item) {
	r.items = append(r.items, i)
	r.read[i.actor] = r.last()
}

// send adds a message. Without an id it gets one that nobody has.
func (r *room) send(by, id, content string) refusal {
	if !r.isMember(by) {
		return notFound
	}
	if id != "" && slices.ContainsFunc(r.items, func(i item) bool { return i.id == id }) {
		return conflict
	}
	content = strings.TrimSpace(content)
	r.add(item{id: id, chosen: id != "", kind: "message", actor: by, content: content})
	return refusal{}
}

func (m *model) invite(r *room, by, invitee string) refusal {
	switch {
	case !r.isMember(by):
		return notFound
	case r.isMember(invitee):
		return refusal{} // nothing changes
	}
	r.read[invitee] = max(r.read[invitee], r.last())
	r.members = append(r.members, invitee)
	r.former = slices.DeleteFunc(r.former, func(person string) bool { return person == invitee })
	r.add(item{kind: "user-joined", actor: by, content: m.names[by] + " added " + m.names[invitee]})
	return refusal{}
}

func (m *model) leave(r *room, by string) refusal {
	switch {
	case slices.Contains(r.former, by):
		return alreadyLeft
	case !r.isMember(by):
		return notFound
	}
	r.members = slices.DeleteFunc(r.members, func(person string) bool { return person == by })
	r.former = append(r.former, by)
	r.add(item{kind: "user-left", actor: by, content: m.names[by] + " left the room"})
	return refusal{}
}

func (m *model) rename(r *room, by, name string) refusal {
	name = strings.TrimSpace(name)
	switch {
	case !r.isMember(by):
		return notFound
	case r.name == name:
		return refusal{} // nothing changes
	}
	r.name = name
	r.add(item{kind: "room-renamed", actor: by, content: m.names[by] + " renamed the room to “" + name + "”"})
	return refusal{}
}

func (m *model) changeImage(r *room, by, image string) refusal {
	switch {
	case !r.isMember(by):
		return notFound
	case r.image == image:
		return refusal{} // nothing changes
	}
	r.image = image
	r.add(item{kind: "room-image-changed", actor: by, content: m.names[by] + " changed the room's picture"})
	return refusal{}
}

// visit is opening or closing a room: both read it up to a sequence.
func (r *room) visit(by string, sequence int64) refusal {
	if !r.isMember(by) {
		return notFound
	}
	r.read[by] = max(r.read[by], sequence)
	return refusal{}
}
