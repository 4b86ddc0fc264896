package rules

import (
	"fmt"
	"net/http"
	"testing"
)

// People. What has an owner is Ann's. Bob is in room one with her, Cleo was until she
// left, Dan never was in a room.
const (
	ann    = "ann"
	bob    = "bob"
	cleo   = "cleo"
	dan    = "dan"
	nobody = "" // signed out
	server = "the server"
)

// Tokens of Ann that the rules must not take: one whose time is over, one that another
// sign-in than ours has made, and one with words for a time.
const (
	lapsed  = "ann, until a moment ago"
	foreign = "ann, of another sign-in"
	words   = "ann, until for ever"
)

var actors = []struct{ name, id string }{
	{"owner", ann}, {"member", bob}, {"former member", cleo}, {"stranger", dan}, {"signed out", nobody},
}

// kinds are the kinds of documents, each with one that is there.
var kinds = []struct {
	name, parent, collection, id string

	condition string // what a person's query of the collection has to contain them in
	limit     int    // the highest limit of a query
}{
	{"users", "", "users", ann, "", 1000},
	{"visits", "/users/ann", "visits", "one", "", 1000},
	{"rooms", "", "rooms", "one", "memberIds", 1000},
	{"items", "/rooms/one", "items", "1", "", 200},
	{"meetups", "", "meetups", "picnic", "attendeeIds", 1000},
	{"presence", "", "presence", ann, "readerIds", 1000},
	{"states of meetups", "", "meetupStates", "picnic", "attendeeIds", 1},
	{"accounts", "", "accounts", ann, "", 1},
	{"sessions", "", "sessions", "s-ann", "", 1},
	{"streams", "", "streams", "room-one", "", 1},
	{"events", "/streams/room-one", "events", "000000000001", "", 1},
	{"ids", "", "ids", "e-1", "", 1},
	{"snapshots", "", "snapshots", "room-one", "", 1},
	{"dead letters", "", "deadLetters", "project-rooms.e-1", "", 1},
	{"devices", "/users/ann", "devices", "d-ann", "", 1},
	{"unknown", "", "unknown", "u", "", 1},
	{"unknown of a room", "/rooms/one", "unknown", "u", "", 1},
	{"unknown of a meetup", "/meetups/picnic", "unknown", "u", "", 1},
	{"unknown of an item", "/rooms/one/items/1", "unknown", "u", "", 1},
}

// granted is all that anybody may do. What is not here is denied.
var granted = map[string]outcome{
	"users, owner, get":          sees,
	"users, owner, list":         sees,
	"users, member, get":         sees,
	"users, member, list":        sees,
	"users, former member, get":  sees,
	"users, former member, list": sees,
	"users, stranger, get":       sees,
	"users, stranger, list":      sees,

	"visits, owner, get":  sees,
	"visits, owner, list": sees,

	"rooms, owner, get":          sees,
	"rooms, owner, list":         sees,
	"rooms, member, get":         sees,
	"rooms, member, list":        sees,
	"rooms, former member, list": empty, // the query asks for their own rooms
	"rooms, stranger, list":      empty,

	"items, owner, get":   sees,
	"items, owner, list":  sees,
	"items, member, get":  sees,
	"items, member, list": sees,

	"meetups, owner, get":          sees,
	"meetups, owner, list":         sees,
	"meetups, member, get":         sees,
	"meetups, member, list":        sees,
	"meetups, former member, list": empty, // the query asks for those they attend
	"meetups, stranger, list":      empty,

	"presence, owner, get":          sees,
	"presence, owner, list":         sees,
	"presence, member, get":         sees,
	"presence, member, list":        sees,
	"presence, former member, list": empty, // the query asks for those they share a room with
	"presence, stranger, list":      empty,
}

// seed writes the documents of kinds, and what remains of Cleo in room one. Each has
// the fields that open rooms, meetups and presence, so that no rule can go by these alone.
func seed() error {
	documents := map[string]object{}
	for _, k := range kinds {
		documents[k.parent+"/"+k.collection+"/"+k.id] = object{
			"id": text(k.id), "userId": text(ann), "memberIds": list(ann, bob), "readerIds": list(ann, bob), "attendeeIds": list(ann, bob),
		}
	}
	documents["/rooms/one"] = object{"id": text("one"), "name": text("One"), "lastSequence": number(2), "memberIds": list(ann, bob)}
	documents["/meetups/picnic"] = object{"id": text("picnic"), "roomId": text("one"), "organizerId": text(cleo), "attendeeIds": list(ann, bob)}
	documents["/presence/ann"] = object{"id": text(ann), "readerIds": list(ann, bob)}
	documents["/rooms/one/items/1"] = object{"sequence": number(1), "sender": object{"mapValue": object{"fields": object{"id": text(ann)}}}}
	documents["/rooms/one/items/2"] = object{"sequence": number(2), "sender": object{"mapValue": object{"fields": object{"id": text(cleo)}}}}
	for _, person := range []string{bob, cleo, dan} {
		documents["/users/"+person] = object{"id": text(person)}
	}
	documents["/users/cleo/visits/one"] = object{"roomId": text("one"), "readSequence": number(1)}
	for path, fields := range documents {
		status, answer, err := call(server, http.MethodPatch, path, object{"fields": fields})
		if err != nil {
			return err
		}
		if status != http.StatusOK {
			return fmt.Errorf("seed %s: HTTP %d: %s", path, status, answer)
		}
	}
	return nil
}

// TestEveryKindForEveryone is the whole table: kinds times people times operations.
func TestEveryKindForEveryone(t *testing.T) {
	met := map[string]bool{}
	for _, k := range kinds {
		path := k.parent + "/" + k.collection + "/" + k.id
		for _, actor := range actors {
			list := limit(from(k.collection), k.limit)
			if k.condition != "" {
				list = where(list, k.condition, "ARRAY_CONTAINS", text(actor.id))
			}
			for operation, got := range map[string]outcome{
				"get":    get(t, actor.id, path),
				"list":   query(t, actor.id, k.parent, list),
				"create": create(t, actor.id, k.parent+"/"+k.collection+"/new"),
				"update": update(t, actor.id, path),
				"delete": remove(t, actor.id, path),
			} {
				cell := k.name + ", " + actor.name + ", " + operation
				want, ok := granted[cell]
				if !ok {
					want = denied
				}
				if got != want {
					t.Errorf("%s: %s, want %s", cell, got, want)
				}
				met[cell] = true
			}
		}
	}
	for cell := range granted {
		if !met[cell] {
			t.Errorf("%s is granted, but no cell of the table", cell)
		}
	}
}

// TestTokensThatEnd has the owner of everything ask with tokens that are not good.
func TestTokensThatEnd(t *testing.T) {
	for _, k := range kinds {
		list := limit(from(k.collection), k.limit)
		if k.condition != "" {
			list = where(list, k.condition, "ARRAY_CONTAINS", text(ann))
		}
		for _, token := range []string{lapsed, foreign, words} {
			if got := get(t, token, k.parent+"/"+k.collection+"/"+k.id); got != denied {
				t.Errorf("%s, %s, get: %s", k.name, token, got)
			}
			if got := query(t, token, k.parent, list); got != denied {
				t.Errorf("%s, %s, list: %s", k.name, token, got)
			}
		}
	}
}

// TestQueries has what is allowed at its widest, and what goes beyond that. A query is
// judged by its conditions: those that are denied here would mostly find nothing that
// the person may not read.
func TestQueries(t *testing.T) {
	rooms := from("rooms")
	annsRooms := where(rooms, "memberIds", "ARRAY_CONTAINS", text(ann))
	annsPresence := where(from("presence"), "readerIds", "ARRAY_CONTAINS", text(ann))
	annsMeetups := where(from("meetups"), "attendeeIds", "ARRAY_CONTAINS", text(ann))
	items := from("items")
	for _, c := range []struct {
		name, person, parent string
		query                object
		want                 outcome
	}{
		{"users at the limit", dan, "", limit(from("users"), 1000), sees},
		{"users beyond the limit", dan, "", limit(from("users"), 1001), denied},
		{"users without a limit", dan, "", from("users"), denied},
		{"users by id", dan, "", limit(where(from("users"), "id", "EQUAL", text(ann)), 1), sees},
		{"users, signed out", nobody, "", limit(from("users"), 1), denied},
		{"users as a group", dan, "", limit(group("users"), 1), denied},

		{"visits at the limit", ann, "/users/ann", limit(from("visits"), 1000), sees},
		{"visits beyond the limit", ann, "/users/ann", limit(from("visits"), 1001), denied},
		{"visits without a limit", ann, "/users/ann", from("visits"), denied},
		{"another's visits", bob, "/users/ann", limit(from("visits"), 1), denied},
		{"another's visits to a room one is in", ann, "/users/bob", limit(where(from("visits"), "roomId", "EQUAL", text("one")), 1), denied},
		{"own visits of a former member", cleo, "/users/cleo", limit(from("visits"), 1000), sees},
		{"visits as a group", ann, "", limit(group("visits"), 1), denied},
		{"visits as a group, below oneself", ann, "/users/ann", limit(group("visits"), 1), denied},

		{"own rooms at the limit", ann, "", limit(annsRooms, 1000), sees},
		{"own rooms beyond the limit", ann, "", limit(annsRooms, 1001), denied},
		{"own rooms without a limit", ann, "", annsRooms, denied},
		{"own rooms, ordered", ann, "", limit(ordered(annsRooms, "lastSequence", "DESCENDING"), 1000), sees},
		{"own rooms of a name", ann, "", limit(both(rooms, filter("memberIds", "ARRAY_CONTAINS", text(ann)), filter("name", "EQUAL", text("One"))), 10), sees},
		{"all rooms", ann, "", limit(rooms, 1), denied},
		{"rooms by name alone", ann, "", limit(where(rooms, "name", "EQUAL", text("One")), 1), denied},
		{"rooms by id alone", ann, "", limit(where(rooms, "id", "EQUAL", text("one")), 1), denied},
		{"another's rooms", bob, "", limit(annsRooms, 1), denied},
		{"a stranger's query of another's rooms", dan, "", limit(annsRooms, 1), denied},
		{"rooms of any of two", ann, "", limit(where(rooms, "memberIds", "ARRAY_CONTAINS_ANY", list(ann, bob)), 1), denied},
		{"own rooms, or of a name", ann, "", limit(either(rooms, filter("memberIds", "ARRAY_CONTAINS", text(ann)), filter("name", "EQUAL", text("One"))), 1), denied},
		{"rooms as a group", ann, "", limit(where(group("rooms"), "memberIds", "ARRAY_CONTAINS", text(ann)), 1), denied},

		{"items at the limit", ann, "/rooms/one", limit(items, 200), sees},
		{"items beyond the limit", ann, "/rooms/one", limit(items, 201), denied},
		{"items without a limit", ann, "/rooms/one", items, denied},
		{"the latest items", ann, "/rooms/one", limit(ordered(items, "sequence", "DESCENDING"), 50), sees},
		{"items after one", ann, "/rooms/one", limit(ordered(where(items, "sequence", "GREATER_THAN", number(1)), "sequence", "ASCENDING"), 200), sees},
		{"own items of a room that was left", cleo, "/rooms/one", limit(where(items, "sender.id", "EQUAL", text(cleo)), 1), denied},
		{"items of no room", ann, "/rooms/none", limit(items, 1), denied},
		{"items as a group", ann, "", limit(group("items"), 1), denied},
		{"own items as a group", ann, "", limit(where(group("items"), "sender.id", "EQUAL", text(ann)), 1), denied},
		{"items as a group, below a room", ann, "/rooms/one", limit(group("items"), 1), denied},

		{"own meetups at the limit", ann, "", limit(annsMeetups, 1000), sees},
		{"own meetups beyond the limit", ann, "", limit(annsMeetups, 1001), denied},
		{"own meetups without a limit", ann, "", annsMeetups, denied},
		{"own meetups of a room", ann, "", limit(both(from("meetups"), filter("attendeeIds", "ARRAY_CONTAINS", text(ann)), filter("roomId", "EQUAL", text("one"))), 10), sees},
		{"all meetups", ann, "", limit(from("meetups"), 1), denied},
		{"meetups of a room one is in", ann, "", limit(where(from("meetups"), "roomId", "EQUAL", text("one")), 1), denied},
		{"meetups that one has organized and left", cleo, "", limit(where(from("meetups"), "organizerId", "EQUAL", text(cleo)), 1), denied},
		{"a stranger's query of another's meetups", dan, "", limit(annsMeetups, 1), denied},
		{"meetups as a group", ann, "", limit(where(group("meetups"), "attendeeIds", "ARRAY_CONTAINS", text(ann)), 1), denied},
		{"what is due", ann, "", limit(where(from("meetupStates"), "due", "GREATER_THAN", text("")), 1), denied},

		{"presence at the limit", bob, "", limit(where(from("presence"), "readerIds", "ARRAY_CONTAINS", text(bob)), 1000), sees},
		{"presence beyond the limit", ann, "", limit(annsPresence, 1001), denied},
		{"presence without a limit", ann, "", annsPresence, denied},
		{"everybody's presence", ann, "", limit(from("presence"), 1), denied},
		{"presence by id alone", ann, "", limit(where(from("presence"), "id", "EQUAL", text(ann)), 1), denied},
		{"presence that another may see", dan, "", limit(annsPresence, 1), denied},
		{"presence as a group", ann, "", limit(where(group("presence"), "readerIds", "ARRAY_CONTAINS", text(ann)), 1), denied},

		{"own account by owner's field", ann, "", limit(where(from("accounts"), "userId", "EQUAL", text(ann)), 1), denied},
		{"own sessions", ann, "", limit(where(from("sessions"), "userId", "EQUAL", text(ann)), 1), denied},
		{"own devices as a group", ann, "", limit(where(group("devices"), "userId", "EQUAL", text(ann)), 1), denied},
		{"events as a group", ann, "", limit(group("events"), 1), denied},
	} {
		if got := query(t, c.person, c.parent, c.query); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestCounting: a count tells about documents, too.
func TestCounting(t *testing.T) {
	rooms := from("rooms")
	for _, c := range []struct {
		name, person string
		query        object
		want         outcome
	}{
		{"own rooms", ann, limit(where(rooms, "memberIds", "ARRAY_CONTAINS", text(ann)), 1000), sees},
		{"own rooms without a limit", ann, where(rooms, "memberIds", "ARRAY_CONTAINS", text(ann)), denied},
		{"all rooms", ann, limit(rooms, 1000), denied},
		{"another's rooms", dan, limit(where(rooms, "memberIds", "ARRAY_CONTAINS", text(ann)), 1000), denied},
		{"own meetups", ann, limit(where(from("meetups"), "attendeeIds", "ARRAY_CONTAINS", text(ann)), 1000), sees},
		{"all meetups", ann, limit(from("meetups"), 1000), denied},
		{"all accounts", ann, limit(from("accounts"), 1), denied},
	} {
		status, answer := must(t)(call(c.person, http.MethodPost, ":runAggregationQuery", object{
			"structuredAggregationQuery": object{"structuredQuery": c.query, "aggregations": []object{{"count": object{}}}},
		}))
		if got := experienced(t, status, answer, sees); got != c.want {
			t.Errorf("count of %s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestAbsentDocuments: what is not there cannot be told from what one may not read,
// except where one may read everything.
func TestAbsentDocuments(t *testing.T) {
	for path, want := range map[string]int{
		"/rooms/none":          http.StatusForbidden,
		"/rooms/none/items/1":  http.StatusForbidden,
		"/presence/none":       http.StatusForbidden,
		"/meetups/none":        http.StatusForbidden,
		"/meetupStates/none":   http.StatusForbidden,
		"/accounts/none":       http.StatusForbidden,
		"/users/none":          http.StatusNotFound,
		"/users/ann/visits/no": http.StatusNotFound,
		"/rooms/one/items/9":   http.StatusNotFound,
	} {
		status, answer := must(t)(call(ann, http.MethodGet, path, nil))
		if status != want {
			t.Errorf("%s: HTTP %d, want %d: %s", path, status, want, answer)
		}
	}
}

// TestLeavingTakesEffectAtOnce follows one person into a room and out of it.
func TestLeavingTakesEffectAtOnce(t *testing.T) {
	members := func(ids ...string) {
		t.Helper()
		status, answer := must(t)(call(server, http.MethodPatch, "/rooms/comings", object{"fields": object{"memberIds": list(ids...)}}))
		if status != http.StatusOK {
			t.Fatalf("HTTP %d: %s", status, answer)
		}
	}
	members(ann)
	status, answer := must(t)(call(server, http.MethodPatch, "/rooms/comings/items/1", object{"fields": object{"sequence": number(1)}}))
	if status != http.StatusOK {
		t.Fatalf("HTTP %d: %s", status, answer)
	}
	for _, step := range []struct {
		members []string
		want    outcome
	}{{[]string{ann}, denied}, {[]string{ann, dan}, sees}, {[]string{ann}, denied}} {
		members(step.members...)
		for what, got := range map[string]outcome{
			"the room":  get(t, dan, "/rooms/comings"),
			"an item":   get(t, dan, "/rooms/comings/items/1"),
			"its items": query(t, dan, "/rooms/comings", limit(from("items"), 50)),
		} {
			if got != step.want {
				t.Errorf("%s, with members %v: %s, want %s", what, step.members, got, step.want)
			}
		}
	}
}
