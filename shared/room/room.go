// Package room decides what may happen in a room. It is pure: state and a request
// go in, an event or a refusal comes out; it has no clock, context or I/O.
//
// Rules:
//   - The creator is always a member; a room holds at most MaxMembers people.
//   - Only members act in a room. To everybody else it does not exist.
//   - Any member may post, invite, rename, change the image, and leave.
//   - Inviting a member, or setting what is already so, changes nothing.
//   - Who has left is told so when leaving again, and may be invited back.
package room

import (
	"maps"
	"slices"

	"boochat/shared/event"
)

// MaxMembers is the most people a room can hold (api.md, Limits).
const MaxMembers = 500

// Refusals of this package.
var (
	ErrUnknown     = event.Refuse(event.NotFound, "There is no such room, or it is not yours to know of.")
	ErrIDTaken     = event.Refuse(event.Conflict, "A room with this id exists already. Choose another id, or leave it out.")
	ErrAlreadyLeft = event.Violates("already-left", "You have already left this room.")
	ErrFull        = &event.Refusal{Kind: event.RuleViolated, Rule: "limit", Field: "inviteeId", Detail: "The room is full: it can hold 500 people."}
)

// Room is the folded state of a room's stream. Its zero value is a room that does
// not exist. The JSON form is that of snapshots.
type Room struct {
	Name     string   `json:"name"`
	ImageURL string   `json:"imageUrl"`
	Members  []string `json:"members"` // in the order of joining
	Former   []string `json:"former"`  // who has left and not come back
	Sequence int64    `json:"sequence"`

	// Meetups is, by id, the version up to which a meetup of the room has been told.
	Meetups map[string]int64 `json:"meetups,omitempty"`
}

// New is a room that does not exist yet.
func New() *Room { return &Room{} }

// Stream names the stream of the room with an id.
func Stream(id string) event.Stream { return event.NewStream("room", id) }

// Exists reports whether the room has been created.
func (r *Room) Exists() bool { return r.Sequence > 0 }

// IsMember reports whether a person is in the room now.
func (r *Room) IsMember(user string) bool { return slices.Contains(r.Members, user) }

// Person is somebody as announcements name them: facts keep the name of their day.
type Person struct{ ID, Name string }

// Create decides on opening the room.
func (r *Room) Create(by Person, name, imageURL string, participants []string) ([]any, error) {
	if r.Exists() {
		return nil, ErrIDTaken
	}
	members := []string{by.ID}
	for _, id := range participants {
		if !slices.Contains(members, id) {
			members = append(members, id)
		}
	}
	if len(members) > MaxMembers {
		return nil, &event.Refusal{Kind: event.RuleViolated, Rule: "limit", Field: "participantIds", Detail: "A room can hold 500 people, you among them."}
	}
	return []any{Created{Name: name, ImageURL: imageURL, MemberIDs: members, ActorName: by.Name}}, nil
}

// Post decides on a message. The id is the message's, unique in its room.
func (r *Room) Post(sender, id, content string) ([]any, error) {
	if !r.IsMember(sender) {
		return nil, ErrUnknown
	}
	return []any{MessageSent{ID: id, Content: content}}, nil
}

// Invite decides on adding a person.
func (r *Room) Invite(by, invitee Person) ([]any, error) {
	switch {
	case !r.IsMember(by.ID):
		return nil, ErrUnknown
	case r.IsMember(invitee.ID):
		return nil, nil
	case len(r.Members) >= MaxMembers:
		return nil, ErrFull
	}
	return []any{UserInvited{InviteeID: invitee.ID, InviteeName: invitee.Name, ActorName: by.Name}}, nil
}

// Leave decides on leaving.
func (r *Room) Leave(by Person) ([]any, error) {
	switch {
	case slices.Contains(r.Former, by.ID):
		return nil, ErrAlreadyLeft
	case !r.IsMember(by.ID):
		return nil, ErrUnknown
	}
	return []any{UserLeft{ActorName: by.Name}}, nil
}

// Rename decides on a new name.
func (r *Room) Rename(by Person, name string) ([]any, error) {
	switch {
	case !r.IsMember(by.ID):
		return nil, ErrUnknown
	case r.Name == name:
		return nil, nil
	}
	return []any{Renamed{Name: name, ActorName: by.Name}}, nil
}

// ChangeImage decides on a new picture.
func (r *Room) ChangeImage(by Person, imageURL string) ([]any, error) {
	switch {
	case !r.IsMember(by.ID):
		return nil, ErrUnknown
	case r.ImageURL == imageURL:
		return nil, nil
	}
	return []any{ImageChanged{ImageURL: imageURL, ActorName: by.Name}}, nil
}

// Tell decides on telling the room of a meetup. What has been told, or is older than what
// has, is told no more. Nobody has to be there.
func (r *Room) Tell(a AnnouncementCreated) ([]any, error) {
	switch {
	case !r.Exists():
		return nil, ErrUnknown
	case a.MeetupSequence <= r.Meetups[a.MeetupID]:
		return nil, nil
	}
	return []any{a}, nil
}

// Clone copies the state.
func (r *Room) Clone() *Room {
	c := *r
	c.Members, c.Former, c.Meetups = slices.Clone(r.Members), slices.Clone(r.Former), maps.Clone(r.Meetups)
	return &c
}

// Apply folds one event into the state.
func (r *Room) Apply(e event.Envelope, payload any) {
	switch p := payload.(type) {
	case Created:
		r.Name, r.ImageURL, r.Members = p.Name, p.ImageURL, slices.Clone(p.MemberIDs)
	case UserInvited:
		r.Members = append(r.Members, p.InviteeID)
		r.Former = without(r.Former, p.InviteeID)
	case UserLeft:
		r.Members = without(r.Members, e.Actor)
		r.Former = append(r.Former, e.Actor)
	case Renamed:
		r.Name = p.Name
	case ImageChanged:
		r.ImageURL = p.ImageURL
	case AnnouncementCreated:
		if r.Meetups == nil {
			r.Meetups = map[string]int64{}
		}
		r.Meetups[p.MeetupID] = p.MeetupSequence
	}
	r.Sequence = e.Sequence
}

func without(ids []string, id string) []string {
	return slices.DeleteFunc(ids, func(other string) bool { return other == id })
}
