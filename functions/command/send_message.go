package command

import (
	"context"

	"boochat/shared/event"
	"boochat/shared/httpapi"
	"boochat/shared/room"
)

// SendMessage puts a message into a room.
type SendMessage struct {
	ID      string `json:"id,omitzero" jsonschema:"minLength=1,maxLength=128,description=The message's id where the sender chooses one"`
	RoomID  string `json:"roomId" jsonschema:"minLength=1,maxLength=128"`
	Content string `json:"content" jsonschema:"minLength=1,maxLength=4000"`
}

// MessageSent tells where the message stands.
type MessageSent struct {
	ID       string `json:"id"`
	RoomID   string `json:"roomId"`
	Sequence int64  `json:"sequence"`
	SentAt   string `json:"sentAt" jsonschema:"format=date-time"`
}

// Check applies the limits.
func (q *SendMessage) Check(l *httpapi.Limits) {
	l.OptionalID("id", q.ID)
	l.ID("roomId", q.RoomID)
	l.Content("content", &q.Content)
}

// SendMessage is the command of that name.
func (s *Service) SendMessage(ctx context.Context, c Call, q SendMessage) (MessageSent, error) {
	command := c.command(q)
	id := command.ID
	if q.ID != "" {
		id = q.ID
		command.EventID = chosen(string(room.Stream(q.RoomID)), q.ID)
	}
	outcome, err := s.Rooms.Execute(ctx, room.Stream(q.RoomID), command, func(r *room.Room) ([]any, error) {
		return r.Post(c.Caller.UserID, id, q.Content)
	})
	if err != nil {
		return MessageSent{}, err
	}
	sent := outcome.Events[0]
	return MessageSent{ID: id, RoomID: q.RoomID, Sequence: sent.Sequence, SentAt: sent.Time.Format(event.TimeLayout)}, nil
}
