// Package functions is what is deployed. Table is the truth about every function:
// its name, what it answers to, and what it is made of.
package functions

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"boochat/functions/command"
	"boochat/functions/query"
	"boochat/functions/trigger"
	"boochat/shared/bus"
	"boochat/shared/eventstore"
	"boochat/shared/httpapi"
)

// Kind is what sort of function it is.
type Kind string

// The kinds of functions.
const (
	Command   Kind = "command"   // decides, appends events, answers
	Query     Kind = "query"     // reads read documents
	Live      Kind = "live"      // keeps a WebSocket open
	Trigger   Kind = "trigger"   // reacts to the events of a topic, pushed to it
	Scheduled Kind = "scheduled" // does what is due, called by a clock
	Page      Kind = "page"      // tells about the API
)

// Function is one row of the table.
type Function struct {
	httpapi.Operation
	Kind Kind

	Topic      string   // of a trigger: where its events come from
	Types      []string // of a trigger: the events it is for, if not all of the topic
	Projection bool     // of a trigger: it writes read documents
	Sockets    bool     // it has to do with WebSockets, which not every backend's clients hold

	handler func(Function, *Services) httpapi.Handler
	react   func(*Services) bus.Handler
}

// Private reports whether a function is for the system itself, and no person's to call.
func (f Function) Private() bool { return f.Kind == Trigger || f.Kind == Scheduled }

// Filter is the filter of a trigger's subscription, in the words of Pub/Sub, or "" when
// it is for all events of its topic: a delivery of what it would ignore is billed.
func (f Function) Filter() string {
	conditions := make([]string, len(f.Types))
	for i, name := range f.Types {
		conditions[i] = fmt.Sprintf("attributes.type = %q", name)
	}
	return strings.Join(conditions, " OR ")
}

// Services is what the functions are made of.
type Services struct {
	Table    []Function // what is served, and so what is described
	Commands *command.Service
	Queries  *query.Service
	Gate     *Gate
	Live     http.Handler
	Rooms    *trigger.Rooms
	Users    *trigger.Users
	Meetups  *trigger.Meetups
	Notices  *trigger.Notices
	Server   func(*http.Request) string // where clients reach the functions, without a slash at the end

	Announcements *trigger.Announcements
	Attendance    *trigger.Attendance
	MeetupNotices *trigger.MeetupNotices

	Pushes      PushVerifier // of the private functions' callers
	DeadLetters bus.DeadLetters
	Relay       *eventstore.Relay
	Timers      *Timers
}

// Tags under which the API's page lists functions.
const (
	sessions = "Sessions and people"
	rooms    = "Rooms"
	meetups  = "Meetups"
	reading  = "Reading"
	about    = "About"
	events   = "Events"
)

// Table is all functions.
var Table = []Function{
	public(commandFunction("authenticate", sessions, "Begin a session with a Google ID token", 200, (*command.Service).Authenticate, httpapi.CodeForbidden)),
	public(commandFunction("refresh", sessions, "Go on with a session whose access token ends", 200, (*command.Service).Refresh, httpapi.CodeForbidden)),
	commandFunction("sign-out", sessions, "End this session", 204, (*command.Service).SignOut),
	commandFunction("sign-out-everywhere", sessions, "End all your sessions", 204, (*command.Service).SignOutEverywhere),
	commandFunction("update-profile", sessions, "Change how others see you", 200, (*command.Service).UpdateProfile),
	commandFunction("heartbeat", sessions, "Say that you are there", 204, (*command.Service).Heartbeat, httpapi.CodeNotFound),
	commandFunction("rotate-calendar", sessions, "Replace the private address of your calendar", 200, (*command.Service).RotateCalendar),

	commandFunction("create-room", rooms, "Open a room for yourself and others", 201, (*command.Service).CreateRoom, httpapi.CodeNotFound, httpapi.CodeConflict),
	commandFunction("invite-user", rooms, "Add a person to a room", 200, (*command.Service).InviteUser, httpapi.CodeNotFound),
	commandFunction("leave-room", rooms, "Leave a room", 200, (*command.Service).LeaveRoom, httpapi.CodeNotFound),
	commandFunction("rename-room", rooms, "Give a room another name", 200, (*command.Service).RenameRoom, httpapi.CodeNotFound),
	commandFunction("change-room-image", rooms, "Give a room another picture", 200, (*command.Service).ChangeRoomImage, httpapi.CodeNotFound),
	commandFunction("send-message", rooms, "Send a message to a room", 201, (*command.Service).SendMessage, httpapi.CodeNotFound, httpapi.CodeConflict),
	commandFunction("open-room", rooms, "Say that you have a room before you, and how far you have read it", 200, (*command.Service).OpenRoom, httpapi.CodeNotFound),
	commandFunction("close-room", rooms, "Say that you have turned away from a room", 200, (*command.Service).CloseRoom, httpapi.CodeNotFound),

	commandFunction("create-meetup", meetups, "Plan a meetup, in a room or with a new one", 201, (*command.Service).CreateMeetup, httpapi.CodeNotFound, httpapi.CodeConflict),
	commandFunction("update-meetup", meetups, "Change a meetup of yours, or move it", 200, (*command.Service).UpdateMeetup, httpapi.CodeNotFound, httpapi.CodeForbidden),
	commandFunction("cancel-meetup", meetups, "Call a meetup of yours off", 200, (*command.Service).CancelMeetup, httpapi.CodeNotFound, httpapi.CodeForbidden),
	commandFunction("change-meetup-image", meetups, "Give a meetup of yours another picture", 200, (*command.Service).ChangeMeetupImage, httpapi.CodeNotFound, httpapi.CodeForbidden),
	commandFunction("change-rsvp", meetups, "Say whether you come", 200, (*command.Service).ChangeRSVP, httpapi.CodeNotFound),
	commandFunction("create-poll", meetups, "Ask the attendees of a meetup", 201, (*command.Service).CreatePoll, httpapi.CodeNotFound, httpapi.CodeConflict),
	commandFunction("add-poll-choice", meetups, "Add a choice to an open poll", 200, (*command.Service).AddPollChoice, httpapi.CodeNotFound),
	commandFunction("cast-poll-vote", meetups, "Vote in a poll, or change your vote", 200, (*command.Service).CastPollVote, httpapi.CodeNotFound),
	commandFunction("withdraw-poll-vote", meetups, "Take your vote back", 200, (*command.Service).WithdrawPollVote, httpapi.CodeNotFound),
	commandFunction("close-poll", meetups, "End a poll", 200, (*command.Service).ClosePoll, httpapi.CodeNotFound, httpapi.CodeForbidden),

	queryFunction("me", "/v1/me", "Who you are", nil, (*query.Service).Me),
	queryFunction("users", "/v1/users", "Everybody of the group", nil, (*query.Service).Users),
	queryFunction("rooms", "/v1/rooms", "Your rooms, the one with the latest item first", nil, (*query.Service).Rooms),
	queryFunction("room", "/v1/rooms/{id}", "A room with its latest 50 items", nil, (*query.Service).Room, httpapi.CodeNotFound),
	queryFunction("items", "/v1/rooms/{id}/items", "A stretch of a room's items", query.ItemParameters{}, (*query.Service).Items,
		httpapi.CodeNotFound, httpapi.CodeMalformed, httpapi.CodeRuleViolated),
	queryFunction("meetups", "/v1/meetups", "Your meetups", query.MeetupParameters{}, (*query.Service).Meetups, httpapi.CodeMalformed, httpapi.CodeRuleViolated),
	queryFunction("meetup", "/v1/meetups/{id}", "A meetup with its polls", nil, (*query.Service).Meetup, httpapi.CodeNotFound),

	queryFunction("calendar", "/v1/calendar", "The private address of your calendar", nil, (*query.Service).Calendar),
	calendarFeed,

	live,
	openAPI,
	docs,

	triggerFunction("project-rooms", "room-events", true, "Show rooms, items and visits", func(s *Services) bus.Handler { return s.Rooms.Handle }),
	triggerFunction("project-users", "user-events", true, "Show people", func(s *Services) bus.Handler { return s.Users.Handle }),
	triggerFunction("project-meetups", "meetup-events", true, "Show meetups", func(s *Services) bus.Handler { return s.Meetups.Handle }),
	forSockets(triggerFunction("notify-sockets", "room-events", false, "Tell people of invitations", func(s *Services) bus.Handler { return s.Notices.Handle })),
	triggerFunction("announce-meetups", "meetup-events", false, "Tell rooms of their meetups, and open the room that comes with one",
		func(s *Services) bus.Handler { return s.Announcements.Handle }),
	only(trigger.AttendanceTypes, triggerFunction("follow-rooms", "room-events", false, "Make the people of a room the attendees of its meetups",
		func(s *Services) bus.Handler { return s.Attendance.Handle })),
	forSockets(triggerFunction("notify-meetup-sockets", "meetup-events", false, "Tell people that a meetup has moved, is off, or comes up",
		func(s *Services) bus.Handler { return s.MeetupNotices.Handle })),

	scheduledFunction("relay", "Publish what commands have appended and could not publish", relay),
	scheduledFunction("run-due-timers", "Close polls at their deadline, and remind people", runDueTimers),
}

// Find gives the function with a name.
func Find(name string) (f Function, ok bool) {
	i := slices.IndexFunc(Table, func(f Function) bool { return f.Name == name })
	if i < 0 {
		return Function{}, false
	}
	return Table[i], true
}

// WithoutSockets is the functions of a backend whose clients listen to the read
// documents themselves.
func WithoutSockets() []Function {
	return slices.DeleteFunc(slices.Clone(Table), func(f Function) bool { return f.Sockets })
}

// Subscriptions gives the triggers of the served functions as subscriptions, for
// backends that deliver inside the process.
func Subscriptions(s *Services) []bus.Subscription {
	var subscriptions []bus.Subscription
	for _, f := range s.Table {
		if f.Kind == Trigger {
			subscriptions = append(subscriptions, bus.Subscription{Name: f.Name, Topic: f.Topic, Projection: f.Projection, Handler: f.react(s)})
		}
	}
	return subscriptions
}
