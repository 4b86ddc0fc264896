package scenario

import (
	"bytes"
	"cmp"
	"net/http"
	"strings"
	"testing"

	"boochat/functions"
)

// passage is how a function answers the kinds of people: "" lets them in, anything
// else is the code of the problem. Who is signed out is unauthenticated, and who
// is off the list forbidden, at every function that is not for the public.
type passage struct {
	function         string
	member           string
	former, stranger string
	off              string                                // who is off the list; "" is forbidden
	body             func(roomID string, p *person) fields // of a command
	path             string                                // of a query, with ROOM in place of the id
	atMeetup         bool                                  // the room has a meetup with its own id, with the poll "poll"
}

const hidden = "not-found" // whether it exists or not

// matrix is who may do what: design.md's "not yours to know of", for every function.
var matrix = []passage{
	{function: "authenticate", body: func(_ string, p *person) fields { return fields{"idToken": p.idToken()} }},
	{function: "refresh", body: func(_ string, p *person) fields { return fields{"refreshToken": p.RefreshToken} }},
	{function: "sign-out"},
	{function: "sign-out-everywhere"},
	{function: "update-profile", body: func(string, *person) fields { return fields{"name": "Somebody"} }},
	{function: "heartbeat", former: hidden, stranger: hidden, body: inRoom(nil)},
	{function: "create-room", body: func(_ string, p *person) fields { return fields{"name": "Own", "participantIds": []string{p.ID}} }},
	{function: "invite-user", former: hidden, stranger: hidden, body: func(roomID string, p *person) fields { return fields{"roomId": roomID, "inviteeId": p.ID} }},
	{function: "leave-room", former: "rule-violated", stranger: hidden, body: inRoom(nil)},
	{function: "rename-room", former: hidden, stranger: hidden, body: inRoom(fields{"name": "Mine"})},
	{function: "change-room-image", former: hidden, stranger: hidden, body: inRoom(fields{"imageUrl": "https://example.com/mine"})},
	{function: "send-message", former: hidden, stranger: hidden, body: inRoom(fields{"content": "Hello"})},
	{function: "open-room", former: hidden, stranger: hidden, body: inRoom(nil)},
	{function: "close-room", former: hidden, stranger: hidden, body: inRoom(nil)},
	{function: "create-meetup", former: hidden, stranger: hidden, body: inRoom(dinner())},
	{function: "update-meetup", member: "forbidden", former: hidden, stranger: hidden, atMeetup: true, body: atMeetup(fields{"name": "Mine"})},
	{function: "cancel-meetup", member: "forbidden", former: hidden, stranger: hidden, atMeetup: true, body: atMeetup(nil)},
	{function: "change-meetup-image", member: "forbidden", former: hidden, stranger: hidden, atMeetup: true, body: atMeetup(fields{"imageUrl": "https://example.com/mine"})},
	{function: "change-rsvp", former: hidden, stranger: hidden, atMeetup: true, body: atMeetup(fields{"rsvp": "yes"})},
	{function: "create-poll", former: hidden, stranger: hidden, atMeetup: true, body: atMeetup(fields{"type": "generic", "description": "Wine?", "choices": texts("Red", "White")})},
	{function: "add-poll-choice", former: hidden, stranger: hidden, atMeetup: true, body: atMeetup(fields{"pollId": "poll", "choice": fields{"text": "None"}})},
	{function: "cast-poll-vote", former: hidden, stranger: hidden, atMeetup: true, body: atMeetup(fields{"pollId": "poll", "choiceIndex": 0})},
	{function: "withdraw-poll-vote", former: hidden, stranger: hidden, atMeetup: true, body: atMeetup(fields{"pollId": "poll"})},
	{function: "close-poll", member: "forbidden", former: hidden, stranger: hidden, atMeetup: true, body: atMeetup(fields{"pollId": "poll"})},
	{function: "me", path: "/v1/me"},
	{function: "users", path: "/v1/users"},
	{function: "rooms", path: "/v1/rooms"},
	{function: "room", former: hidden, stranger: hidden, path: "/v1/rooms/ROOM"},
	{function: "items", former: hidden, stranger: hidden, path: "/v1/rooms/ROOM/items"},
	{function: "meetups", path: "/v1/meetups"},
	{function: "meetup", former: hidden, stranger: hidden, atMeetup: true, path: "/v1/meetups/ROOM"},
	{function: "calendar", path: "/v1/calendar"},
	{function: "rotate-calendar"},
	{function: "calendar-feed", member: hidden, former: hidden, stranger: hidden, off: hidden, path: "/v1/calendar/ROOM.ics"}, // which nobody was given
	{function: "live"},
}

// public are the functions that need no access token.
var public = map[string]bool{"authenticate": true, "refresh": true, "calendar-feed": true}

func inRoom(rest fields) func(string, *person) fields { return under("roomId", rest) }

func atMeetup(rest fields) func(string, *person) fields { return under("meetupId", rest) }

func under(name string, rest fields) func(string, *person) fields {
	return func(id string, _ *person) fields {
		body := fields{name: id}
		for name, value := range rest {
			body[name] = value
		}
		return body
	}
}

func TestMatrixHasEveryFunction(t *testing.T) {
	rows := map[string]bool{}
	for _, row := range matrix {
		rows[row.function] = true
	}
	for _, f := range functions.Table {
		switch f.Kind {
		case functions.Command, functions.Query, functions.Live:
			if !rows[f.Name] {
				t.Errorf("the matrix lacks %s", f.Name)
			}
			if f.Public != (public[f.Name] || f.Name == "live") {
				t.Errorf("%s is public: %t", f.Name, f.Public)
			}
		}
	}
}

func (p *person) idToken() string {
	p.t.Helper()
	token, err := p.IDToken(p.ctx, p.Identity)
	if err != nil {
		p.t.Fatal(err)
	}
	return token
}

func testAuthorization(t *testing.T, s *suite) {
	own := s.alone(t)
	olga, ann := own.person(t, "Olga"), own.person(t, "Ann")
	hers := olga.newRoom(ann)
	own.Restart(t, settings(Setting(strings.Replace(string(everybody()), olga.Identity.Email+",", "", 1)))...)
	for _, row := range matrix {
		if row.function == "live" && s.Firestore() != nil {
			continue
		}
		t.Run("D-4 "+row.function, func(t *testing.T) {
			owner := ann.in(t)
			actors := map[string]*person{}
			for _, kind := range []string{"member", "former member", "stranger"} {
				actors[kind] = own.person(t, kind)
			}
			roomID := owner.newRoom(actors["member"], actors["former member"])
			if row.atMeetup {
				owner.plan(fields{"id": roomID, "roomId": roomID})
				owner.ask(roomID, fields{"id": "poll", "type": "generic", "choices": texts("Red", "White")})
			}
			owner.room(roomID, actors["former member"].post("leave-room", fields{"roomId": roomID}).sequence())
			if row.atMeetup {
				owner.meetup(roomID, func(m meetup) error { return m.attended(owner, actors["member"]) })
			}
			for kind, p := range actors {
				row.check(t, kind, p, roomID, map[string]string{"member": row.member, "former member": row.former, "stranger": row.stranger}[kind])
			}
			for kind, code := range map[string]string{"former member": row.former, "stranger": row.stranger} {
				if code == hidden {
					row.sameWithoutRoom(t, kind, actors[kind], roomID)
				}
			}
			row.check(t, "off the list", olga.in(t), hers, cmp.Or(row.off, "forbidden"))
			out := own.nobody(t)
			if !public[row.function] {
				row.check(t, "signed out", out, roomID, "unauthenticated")
			}
		})
	}
	t.Run("D-1 D-4 a room with an id that is taken stays its members'", func(t *testing.T) {
		stranger := own.person(t, "stranger")
		stranger.post("create-room", fields{"id": hers, "name": "Mine now", "participantIds": []string{}}).refused("conflict")
		stranger.get("/v1/rooms/" + hers).refused("not-found")
	})
}

// check has somebody call the function and compares the answer's code.
func (row passage) check(t *testing.T, kind string, p *person, roomID, code string) {
	t.Helper()
	if row.function == "live" {
		row.checkLive(t, kind, p, code)
		return
	}
	a := row.call(p, roomID)
	if code == "" && a.Status < 300 {
		return
	}
	if _, err := a.problem(code, statusOf[code]); code == "" || err != nil {
		t.Errorf("%s as %s is answered %d %s, want %q", row.function, kind, a.Status, a.Body, code)
	}
}

func (row passage) call(p *person, roomID string) answer {
	p.t.Helper()
	if row.path != "" {
		return p.get(strings.Replace(row.path, "ROOM", roomID, 1))
	}
	if row.body == nil {
		return p.send(http.MethodPost, "/v1/"+row.function, nil, http.Header{})
	}
	return p.post(row.function, row.body(roomID, p))
}

// sameWithoutRoom checks that nobody can tell a room of others from none.
func (row passage) sameWithoutRoom(t *testing.T, kind string, p *person, roomID string) {
	t.Helper()
	there, nowhere := row.call(p, roomID), row.call(p, newID())
	if there.Status != nowhere.Status || !bytes.Equal(there.Body, nowhere.Body) {
		t.Errorf("%s as %s tells a room of others (%d %s) from none (%d %s)", row.function, kind, there.Status, there.Body, nowhere.Status, nowhere.Body)
	}
}

func (row passage) checkLive(t *testing.T, kind string, p *person, code string) {
	t.Helper()
	if p = p.in(t); p.Token == "" {
		p.Token = "none"
	}
	l := p.listen()
	if code == "" {
		l.current()
		return
	}
	l.endsWith(4401)
}
