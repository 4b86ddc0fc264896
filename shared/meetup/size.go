package meetup

import "encoding/json"

// A meetup is one read document with its polls, and a document of Firestore holds 1 MiB
// (https://firebase.google.com/docs/firestore/quotas). What is not a poll takes a third
// of it at most: attendees, and the history without places.
const (
	maxPollBytes  = 700_000
	bytesPerVoter = 100 // the ids of Google accounts have 21 characters; each is there twice, with a vote or an alert
)

// hasRoomFor reports whether a poll with these choices, or these choices of one that is
// there, fit in. All open polls may come to have as many voters as there can be.
func (m *Meetup) hasRoomFor(newPoll bool, choices ...Choice) bool {
	total := bytesOf(choices)
	if newPoll {
		total += MaxAttendees * bytesPerVoter
	}
	for i := range m.Polls {
		p := &m.Polls[i]
		voters := MaxAttendees
		if !p.Active() {
			voters = len(p.ParticipantIDs)
		}
		total += bytesOf(p.Choices) + voters*bytesPerVoter
		if p.Outcome != nil && p.Outcome.Choice != nil {
			total += bytesOf([]Choice{*p.Outcome.Choice})
		}
	}
	return total <= maxPollBytes
}

func bytesOf(choices []Choice) int {
	data, err := json.Marshal(choices)
	if err != nil {
		return maxPollBytes // no choice that was decoded before; it does not fit
	}
	return len(data)
}
