package view

import "boochat/shared/meetup"

// NewPollChoice shows a choice as it was decided.
func NewPollChoice(c meetup.Choice) PollChoice {
	switch {
	case c.When != nil:
		return PollChoice{TakesPlaceOn: c.When.TakesPlaceOn, TimeZone: c.When.TimeZone, LocalTime: c.When.LocalTime}
	case c.Where != nil:
		return PollChoice{Location: c.Where.Location, Place: c.Where.Place}
	default:
		return PollChoice{Text: c.Text}
	}
}

// NewPollOutcome shows how a poll has ended.
func NewPollOutcome(o meetup.Outcome) PollOutcome {
	shown := PollOutcome{ChoiceIndex: o.ChoiceIndex, Reason: o.Reason, Tie: o.Tie, Applied: o.Applied}
	if o.Choice != nil {
		choice := NewPollChoice(*o.Choice)
		shown.Choice = &choice
	}
	return shown
}
