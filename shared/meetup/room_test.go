package meetup_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"boochat/shared/event"
	"boochat/shared/meetup"
)

// roomOf is the room as the meetup's policy sees it.
type roomOf struct {
	sequence int64
	members  map[string]bool
}

// follower is the policy at work on one fact of a room, about one person: it reads the
// room, has the meetup follow it, and reads the room again until that is as it was. In
// between, anything may happen.
type follower struct {
	person   string
	read     bool
	sequence int64
	in       bool
}

// step goes on by one step. It reports whether all is done.
func (f *follower) step(t *testing.T, r *roomOf, m *meetup.Meetup) bool {
	if !f.read {
		f.read, f.sequence, f.in = true, r.sequence, r.members[f.person]
		return false
	}
	events, err := m.FollowRoom(f.person, f.in, f.sequence, noon)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		m.Apply(event.Envelope{Sequence: m.Sequence + 1, Time: noon}, e)
	}
	f.read = false
	return r.members[f.person] == f.in
}

// TestTheRoomIsFollowed: facts of the room arrive in any order, as often as they like, and
// the policy is overtaken by the room and by itself. In the end the people of the room
// attend, and nobody else.
func TestTheRoomIsFollowed(t *testing.T) {
	for seed := range uint64(400) {
		random := rand.New(rand.NewPCG(seed, 5))
		r := &roomOf{sequence: 3, members: map[string]bool{"ann": true, "bob": true}}
		m := given(created("bob"), asked("a", pizza, soup))
		var waiting, working []*follower
		for changes := 0; changes < 30 || len(waiting)+len(working) > 0; {
			switch random.IntN(3) {
			case 0: // somebody comes or goes, or says something, and the policy hears of it, perhaps twice
				if changes++; changes > 30 {
					break
				}
				person := []string{"ann", "bob", "cem", "dee"}[random.IntN(4)]
				r.sequence += 1 + random.Int64N(2)
				r.members[person] = !r.members[person]
				for range 1 + random.IntN(2) {
					waiting = append(waiting, &follower{person: person})
				}
			case 1: // a fact arrives, whichever
				if len(waiting) > 0 {
					i := random.IntN(len(waiting))
					working = append(working, waiting[i])
					waiting = slices.Delete(waiting, i, i+1)
				}
			case 2:
				if len(working) > 0 {
					if i := random.IntN(len(working)); working[i].step(t, r, m) {
						working = slices.Delete(working, i, i+1)
					}
				}
			}
		}
		var members []string
		for id, in := range r.members {
			if in {
				members = append(members, id)
			}
		}
		slices.Sort(members)
		if got := slices.Sorted(slices.Values(m.AttendeeIDs())); !slices.Equal(got, members) {
			t.Errorf("E-T3, seed %d: %v attend, in the room are %v", seed, got, members)
		}
		if p := m.Polls[0]; p.Active() && fmt.Sprint(p.ParticipantIDs) != fmt.Sprint(m.AttendeeIDs()) {
			t.Errorf("E-P4, seed %d: %v take part, %v attend", seed, p.ParticipantIDs, m.AttendeeIDs())
		}
	}
}
