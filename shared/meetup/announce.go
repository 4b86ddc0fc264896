package meetup

import (
	"time"

	"boochat/shared/event"
)

// Announcement is how the room of a meetup is told about a fact: as a kind with
// arguments, for clients that translate, and as English text. People are named in the
// text as they were called on the day, and never by their ids (D-25 of the parity list).
type Announcement struct {
	Kind      string
	Arguments map[string]string // those that apply: without one there is no such name
	Text      string
}

// Announces reports whether a room is told of events with such a payload.
func Announces(payload any) bool {
	_, ok := Announce(event.Envelope{}, payload, New())
	return ok
}

// Announce words a fact of a meetup, whose state m is the one that the fact has left.
// For what speaks for itself in the meetup, such as answers and votes, ok is false.
//
// Times in arguments are local times with the zone's offset, beside the zone's name, but
// for closesAt, which is in UTC.
func Announce(e event.Envelope, payload any, m *Meetup) (a Announcement, ok bool) {
	name := quoted(m.Name)
	switch p := payload.(type) {
	case Created:
		return m.announcement(e, "meetup-created", p.ActorName+" planned "+name+" for "+p.When.words()+" at "+p.Where.Location,
			"actorName", p.ActorName, "to", p.When.LocalTime, "toTimeZone", p.When.TimeZone, "location", p.Where.Location), true
	case Rescheduled:
		return m.announcement(e, "meetup-rescheduled", m.mover(p.PollID, p.ActorName)+" moved "+name+" from "+p.From.words()+" to "+p.To.words(),
			"actorName", p.ActorName, "pollId", p.PollID, "pollDescription", m.question(p.PollID), "reason", m.endOf(p.PollID),
			"from", p.From.LocalTime, "fromTimeZone", p.From.TimeZone, "to", p.To.LocalTime, "toTimeZone", p.To.TimeZone), true
	case Relocated:
		return m.announcement(e, "meetup-relocated", m.mover(p.PollID, p.ActorName)+" moved "+name+" from "+quoted(p.From.Location)+" to "+quoted(p.To.Location),
			"actorName", p.ActorName, "pollId", p.PollID, "pollDescription", m.question(p.PollID), "reason", m.endOf(p.PollID),
			"from", p.From.Location, "to", p.To.Location), true
	case Cancelled:
		text := p.ActorName + " cancelled " + name
		if p.Reason != "" {
			text += ": " + p.Reason
		}
		return m.announcement(e, "meetup-cancelled", text, "actorName", p.ActorName, "reason", p.Reason), true
	case PollCreated:
		return m.announcement(e, "poll-created", p.ActorName+" asks about "+name+": "+quoted(p.Description),
			"actorName", p.ActorName, "pollId", p.PollID, "pollType", string(p.Type), "pollDescription", p.Description, "closesAt", p.ClosesAt), true
	case PollClosed:
		return m.pollClosed(e, p), true
	default:
		return Announcement{}, false
	}
}

func (m *Meetup) announcement(e event.Envelope, kind, text string, pairs ...string) Announcement {
	arguments := map[string]string{"meetupId": e.Stream.ID(), "meetupName": m.Name}
	pairs = append(pairs, "actorId", e.Actor)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			arguments[pairs[i]] = pairs[i+1]
		}
	}
	return Announcement{Kind: kind, Arguments: arguments, Text: text}
}

// pollClosed tells how a poll has ended: why, with which choice, and that it was a tie
// or that nobody has voted.
func (m *Meetup) pollClosed(e event.Envelope, p PollClosed) Announcement {
	text := "The poll " + quoted(p.Description) + " about " + quoted(m.Name) + " is closed"
	switch p.Outcome.Reason {
	case ReasonEveryoneVoted:
		text += " as everybody has voted"
	case ReasonDeadline:
		text += " as its time is over"
	}
	var choice, tie, applied string
	if p.Outcome.Choice == nil {
		text += ": nobody voted"
	} else {
		choice = p.Outcome.Choice.words()
		text += ": " + quoted(choice) + " won"
	}
	if p.Outcome.Tie {
		tie = "true"
		text += " a tie, as the first to have that many votes"
	}
	if p.Outcome.Applied {
		applied = "true"
	}
	if poll := m.Poll(p.PollID); poll != nil && poll.Type != Generic && !p.Outcome.Applied {
		text += "; nothing is moved by it"
	}
	return m.announcement(e, "poll-closed", text, "pollId", p.PollID, "pollDescription", p.Description,
		"choice", choice, "reason", p.Outcome.Reason, "tie", tie, "applied", applied)
}

// mover says who or what has moved the meetup: a person, or a poll and what ended it.
func (m *Meetup) mover(pollID, actorName string) string {
	if pollID == "" {
		return actorName
	}
	poll := "The poll " + quoted(m.question(pollID))
	switch reason := m.endOf(pollID); {
	case reason == ReasonDeadline:
		return poll + ", whose time is over,"
	case actorName == "":
		return poll
	case reason == ReasonClosed:
		return poll + ", closed by " + actorName + ","
	default:
		return poll + ", completed by the vote of " + actorName + ","
	}
}

func (m *Meetup) question(pollID string) string {
	if p := m.Poll(pollID); p != nil {
		return p.Description
	}
	return ""
}

// endOf gives the reason why a poll has ended.
func (m *Meetup) endOf(pollID string) string {
	if p := m.Poll(pollID); p != nil && p.Outcome != nil {
		return p.Outcome.Reason
	}
	return ""
}

// Remind words what people are brought to mind of, and gives those of them whom it
// still concerns. m is the newest state: who has left is told nothing, and nobody is of
// a meetup that is cancelled or at another time now, or of a poll that has ended or has
// their vote. For what reminds of nothing there is nobody.
func Remind(payload any, m *Meetup) (text string, people []string) {
	if m.Cancelled {
		return "", nil
	}
	switch p := payload.(type) {
	case ReminderDue:
		if p.When != m.When {
			return "", nil
		}
		for _, id := range p.UserIDs {
			if m.Attends(id) {
				people = append(people, id)
			}
		}
		return "Coming up: " + m.When.words() + " at " + m.Where.Location, people
	case NudgeDue:
		poll := m.Poll(p.PollID)
		if poll == nil || !poll.Active() {
			return "", nil
		}
		for _, id := range p.UserIDs {
			if m.Attends(id) && poll.vote(id) < 0 {
				people = append(people, id)
			}
		}
		return "Your vote is missing: " + quoted(poll.Description), people
	default:
		return "", nil
	}
}

// words gives the time as the clocks of the place show it.
func (w When) words() string {
	at, err := time.Parse(time.RFC3339, w.LocalTime)
	if err != nil {
		return w.LocalTime
	}
	return at.Format("Mon 2 Jan 2006, 15:04") + " (" + w.TimeZone + ")"
}

// words gives the choice in words.
func (c Choice) words() string {
	switch {
	case c.When != nil:
		return c.When.words()
	case c.Where != nil:
		return c.Where.Location
	default:
		return c.Text
	}
}

func quoted(text string) string { return "“" + text + "”" }
