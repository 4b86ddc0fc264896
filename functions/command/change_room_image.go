package command

import (
	"context"

	"boochat/shared/httpapi"
	"boochat/shared/room"
)

// ChangeRoomImage gives a room another picture.
type ChangeRoomImage struct {
	RoomID   string `json:"roomId" jsonschema:"minLength=1,maxLength=128"`
	ImageURL string `json:"imageUrl" jsonschema:"format=uri,maxLength=2048"`
}

// Check applies the limits.
func (q *ChangeRoomImage) Check(l *httpapi.Limits) {
	l.ID("roomId", q.RoomID)
	l.URL("imageUrl", q.ImageURL)
}

// ChangeRoomImage is the command of that name.
func (s *Service) ChangeRoomImage(ctx context.Context, c Call, q ChangeRoomImage) (Sequence, error) {
	return s.inRoom(ctx, c, q, q.RoomID, func(r *room.Room, by room.Person) ([]any, error) { return r.ChangeImage(by, q.ImageURL) })
}
