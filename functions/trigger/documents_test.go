package trigger_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"boochat/functions/trigger"
	"boochat/shared/bus"
	"boochat/shared/catalogue"
	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/realtime"
	"boochat/shared/room"
)

// TestDocuments holds the documents that clients listen to against their words in
// design.md, section 6.
func TestDocuments(t *testing.T) {
	h := life(t)
	views := readDocuments(t)
	for topic, project := range projections {
		until(t, project(h, views), singly(h.topic(topic))...)
	}
	all := documents(t, views)
	for name, want := range map[string]string{
		"E-U1 E-U2 E-U3 D-27 users/Ann": `{"id":"Ann","name":"Ann Lee","imageUrl":"https://example.com/annie.png"}`,
		"E-U4 E-U5 accounts/Bob": `{"user":{"profile":{"name":"Bob","imageUrl":""},"identity":{"name":"Bob","imageUrl":""},"email":"Bob@example.com"},` +
			`"createdAt":"2026-03-01T12:00:01.000Z","version":1}`,
		"E-R1 E-R2 E-R3 E-R5 D-17 rooms/kitchen": `{"id":"kitchen","name":"Big kitchen","imageUrl":"https://example.com/k.png","memberIds":["Ann","Cleo","Bob"],` +
			`"lastItem":{"id":"m-3","sequence":9,"roomId":"kitchen","kind":"message","sender":{"id":"Bob"},"content":"Here","timestamp":"2026-03-01T12:00:19.000Z"},"lastSequence":9}`,
		"E-M1 E-M2 E-M3 E-M4 E-M5 D-35 rooms/kitchen/items/2": `{"id":"m-1","sequence":2,"roomId":"kitchen","kind":"message","sender":{"id":"Ann"},"content":"Hello","timestamp":"2026-03-01T12:00:05.000Z"}`,
		"E-N1 D-25 D-37 rooms/kitchen/items/3": `{"id":"event-6","sequence":3,"roomId":"kitchen","kind":"announcement","content":"Ann added Cleo",` +
			`"announcement":{"kind":"user-joined","arguments":{"actorId":"Ann","actorName":"Ann","userId":"Cleo","userName":"Cleo"}},"timestamp":"2026-03-01T12:00:06.000Z"}`,
		"E-R7 D-41 users/Cleo/visits/kitchen": `{"roomId":"kitchen","readSequence":8,"visitedAt":"2026-03-01T12:00:17.000Z"}`,
		"users/Dan/visits/garden":             `{"roomId":"garden","readSequence":4}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := name[strings.LastIndexByte(name, ' ')+1:]
			if all[path] != want {
				t.Errorf("document is %s, want %s", all[path], want)
			}
		})
	}
}

// sockets collect what is sent to them.
type sockets struct {
	sent map[string][]realtime.Notification
	err  error
}

func (s *sockets) Notify(person string, n realtime.Notification) error {
	s.sent[person] = append(s.sent[person], n)
	return s.err
}

// nowhere is a bus without subscribers.
type nowhere struct{}

func (nowhere) Publish(context.Context, []event.Envelope) error { return nil }

func TestInvitationsAreNotified(t *testing.T) {
	h := life(t)
	rooms := eventstore.NewRepository(h.store, nowhere{}, catalogue.Events, room.New, nil)
	to := &sockets{sent: map[string][]realtime.Notification{}}
	notices := &trigger.Notices{Rooms: rooms, Catalogue: catalogue.Events, Sockets: to}
	if err := notices.Handle(context.Background(), h.topic("room-events")); err != nil {
		t.Fatal(err)
	}
	want := map[string][]realtime.Notification{
		"Cleo": {{Title: "Big kitchen", Message: "Ann added you to this room", NavigateURL: "/rooms/kitchen", Level: "info"}},
		"Bob":  {{Title: "Big kitchen", Message: "Annie added you to this room", NavigateURL: "/rooms/kitchen", Level: "info"}},
		"Dan":  {{Title: "Garden", Message: "Bob added you to this room", NavigateURL: "/rooms/garden", Level: "info"}},
	}
	for person := range to.sent {
		if !slices.Equal(to.sent[person], want[person]) {
			t.Errorf("%s is sent %+v, want %+v", person, to.sent[person], want[person])
		}
	}
	if len(to.sent) != len(want) {
		t.Errorf("%d people are told, want %d", len(to.sent), len(want))
	}
	to.err = errors.New("no socket can be written to")
	invited := h.events[6:7]
	if err := notices.Handle(context.Background(), invited); !errors.Is(err, to.err) || bus.IsPermanent(err) {
		t.Errorf("error is %v, want one that has the event delivered again", err)
	}
	invited[0].Data = []byte(`{"inviteeId":1}`)
	if err := notices.Handle(context.Background(), invited); !bus.IsPermanent(err) {
		t.Errorf("error is %v, want a permanent one", err)
	}
}
