package command

import (
	"context"

	"boochat/shared/httpapi"
	"boochat/shared/room"
)

// RoomOnly is the body of commands that name a room and nothing else.
type RoomOnly struct {
	RoomID string `json:"roomId" jsonschema:"minLength=1,maxLength=128"`
}

// Check applies the limits.
func (q *RoomOnly) Check(l *httpapi.Limits) { l.ID("roomId", q.RoomID) }

// LeaveRoom takes the caller out of a room.
func (s *Service) LeaveRoom(ctx context.Context, c Call, q RoomOnly) (Sequence, error) {
	return s.inRoom(ctx, c, q, q.RoomID, func(r *room.Room, by room.Person) ([]any, error) { return r.Leave(by) })
}
