package trigger_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"boochat/functions/trigger"
	"boochat/shared/bus"
	"boochat/shared/catalogue"
	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/meetup"
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

// TestMeetupsAreNotified: who moved or cancelled a meetup knows it; reminders go to those
// whom they are for and still concern (L-12, E-X1, E-X2).
func TestMeetupsAreNotified(t *testing.T) {
	h := newHistory(t)
	stream := meetup.Stream("m-1")
	h.happens(t, stream, "Ann", meetup.Created{Name: "Dinner", Where: meetup.Where{Location: "Luigi's"}, When: tomorrow,
		AttendeeIDs: []string{"Ann", "Bob", "Cleo"}, RoomID: "dinner", ActorName: "Ann"})
	h.happens(t, stream, "Bob", meetup.RSVPChanged{RSVP: meetup.Yes})
	h.happens(t, stream, "", meetup.ReminderDue{MinutesBefore: 60, When: tomorrow, UserIDs: []string{"Ann", "Bob"}})
	h.happens(t, stream, "Bob", meetup.PollCreated{PollID: "p-1", Type: meetup.Reschedule, Description: "When?",
		Choices: []meetup.Choice{{When: &weekend}, {When: &tomorrow}}, ParticipantIDs: []string{"Ann", "Bob", "Cleo"}, ActorName: "Bob"})
	h.happens(t, stream, "", meetup.NudgeDue{PollID: "p-1", UserIDs: []string{"Ann", "Cleo"}})
	before := len(h.events)
	outcome := meetup.Outcome{Choice: &meetup.Choice{When: &weekend}, Reason: meetup.ReasonDeadline, Applied: true}
	h.happens(t, stream, "", meetup.PollClosed{PollID: "p-1", Description: "When?", Outcome: outcome}, meetup.Rescheduled{From: tomorrow, To: weekend, PollID: "p-1"})
	h.happens(t, stream, "Ann", meetup.Relocated{From: meetup.Where{Location: "Luigi's"}, To: meetup.Where{Location: "The park"}, ActorName: "Ann"})
	moved := len(h.events)
	h.happens(t, stream, "Ann", meetup.Cancelled{Reason: "Snow", ActorName: "Ann"})

	to := &sockets{sent: map[string][]realtime.Notification{}}
	notify := func(events []event.Envelope, upTo int) error {
		to.sent = map[string][]realtime.Notification{}
		meetups := eventstore.NewRepository(knownUpTo{h.store, int64(upTo)}, nowhere{}, catalogue.Events, meetup.New, nil)
		return (&trigger.MeetupNotices{Meetups: meetups, Catalogue: catalogue.Events, Sockets: to}).Handle(context.Background(), events)
	}
	info := func(message string) realtime.Notification {
		return realtime.Notification{Title: "Dinner", Message: message, NavigateURL: "/meetups/m-1", Level: "info"}
	}
	coming := info("Coming up: Mon 2 Mar 2026, 19:00 (Europe/Berlin) at Luigi's")
	vote := info("Your vote is missing: “When?”")
	later := info("The poll “When?”, whose time is over, moved “Dinner” from Mon 2 Mar 2026, 19:00 (Europe/Berlin) to Sat 7 Mar 2026, 19:00 (Europe/Berlin)")
	park := info("Ann moved “Dinner” from “Luigi's” to “The park”")
	off := realtime.Notification{Title: "Dinner", Message: "Ann cancelled “Dinner”: Snow", NavigateURL: "/meetups/m-1", Level: "warning"}
	for name, c := range map[string]struct {
		events []event.Envelope
		upTo   int
		want   map[string][]realtime.Notification
	}{
		"reminders":               {h.events[:before], before, map[string][]realtime.Notification{"Ann": {coming, vote}, "Bob": {coming}, "Cleo": {vote}}},
		"reminders that are late": {h.events[:before], moved, map[string][]realtime.Notification{}},
		"moves":                   {h.events[before:moved], moved, map[string][]realtime.Notification{"Ann": {later}, "Bob": {later, park}, "Cleo": {later, park}}},
		"a cancellation":          {h.events[moved:], moved + 1, map[string][]realtime.Notification{"Bob": {off}, "Cleo": {off}}},
	} {
		if err := notify(c.events, c.upTo); err != nil || !maps.EqualFunc(to.sent, c.want, slices.Equal) {
			t.Errorf("%s: sent is %+v, error %v, want %+v", name, to.sent, err, c.want)
		}
	}

	to.err = errors.New("no socket can be written to")
	cancelled := h.events[moved:]
	if err := notify(cancelled, moved+1); !errors.Is(err, to.err) || bus.IsPermanent(err) {
		t.Errorf("error is %v, want one that has the event delivered again", err)
	}
	cancelled[0].Data = []byte(`{"reason":1}`)
	if err := notify(cancelled, moved+1); !bus.IsPermanent(err) {
		t.Errorf("error is %v, want a permanent one", err)
	}
}

// knownUpTo is a log at a time when its streams ended at a version.
type knownUpTo struct {
	eventstore.Store
	version int64
}

func (k knownUpTo) Load(ctx context.Context, stream event.Stream, after int64, limit int) ([]event.Envelope, error) {
	return k.Store.Load(ctx, stream, after, min(limit, int(max(k.version-after, 0))))
}
