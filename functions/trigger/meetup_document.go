package trigger

import (
	"boochat/shared/event"
	"boochat/shared/meetup"
	"boochat/shared/view"
)

// remember keeps of an event what the state of a meetup does not: its place in the
// history of the plan, and that a calendar's entry is another now.
func remember(shown *view.Meetup, e event.Envelope, payload any) {
	moment := view.Moment{At: e.Time.Format(event.TimeLayout), ActorID: e.Actor}
	switch p := payload.(type) {
	case meetup.Created:
		moment.Kind = view.KindCreated
	case meetup.Updated:
		moment.Kind = view.KindUpdated
	case meetup.Rescheduled:
		moment.Kind, moment.PollID, moment.From, moment.To = view.KindRescheduled, p.PollID, at(p.From), at(p.To)
	case meetup.Relocated:
		moment.Kind, moment.PollID, moment.From, moment.To = view.KindRelocated, p.PollID, in(p.From), in(p.To)
	case meetup.Cancelled:
		moment.Kind, moment.Reason = view.KindCancelled, p.Reason
		shown.CancelReason = p.Reason
	default:
		return
	}
	if moment.Kind != view.KindCreated {
		shown.Revision++
	}
	shown.History = append(shown.History, moment)
	if more := len(shown.History) - view.MaxHistory; more > 0 {
		shown.History = shown.History[more:]
	}
}

func at(w meetup.When) *view.Setting { return setting(meetup.Choice{When: &w}) }

// in leaves out the place on the map, which the history would keep a hundred times.
func in(w meetup.Where) *view.Setting {
	return setting(meetup.Choice{Where: &meetup.Where{Location: w.Location}})
}

func setting(c meetup.Choice) *view.Setting {
	s := view.NewPollChoice(c)
	return &s
}

// show brings a document to a meetup's state. Lists without elements are lists all the
// same.
func show(d *view.Meetup, id string, m *meetup.Meetup) {
	*d = view.Meetup{
		ID: id, Name: m.Name, RoomID: m.RoomID, Location: m.Where.Location, Place: m.Where.Place,
		TakesPlaceOn: m.When.TakesPlaceOn, TimeZone: m.When.TimeZone, LocalTime: m.When.LocalTime, DurationMinutes: m.DurationMinutes,
		ImageURL: m.ImageURL, Status: view.Planned, CancelReason: d.CancelReason, OrganizerID: m.OrganizerID, AttendeeIDs: m.AttendeeIDs(),
		Attendees: make([]view.Attendee, len(m.Attendees)), Polls: make([]view.Poll, len(m.Polls)), Alerts: []view.Alert{},
		History: d.History, Revision: d.Revision, Sequence: m.Sequence,
	}
	if m.Cancelled {
		d.Status = view.Cancelled
	}
	for i, a := range m.Attendees {
		d.Attendees[i] = view.Attendee{ID: a.ID, RSVP: a.RSVP, NeedsConfirmation: a.NeedsConfirmation}
		count(&d.RSVPCounts, a.RSVP)
	}
	for i := range m.Polls {
		p := &m.Polls[i]
		d.Polls[i] = pollOf(p)
		if missing := p.Missing(); p.Active() && len(missing) > 0 {
			d.Alerts = append(d.Alerts, view.Alert{Type: alerts[p.Type], PollID: p.ID, Description: p.Description, UserIDs: missing})
		}
	}
}

func count(c *view.RSVPCounts, answer meetup.RSVP) {
	switch answer {
	case meetup.Yes:
		c.Yes++
	case meetup.No:
		c.No++
	case meetup.Maybe:
		c.Maybe++
	default:
		c.None++
	}
}

// alerts are the types of alerts (E-A1 to E-A3 of the parity list), by the poll's.
var alerts = map[meetup.PollType]string{
	meetup.Generic: view.PendingPoll, meetup.Reschedule: view.PendingReschedulePoll, meetup.Relocate: view.PendingRelocationPoll,
}

func pollOf(p *meetup.Poll) view.Poll {
	d := view.Poll{
		ID: p.ID, Type: p.Type, Description: p.Description, Status: view.Active, CreatorID: p.CreatorID,
		ParticipantIDs: append([]string{}, p.ParticipantIDs...), Choices: make([]view.PollChoice, len(p.Choices)),
		Votes: append([]meetup.Vote{}, p.Votes...), CreatedAt: p.CreatedAt.Format(event.TimeLayout), ClosesAt: p.ClosesAt,
	}
	for i, c := range p.Choices {
		d.Choices[i] = view.NewPollChoice(c)
	}
	if p.Outcome != nil {
		outcome := view.NewPollOutcome(*p.Outcome)
		d.Status, d.Outcome = view.Closed, &outcome
	}
	return d
}
