package command

import (
	"context"
	"slices"

	"boochat/shared/httpapi"
	"boochat/shared/room"
	"boochat/shared/visit"
)

// VisitRoom says how far the caller has read a room.
type VisitRoom struct {
	RoomID       string `json:"roomId" jsonschema:"minLength=1,maxLength=128"`
	ReadSequence *int64 `json:"readSequence,omitzero" jsonschema:"minimum=0,description=Read up to here; left out: to the end"`
}

// RoomVisited tells how far the caller has read now.
type RoomVisited struct {
	ReadSequence int64 `json:"readSequence"`
}

// Check applies the limits.
func (q *VisitRoom) Check(l *httpapi.Limits) {
	l.ID("roomId", q.RoomID)
	if q.ReadSequence != nil && *q.ReadSequence < 0 {
		l.Add("readSequence", `"readSequence" must not be negative.`)
	}
}

// OpenRoom says that the caller has the room before them.
func (s *Service) OpenRoom(ctx context.Context, c Call, q VisitRoom) (RoomVisited, error) {
	return s.visit(ctx, c, q, (*visit.Visit).Open)
}

// CloseRoom says that the caller has turned away from the room.
func (s *Service) CloseRoom(ctx context.Context, c Call, q VisitRoom) (RoomVisited, error) {
	return s.visit(ctx, c, q, (*visit.Visit).Close)
}

func (s *Service) visit(ctx context.Context, c Call, q VisitRoom, decide func(*visit.Visit, string, int64) ([]any, error)) (RoomVisited, error) {
	last, _, err := s.membership(ctx, q.RoomID, c.Caller.UserID)
	if err != nil {
		return RoomVisited{}, err
	}
	read := last
	if q.ReadSequence != nil {
		read = min(last, *q.ReadSequence)
	}
	stream := visit.Stream(q.RoomID, c.Caller.UserID)
	var now RoomVisited
	outcome, err := s.Visits.Execute(ctx, stream, c.command(q), func(v *visit.Visit) ([]any, error) {
		now.ReadSequence = max(read, v.ReadSequence)
		return decide(v, q.RoomID, read)
	})
	if err != nil || len(outcome.Events) == 0 {
		return now, err
	}
	// What the command left when it came first is the answer to repeats, too.
	payload, err := s.Catalogue.Decode(outcome.Events[0])
	switch v := payload.(type) {
	case visit.Opened:
		now.ReadSequence = v.ReadSequence
	case visit.Closed:
		now.ReadSequence = v.ReadSequence
	}
	return now, err
}

// membership gives the newest sequence of a room to its members, and who these are.
func (s *Service) membership(ctx context.Context, roomID, person string) (last int64, members []string, err error) {
	err = s.Rooms.Read(ctx, room.Stream(roomID), func(r *room.Room) { last, members = r.Sequence, slices.Clone(r.Members) })
	if err == nil && !slices.Contains(members, person) {
		err = room.ErrUnknown
	}
	return last, members, err
}
