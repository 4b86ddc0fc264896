package firestore

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"boochat/emulators/googletest"
	"boochat/shared/auth"
	"boochat/shared/bus"
	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/meetup"
	"boochat/shared/user"
	"boochat/shared/view"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc"
)

// everyQuery is one of each shape that this package can be made to use, on the
// collections that the system has.
var everyQuery = map[string]*pb.StructuredQuery{
	"a page of a stream":           eventsAfter(1, 10),
	"the end of a stream":          newestEvent(),
	"a page of the streams":        firstEvents("room_a", 10),
	"the outbox":                   unpublished(time.Now(), 10),
	"a person's sessions":          sessionsOf("ann"),
	"the dead letters":             parkedLetters(),
	"all accounts":                 readDocuments("accounts", view.Query{}),
	"all people":                   readDocuments("users", view.Query{}),
	"a person's visits":            readDocuments("visits", view.Query{}),
	"a person's rooms":             readDocuments("rooms", view.Query{Reader: "ann"}),
	"a page of a person's rooms":   readDocuments("rooms", view.Query{Reader: "ann", After: 1, Before: 9, Limit: 10}),
	"all rooms":                    readDocuments("rooms", view.Query{}),
	"a person's meetups":           readDocuments("meetups", view.Query{Reader: "ann"}),
	"all meetups":                  readDocuments("meetups", view.Query{}),
	"all states of meetups":        readDocuments(view.MeetupStates, view.Query{}),
	"the meetups that are due":     readDocuments(view.MeetupStates, view.Query{DueBefore: "2026", Limit: 100}),
	"a range of a room's items":    readDocuments("items", view.Query{After: 1, Before: 9, Limit: 10}),
	"the newest of a room's items": readDocuments("items", view.Query{Newest: true, Limit: 10}),
	"the newest in a range":        readDocuments("items", view.Query{After: 1, Before: 9, Newest: true}),
}

func TestEveryQueryHasItsIndex(t *testing.T) {
	indexes := deployed(t)
	for name, q := range everyQuery {
		if err := indexes.Check(q); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, unused := range indexes.Unused() {
		t.Errorf("no query takes the index %v", unused)
	}
	for name, q := range map[string]*pb.StructuredQuery{
		"a field without an index":     query("sessions", 0, where("session", pb.StructuredQuery_FieldFilter_EQUAL, textValue("a"))),
		"the other direction":          query("sessions", 0, descending("userId")),
		"two fields":                   query("events", 0, where("stream", pb.StructuredQuery_FieldFilter_EQUAL, textValue("a")), ascending("sequence")),
		"one order for another":        query("ids", 0, ascending("sequence"), ascending("outbox.committed"), ascending("outbox.at")),
		"a group for a collection":     query("events", 0, ascending("stream")),
		"a collection for a group":     query("events", 0, ofAllParents, ascending("sequence")),
		"what lies in an exempt field": query("ids", 0, ascending("outbox.at")),
	} {
		if err := indexes.Check(q); err == nil {
			t.Errorf("%s: the check finds an index", name)
		}
	}
}

// indexed is the fields that have an index by themselves because somebody queries
// them: this package, or listening clients.
var indexed = []string{
	"accounts _meta.id", "deadLetters parkedAt", "events sequence", "events stream", "items _meta.id", "items sequence",
	"meetupStates _meta.id", "meetupStates due", "meetups _meta.id", "meetups attendeeIds", "rooms _meta.id", "rooms memberIds", "sessions userId", "users _meta.id", "visits _meta.id",
}

// TestNoOtherFieldIsIndexed writes one of each document. Every field with an index
// makes every write slower and dearer.
func TestNoOtherFieldIsIndexed(t *testing.T) {
	var written []string
	p := startProcess(t, googletest.Project(), grpc.WithChainUnaryInterceptor(
		func(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
			for _, w := range request.(*pb.CommitRequest).Writes {
				path := strings.Split(w.GetUpdate().GetName(), "/")
				collect(&written, path[len(path)-2]+" ", w.GetUpdate().GetFields())
				for _, transform := range w.UpdateTransforms {
					written = append(written, path[len(path)-2]+" "+transform.FieldPath)
				}
			}
			return invoke(ctx, method, request, reply, conn, options...)
		}))
	writeOneOfEach(t, p.Client)
	slices.Sort(written)
	written = slices.Compact(written)
	indexes := deployed(t)
	var got []string
	for _, field := range written {
		if group, path, _ := strings.Cut(field, " "); indexes.Indexed(group, path) {
			got = append(got, field)
		}
	}
	if !slices.Equal(got, indexed) {
		t.Errorf("fields with an index:\n got %q\nwant %q", got, indexed)
	}
}

func collect(written *[]string, prefix string, f fields) {
	for name, value := range f {
		if inner := value.GetMapValue(); inner != nil {
			collect(written, prefix+name+".", inner.Fields)
		} else {
			*written = append(*written, prefix+name)
		}
	}
}

func writeOneOfEach(t *testing.T, c *Client) {
	t.Helper()
	store, at := NewEventStore(c), event.Now(time.Now)
	e := event.Envelope{ID: "id", Type: "test.happened", Version: 1, Stream: "room_a", Sequence: 1, Time: at, Data: []byte(`{}`)}
	document := func(path string, value any, scope view.Scope) view.Write {
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return view.Write{Path: path, Data: data, Scope: scope}
	}
	item := view.Item{
		ID: "1", Sequence: 1, RoomID: "a", Kind: "k", Sender: &view.Sender{ID: "ann"}, Content: "c", Timestamp: "t",
		Announcement: &view.Announcement{Kind: "k", Arguments: map[string]string{"name": "n"}},
	}
	room := document(view.RoomPath("a"), view.Room{ID: "a", MemberIDs: []string{"ann"}, LastItem: &item, LastSequence: 1}, view.ReadersOf(view.RoomPath("a")))
	room.Joined = []string{"ann"}
	setting := &view.Setting{Text: "t", TakesPlaceOn: "t", TimeZone: "z", LocalTime: "t", Location: "l", Place: &meetup.Place{Label: "l"}}
	plan := document(view.MeetupPath("m"), view.Meetup{
		ID: "m", Place: setting.Place, DurationMinutes: 1, CancelReason: "r", AttendeeIDs: []string{"ann"}, Attendees: []view.Attendee{{ID: "ann"}},
		Polls: []view.Poll{{ID: "p"}}, Alerts: []view.Alert{{PollID: "p"}}, History: []view.Moment{{Kind: "k", From: setting}},
	}, view.ReadersOf(view.MeetupPath("m")))
	plan.Joined = []string{"ann"}
	polled := &meetup.Meetup{
		Attendees: []meetup.Attendee{{ID: "ann"}}, InRoomAt: map[string]int64{"ann": 1},
		Polls: []meetup.Poll{{ID: "p", Choices: []meetup.Choice{{Text: "t"}}, Reached: []meetup.Tally{{At: []int64{1}}}}},
	}
	_, err := NewViews(c).Write(t.Context(), []view.Write{
		room,
		plan,
		document(view.MeetupStatePath("m"), view.MeetupState{Meetup: polled, Due: "t"}, view.Nobody),
		document(view.ItemPath("a", 1), item, room.Scope),
		document(view.UserPath("ann"), view.User{ID: "ann"}, view.Everyone),
		document(view.AccountPath("ann"), view.Account{User: user.New(), CreatedAt: "t", Version: 1}, view.Nobody),
		document(view.VisitPath("ann", "a"), view.Visit{RoomID: "a", ReadSequence: 1, VisitedAt: "t"}, view.Only("ann")),
	})
	for name, err := range map[string]error{
		"read documents": err,
		"event":          store.Append(t.Context(), "room_a", 0, []event.Envelope{e}),
		"snapshot":       store.SaveSnapshot(t.Context(), "room_a", eventstore.Snapshot{Version: 1, Data: []byte("{}")}),
		"session":        NewSessions(c).CreateSession(t.Context(), auth.Session{ID: "s", UserID: "ann", ExpiresAt: at}),
		"dead letter":    NewDeadLetters(c).Park(t.Context(), bus.DeadLetter{Subscription: "first", Event: e, ParkedAt: at}),
	} {
		if err != nil {
			t.Fatalf("write a %s: %v", name, err)
		}
	}
}
