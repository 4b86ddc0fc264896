package modeltest

import (
	"encoding/json"
	"net/http"
	"strings"

	"boochat/emulators/scenario/client"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// history is one run: the model, and the commands that have changed something.
type history struct {
	*system
	model
	given []given
}

// given is a command that was given, with what it was answered.
type given struct {
	by      *person
	command string
	body    fields
	key     string
	answer  client.Answer
}

type fields map[string]any

func newHistory(t *rapid.T, s *system) *history {
	h := &history{system: s, model: model{names: s.profiles}}
	h.create(t)
	return h
}

func (h *history) anybody(t *rapid.T, as string) *person {
	return h.people[rapid.IntRange(0, len(h.people)-1).Draw(t, as)]
}

func (h *history) anyRoom(t *rapid.T) *room {
	return h.rooms[rapid.IntRange(0, len(h.rooms)-1).Draw(t, "room")]
}

// texts have white space at their ends, several lines and all sorts of characters.
var texts = rapid.Custom(func(t *rapid.T) string {
	ends := rapid.SampledFrom([]string{"", " ", "\n", "\u00a0"})
	words := rapid.StringMatching(`[a-zA-Z0-9äß日👻<>&"'\\]{1,20}(\n[a-z]{1,5})?`)
	return ends.Draw(t, "before") + words.Draw(t, "words") + ends.Draw(t, "after")
})

var names = rapid.StringMatching(`[A-Za-z äß日👻]{0,10}[A-Z] ?`)

// give gives a command with a fresh key and expects what the model says: a refusal,
// or success.
func (h *history) give(t *rapid.T, by *person, command string, body fields, want refusal) given {
	t.Helper()
	g := given{by: by, command: command, body: body, key: uuid.NewString()}
	g.answer = h.post(t, g)
	expect(t, g, g.answer, want)
	return g
}

func (h *history) post(t *rapid.T, g given) client.Answer {
	t.Helper()
	answer, err := g.by.Post(t.Context(), g.command, g.body, g.key)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func expect(t *rapid.T, g given, answer client.Answer, want refusal) {
	t.Helper()
	if want == (refusal{}) {
		if answer.Status != http.StatusOK && answer.Status != http.StatusCreated {
			t.Fatalf("%s %v of %s was answered %d %s", g.command, g.body, g.by.id, answer.Status, answer.Body)
		}
		return
	}
	var got struct{ Code, Rule string }
	if err := json.Unmarshal(answer.Body, &got); err != nil || (refusal{answer.Status, got.Code, got.Rule}) != want {
		t.Fatalf("%s %v of %s was answered %d %s, want %+v", g.command, g.body, g.by.id, answer.Status, answer.Body, want)
	}
}

// said is what commands answer.
type said struct {
	ID           string
	RoomID       string
	Sequence     int64
	ReadSequence int64
}

// inRoom gives a command whose model was asked already, and expects the room's end
// as the sequence. It keeps the command where it has changed the room.
func (h *history) inRoom(t *rapid.T, r *room, before int64, by *person, command string, body fields, want refusal) (got said) {
	t.Helper()
	g := h.give(t, by, command, body, want)
	if want != (refusal{}) {
		return said{}
	}
	if err := g.answer.Into(&got); err != nil || got.Sequence != r.last() {
		t.Fatalf("%s %v was answered %s (%v), want sequence %d", command, body, g.answer.Body, err, r.last())
	}
	if r.last() > before {
		h.given = append(h.given, g)
	}
	return got
}

func (h *history) create(t *rapid.T) {
	by, name := h.anybody(t, "by"), names.Draw(t, "name")
	var participants []string
	for _, p := range h.people {
		if rapid.Bool().Draw(t, "participates") {
			participants = append(participants, p.id)
		}
	}
	body := fields{"name": name, "participantIds": append([]string{}, participants...)}
	if rapid.Bool().Draw(t, "with an id") {
		body["id"] = uuid.NewString()
	}
	g := h.give(t, by, "create-room", body, refusal{})
	var got said
	if err := g.answer.Into(&got); err != nil || got.Sequence != 1 || body["id"] != nil && body["id"] != got.RoomID {
		t.Fatalf("create-room %v was answered %s (%v)", body, g.answer.Body, err)
	}
	h.given = append(h.given, g)
	h.model.create(by.id, got.RoomID, strings.TrimSpace(name), participants)
}

func (h *history) createTaken(t *rapid.T) {
	h.give(t, h.anybody(t, "by"), "create-room", fields{"id": h.anyRoom(t).id, "name": uuid.NewString(), "participantIds": []string{}}, conflict)
}

func (h *history) send(t *rapid.T) {
	r, by, content := h.anyRoom(t), h.anybody(t, "by"), texts.Draw(t, "content")
	if rapid.Bool().Draw(t, "with an id") {
		h.sendAs(t, r, by, uuid.NewString(), content)
		return
	}
	before := r.last()
	want := r.send(by.id, "", content)
	answer := h.inRoom(t, r, before, by, "send-message", fields{"roomId": r.id, "content": content}, want)
	if r.last() > before {
		r.items[before].id = answer.ID
	}
}

func (h *history) sendAs(t *rapid.T, r *room, by *person, id, content string) {
	before := r.last()
	want := r.send(by.id, id, content)
	h.inRoom(t, r, before, by, "send-message", fields{"id": id, "roomId": r.id, "content": content}, want)
}

// sendTakenID sends something else under the id that somebody chose for a message.
func (h *history) sendTakenID(t *rapid.T) {
	r, by := h.anyRoom(t), h.anybody(t, "by")
	for _, i := range r.items {
		if i.chosen {
			h.sendAs(t, r, by, i.id, uuid.NewString())
			return
		}
	}
}

func (h *history) sendNothing(t *rapid.T) {
	h.give(t, h.anybody(t, "by"), "send-message", fields{"roomId": h.anyRoom(t).id, "content": " \n"}, limit)
}

func (h *history) invite(t *rapid.T) {
	r, by, invitee := h.anyRoom(t), h.anybody(t, "by"), h.anybody(t, "invitee")
	before := r.last()
	want := h.model.invite(r, by.id, invitee.id)
	h.inRoom(t, r, before, by, "invite-user", fields{"roomId": r.id, "inviteeId": invitee.id}, want)
}

func (h *history) leave(t *rapid.T) {
	r, by := h.anyRoom(t), h.anybody(t, "by")
	before := r.last()
	want := h.model.leave(r, by.id)
	h.inRoom(t, r, before, by, "leave-room", fields{"roomId": r.id}, want)
}

func (h *history) rename(t *rapid.T) {
	r, by, name := h.anyRoom(t), h.anybody(t, "by"), names.Draw(t, "name")
	before := r.last()
	want := h.model.rename(r, by.id, name)
	h.inRoom(t, r, before, by, "rename-room", fields{"roomId": r.id, "name": name}, want)
}

// renamePerson changes what is announced from then on, and nothing of before.
func (h *history) renamePerson(t *rapid.T) {
	p, name := h.anybody(t, "person"), names.Draw(t, "name")
	h.give(t, p, "update-profile", fields{"name": name}, refusal{})
	h.profiles[p.id] = strings.TrimSpace(name)
}

func (h *history) changeImage(t *rapid.T) {
	r, by := h.anyRoom(t), h.anybody(t, "by")
	image := "https://example.com/" + rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "image")
	before := r.last()
	want := h.model.changeImage(r, by.id, image)
	h.inRoom(t, r, before, by, "change-room-image", fields{"roomId": r.id, "imageUrl": image}, want)
}

func (h *history) open(t *rapid.T)  { h.visit(t, "open-room") }
func (h *history) close(t *rapid.T) { h.visit(t, "close-room") }

func (h *history) visit(t *rapid.T, command string) {
	r, by := h.anyRoom(t), h.anybody(t, "by")
	body := fields{"roomId": r.id}
	to := r.last()
	if rapid.Bool().Draw(t, "up to a sequence") {
		to = rapid.Int64Range(0, r.last()+3).Draw(t, "sequence")
		body["readSequence"] = to
	}
	least := min(to, r.last())
	want := r.visit(by.id, least)
	g := h.give(t, by, command, body, want)
	if want != (refusal{}) {
		return
	}
	var got said
	if err := g.answer.Into(&got); err != nil || got.ReadSequence < least || got.ReadSequence > r.read[by.id] {
		t.Fatalf("%s %v was answered %s (%v), want %d to %d", command, body, g.answer.Body, err, least, r.read[by.id])
	}
}

// repeat gives a command of before once more: nothing happens, the answer is that of then.
func (h *history) repeat(t *rapid.T) {
	if len(h.given) == 0 {
		return
	}
	g := rapid.SampledFrom(h.given).Draw(t, "command")
	if again := h.post(t, g); again.Status != g.answer.Status || string(again.Body) != string(g.answer.Body) {
		t.Fatalf("%s %v was answered %d %s, then %d %s", g.command, g.body, g.answer.Status, g.answer.Body, again.Status, again.Body)
	}
}

// reuseKey gives a command that is allowed under the key of another. A message under
// an id of its sender's is told by that, and its key is known in its room alone.
func (h *history) reuseKey(t *rapid.T) {
	r := h.anyRoom(t)
	if len(h.given) == 0 || len(r.members) == 0 {
		return
	}
	g := rapid.SampledFrom(h.given).Draw(t, "command")
	if g.command == "send-message" && g.body["id"] != nil && g.body["roomId"] != r.id {
		return
	}
	g.command, g.body = "send-message", fields{"roomId": r.id, "content": uuid.NewString()}
	for _, p := range h.people {
		if r.isMember(p.id) {
			g.by = p
		}
	}
	expect(t, g, h.post(t, g), keyReused)
}

// unknownRoom asks for a room that is not there: it is as one that is not yours.
func (h *history) unknownRoom(t *rapid.T) {
	for _, g := range []given{
		{command: "send-message", body: fields{"content": "Hello"}}, {command: "rename-room", body: fields{"name": "Mine"}},
		{command: "invite-user", body: fields{"inviteeId": h.people[0].id}}, {command: "leave-room", body: fields{}},
		{command: "open-room", body: fields{}}, {command: "close-room", body: fields{}},
		{command: "change-room-image", body: fields{"imageUrl": "https://example.com/a"}},
	} {
		g.body["roomId"] = uuid.NewString()
		h.give(t, h.anybody(t, "by"), g.command, g.body, notFound)
	}
}
