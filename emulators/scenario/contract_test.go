package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Parts of answers and documents that tests look into.
type (
	someone struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		ImageURL string `json:"imageUrl"`
		Online   bool   `json:"online"`
	}
	item struct {
		ID           string   `json:"id"`
		Sequence     int64    `json:"sequence"`
		RoomID       string   `json:"roomId"`
		Kind         string   `json:"kind"`
		Sender       *someone `json:"sender"`
		Content      string   `json:"content"`
		Announcement *struct {
			Kind      string            `json:"kind"`
			Arguments map[string]string `json:"arguments"`
		} `json:"announcement"`
		Timestamp string `json:"timestamp"`
	}
	room struct {
		ID           string    `json:"id"`
		Name         string    `json:"name"`
		ImageURL     string    `json:"imageUrl"`
		Participants []someone `json:"participants"`
		LastItem     *item     `json:"lastItem"`
		LastSequence int64     `json:"lastSequence"`
		ReadSequence int64     `json:"readSequence"`
		UnreadCount  int64     `json:"unreadCount"`
		HasUnread    bool      `json:"hasUnread"`
		Items        []item    `json:"items"`
	}
	page struct {
		Items     []item `json:"items"`
		HasBefore bool   `json:"hasBefore"`
		HasAfter  bool   `json:"hasAfter"`
	}
	message struct {
		ID       string `json:"id"`
		RoomID   string `json:"roomId"`
		Sequence int64  `json:"sequence"`
		SentAt   string `json:"sentAt"`
	}
)

// newRoom has somebody open a room with others, and gives its id once it is shown.
func (p *person) newRoom(others ...*person) string {
	p.t.Helper()
	var created struct{ RoomID string }
	p.post("create-room", fields{"name": "Kitchen", "participantIds": ids(others)}).want(201, shapeCreated).into(&created)
	p.room(created.RoomID, 1)
	return created.RoomID
}

// say has somebody send a message.
func (p *person) say(roomID, content string) message {
	p.t.Helper()
	var m message
	p.post("send-message", fields{"roomId": roomID, "content": content}).want(201, shapeMessage).into(&m)
	return m
}

// sequence reads the answer of commands that leave something in a room.
func (a answer) sequence() int64 {
	a.t.Helper()
	var s struct{ Sequence int64 }
	a.want(200, shapeSequence).into(&s)
	return s.Sequence
}

// room reads a room once it shows a sequence.
func (p *person) room(id string, sequence int64) (r room) {
	p.t.Helper()
	eventually(p.t, func() error {
		a := p.get("/v1/rooms/" + id)
		if a.Status != 200 {
			return fmt.Errorf("room is answered %d %s", a.Status, a.Body)
		}
		r = room{}
		a.want(200, shapeRoom).into(&r)
		if r.LastSequence < sequence {
			return fmt.Errorf("room shows %d, not %d", r.LastSequence, sequence)
		}
		return nil
	})
	return r
}

// rooms lists somebody's rooms once a condition holds.
func (p *person) rooms(condition func([]room) error) (list []room) {
	p.t.Helper()
	eventually(p.t, func() error {
		var answer struct{ Rooms []room }
		p.get("/v1/rooms").want(200, `{"rooms":[`+shapeRoom+`]}`).into(&answer)
		list = answer.Rooms
		return condition(list)
	})
	return list
}

// users lists the group once a condition holds.
func (p *person) users(condition func(map[string]someone) error) {
	p.t.Helper()
	eventually(p.t, func() error { return condition(p.listed()) })
}

// listed asks for the list of people once, and gives it by id.
func (p *person) listed() map[string]someone {
	p.t.Helper()
	var answer struct{ Users []someone }
	p.get("/v1/users").want(200, shapeUsers).into(&answer)
	users := map[string]someone{}
	for _, u := range answer.Users {
		users[u.ID] = u
	}
	if len(users) != len(answer.Users) {
		p.t.Fatalf("somebody is listed twice in %v", answer.Users)
	}
	return users
}

// document decodes a document of the live connection.
func document[T any](data json.RawMessage) (value T, err error) {
	if len(data) == 0 {
		return value, fmt.Errorf("there is no document")
	}
	return value, json.Unmarshal(data, &value)
}

func ids(people []*person) []string {
	list := []string{}
	for _, p := range people {
		list = append(list, p.ID)
	}
	return list
}

// participants gives the ids of a room's people, in their order.
func (r room) participants() string {
	var list []string
	for _, p := range r.Participants {
		list = append(list, p.ID)
	}
	return strings.Join(list, " ")
}

// sorted joins the ids of people without regard to their order.
func sorted(list []string) string { return strings.Join(slices.Sorted(slices.Values(list)), " ") }

func newID() string { return uuid.NewString() }
