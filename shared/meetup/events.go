package meetup

import "boochat/shared/event"

// When is a moment on the clocks of a place. LocalTime is what people have agreed on:
// where a zone changes its rules, it stays, and the instant moves.
type When struct {
	TakesPlaceOn string `json:"takesPlaceOn"` // the instant: RFC 3339, UTC, milliseconds
	TimeZone     string `json:"timeZone"`     // IANA name
	LocalTime    string `json:"localTime"`    // RFC 3339 with the zone's offset, as it was decided
}

// Place is where something is, for maps.
type Place struct {
	Label     string   `json:"label"`
	Latitude  *float64 `json:"latitude,omitempty"`  // degrees, north is positive
	Longitude *float64 `json:"longitude,omitempty"` // degrees, east is positive
	URL       string   `json:"url,omitempty"`
}

// Where is a location in words, perhaps with its place on a map.
type Where struct {
	Location string `json:"location"`
	Place    *Place `json:"place,omitempty"`
}

// Choice is one of a poll's: a text, a time or a location, by the poll's type.
type Choice struct {
	Text  string `json:"text,omitempty"`
	When  *When  `json:"when,omitempty"`
	Where *Where `json:"where,omitempty"`
}

// Outcome is how a poll ended.
type Outcome struct {
	ChoiceIndex *int    `json:"choiceIndex"` // nil: nobody has voted
	Choice      *Choice `json:"choice,omitempty"`
	Reason      string  `json:"reason"`  // one of the reasons
	Tie         bool    `json:"tie"`     // others had as many votes
	Applied     bool    `json:"applied"` // the meetup was moved by it, in the same append
}

// Created plans a meetup. Its attendees see it from here on.
type Created struct {
	Name            string   `json:"name"`
	Where           Where    `json:"where"`
	When            When     `json:"when"`
	DurationMinutes int      `json:"durationMinutes,omitempty"` // 0: open end
	ImageURL        string   `json:"imageUrl"`
	AttendeeIDs     []string `json:"attendeeIds"` // the organizer, who is the actor, first
	RoomID          string   `json:"roomId"`
	OpensRoom       bool     `json:"opensRoom"`    // the room comes with the meetup
	RoomSequence    int64    `json:"roomSequence"` // of the room whose members were taken; 0 where it is opened
	ActorName       string   `json:"actorName"`
}

// Updated gives the meetup another name or duration. It holds both.
type Updated struct {
	Name            string `json:"name"`
	DurationMinutes int    `json:"durationMinutes,omitempty"`
	ActorName       string `json:"actorName"`
}

// Rescheduled moves the meetup to another time, by hand or by a poll.
type Rescheduled struct {
	From      When   `json:"from"`
	To        When   `json:"to"`
	PollID    string `json:"pollId,omitempty"`
	ActorName string `json:"actorName,omitempty"` // nobody's where a deadline moved it
}

// Relocated moves the meetup to another place, by hand or by a poll.
type Relocated struct {
	From      Where  `json:"from"`
	To        Where  `json:"to"`
	PollID    string `json:"pollId,omitempty"`
	ActorName string `json:"actorName,omitempty"`
}

// Cancelled calls the meetup off. What polls were open are closed before, in the same
// append.
type Cancelled struct {
	Reason    string `json:"reason,omitempty"`
	ActorName string `json:"actorName"`
}

// ImageChanged gives the meetup another picture.
type ImageChanged struct {
	ImageURL string `json:"imageUrl"`
}

// RSVPChanged is the actor's answer.
type RSVPChanged struct {
	RSVP RSVP `json:"rsvp"`
}

// AttendeeJoined adds somebody who is in the room.
type AttendeeJoined struct {
	UserID       string `json:"userId"`
	RoomSequence int64  `json:"roomSequence"` // of the room in which they are seen to be in
}

// AttendeeLeft takes out somebody who is no longer in the room, with their votes in
// open polls. When it is the organizer, the first of the others is from now on.
type AttendeeLeft struct {
	UserID       string `json:"userId"`
	RoomSequence int64  `json:"roomSequence"` // of the room in which they are seen to be out
}

// PollCreated opens a poll among all attendees.
type PollCreated struct {
	PollID         string   `json:"pollId"`
	Type           PollType `json:"type"`
	Description    string   `json:"description"`
	Choices        []Choice `json:"choices"`
	ParticipantIDs []string `json:"participantIds"`
	ClosesAt       string   `json:"closesAt,omitempty"` // RFC 3339, UTC, milliseconds
	ActorName      string   `json:"actorName"`
}

// PollChoiceAdded adds a choice to an open poll.
type PollChoiceAdded struct {
	PollID string `json:"pollId"`
	Choice Choice `json:"choice"`
}

// PollVoteCast is the actor's vote, in place of an earlier one.
type PollVoteCast struct {
	PollID      string `json:"pollId"`
	ChoiceIndex int    `json:"choiceIndex"`
}

// PollVoteWithdrawn takes the actor's vote back.
type PollVoteWithdrawn struct {
	PollID string `json:"pollId"`
}

// PollClosed ends a poll. A move it leads to follows in the same append.
type PollClosed struct {
	PollID      string  `json:"pollId"`
	Description string  `json:"description"`
	Outcome     Outcome `json:"outcome"`
}

// ReminderDue has people reminded of the meetup.
type ReminderDue struct {
	MinutesBefore int      `json:"minutesBefore"`
	When          When     `json:"when"`
	UserIDs       []string `json:"userIds"` // nobody, when it came too late to be of use
}

// NudgeDue has people reminded of a poll that they have not voted in.
type NudgeDue struct {
	PollID  string   `json:"pollId"`
	UserIDs []string `json:"userIds"`
}

// Events are the meetup's events under their stored names.
var Events = []event.Definition{
	event.Define[Created]("meetup.created"),
	event.Define[Updated]("meetup.updated"),
	event.Define[Rescheduled]("meetup.rescheduled"),
	event.Define[Relocated]("meetup.relocated"),
	event.Define[Cancelled]("meetup.cancelled"),
	event.Define[ImageChanged]("meetup.image-changed"),
	event.Define[RSVPChanged]("meetup.rsvp-changed"),
	event.Define[AttendeeJoined]("meetup.attendee-joined"),
	event.Define[AttendeeLeft]("meetup.attendee-left"),
	event.Define[PollCreated]("meetup.poll-created"),
	event.Define[PollChoiceAdded]("meetup.poll-choice-added"),
	event.Define[PollVoteCast]("meetup.poll-vote-cast"),
	event.Define[PollVoteWithdrawn]("meetup.poll-vote-withdrawn"),
	event.Define[PollClosed]("meetup.poll-closed"),
	event.Define[ReminderDue]("meetup.reminder-due"),
	event.Define[NudgeDue]("meetup.nudge-due"),
}
