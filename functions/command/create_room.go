package command

import (
	"context"

	"boochat/shared/httpapi"
	"boochat/shared/room"
)

// CreateRoom opens a room for the caller and others.
type CreateRoom struct {
	ID             string   `json:"id,omitzero" jsonschema:"minLength=1,maxLength=128,description=The room's id where the creator chooses one"`
	Name           string   `json:"name" jsonschema:"minLength=1,maxLength=100"`
	ImageURL       string   `json:"imageUrl,omitzero" jsonschema:"format=uri,maxLength=2048"`
	ParticipantIDs []string `json:"participantIds" jsonschema:"maxItems=500"`
}

// RoomCreated tells which room came to be.
type RoomCreated struct {
	RoomID   string `json:"roomId"`
	Sequence int64  `json:"sequence"`
}

// Check applies the limits.
func (q *CreateRoom) Check(l *httpapi.Limits) {
	l.OptionalID("id", q.ID)
	l.Name("name", &q.Name)
	l.OptionalURL("imageUrl", q.ImageURL)
	l.IDs("participantIds", q.ParticipantIDs, room.MaxMembers)
}

// CreateRoom is the command of that name. The creator is always in.
func (s *Service) CreateRoom(ctx context.Context, c Call, q CreateRoom) (RoomCreated, error) {
	by, err := s.person(ctx, c.Caller.UserID)
	if err != nil {
		return RoomCreated{}, err
	}
	if err := s.known(ctx, "participantIds", q.ParticipantIDs); err != nil {
		return RoomCreated{}, err
	}
	command, id := c.creation(q, "room", q.ID)
	outcome, err := s.Rooms.Execute(ctx, room.Stream(id), command, func(r *room.Room) ([]any, error) {
		return r.Create(by, q.Name, q.ImageURL, q.ParticipantIDs)
	})
	return RoomCreated{RoomID: id, Sequence: outcome.Version}, err
}
