package meetup

import (
	"maps"
	"slices"

	"boochat/shared/event"
)

// Clone copies the state.
func (m *Meetup) Clone() *Meetup {
	c := *m
	c.Attendees, c.InRoomAt, c.Polls = slices.Clone(m.Attendees), maps.Clone(m.InRoomAt), slices.Clone(m.Polls)
	for i := range c.Polls {
		c.Polls[i] = c.Polls[i].clone()
	}
	return &c
}

func (p Poll) clone() Poll {
	p.ParticipantIDs, p.Choices, p.Votes = slices.Clone(p.ParticipantIDs), slices.Clone(p.Choices), slices.Clone(p.Votes)
	p.Reached = slices.Clone(p.Reached)
	for i := range p.Reached {
		p.Reached[i].At = slices.Clone(p.Reached[i].At)
	}
	return p
}

// Apply folds one event into the state.
func (m *Meetup) Apply(e event.Envelope, payload any) {
	switch p := payload.(type) {
	case Created:
		m.create(e, p)
	case Updated:
		m.Name, m.DurationMinutes = p.Name, p.DurationMinutes
	case Rescheduled:
		m.When, m.SetAt, m.RemindedMinutes = p.To, e.Time, 0
		m.moved()
	case Relocated:
		m.Where = p.To
		m.moved()
	case Cancelled:
		m.Cancelled = true
	case ImageChanged:
		m.ImageURL = p.ImageURL
	case RSVPChanged:
		if i := m.attendee(e.Actor); i >= 0 {
			m.Attendees[i].RSVP, m.Attendees[i].NeedsConfirmation = p.RSVP, false
		}
	case AttendeeJoined:
		m.join(p)
	case AttendeeLeft:
		m.leave(p)
	case PollCreated:
		m.Polls = append(m.Polls, Poll{
			ID: p.PollID, Type: p.Type, Description: p.Description, CreatorID: e.Actor, ParticipantIDs: slices.Clone(p.ParticipantIDs),
			Choices: slices.Clone(p.Choices), Reached: make([]Tally, len(p.Choices)), ClosesAt: p.ClosesAt, CreatedAt: e.Time,
		})
	case ReminderDue:
		m.RemindedMinutes = p.MinutesBefore
	default:
		m.applyToPoll(e, payload)
	}
	m.Sequence = e.Sequence
}

func (m *Meetup) create(e event.Envelope, p Created) {
	m.Name, m.Where, m.When, m.DurationMinutes, m.ImageURL = p.Name, p.Where, p.When, p.DurationMinutes, p.ImageURL
	m.RoomID, m.OrganizerID, m.SetAt, m.RoomSequence, m.InRoomAt = p.RoomID, e.Actor, e.Time, p.RoomSequence, map[string]int64{}
	for _, id := range p.AttendeeIDs {
		rsvp := None
		if id == e.Actor {
			rsvp = Yes // E-T9 of the parity list
		}
		m.Attendees = append(m.Attendees, Attendee{ID: id, RSVP: rsvp})
	}
}

// moved has all answers confirmed anew.
func (m *Meetup) moved() {
	for i := range m.Attendees {
		m.Attendees[i].NeedsConfirmation = m.Attendees[i].RSVP != None
	}
}

func (m *Meetup) join(p AttendeeJoined) {
	m.InRoomAt[p.UserID] = p.RoomSequence
	m.Attendees = append(m.Attendees, Attendee{ID: p.UserID, RSVP: None})
	for i := range m.Polls {
		if m.Polls[i].Active() {
			m.Polls[i].ParticipantIDs = append(m.Polls[i].ParticipantIDs, p.UserID)
		}
	}
	if m.OrganizerID == "" {
		m.OrganizerID = p.UserID
	}
}

func (m *Meetup) leave(p AttendeeLeft) {
	m.InRoomAt[p.UserID] = p.RoomSequence
	m.Attendees = slices.DeleteFunc(m.Attendees, func(a Attendee) bool { return a.ID == p.UserID })
	for i := range m.Polls {
		if poll := &m.Polls[i]; poll.Active() {
			poll.withdraw(p.UserID)
			poll.ParticipantIDs = slices.DeleteFunc(poll.ParticipantIDs, func(id string) bool { return id == p.UserID })
		}
	}
	if m.OrganizerID == p.UserID {
		m.OrganizerID = ""
		if len(m.Attendees) > 0 {
			m.OrganizerID = m.Attendees[0].ID
		}
	}
}

func (m *Meetup) applyToPoll(e event.Envelope, payload any) {
	switch p := payload.(type) {
	case PollChoiceAdded:
		if poll := m.Poll(p.PollID); poll != nil {
			poll.Choices, poll.Reached = append(poll.Choices, p.Choice), append(poll.Reached, Tally{})
		}
	case PollVoteCast:
		if poll := m.Poll(p.PollID); poll != nil {
			poll.withdraw(e.Actor)
			poll.Votes = append(poll.Votes, Vote{UserID: e.Actor, ChoiceIndex: p.ChoiceIndex})
			poll.Reached[p.ChoiceIndex].At = append(poll.Reached[p.ChoiceIndex].At, e.Sequence)
		}
	case PollVoteWithdrawn:
		if poll := m.Poll(p.PollID); poll != nil {
			poll.withdraw(e.Actor)
		}
	case PollClosed:
		if poll := m.Poll(p.PollID); poll != nil {
			poll.Outcome = &p.Outcome
		}
	case NudgeDue:
		if poll := m.Poll(p.PollID); poll != nil {
			poll.Nudged = true
		}
	}
}

// withdraw takes somebody's vote out, if there is one.
func (p *Poll) withdraw(person string) {
	i := p.vote(person)
	if i < 0 {
		return
	}
	reached := &p.Reached[p.Votes[i].ChoiceIndex]
	p.Votes = slices.Delete(p.Votes, i, i+1)
	reached.At = reached.At[:len(reached.At)-1]
}
