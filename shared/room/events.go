package room

import "boochat/shared/event"

// Created opens a room. Its members see it from here on.
type Created struct {
	Name      string   `json:"name"`
	ImageURL  string   `json:"imageUrl"`
	MemberIDs []string `json:"memberIds"` // the creator first
	ActorName string   `json:"actorName"`
}

// UserInvited adds a person; being invited is being in.
type UserInvited struct {
	InviteeID   string `json:"inviteeId"`
	InviteeName string `json:"inviteeName"`
	ActorName   string `json:"actorName"`
}

// UserLeft takes the actor out.
type UserLeft struct {
	ActorName string `json:"actorName"`
}

// Renamed gives the room another name.
type Renamed struct {
	Name      string `json:"name"`
	ActorName string `json:"actorName"`
}

// ImageChanged gives the room another picture.
type ImageChanged struct {
	ImageURL  string `json:"imageUrl"`
	ActorName string `json:"actorName"`
}

// MessageSent is a message of the actor.
type MessageSent struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

// AnnouncementCreated tells the room of something that happened elsewhere: to a meetup
// of the room's people.
type AnnouncementCreated struct {
	Kind           string            `json:"kind"`
	Arguments      map[string]string `json:"arguments"`
	Text           string            `json:"text"`
	MeetupID       string            `json:"meetupId"`
	MeetupSequence int64             `json:"meetupSequence"` // of the fact that is told
}

// Events are the room's events under their stored names.
var Events = []event.Definition{
	event.Define[Created]("room.created"),
	event.Define[UserInvited]("room.user-invited"),
	event.Define[UserLeft]("room.user-left"),
	event.Define[Renamed]("room.renamed"),
	event.Define[ImageChanged]("room.image-changed"),
	event.Define[MessageSent]("room.message-sent"),
	event.Define[AnnouncementCreated]("room.announcement-created"),
}

// Announcement is how a room tells its people about a fact: as a kind with
// arguments, for clients that translate, and as English text.
type Announcement struct {
	Kind      string            `json:"kind"`
	Arguments map[string]string `json:"arguments"`
	Text      string            `json:"-"`
}

// Announce words a fact of the room. Messages speak for themselves: for them, and
// for what is not of a room, ok is false.
func Announce(actor string, payload any) (a Announcement, ok bool) {
	switch p := payload.(type) {
	case Created:
		return announcement("room-created", p.ActorName+" created the room", "actorId", actor, "actorName", p.ActorName), true
	case UserInvited:
		return announcement("user-joined", p.ActorName+" added "+p.InviteeName, "actorId", actor, "actorName", p.ActorName,
			"userId", p.InviteeID, "userName", p.InviteeName), true
	case UserLeft:
		return announcement("user-left", p.ActorName+" left the room", "userId", actor, "userName", p.ActorName), true
	case Renamed:
		return announcement("room-renamed", p.ActorName+" renamed the room to “"+p.Name+"”", "actorId", actor, "actorName", p.ActorName, "name", p.Name), true
	case ImageChanged:
		return announcement("room-image-changed", p.ActorName+" changed the room's picture", "actorId", actor, "actorName", p.ActorName, "imageUrl", p.ImageURL), true
	case AnnouncementCreated:
		return Announcement{Kind: p.Kind, Arguments: p.Arguments, Text: p.Text}, true
	default:
		return Announcement{}, false
	}
}

func announcement(kind, text string, pairs ...string) Announcement {
	arguments := make(map[string]string, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		arguments[pairs[i]] = pairs[i+1]
	}
	return Announcement{Kind: kind, Arguments: arguments, Text: text}
}
