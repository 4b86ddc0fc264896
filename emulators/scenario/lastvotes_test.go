package scenario

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

const (
	votings     = 200 // polls whose last two votes come at the same moment
	perMeetup   = 10  // of them, on one meetup
	votingHours = 24  // between two dates to choose from
)

// testLastVotes has the last two votes of many polls come at the same moment, each time
// from two clients: each poll is closed once, moves its meetup once, and is announced
// once (D-11, C-11).
func testLastVotes(t *testing.T, s *suite) {
	count := votings
	if s.Firestore() != nil {
		count = votings / 10 // the emulators take some tens of commands a second
	}
	for n := range count / perMeetup {
		t.Run(fmt.Sprint(n+1), func(t *testing.T) {
			ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
			lastVotesOnOneMeetup(t, ann, bob)
		})
	}
}

func lastVotesOnOneMeetup(t *testing.T, ann, bob *person) {
	base := time.Now().UTC().Truncate(time.Second).AddDate(1, 0, 0)
	date := func(day int) string {
		return base.Add(time.Duration(day) * votingHours * time.Hour).Format("2006-01-02T15:04:05.000Z")
	}
	var created struct{ MeetupID, RoomID string }
	ann.post("create-meetup", fields{
		"name": "Lunch", "location": "The park", "takesPlaceOn": date(0), "timeZone": "UTC", "attendeeIds": []string{bob.ID},
	}).want(201, `{"meetupId":"id","roomId":"id"}`).into(&created)
	var polls []string
	for n := range perMeetup {
		var poll struct{ PollID string }
		ann.post("create-poll", fields{
			"meetupId": created.MeetupID, "type": "reschedule", "description": "When?",
			"choices": []fields{{"takesPlaceOn": date(2*n + 1)}, {"takesPlaceOn": date(2*n + 2)}},
		}).want(201, `{"pollId":"id"}`).into(&poll)
		polls = append(polls, poll.PollID)
		closed := voteTogether(t, created.MeetupID, poll.PollID, ann, bob)
		if closed != 1 {
			t.Errorf("%d of the last two votes closed the poll", closed)
		}
	}
	checkMovedOnce(t, ann, created.MeetupID, created.RoomID, polls)
}

// voteTogether has everybody vote at once, and gives how many of them have closed the
// poll by it.
func voteTogether(t *testing.T, meetupID, pollID string, voters ...*person) (closed int) {
	var lock sync.Mutex
	var voting sync.WaitGroup
	start := make(chan struct{})
	for choice, voter := range voters {
		voting.Go(func() {
			<-start
			a, err := voter.Post(voter.ctx, "cast-poll-vote", fields{"meetupId": meetupID, "pollId": pollID, "choiceIndex": choice}, "")
			var answer struct{ PollStatus string }
			if err == nil {
				err = a.Into(&answer)
			}
			if err != nil || a.Status != 200 {
				t.Errorf("a vote was answered %d %s (%v)", a.Status, a.Body, err)
				return
			}
			lock.Lock()
			defer lock.Unlock()
			if answer.PollStatus == "closed" {
				closed++
			}
		})
	}
	close(start)
	voting.Wait()
	return closed
}

// checkMovedOnce waits until the room tells of all closings, and looks whether each poll
// was closed, and moved the meetup, once.
func checkMovedOnce(t *testing.T, p *person, meetupID, roomID string, polls []string) {
	t.Helper()
	var moves, told map[string]int // by poll; told is the last of its three announcements
	eventually(t, func() error {
		var shown struct {
			History []struct{ Kind, PollID string }
		}
		a := p.get("/v1/meetups/" + meetupID)
		if a.Status != 200 {
			return fmt.Errorf("the meetup is answered %d", a.Status)
		}
		a.into(&shown)
		moves, told = map[string]int{}, map[string]int{}
		for _, moment := range shown.History {
			if moment.Kind == "rescheduled" {
				moves[moment.PollID]++
			}
		}
		var items page
		p.get("/v1/rooms/"+roomID+"/items?limit=200").want(200, shapePage).into(&items)
		for _, i := range items.Items {
			if i.Announcement != nil && i.Announcement.Kind == "meetup-rescheduled" {
				told[i.Announcement.Arguments["pollId"]]++
			}
		}
		if len(moves) < len(polls) || len(told) < len(polls) {
			return fmt.Errorf("%d polls have moved the meetup, and %d are told of, of %d", len(moves), len(told), len(polls))
		}
		return nil
	})
	// The room was opened and told of the meetup, and three times of each poll; nothing else is to come.
	if next := p.say(roomID, "The end").Sequence; next != int64(2+3*len(polls)+1) {
		t.Errorf("the room is at %d after %d polls", next, len(polls))
	}
	for _, id := range polls {
		if moves[id] != 1 || told[id] != 1 {
			t.Errorf("poll %s moved the meetup %d times and was announced %d times", id, moves[id], told[id])
		}
	}
}
