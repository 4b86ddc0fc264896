package crowd

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"boochat/emulators/scenario/client"

	"github.com/google/uuid"
)

// Talker is one person with one client: it gives commands, each with a key of its
// own, and repeats one with the same key until it is answered.
type Talker struct {
	client.Client
	id     string
	ear    *ear // nil: does not listen, and so does not know of what to talk
	crowd  *Crowd
	random *rand.Rand

	left     map[string]int64 // by room: the sequence of the last leaving
	acks     []acknowledged
	checked  int // of acks: how many were found in the log
	repeated int // commands that were given again after a lost answer
}

// fields is a command's body.
type fields map[string]any

// acknowledged is a command that the server has said yes to.
type acknowledged struct {
	command string
	body    fields
	key     string
	answer  answer
}

type answer struct {
	ID           string
	RoomID       string
	Sequence     int64
	ReadSequence int64
}

func (a acknowledged) room() string {
	if a.answer.RoomID != "" {
		return a.answer.RoomID
	}
	return a.body["roomId"].(string)
}

// talk gives commands until ctx ends, and none while the crowd is to be quiet.
func (k *Talker) talk(ctx context.Context) {
	for ctx.Err() == nil {
		k.crowd.quiet.RLock()
		err := k.step(ctx)
		k.crowd.quiet.RUnlock()
		if err != nil && ctx.Err() == nil {
			k.crowd.t.Errorf("%s: %v", k.id, err)
			return
		}
	}
}

// step does one thing in one of the rooms that the talker is in.
func (k *Talker) step(ctx context.Context) error {
	room := k.crowd.anyRoom(k.random)
	if !k.isIn(room) {
		return nil
	}
	switch draw := k.random.IntN(100); {
	case draw < 68:
		return k.Say(ctx, room)
	case draw < 72:
		return k.again(ctx)
	case draw < 79:
		return k.do(ctx, "open-room", fields{"roomId": room})
	case draw < 83:
		return k.do(ctx, "close-room", fields{"roomId": room, "readSequence": k.random.IntN(200)})
	case draw < 88:
		return k.do(ctx, "invite-user", fields{"roomId": room, "inviteeId": k.crowd.anybody(k.random)})
	case draw < 91:
		return k.leave(ctx, room)
	case draw < 95:
		return k.do(ctx, "rename-room", fields{"roomId": room, "name": "Room " + uuid.NewString()})
	case draw < 98:
		return k.do(ctx, "change-room-image", fields{"roomId": room, "imageUrl": "https://example.com/" + uuid.NewString()})
	default:
		return k.createRoom(ctx)
	}
}

// Say sends a message to a room.
func (k *Talker) Say(ctx context.Context, room string) error {
	return k.do(ctx, "send-message", fields{"id": uuid.NewString(), "roomId": room, "content": fmt.Sprintf("It is %s", time.Now())})
}

// leave leaves a room, but not the first one: somebody has to be there to talk to.
func (k *Talker) leave(ctx context.Context, room string) error {
	if room == k.crowd.Hall {
		return nil
	}
	err := k.do(ctx, "leave-room", fields{"roomId": room})
	if err == nil {
		k.left[room] = k.acks[len(k.acks)-1].answer.Sequence
	}
	return err
}

func (k *Talker) createRoom(ctx context.Context) error {
	if k.crowd.isFull() {
		return nil
	}
	err := k.do(ctx, "create-room", fields{"name": "Room", "participantIds": []string{k.crowd.anybody(k.random), k.crowd.anybody(k.random)}})
	if err == nil {
		k.crowd.addRoom(k.acks[len(k.acks)-1].answer.RoomID)
	}
	return err
}

// isIn reports whether the talker is in a room as far as it has heard. It takes no
// notice of what is older than its own leaving.
func (k *Talker) isIn(room string) bool {
	var document struct {
		MemberIDs    []string
		LastSequence int64
	}
	if data, ok := k.ear.document("rooms/" + room); !ok || json.Unmarshal(data, &document) != nil {
		return false
	}
	return slices.Contains(document.MemberIDs, k.id) && document.LastSequence > k.left[room]
}

// again repeats a command of before: the answer must be that of then.
func (k *Talker) again(ctx context.Context) error {
	if len(k.acks) == 0 {
		return nil
	}
	first := k.acks[len(k.acks)-1-k.random.IntN(min(len(k.acks), 300))]
	if first.command != "send-message" {
		return nil // what changed nothing is not remembered, and may be answered otherwise now
	}
	got, err := k.give(ctx, first.command, first.body, first.key)
	if err == nil && got != first.answer {
		err = fmt.Errorf("a repeat was answered %+v, the first %+v", got, first.answer)
	}
	return err
}

// do gives a command until it is answered and keeps the answer.
func (k *Talker) do(ctx context.Context, command string, body fields) error {
	key := uuid.NewString()
	got, err := k.give(ctx, command, body, key)
	if err == nil {
		k.acks = append(k.acks, acknowledged{command, body, key, got})
	}
	return err
}

// give repeats a command until it is answered, which takes until the server lives
// again. A talker does nothing that is not allowed, so that a refusal is an error.
func (k *Talker) give(ctx context.Context, command string, body fields, key string) (got answer, err error) {
	for attempt := 0; ctx.Err() == nil; attempt++ {
		if attempt == 1 {
			k.repeated++
		}
		reply, err := k.Post(ctx, command, body, key)
		if err != nil || reply.Status == http.StatusServiceUnavailable {
			time.Sleep(5 * time.Millisecond)
			continue
		}
		if reply.Status >= 300 {
			return got, fmt.Errorf("%s %v, attempt %d, was answered %d %s", command, body, attempt+1, reply.Status, reply.Body)
		}
		return got, reply.Into(&got)
	}
	return got, ctx.Err()
}
