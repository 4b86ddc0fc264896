package command

import (
	"context"

	"boochat/shared/httpapi"
	"boochat/shared/room"
)

// RenameRoom gives a room another name.
type RenameRoom struct {
	RoomID string `json:"roomId" jsonschema:"minLength=1,maxLength=128"`
	Name   string `json:"name" jsonschema:"minLength=1,maxLength=100"`
}

// Check applies the limits.
func (q *RenameRoom) Check(l *httpapi.Limits) {
	l.ID("roomId", q.RoomID)
	l.Name("name", &q.Name)
}

// RenameRoom is the command of that name.
func (s *Service) RenameRoom(ctx context.Context, c Call, q RenameRoom) (Sequence, error) {
	return s.inRoom(ctx, c, q, q.RoomID, func(r *room.Room, by room.Person) ([]any, error) { return r.Rename(by, q.Name) })
}
