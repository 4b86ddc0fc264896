package meetup_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/meetup"
)

// TestRandomHistories: whatever people do, and in whatever order, some things hold.
func TestRandomHistories(t *testing.T) {
	closings, moves, reminders := 0, 0, 0
	for seed := range uint64(100) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			h := begin(t, seed)
			for range 120 {
				h.step()
				h.check()
			}
			h.runDue()
			h.check()
			h.checkReplay()
			closings, moves, reminders = closings+len(h.closed), moves+h.moves, reminders+h.reminders
		})
	}
	if closings < 150 || moves < 100 || reminders < 30 {
		t.Errorf("%d polls closed, %d moves, %d reminders: histories are too dull to show anything", closings, moves, reminders)
	}
}

// history is a meetup in the making, beside a plain record of what happened to it.
type history struct {
	t      *testing.T
	random *rand.Rand
	now    time.Time
	room   int64 // its sequence
	m      *meetup.Meetup
	facts  []event.Envelope
	data   []any

	answers   map[string]meetup.RSVP    // of who attends
	votes     map[string]map[string]int // by poll and person, of polls that are open
	rises     map[string][]rise         // by poll
	closed    map[string]string         // by poll, as it was when it closed
	moves     int
	reminders int
}

// rise is that a choice came to have so many votes.
type rise struct{ choice, count int }

var people = []meetup.Person{ann, bob, cem, dee, {ID: "eve", Name: "Eve"}, {ID: "fay", Name: "Fay"}}

func begin(t *testing.T, seed uint64) *history {
	h := &history{
		t: t, random: rand.New(rand.NewPCG(seed, 4)), now: noon, room: 3, m: meetup.New(),
		answers: map[string]meetup.RSVP{}, votes: map[string]map[string]int{}, rises: map[string][]rise{}, closed: map[string]string{},
	}
	h.decide(ann, create(ann, dinner("bob", "cem")))
	return h
}

// step lets somebody do something, which need not make sense.
func (h *history) step() {
	h.now = h.now.Add(time.Duration(h.random.Int64N(int64(8 * time.Hour)))).Truncate(time.Millisecond)
	by := people[h.random.IntN(len(people))]
	pollID, choice := fmt.Sprint("p-", h.random.IntN(6)), h.random.IntN(4)-h.random.IntN(2)
	when := h.date()
	where := meetup.Where{Location: []string{"Luigi's", "Park", "Lake"}[h.random.IntN(3)]}
	switch h.random.IntN(30) {
	case 0:
		h.decide(by, func(m *meetup.Meetup) ([]any, error) { return m.Update(by, meetup.Change{When: &when}, h.now) })
	case 1:
		h.decide(by, func(m *meetup.Meetup) ([]any, error) { return m.Update(by, meetup.Change{Where: &where}, h.now) })
	case 2:
		if h.random.IntN(20) == 0 {
			h.decide(by, func(m *meetup.Meetup) ([]any, error) { return m.Cancel(by, "") })
		}
	case 3, 4, 5:
		rsvp := []meetup.RSVP{meetup.Yes, meetup.No, meetup.Maybe}[h.random.IntN(3)]
		h.decide(by, func(m *meetup.Meetup) ([]any, error) { return m.Answer(by.ID, rsvp) })
	case 6, 7:
		h.room++
		h.decide(meetup.Person{}, func(m *meetup.Meetup) ([]any, error) { return m.FollowRoom(by.ID, true, h.room, h.now) })
	case 8:
		h.room++
		h.decide(meetup.Person{}, func(m *meetup.Meetup) ([]any, error) { return m.FollowRoom(by.ID, false, h.room, h.now) })
	case 9, 10, 11:
		h.decide(by, func(m *meetup.Meetup) ([]any, error) { return m.Ask(by, h.question(pollID), h.now) })
	case 12:
		h.decide(by, func(m *meetup.Meetup) ([]any, error) {
			return m.AddChoice(by.ID, pollID, meetup.Choice{When: &when}, h.now)
		})
	case 13:
		h.decide(by, func(m *meetup.Meetup) ([]any, error) { return m.ClosePoll(by, pollID, nil, h.now) })
	case 14:
		if h.random.IntN(3) == 0 {
			h.decide(by, func(m *meetup.Meetup) ([]any, error) { return m.ClosePoll(by, pollID, &choice, h.now) })
		}
	case 15, 16:
		h.decide(by, func(m *meetup.Meetup) ([]any, error) { return m.WithdrawVote(by.ID, pollID, h.now) })
	case 17:
		h.runDue()
	default:
		h.decide(by, func(m *meetup.Meetup) ([]any, error) { return m.CastVote(by, pollID, choice, h.now) })
	}
}

// date is one of a few times on the clocks, some of which have passed.
func (h *history) date() meetup.When {
	return at(h.now.Sub(noon).Truncate(day) + time.Duration(h.random.IntN(9)-1)*day)
}

func (h *history) question(id string) meetup.Question {
	q := meetup.Question{ID: id, Description: id + "?"}
	switch h.random.IntN(3) {
	case 0:
		q.Type, q.Choices = meetup.Generic, []meetup.Choice{pizza, soup, rice}
	case 1:
		q.Type, q.Choices = meetup.Relocate, []meetup.Choice{atLuigis, {Where: &meetup.Where{Location: "Park"}}, {Where: &meetup.Where{Location: "Lake"}}}
	case 2:
		one, other := h.date(), h.date()
		q.Type, q.Choices = meetup.Reschedule, []meetup.Choice{{When: &one}, {When: &other}}
	}
	if h.random.IntN(2) == 0 {
		q.ClosesAt = h.now.Add(time.Duration(h.random.IntN(72)) * time.Hour).Format(event.TimeLayout)
	}
	return q
}

// decide lets a decision be taken and what it gives happen. It gives how much that is.
func (h *history) decide(by meetup.Person, when decide) int {
	before := h.m.Clone()
	events, err := when(h.m)
	if !reflect.DeepEqual(h.m, before) {
		h.t.Fatalf("deciding has changed the meetup from %s to %s", shown([]any{before}), shown([]any{h.m}))
	}
	if err != nil && (event.KindOf(err) == 0 || len(events) > 0) {
		h.t.Fatalf("refused with %v and events %s", err, shown(events))
	}
	for i, e := range events {
		h.record(by.ID, e, events[i+1:])
		envelope := event.Envelope{Sequence: h.m.Sequence + 1, Time: h.now, Actor: by.ID}
		h.facts, h.data = append(h.facts, envelope), append(h.data, e)
		h.m.Apply(envelope, e)
		if p, ok := e.(meetup.PollClosed); ok {
			h.closed[p.PollID] = shown([]any{*h.poll(p.PollID)})
		}
	}
	return len(events)
}

func (h *history) poll(id string) *meetup.Poll {
	i := slices.IndexFunc(h.m.Polls, func(p meetup.Poll) bool { return p.ID == id })
	if i < 0 {
		h.t.Fatalf("there is no poll %s", id)
	}
	return &h.m.Polls[i]
}

// record notes what an event means, in the plainest way. next are those decided with it.
func (h *history) record(by string, e any, next []any) {
	if h.m.Cancelled {
		switch e.(type) {
		case meetup.AttendeeJoined, meetup.AttendeeLeft:
		default:
			h.t.Errorf("a cancelled meetup has changed: %s", shown([]any{e}))
		}
	}
	switch e := e.(type) {
	case meetup.Created:
		for _, id := range e.AttendeeIDs {
			h.answers[id] = meetup.None
		}
		h.answers[by] = meetup.Yes
	case meetup.RSVPChanged:
		h.answers[by] = e.RSVP
	case meetup.AttendeeJoined:
		h.answers[e.UserID] = meetup.None
	case meetup.AttendeeLeft:
		delete(h.answers, e.UserID)
		for _, votes := range h.votes {
			delete(votes, e.UserID)
		}
	case meetup.PollCreated:
		h.votes[e.PollID] = map[string]int{}
	case meetup.PollVoteCast:
		votes := h.votes[e.PollID]
		votes[by] = e.ChoiceIndex
		h.rises[e.PollID] = append(h.rises[e.PollID], rise{e.ChoiceIndex, count(votes, e.ChoiceIndex)})
	case meetup.PollVoteWithdrawn:
		delete(h.votes[e.PollID], by)
	case meetup.PollClosed:
		h.recordClosing(e, next)
	case meetup.Rescheduled, meetup.Relocated:
		h.moves++
	case meetup.ReminderDue:
		h.reminders++
	}
}

func count(votes map[string]int, choice int) int {
	n := 0
	for _, c := range votes {
		if c == choice {
			n++
		}
	}
	return n
}

// recordClosing holds the outcome to the votes, and the move to the outcome.
func (h *history) recordClosing(e meetup.PollClosed, next []any) {
	if _, again := h.closed[e.PollID]; again {
		h.t.Errorf("the poll %s has closed twice", e.PollID)
	}
	named := e.Outcome.Reason == meetup.ReasonClosed && !e.Outcome.Tie // perhaps by the organizer, whoever has the votes
	winner, tied := h.winner(e.PollID)
	switch o := e.Outcome; {
	case o.ChoiceIndex == nil && winner >= 0, o.ChoiceIndex != nil && !named && (*o.ChoiceIndex != winner || o.Tie != tied):
		h.t.Errorf("the outcome is %s, want choice %d, a tie: %t", shown([]any{e}), winner, tied)
	case o.ChoiceIndex != nil && !reflect.DeepEqual(*o.Choice, h.poll(e.PollID).Choices[*o.ChoiceIndex]):
		h.t.Errorf("the outcome is %s of choices %s", shown([]any{e}), shown([]any{h.poll(e.PollID).Choices}))
	}
	delete(h.votes, e.PollID)

	move := ""
	if len(next) > 0 {
		switch n := next[0].(type) {
		case meetup.Rescheduled:
			move = n.PollID
		case meetup.Relocated:
			move = n.PollID
		}
	}
	if e.Outcome.Applied != (move == e.PollID) {
		h.t.Errorf("%s is followed by %s", shown([]any{e}), shown(next))
	}
}

// winner counts: of the choices with the most votes, the one that came to have so many
// the longest ago, at the last time it did.
func (h *history) winner(pollID string) (choice int, tied bool) {
	most, lastRise := 0, -1
	for c := range h.poll(pollID).Choices {
		n := count(h.votes[pollID], c)
		if n == 0 || n < most {
			continue
		}
		rose := lastIndex(h.rises[pollID], rise{c, n})
		switch {
		case n > most:
			most, lastRise, choice, tied = n, rose, c, false
		case rose < lastRise:
			lastRise, choice, tied = rose, c, true
		default:
			tied = true
		}
	}
	if most == 0 {
		return -1, false
	}
	return choice, tied
}

func lastIndex(rises []rise, r rise) int {
	for i := len(rises) - 1; i >= 0; i-- {
		if rises[i] == r {
			return i
		}
	}
	return -1
}

// runDue has everything done that is due, each at most once.
func (h *history) runDue() {
	next, expected := h.m.NextDue(decided)
	expected = expected && !next.After(h.now)
	for rounds := 0; ; rounds++ {
		n := h.decide(meetup.Person{}, func(m *meetup.Meetup) ([]any, error) { return m.Due(h.now, decided) })
		if rounds == 0 && (n > 0) != expected {
			h.t.Fatalf("%d events are due at %s, and next is due at %s", n, h.now, next)
		}
		if n == 0 {
			break
		}
		if rounds > 20 {
			h.t.Fatal("there is no end to what is due")
		}
	}
	if next, ok := h.m.NextDue(decided); ok && !next.After(h.now) {
		h.t.Fatalf("all is done at %s, but something is due at %s", h.now, next)
	}
}

// check holds the state to the record.
func (h *history) check() {
	counts, listed := map[meetup.RSVP]int{}, map[meetup.RSVP]int{}
	for _, rsvp := range h.answers {
		counts[rsvp]++
	}
	for _, a := range h.m.Attendees {
		listed[a.RSVP]++
		if rsvp, attends := h.answers[a.ID]; !attends || a.RSVP != rsvp || a.RSVP == meetup.None && a.NeedsConfirmation {
			h.t.Errorf("%s has said %q, listed is %+v", a.ID, rsvp, a)
		}
	}
	if !reflect.DeepEqual(counts, listed) {
		h.t.Errorf("E-V1: the counts are %v, those of the list %v", counts, listed)
	}
	if (h.m.OrganizerID == "") != (len(h.answers) == 0) || h.m.OrganizerID != "" && !h.m.Attends(h.m.OrganizerID) {
		h.t.Errorf("E-T2: %q organizes for %v", h.m.OrganizerID, h.m.AttendeeIDs())
	}
	for i := range h.m.Polls {
		h.checkPoll(&h.m.Polls[i])
	}
	if h.t.Failed() {
		h.t.FailNow()
	}
}

func (h *history) checkPoll(p *meetup.Poll) {
	if !p.Active() {
		if now := shown([]any{*p}); now != h.closed[p.ID] {
			h.t.Errorf("E-P2: a closed poll has changed to %s from %s", now, h.closed[p.ID])
		}
		return
	}
	missing := []string{}
	for _, id := range h.m.AttendeeIDs() {
		if _, voted := h.votes[p.ID][id]; !voted {
			missing = append(missing, id)
		}
	}
	if !slices.Equal(p.Missing(), missing) || len(missing) == 0 || !slices.Equal(p.ParticipantIDs, h.m.AttendeeIDs()) {
		h.t.Errorf("E-A1, E-P4, E-P11: of %s the votes of %v are missing, want %v of %v", p.ID, p.Missing(), missing, h.m.AttendeeIDs())
	}
	if len(p.Votes) != len(h.votes[p.ID]) || len(p.Reached) != len(p.Choices) {
		h.t.Errorf("E-P5: the votes are %v, want %v", p.Votes, h.votes[p.ID])
	}
	for _, v := range p.Votes {
		if choice, ok := h.votes[p.ID][v.UserID]; !ok || choice != v.ChoiceIndex {
			h.t.Errorf("E-P5: the votes are %v, want %v", p.Votes, h.votes[p.ID])
		}
	}
	for i, tally := range p.Reached {
		if n := count(h.votes[p.ID], i); n != len(tally.At) || !slices.IsSorted(tally.At) {
			h.t.Errorf("choice %d has %d votes, and reached its counts at %v", i, n, tally.At)
		}
	}
}

// checkReplay: all facts again give the same state, with a snapshot in between or not.
func (h *history) checkReplay() {
	all, rest := meetup.New(), meetup.New()
	snapshotAt := h.random.IntN(len(h.facts))
	for i, e := range h.facts {
		all.Apply(e, h.data[i])
		rest.Apply(e, h.data[i])
		if i == snapshotAt {
			data, err := json.Marshal(rest)
			if err != nil {
				h.t.Fatal(err)
			}
			rest = meetup.New()
			if err := json.Unmarshal(data, rest); err != nil {
				h.t.Fatal(err)
			}
		}
	}
	if !reflect.DeepEqual(all, h.m) || shown([]any{rest}) != shown([]any{h.m}) {
		h.t.Errorf("the history leads to %s, with a snapshot after %d to %s, and has led to %s", shown([]any{all}), snapshotAt, shown([]any{rest}), shown([]any{h.m}))
	}
}
