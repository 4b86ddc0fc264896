package trigger_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"boochat/functions/trigger"
	"boochat/shared/bus"
	"boochat/shared/catalogue"
	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/meetup"
	"boochat/shared/room"
)

var (
	tomorrow = meetup.When{TakesPlaceOn: "2026-03-02T18:00:00.000Z", TimeZone: "Europe/Berlin", LocalTime: "2026-03-02T19:00:00+01:00"}
	weekend  = meetup.When{TakesPlaceOn: "2026-03-07T18:00:00.000Z", TimeZone: "Europe/Berlin", LocalTime: "2026-03-07T19:00:00+01:00"}
	moveIt   = meetup.Question{ID: "p-1", Type: meetup.Reschedule, Description: "When?", Choices: []meetup.Choice{{When: &weekend}, {When: &tomorrow}}}
)

// instance is one process: what people decide in it, and the policies.
type instance struct {
	rooms   *eventstore.Repository[*room.Room]
	meetups *eventstore.Repository[*meetup.Meetup]
	handle  map[string][]bus.Handler // by topic
}

// newInstance starts a process on a log.
func newInstance(store eventstore.Store) *instance {
	i := &instance{
		rooms:   eventstore.NewRepository(store, nowhere{}, catalogue.Events, room.New, atNoon),
		meetups: eventstore.NewRepository(store, nowhere{}, catalogue.Events, meetup.New, atNoon),
	}
	announcements := &trigger.Announcements{Rooms: i.rooms, Log: store, Catalogue: catalogue.Events}
	attendance := &trigger.Attendance{Rooms: i.rooms, Meetups: i.meetups, Catalogue: catalogue.Events, Now: atNoon}
	i.handle = map[string][]bus.Handler{"meetup-events": {announcements.Handle}, "room-events": {attendance.Handle}}
	return i
}

var commands atomic.Int64

// by is a command of a person.
func by(person string) eventstore.Command {
	return eventstore.Command{ID: fmt.Sprintf("command-%d", commands.Add(1)), Actor: person}
}

// inRoom has a person decide in a room.
func (i *instance) inRoom(t testing.TB, id, person string, decide func(*room.Room) ([]any, error)) {
	t.Helper()
	if _, err := i.rooms.Execute(context.Background(), room.Stream(id), by(person), decide); err != nil {
		t.Fatal(err)
	}
}

// on has a person decide on the meetup.
func (i *instance) on(t testing.TB, person string, decide func(*meetup.Meetup) ([]any, error)) {
	t.Helper()
	if _, err := i.meetups.Execute(context.Background(), meetup.Stream("m-1"), by(person), decide); err != nil {
		t.Fatal(err)
	}
}

func (i *instance) invites(t testing.TB, id, who, whom string) {
	t.Helper()
	i.inRoom(t, id, who, func(r *room.Room) ([]any, error) {
		return r.Invite(room.Person{ID: who, Name: who}, room.Person{ID: whom, Name: whom})
	})
}

func (i *instance) leaves(t testing.TB, id, who string) {
	t.Helper()
	i.inRoom(t, id, who, func(r *room.Room) ([]any, error) { return r.Leave(room.Person{ID: who, Name: who}) })
}

func (i *instance) votes(t testing.TB, who string, choice int) {
	t.Helper()
	i.on(t, who, func(m *meetup.Meetup) ([]any, error) {
		return m.CastVote(meetup.Person{ID: who, Name: who}, "p-1", choice, noon)
	})
}

// plans plans a meetup of Ann, Bob and Cleo, which a room comes with, and a poll that
// may move it.
func (i *instance) plans(t testing.TB) {
	t.Helper()
	i.on(t, "Ann", func(m *meetup.Meetup) ([]any, error) {
		return m.Create(meetup.Person{ID: "Ann", Name: "Ann"}, meetup.Plan{
			Name: "Dinner", Where: meetup.Where{Location: "Luigi's"}, When: tomorrow, AttendeeIDs: []string{"Bob", "Cleo"}, RoomID: "dinner", OpensRoom: true,
		}, noon)
	})
	i.on(t, "Bob", func(m *meetup.Meetup) ([]any, error) {
		return m.Ask(meetup.Person{ID: "Bob", Name: "Bob"}, moveIt, noon)
	})
}

// log reads all events in the order of appending.
func (h *history) log(t testing.TB) (events []event.Envelope) {
	t.Helper()
	entries, err := h.store.Log.Read(context.Background(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		events = append(events, entry.Event)
	}
	return events
}

// delivered delivers what is in the log, and what follows from that, until nothing more
// does: shuffled, some of it twice, each time to any of the instances.
func (h *history) delivered(t testing.TB, random *rand.Rand, instances ...*instance) {
	t.Helper()
	for done := 0; ; {
		events := h.log(t)[done:]
		if len(events) == 0 {
			return
		}
		done += len(events)
		events = append(events, events[:random.IntN(len(events)+1)]...)
		random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		for _, e := range events {
			for _, handle := range instances[random.IntN(len(instances))].handle[e.Stream.Topic()] {
				until(t, handle, []event.Envelope{e})
			}
		}
	}
}

// room gives what a room holds: the kinds of its announcements and the words of them.
func (h *history) room(t testing.TB, id string) (kinds, texts []string) {
	t.Helper()
	for _, e := range h.log(t) {
		if e.Stream != room.Stream(id) {
			continue
		}
		payload, err := catalogue.Events.Decode(e)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := room.Announce(e.Actor, payload)
		kinds, texts = append(kinds, a.Kind), append(texts, a.Text)
	}
	return kinds, texts
}

// agree fails unless the attendees of the meetup are the members of its room.
func (i *instance) agree(t testing.TB, id string, want ...string) {
	t.Helper()
	var members, attendees []string
	err := i.rooms.Read(context.Background(), room.Stream(id), func(r *room.Room) { members = slices.Sorted(slices.Values(r.Members)) })
	if err == nil {
		err = i.meetups.Read(context.Background(), meetup.Stream("m-1"), func(m *meetup.Meetup) { attendees = slices.Sorted(slices.Values(m.AttendeeIDs())) })
	}
	if err != nil || !slices.Equal(members, attendees) || want != nil && !slices.Equal(attendees, want) {
		t.Errorf("members are %v and attendees %v, want %v, error %v", members, attendees, want, err)
	}
}

// count counts the events of a type.
func (h *history) count(t testing.TB, name string) (n int) {
	t.Helper()
	for _, e := range h.log(t) {
		if e.Type == name {
			n++
		}
	}
	return n
}

func lot(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

// wantChain fails unless the room shows the whole chain of plans and three votes, once
// and in order: D-38, E-T5, C-8, E-W1.
func (h *history) wantChain(t testing.TB) {
	t.Helper()
	_, texts := h.room(t, "dinner")
	want := []string{
		"Ann created the room",
		"Ann planned “Dinner” for Mon 2 Mar 2026, 19:00 (Europe/Berlin) at Luigi's",
		"Bob asks about “Dinner”: “When?”",
		"The poll “When?” about “Dinner” is closed as everybody has voted: “Sat 7 Mar 2026, 19:00 (Europe/Berlin)” won",
		"The poll “When?”, completed by the vote of Cleo, moved “Dinner” from Mon 2 Mar 2026, 19:00 (Europe/Berlin) to Sat 7 Mar 2026, 19:00 (Europe/Berlin)",
	}
	if !slices.Equal(texts, want) {
		t.Errorf("the room says\n%s\nwant\n%s", strings.Join(texts, "\n"), strings.Join(want, "\n"))
	}
	if n := h.count(t, "room.created"); n != 1 {
		t.Errorf("%d rooms were opened, want one", n)
	}
}

func (i *instance) vote(t testing.TB) {
	t.Helper()
	i.votes(t, "Ann", 0)
	i.votes(t, "Bob", 1)
	i.votes(t, "Cleo", 0)
}

func TestRoomIsToldOfItsMeetup(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprintf("D-38 C-8 in any order, repeated, by two instances: %d", seed), func(t *testing.T) {
			h, random := newHistory(t), lot(seed)
			one, two := newInstance(h.store), newInstance(h.store)
			one.plans(t)
			if seed%2 == 0 { // else the poll ends before the room is there
				h.delivered(t, random, one, two)
			}
			one.vote(t)
			h.delivered(t, random, one, two)
			h.wantChain(t)
			one.agree(t, "dinner", "Ann", "Bob", "Cleo")
		})
	}
}

// TestRoomIsThereWhenTheMeetupIsPlanned: the command runs the policy in line, and the
// delivery of the same events at the same time does no harm.
func TestRoomIsThereWhenTheMeetupIsPlanned(t *testing.T) {
	for range 20 {
		h := newHistory(t)
		inline, delivery := newInstance(h.store), newInstance(h.store)
		inline.plans(t)
		inline.vote(t)
		events := h.log(t)
		var working sync.WaitGroup
		for _, i := range []*instance{inline, inline, delivery, delivery} {
			working.Go(func() { until(t, i.handle["meetup-events"][0], events) })
		}
		working.Wait()
		h.wantChain(t)
	}
}

// TestAnnouncementsOfTheSystem: announcements name the chain that they belong to, and
// nobody as who did it; the room is the organizer's.
func TestAnnouncementsOfTheSystem(t *testing.T) {
	h := newHistory(t)
	i := newInstance(h.store)
	i.plans(t)
	h.delivered(t, lot(1), i)
	events := h.log(t)
	planned := events[0]
	for _, e := range events[2:] {
		wantActor := map[string]string{"room.created": "Ann"}[e.Type]
		if e.Actor != wantActor {
			t.Errorf("%s is of %q, want %q", e.Type, e.Actor, wantActor)
		}
		if e.Type == "room.created" && e.CorrelationID != planned.CorrelationID {
			t.Errorf("the room's chain is %s, want %s", e.CorrelationID, planned.CorrelationID)
		}
	}
}

// A room that somebody else has made under the id is not taken for the meetup's, and one
// that is not there is not waited for.
func TestRoomThatIsNotTheMeetups(t *testing.T) {
	for name, opens := range map[string]bool{"somebody else's": true, "not there": false} {
		t.Run(name, func(t *testing.T) {
			h := newHistory(t)
			if opens {
				h.happens(t, room.Stream("dinner"), "Dan", room.Created{Name: "Mine", MemberIDs: []string{"Dan"}, ActorName: "Dan"})
			}
			h.happens(t, meetup.Stream("m-1"), "Ann", meetup.Created{Name: "Dinner", AttendeeIDs: []string{"Ann"}, RoomID: "dinner", OpensRoom: opens, ActorName: "Ann"})
			before := len(h.log(t))
			err := newInstance(h.store).handle["meetup-events"][0](context.Background(), h.topic("meetup-events"))
			if !bus.IsPermanent(err) {
				t.Errorf("error is %v, want a permanent one", err)
			}
			if after := len(h.log(t)); after != before {
				t.Errorf("%d events followed", after-before)
			}
		})
	}
}

func TestPoliciesAndEventsThatCannotBeRead(t *testing.T) {
	h := newHistory(t)
	i := newInstance(h.store)
	h.happens(t, meetup.Stream("m-2"), "Ann", meetup.Cancelled{ActorName: "Ann"})
	h.append(t, event.Envelope{Type: "meetup.exploded", Version: 1, Stream: meetup.Stream("m-3"), Actor: "Ann", Data: []byte("{}")})
	h.append(t, event.Envelope{Type: "room.user-left", Version: 99, Stream: room.Stream("r-2"), Actor: "Ann", Data: []byte("{}")})
	for _, e := range h.events {
		if err := i.handle[e.Stream.Topic()][0](context.Background(), []event.Envelope{e}); !bus.IsPermanent(err) {
			t.Errorf("%s in %s: error is %v, want a permanent one", e.Type, e.Stream, err)
		}
	}
	lost := event.Envelope{Type: "meetup.cancelled", Version: 1, Stream: meetup.Stream("m-4"), Sequence: 3, Data: []byte("{}")}
	if err := i.handle["meetup-events"][0](context.Background(), []event.Envelope{lost}); err == nil || bus.IsPermanent(err) {
		t.Errorf("events that the store lacks: error is %v, want one that has them delivered again", err)
	}
}

// TestAttendeesAreTheRoomsPeople has people join and leave at random, also while the
// meetup is planned, and delivers that in any order (D-10, D-11).
func TestAttendeesAreTheRoomsPeople(t *testing.T) {
	people := []string{"Ann", "Bob", "Cleo", "Dan", "Eve"}
	for seed := range uint64(20) {
		h, random := newHistory(t), lot(seed)
		one, two := newInstance(h.store), newInstance(h.store)
		one.inRoom(t, "kitchen", "Ann", func(r *room.Room) ([]any, error) {
			return r.Create(room.Person{ID: "Ann", Name: "Ann"}, "Kitchen", "", []string{"Bob", "Cleo"})
		})
		stir := func() {
			for range random.IntN(6) {
				person := people[1+random.IntN(len(people)-1)]
				var in bool
				if err := two.rooms.Read(context.Background(), room.Stream("kitchen"), func(r *room.Room) { in = r.IsMember(person) }); err != nil {
					t.Fatal(err)
				}
				if in {
					one.leaves(t, "kitchen", person)
				} else {
					two.invites(t, "kitchen", "Ann", person)
				}
			}
		}
		stir()
		var members []string
		var sequence int64
		if err := one.rooms.Read(context.Background(), room.Stream("kitchen"), func(r *room.Room) { members, sequence = slices.Clone(r.Members), r.Sequence }); err != nil {
			t.Fatal(err)
		}
		stir() // the meetup is planned on what the room was
		one.on(t, "Ann", func(m *meetup.Meetup) ([]any, error) {
			return m.Create(meetup.Person{ID: "Ann", Name: "Ann"}, meetup.Plan{Name: "Dinner", When: tomorrow, AttendeeIDs: members, RoomID: "kitchen", RoomSequence: sequence}, noon)
		})
		h.delivered(t, random, one, two)
		one.agree(t, "kitchen")
		stir()
		stir()
		h.delivered(t, random, one, two)
		if one.agree(t, "kitchen"); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestPeopleComeAndGoWhileTheyAreFollowed runs two instances at once, while somebody
// joins and leaves in a third.
func TestPeopleComeAndGoWhileTheyAreFollowed(t *testing.T) {
	h := newHistory(t)
	one, two, desk := newInstance(h.store), newInstance(h.store), newInstance(h.store)
	desk.plans(t)
	h.delivered(t, lot(1), one)
	begun := len(h.log(t))
	for range 30 {
		desk.leaves(t, "dinner", "Cleo")
		events := h.log(t)[begun:]
		var working sync.WaitGroup
		for _, i := range []*instance{one, two} {
			working.Go(func() { until(t, i.handle["room-events"][0], events) })
		}
		desk.invites(t, "dinner", "Ann", "Cleo")
		working.Wait()
		begun += len(events)
	}
	h.delivered(t, lot(2), one, two)
	desk.agree(t, "dinner", "Ann", "Bob", "Cleo")
}

// meanwhile is a log that something happens to before an instance first appends to it.
type meanwhile struct {
	eventstore.Store
	once sync.Once
	do   func()
}

func (m *meanwhile) Append(ctx context.Context, stream event.Stream, expected int64, events []event.Envelope) error {
	m.once.Do(m.do)
	return m.Store.Append(ctx, stream, expected, events)
}

// TestWhoComesBackMeanwhile: an instance that has seen somebody out of the room writes
// that after they are back, and after another instance has found nothing to do about it.
func TestWhoComesBackMeanwhile(t *testing.T) {
	h := newHistory(t)
	desk := newInstance(h.store)
	desk.plans(t)
	h.delivered(t, lot(1), desk)
	desk.leaves(t, "dinner", "Cleo")
	events := h.log(t)
	slow := newInstance(&meanwhile{Store: h.store, do: func() {
		desk.invites(t, "dinner", "Ann", "Cleo")
		until(t, newInstance(h.store).handle["room-events"][0], h.log(t)[len(events):])
	}})
	until(t, slow.handle["room-events"][0], events[len(events)-1:])
	desk.agree(t, "dinner", "Ann", "Bob", "Cleo")
	if n := h.count(t, "meetup.attendee-left"); n != 1 {
		t.Errorf("Cleo has left %d times: the instance was not interrupted", n)
	}
}

// TestLeavingEndsThePoll: a vote that is missing no longer ends the poll, once, and the
// poll moves the meetup.
func TestLeavingEndsThePoll(t *testing.T) {
	for seed := range uint64(5) {
		h, random := newHistory(t), lot(seed)
		one, two := newInstance(h.store), newInstance(h.store)
		one.plans(t)
		h.delivered(t, random, one, two)
		one.votes(t, "Ann", 0)
		one.votes(t, "Bob", 0)
		one.leaves(t, "dinner", "Cleo")
		events := h.log(t)
		var working sync.WaitGroup
		for _, i := range []*instance{one, two, one, two} {
			working.Go(func() { until(t, i.handle["room-events"][0], events[len(events)-1:]) })
		}
		working.Wait()
		h.delivered(t, random, one, two)
		for name, want := range map[string]int{"meetup.attendee-left": 1, "meetup.poll-closed": 1, "meetup.rescheduled": 1} {
			if n := h.count(t, name); n != want {
				t.Errorf("%s is there %d times, want %d", name, n, want)
			}
		}
		kinds, texts := h.room(t, "dinner")
		if want := []string{"room-created", "meetup-created", "poll-created", "user-left", "poll-closed", "meetup-rescheduled"}; !slices.Equal(kinds, want) {
			t.Errorf("the room shows %v, want %v", kinds, want)
		}
		if last, want := texts[len(texts)-1], "The poll “When?” moved “Dinner” from "; !strings.HasPrefix(last, want) {
			t.Errorf("the move is told as %q", last)
		}
		one.agree(t, "dinner", "Ann", "Bob")
	}
}

// crashing is a log that one process works on until it crashes: at its step number at,
// before that is done or, where after is set, when it is.
type crashing struct {
	eventstore.Store
	at, step int
	after    bool
}

var errCrashed = &event.Refusal{Kind: event.Unavailable, Detail: "The process is gone."}

// crashed counts a step and reports whether the process is gone before it.
func (c *crashing) crashed() bool {
	c.step++
	return c.step > c.at+1 || c.step == c.at+1 && !c.after
}

// lost reports whether the process is gone after the step.
func (c *crashing) lost() bool { return c.step > c.at }

func (c *crashing) Append(ctx context.Context, stream event.Stream, expected int64, events []event.Envelope) error {
	if c.crashed() {
		return errCrashed
	}
	err := c.Store.Append(ctx, stream, expected, events)
	if c.lost() {
		return errCrashed
	}
	return err
}

func (c *crashing) Load(ctx context.Context, stream event.Stream, after int64, limit int) ([]event.Envelope, error) {
	if c.crashed() {
		return nil, errCrashed
	}
	events, err := c.Store.Load(ctx, stream, after, limit)
	if c.lost() {
		return nil, errCrashed
	}
	return events, err
}

// TestPoliciesThatCrash ends the process at each step of the chain in turn: what is in
// the log then is delivered to another process, and ends in the same state.
func TestPoliciesThatCrash(t *testing.T) {
	for _, after := range []bool{false, true} {
		for at := 0; ; at++ {
			h := newHistory(t)
			desk := newInstance(h.store)
			desk.plans(t)
			desk.vote(t)
			dying := &crashing{Store: h.store, at: at, after: after}
			process := newInstance(dying)
			for done := 0; ; {
				events := h.log(t)[done:]
				if len(events) == 0 {
					break
				}
				done += len(events)
				for _, e := range events {
					for _, handle := range process.handle[e.Stream.Topic()] {
						_ = handle(context.Background(), []event.Envelope{e}) // the next process is handed it again
					}
				}
			}
			h.delivered(t, lot(uint64(at)), newInstance(h.store))
			h.wantChain(t)
			desk.agree(t, "dinner", "Ann", "Bob", "Cleo")
			if t.Failed() {
				t.Fatalf("with a crash at step %d (after it: %t)", at, after)
			}
			if dying.step <= at {
				break // it has got by without that step
			}
		}
	}
}

// TestFollowingThatCrashes is the same for somebody who leaves, whose vote was missing,
// and somebody who joins.
func TestFollowingThatCrashes(t *testing.T) {
	for _, after := range []bool{false, true} {
		for at := 0; ; at++ {
			h := newHistory(t)
			desk := newInstance(h.store)
			desk.plans(t)
			h.delivered(t, lot(1), desk)
			desk.votes(t, "Ann", 0)
			desk.votes(t, "Bob", 0)
			desk.leaves(t, "dinner", "Cleo")
			desk.invites(t, "dinner", "Bob", "Dan")
			dying := &crashing{Store: h.store, at: at, after: after}
			process := newInstance(dying)
			for _, e := range h.log(t) {
				for _, handle := range process.handle[e.Stream.Topic()] {
					_ = handle(context.Background(), []event.Envelope{e}) // the next process is handed it again
				}
			}
			h.delivered(t, lot(uint64(at)), newInstance(h.store))
			desk.agree(t, "dinner", "Ann", "Bob", "Dan")
			for _, kind := range []string{"poll-closed", "meetup-rescheduled"} { // unless Dan came first: then his vote is missing
				kinds, _ := h.room(t, "dinner")
				told := len(slices.DeleteFunc(kinds, func(k string) bool { return k != kind }))
				if happened := h.count(t, strings.Replace("meetup."+kind, "meetup-", "", 1)); told != happened || told > 1 {
					t.Errorf("%s happened %d times and is told %d times", kind, happened, told)
				}
			}
			if t.Failed() {
				t.Fatalf("with a crash at step %d (after it: %t)", at, after)
			}
			if dying.step <= at {
				break // it has got by without that step
			}
		}
	}
}

// TestStoreThatIsAway: nothing is parked for it.
func TestStoreThatIsAway(t *testing.T) {
	h := newHistory(t)
	desk := newInstance(h.store)
	desk.plans(t)
	h.delivered(t, lot(1), desk)
	desk.leaves(t, "dinner", "Cleo")
	events := h.log(t)
	for _, e := range []event.Envelope{events[1], events[len(events)-1]} {
		gone := newInstance(&crashing{Store: h.store, at: 0})
		err := gone.handle[e.Stream.Topic()][0](context.Background(), []event.Envelope{e})
		if err == nil || bus.IsPermanent(err) {
			t.Errorf("%s: error is %v, want one that has it delivered again", e.Type, err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := desk.handle["room-events"][0](ctx, events); err != nil {
		t.Error(err)
	}
}
