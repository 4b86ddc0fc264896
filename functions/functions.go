// Package functions is what is deployed. Table is the truth about every function:
// its name, what it answers to, and what it is made of.
package functions

import (
	"net/http"
	"slices"

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

	Topic      string // of a trigger: where its events come from
	Projection bool   // of a trigger: it writes read documents
	Sockets    bool   // it has to do with WebSockets, which not every backend's clients hold

	handler func(Function, *Services) httpapi.Handler
	react   func(*Services) bus.Handler
}

// Private reports whether a function is for the system itself, and no person's to call.
func (f Function) Private() bool { return f.Kind == Trigger || f.Kind == Scheduled }

// Services is what the functions are made of.
type Services struct {
	Table    []Function // what is served, and so what is described
	Commands *command.Service
	Queries  *query.Service
	Gate     *Gate
	Live     http.Handler
	Rooms    *trigger.Rooms
	Users    *trigger.Users
	Notices  *trigger.Notices

	Pushes      PushVerifier // of the private functions' callers
	DeadLetters bus.DeadLetters
	Relay       *eventstore.Relay
}

// Tags under which the API's page lists functions.
const (
	sessions = "Sessions and people"
	rooms    = "Rooms"
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

	commandFunction("create-room", rooms, "Open a room for yourself and others", 201, (*command.Service).CreateRoom, httpapi.CodeNotFound, httpapi.CodeConflict),
	commandFunction("invite-user", rooms, "Add a person to a room", 200, (*command.Service).InviteUser, httpapi.CodeNotFound),
	commandFunction("leave-room", rooms, "Leave a room", 200, (*command.Service).LeaveRoom, httpapi.CodeNotFound),
	commandFunction("rename-room", rooms, "Give a room another name", 200, (*command.Service).RenameRoom, httpapi.CodeNotFound),
	commandFunction("change-room-image", rooms, "Give a room another picture", 200, (*command.Service).ChangeRoomImage, httpapi.CodeNotFound),
	commandFunction("send-message", rooms, "Send a message to a room", 201, (*command.Service).SendMessage, httpapi.CodeNotFound, httpapi.CodeConflict),
	commandFunction("open-room", rooms, "Say that you have a room before you, and how far you have read it", 200, (*command.Service).OpenRoom, httpapi.CodeNotFound),
	commandFunction("close-room", rooms, "Say that you have turned away from a room", 200, (*command.Service).CloseRoom, httpapi.CodeNotFound),

	queryFunction("me", "/v1/me", "Who you are", nil, (*query.Service).Me),
	queryFunction("users", "/v1/users", "Everybody of the group", nil, (*query.Service).Users),
	queryFunction("rooms", "/v1/rooms", "Your rooms, the one with the latest item first", nil, (*query.Service).Rooms),
	queryFunction("room", "/v1/rooms/{id}", "A room with its latest 50 items", nil, (*query.Service).Room, httpapi.CodeNotFound),
	queryFunction("items", "/v1/rooms/{id}/items", "A stretch of a room's items", query.ItemParameters{}, (*query.Service).Items,
		httpapi.CodeNotFound, httpapi.CodeMalformed, httpapi.CodeRuleViolated),

	live,
	openAPI,
	docs,

	triggerFunction("project-rooms", "room-events", true, "Show rooms, items and visits", func(s *Services) bus.Handler { return s.Rooms.Handle }),
	triggerFunction("project-users", "user-events", true, "Show people", func(s *Services) bus.Handler { return s.Users.Handle }),
	forSockets(triggerFunction("notify-sockets", "room-events", false, "Tell people of invitations", func(s *Services) bus.Handler { return s.Notices.Handle })),

	scheduledFunction("relay", "Publish what commands have appended and could not publish", relay),
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
