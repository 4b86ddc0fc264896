package command

import (
	"context"

	"boochat/shared/httpapi"
	"boochat/shared/room"
)

// InviteUser adds a person to a room.
type InviteUser struct {
	RoomID    string `json:"roomId" jsonschema:"minLength=1,maxLength=128"`
	InviteeID string `json:"inviteeId" jsonschema:"minLength=1,maxLength=128"`
}

// Check applies the limits.
func (q *InviteUser) Check(l *httpapi.Limits) {
	l.ID("roomId", q.RoomID)
	l.ID("inviteeId", q.InviteeID)
}

// InviteUser is the command of that name. Only members learn whether the invitee
// is known.
func (s *Service) InviteUser(ctx context.Context, c Call, q InviteUser) (Sequence, error) {
	invitee, unknown := s.person(ctx, q.InviteeID)
	return s.inRoom(ctx, c, q, q.RoomID, func(r *room.Room, by room.Person) ([]any, error) {
		events, err := r.Invite(by, invitee)
		if err == nil && unknown != nil {
			return nil, inField(unknown, "inviteeId")
		}
		return events, err
	})
}
