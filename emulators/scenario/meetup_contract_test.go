package scenario

import (
	"fmt"
	"maps"
	"strings"
)

// Parts of meetups that tests look into.
type (
	where struct {
		Text         string `json:"text"`
		TakesPlaceOn string `json:"takesPlaceOn"`
		TimeZone     string `json:"timeZone"`
		LocalTime    string `json:"localTime"`
		Location     string `json:"location"`
	}
	outcome struct {
		ChoiceIndex *int   `json:"choiceIndex"`
		Choice      *where `json:"choice"`
		Reason      string `json:"reason"`
		Tie         bool   `json:"tie"`
		Applied     bool   `json:"applied"`
	}
	vote struct {
		UserID      string `json:"userId"`
		ChoiceIndex int    `json:"choiceIndex"`
	}
	poll struct {
		ID             string   `json:"id"`
		Type           string   `json:"type"`
		Description    string   `json:"description"`
		Status         string   `json:"status"`
		CreatorID      string   `json:"creatorId"`
		ParticipantIDs []string `json:"participantIds"`
		Choices        []where  `json:"choices"`
		Votes          []vote   `json:"votes"`
		CreatedAt      string   `json:"createdAt"`
		ClosesAt       string   `json:"closesAt"`
		Outcome        *outcome `json:"outcome"`
	}
	alert struct {
		Type        string `json:"type"`
		PollID      string `json:"pollId"`
		Description string `json:"description"`
	}
	meetup struct {
		ID           string  `json:"id"`
		Name         string  `json:"name"`
		RoomID       string  `json:"roomId"`
		TakesPlaceOn string  `json:"takesPlaceOn"`
		TimeZone     string  `json:"timeZone"`
		LocalTime    string  `json:"localTime"`
		Location     string  `json:"location"`
		ImageURL     string  `json:"imageUrl"`
		Duration     int     `json:"durationMinutes"`
		Status       string  `json:"status"`
		Organizer    someone `json:"organizer"`
		Attendees    []struct {
			someone
			RSVP              string `json:"rsvp"`
			NeedsConfirmation bool   `json:"needsConfirmation"`
		} `json:"attendees"`
		RSVPCounts map[string]int `json:"rsvpCounts"`
		Polls      []poll         `json:"polls"`
		Alerts     []alert        `json:"alerts"`
		History    []struct {
			Kind, ActorID, PollID, Reason string
			From, To                      *where
		} `json:"history"`
		Sequence int64 `json:"sequence"`
	}
	planned struct{ MeetupID, RoomID string }
	voted   struct {
		PollStatus string   `json:"pollStatus"`
		Outcome    *outcome `json:"outcome"`
	}
)

// dinner is what a meetup needs, far from now.
func dinner() fields {
	return fields{"name": "Dinner", "location": "Luigi's", "takesPlaceOn": "2031-07-01T18:00:00Z", "timeZone": "Europe/Berlin", "attendeeIds": []string{}}
}

// with gives fields and one more, or another.
func with(rest fields, name string, value any) fields {
	body := maps.Clone(rest)
	body[name] = value
	return body
}

// texts gives the choices of a generic poll.
func texts(words ...string) []fields {
	choices := []fields{}
	for _, word := range words {
		choices = append(choices, fields{"text": word})
	}
	return choices
}

// plan has somebody plan a dinner that is as given, and waits until it is shown.
func (p *person) plan(given fields) (created planned) {
	p.t.Helper()
	body := dinner()
	maps.Copy(body, given)
	p.post("create-meetup", body).want(201, shapePlanned).into(&created)
	p.meetup(created.MeetupID, func(meetup) error { return nil })
	return created
}

// newMeetup has somebody plan a dinner in a room, and gives its id.
func (p *person) newMeetup(roomID string) string {
	p.t.Helper()
	return p.plan(fields{"roomId": roomID}).MeetupID
}

// ask has somebody make a poll, and gives its id.
func (p *person) ask(meetupID string, given fields) string {
	p.t.Helper()
	body := fields{"meetupId": meetupID, "description": "What then?"}
	maps.Copy(body, given)
	var asked struct{ PollID string }
	p.post("create-poll", body).want(201, shapeAsked).into(&asked)
	return asked.PollID
}

// atPoll has somebody make a poll, and gives the fields that name it.
func (p *person) atPoll(meetupID string) fields {
	p.t.Helper()
	return fields{"meetupId": meetupID, "pollId": p.ask(meetupID, fields{"type": "generic", "choices": texts("Red", "White")})}
}

// vote has somebody vote.
func (p *person) vote(meetupID, pollID string, choice int) (answer voted) {
	p.t.Helper()
	p.post("cast-poll-vote", fields{"meetupId": meetupID, "pollId": pollID, "choiceIndex": choice}).want(200, shapeVoted).into(&answer)
	return answer
}

// answers has somebody say whether they come.
func (p *person) answers(meetupID, rsvp string) (sequence int64) {
	p.t.Helper()
	return p.post("change-rsvp", fields{"meetupId": meetupID, "rsvp": rsvp}).sequence()
}

// meetup reads a meetup once a condition holds.
func (p *person) meetup(id string, condition func(meetup) error) (m meetup) {
	p.t.Helper()
	eventually(p.t, func() error {
		a := p.get("/v1/meetups/" + id)
		if a.Status != 200 {
			return fmt.Errorf("meetup is answered %d %s", a.Status, a.Body)
		}
		m = meetup{}
		a.want(200, shapeMeetup).into(&m)
		return condition(m)
	})
	return m
}

// at is the condition that a meetup shows a sequence.
func at(sequence int64) func(meetup) error {
	return func(m meetup) error {
		if m.Sequence < sequence {
			return fmt.Errorf("meetup shows %d, not %d", m.Sequence, sequence)
		}
		return nil
	}
}

// meetups lists somebody's meetups once a condition holds.
func (p *person) meetups(parameters string, condition func([]meetup) error) (list []meetup) {
	p.t.Helper()
	eventually(p.t, func() error {
		var answer struct{ Meetups []meetup }
		p.get("/v1/meetups"+parameters).want(200, shapeMeetups).into(&answer)
		list = answer.Meetups
		return condition(list)
	})
	return list
}

// attended is an error unless just these people attend.
func (m meetup) attended(people ...*person) error {
	var got []string
	for _, a := range m.Attendees {
		got = append(got, a.ID)
	}
	if sorted(got) != sorted(ids(people)) {
		return fmt.Errorf("attendees are %v, want %v", got, ids(people))
	}
	return nil
}

// takesPlace is an error unless the meetup is at that time.
func (m meetup) takesPlace(want where) error {
	if got := (where{TakesPlaceOn: m.TakesPlaceOn, TimeZone: m.TimeZone, LocalTime: m.LocalTime}); got != want {
		return fmt.Errorf("meetup is at %+v, not %+v", got, want)
	}
	return nil
}

// rsvp is somebody's answer; "!" says that it is to be confirmed.
func (m meetup) rsvp(p *person) string {
	for _, a := range m.Attendees {
		if a.ID == p.ID {
			return a.RSVP + map[bool]string{true: "!"}[a.NeedsConfirmation]
		}
	}
	return "not invited"
}

// rsvps are the answers of people, in their order.
func (m meetup) rsvps(people ...*person) string {
	var list []string
	for _, p := range people {
		list = append(list, m.rsvp(p))
	}
	return strings.Join(list, " ")
}

// poll finds a poll of the meetup.
func (m meetup) poll(id string) poll {
	for _, p := range m.Polls {
		if p.ID == id {
			return p
		}
	}
	return poll{}
}

// announced waits until a room is told of so many facts of meetups, and gives these.
func (p *person) announced(roomID string, n int) (told []item) {
	p.t.Helper()
	eventually(p.t, func() error {
		var page page
		p.get("/v1/rooms/"+roomID+"/items?limit=200").want(200, shapePage).into(&page)
		told = nil
		for _, it := range page.Items {
			if it.Announcement != nil && it.Announcement.Arguments["meetupId"] != "" {
				told = append(told, it)
			}
		}
		if len(told) < n {
			return fmt.Errorf("%d facts are told, not %d: %+v", len(told), n, told)
		}
		return nil
	})
	return told
}
