package trigger_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"boochat/shared/catalogue"
	"boochat/shared/event"
	"boochat/shared/meetup"
	"boochat/shared/view"
	"boochat/shared/zone"
)

// chance decides at random on a meetup, as people and the clock do.
type chance struct {
	*rand.Rand
	m      *meetup.Meetup
	now    time.Time
	room   int64 // its sequence
	nextID int
}

func pick[T any](c *chance, of ...T) T { return of[c.IntN(len(of))] }

func (c *chance) person() meetup.Person {
	id := pick(c, "Ann", "Bob", "Cleo", "Dan")
	return meetup.Person{ID: id, Name: id}
}

// poll is mostly one that is open.
func (c *chance) poll() meetup.Poll {
	var open []meetup.Poll
	for _, p := range c.m.Polls {
		if p.Active() {
			open = append(open, p)
		}
	}
	switch {
	case len(open) > 0 && c.IntN(5) > 0:
		return pick(c, open...)
	case len(c.m.Polls) > 0:
		return pick(c, c.m.Polls...)
	default:
		return meetup.Poll{}
	}
}

// when is one of few times, so that choices meet the date that is set.
func (c *chance) when() *meetup.When { return new(pick(c, saturday, sunday)) }

func (c *chance) choice(kind meetup.PollType) meetup.Choice {
	switch kind {
	case meetup.Reschedule:
		return meetup.Choice{When: c.when()}
	case meetup.Relocate:
		return meetup.Choice{Where: new(pick(c, park, lake))}
	default:
		return meetup.Choice{Text: pick(c, "a", "b", "c")}
	}
}

// decide gives an actor and what comes of what they do: mostly something, or a refusal.
func (c *chance) decide() (actor string, events []any, err error) {
	by := c.person()
	switch c.IntN(16) {
	case 0, 7:
		c.nextID++
		kind := pick(c, meetup.Generic, meetup.Reschedule, meetup.Relocate)
		q := meetup.Question{ID: string(rune('a' + c.nextID)), Type: kind, Description: "Which?", Choices: []meetup.Choice{c.choice(kind), c.choice(kind)}}
		if c.IntN(2) == 0 {
			q.ClosesAt = c.now.Add(time.Hour).Format(event.TimeLayout)
		}
		events, err = c.m.Ask(by, q, c.now)
	case 1:
		events, err = c.m.Answer(by.ID, pick(c, meetup.Yes, meetup.No, meetup.Maybe))
	case 2:
		events, err = c.m.WithdrawVote(by.ID, c.poll().ID, c.now)
	case 3:
		events, err = c.m.ClosePoll(by, c.poll().ID, pick(c, nil, new(0)), c.now)
	case 4:
		events, err = c.m.Update(by, meetup.Change{When: c.when(), Name: new(pick(c, "Picnic", "Feast"))}, c.now)
	case 5:
		p := c.poll()
		events, err = c.m.AddChoice(by.ID, p.ID, c.choice(p.Type), c.now)
	case 6:
		c.room++
		actor, person := "", c.person().ID
		events, err = c.m.FollowRoom(person, !c.m.Attends(person), c.room, c.now)
		return actor, events, err
	case 8:
		events, err = c.m.Due(c.now, zone.At)
		return "", events, err
	case 9:
		if c.IntN(20) == 0 {
			events, err = c.m.Cancel(by, "Rain")
		}
	default:
		events, err = c.m.CastVote(by, c.poll().ID, c.IntN(2), c.now)
	}
	return by.ID, events, err
}

// TestRandomHistoriesOfAMeetup has people and the clock do what they like. Whatever
// that is, the document says one thing, and all ways of delivery lead to it.
func TestRandomHistoriesOfAMeetup(t *testing.T) {
	const steps = 120
	moves, polls := 0, 0
	for seed := range uint64(10) {
		h := newHistory(t)
		picnic := meetup.Stream("picnic")
		c := &chance{Rand: rand.New(rand.NewPCG(seed, 2)), m: meetup.New(), room: 1}
		views := readDocuments(t)
		project := projections["meetup-events"](h, views)
		closed := map[string]string{} // polls, by id
		appends := func(actor string, events ...any) {
			before := len(h.events)
			h.happens(t, picnic, actor, events...)
			for _, e := range h.events[before:] {
				payload, err := catalogue.Events.Decode(e)
				if err != nil {
					t.Fatal(err)
				}
				c.m.Apply(e, payload)
				until(t, project, []event.Envelope{e})
			}
			shown, _, err := view.Get[view.Meetup](t.Context(), views, view.MeetupPath("picnic"))
			if err != nil {
				t.Fatal(err)
			}
			isConsistent(t, shown, closed)
		}
		appends("Ann", meetup.Created{Name: "Picnic", Where: park, When: saturday, AttendeeIDs: []string{"Ann", "Bob", "Cleo"}, RoomID: "kitchen", RoomSequence: 1})
		for range steps {
			c.now = noon.Add(time.Duration(len(h.events)) * time.Second)
			if c.IntN(10) == 0 { // the clock runs ahead of what is written
				c.now = c.now.AddDate(0, 0, c.IntN(3))
			}
			if actor, events, err := c.decide(); err == nil {
				appends(actor, events...)
			}
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
		for _, e := range h.events {
			if e.Type == "meetup.rescheduled" || e.Type == "meetup.relocated" {
				moves++
			}
		}
		polls += len(closed)

		shuffled := slices.Concat(h.events, h.events[:c.IntN(len(h.events))])
		c.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		again := readDocuments(t)
		until(t, projections["meetup-events"](h, again), bunches(c.Rand, shuffled)...)
		if same(t, documents(t, again), documents(t, views)); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if moves < 5 || polls < 20 {
		t.Errorf("%d moves and %d closed polls: this shows little", moves, polls)
	}
}

// isConsistent checks that a document agrees with itself and with what was shown before.
func isConsistent(t *testing.T, m view.Meetup, closed map[string]string) {
	t.Helper()
	var ids []string
	var counts view.RSVPCounts
	for _, a := range m.Attendees {
		ids = append(ids, a.ID)
		*map[meetup.RSVP]*int{meetup.Yes: &counts.Yes, meetup.No: &counts.No, meetup.Maybe: &counts.Maybe, meetup.None: &counts.None}[a.RSVP]++
	}
	if !slices.Equal(ids, m.AttendeeIDs) || counts != m.RSVPCounts || len(ids) > 0 != slices.Contains(ids, m.OrganizerID) {
		t.Errorf("attendees are %+v, %v, organized by %q, and counted %+v", m.Attendees, m.AttendeeIDs, m.OrganizerID, m.RSVPCounts)
	}
	alerts := map[string][]string{}
	for _, a := range m.Alerts {
		alerts[a.PollID] = a.UserIDs
	}
	for _, p := range m.Polls {
		var missing []string
		for _, id := range p.ParticipantIDs {
			if p.Status == view.Active && !slices.ContainsFunc(p.Votes, func(v meetup.Vote) bool { return v.UserID == id }) {
				missing = append(missing, id)
			}
		}
		if !slices.Equal(alerts[p.ID], missing) || p.Status == view.Active && m.Status == view.Cancelled {
			t.Errorf("alerts are %+v, of poll %+v", m.Alerts, p)
		}
		delete(alerts, p.ID)
		applied := 0
		for _, moment := range m.History {
			if moment.PollID == p.ID {
				applied++
			}
		}
		if want := p.Outcome != nil && p.Outcome.Applied; want && applied != 1 || !want && applied > 0 {
			t.Errorf("poll %s has moved the meetup %d times, with outcome %+v", p.ID, applied, p.Outcome)
		}
		if before, known := closed[p.ID]; known && before != encoded(t, p) {
			t.Errorf("a closed poll was %s, and is %s", before, encoded(t, p))
		}
		if p.Status == view.Closed {
			closed[p.ID] = encoded(t, p)
		}
	}
	if len(alerts) > 0 {
		t.Errorf("alerts of no poll: %v", alerts)
	}
}
