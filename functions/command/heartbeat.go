package command

import (
	"context"

	"boochat/shared/httpapi"
)

// Heartbeat says that the caller is there, with or without a room on the screen.
type Heartbeat struct {
	RoomID string `json:"roomId,omitzero" jsonschema:"minLength=1,maxLength=128,description=The room on the screen, if any"`
}

// Check applies the limits.
func (q *Heartbeat) Check(l *httpapi.Limits) { l.OptionalID("roomId", q.RoomID) }

// Heartbeat is the command of that name. It leaves no event: presence is no history.
func (s *Service) Heartbeat(ctx context.Context, c Call, q Heartbeat) (None, error) {
	var near []string
	if q.RoomID != "" {
		_, members, err := s.membership(ctx, q.RoomID, c.Caller.UserID)
		if err != nil {
			return None{}, err
		}
		near = members
	}
	return None{}, s.Presence.Beat(ctx, c.Caller.UserID, near)
}
