package view_test

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"boochat/shared/event"
	"boochat/shared/meetup"
	"boochat/shared/room"
	"boochat/shared/view"
)

// beat is the document presence/{id}.
type beat struct {
	ID        string   `json:"id"`
	Online    bool     `json:"online"`
	Until     string   `json:"until"`
	ReaderIDs []string `json:"readerIds"`
}

// published are the read documents and their parts, under their names in TypeScript.
var published = map[string]any{
	"Room": view.Room{}, "Item": view.Item{}, "Sender": view.Sender{}, "Announcement": view.Announcement{},
	"Meetup": view.Meetup{}, "Place": meetup.Place{}, "Attendee": view.Attendee{}, "RSVPCounts": view.RSVPCounts{}, "Poll": view.Poll{},
	"PollChoice": view.PollChoice{}, "Vote": meetup.Vote{}, "PollOutcome": view.PollOutcome{}, "Alert": view.Alert{}, "Moment": view.Moment{},
	"User": view.User{}, "Presence": view.Presence{}, "Visit": view.Visit{}, "Beat": beat{},
}

// TestTypeScriptSaysWhatGoSays holds documents.d.ts to the structs: the same
// interfaces, with the same fields in the same order, as optional and of the same type.
func TestTypeScriptSaysWhatGoSays(t *testing.T) {
	interfaces, unions := readTypes(t)
	for name, value := range published {
		got, ok := interfaces[name]
		if !ok {
			t.Errorf("there is no interface %s", name)
			continue
		}
		for i, field := range got { // a union of texts is a text to Go
			before, typ, _ := strings.Cut(field, ": ")
			if _, ok := unions[typ]; ok {
				got[i] = before + ": string"
			}
		}
		if want := fieldsOf(t, reflect.TypeOf(value)); !slices.Equal(got, want) {
			t.Errorf("interface %s has\n%q, the struct\n%q", name, got, want)
		}
	}
	for name := range interfaces {
		if _, ok := published[name]; !ok {
			t.Errorf("interface %s is of no struct", name)
		}
	}
}

// ofMeetups are the kinds under which rooms are told of meetups: the announcement
// brings its kind along.
var ofMeetups = []string{"meetup-created", "meetup-rescheduled", "meetup-relocated", "meetup-cancelled", "poll-created", "poll-closed"}

// TestTypeScriptKnowsTheKinds: unions list just what the server writes.
func TestTypeScriptKnowsTheKinds(t *testing.T) {
	announced := slices.Clone(ofMeetups)
	catalogue := event.NewCatalogue(room.Events)
	for name := range catalogue.Versions() {
		payload, err := catalogue.Decode(event.Envelope{Type: name, Version: 1, Data: json.RawMessage(`{}`)})
		if err != nil {
			t.Fatal(err)
		}
		if a, ok := room.Announce("ann", payload); ok && a.Kind != "" {
			announced = append(announced, a.Kind)
		}
	}
	_, unions := readTypes(t)
	want := map[string][]string{
		"ItemKind":         {view.KindMessage, view.KindAnnouncement},
		"AnnouncementKind": announced,
		"MeetupStatus":     {view.Planned, view.Cancelled},
		"RSVP":             {string(meetup.Yes), string(meetup.No), string(meetup.Maybe), string(meetup.None)},
		"PollType":         {string(meetup.Generic), string(meetup.Reschedule), string(meetup.Relocate)},
		"PollStatus":       {view.Active, view.Closed},
		"PollEnd":          {meetup.ReasonEveryoneVoted, meetup.ReasonClosed, meetup.ReasonDeadline},
		"AlertType":        {view.PendingPoll, view.PendingReschedulePoll, view.PendingRelocationPoll},
		"MomentKind":       {view.KindCreated, view.KindUpdated, view.KindRescheduled, view.KindRelocated, view.KindCancelled},
	}
	for _, union := range []map[string][]string{unions, want} {
		for _, kinds := range union {
			slices.Sort(kinds)
		}
	}
	if !reflect.DeepEqual(unions, want) {
		t.Errorf("unions are %q, want %q", unions, want)
	}
}

var (
	comment = regexp.MustCompile(`^\s*(//.*|/\*\*.*\*/)?$`)
	opening = regexp.MustCompile(`^export interface (\w+) \{$`)
	member  = regexp.MustCompile(`^  (\w+\??: [\w\[\]<>, ]+(?: \| null)?);$`)
	union   = regexp.MustCompile(`^export type (\w+) = ("[\w-]+"(?: \| "[\w-]+")*);$`)
)

// readTypes reads documents.d.ts: the members of each interface, and the texts of each
// union. It knows the few forms that the file is written in, and fails at others.
func readTypes(t *testing.T) (interfaces, unions map[string][]string) {
	t.Helper()
	source, err := os.ReadFile("documents.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	interfaces, unions = map[string][]string{}, map[string][]string{}
	inside := ""
	for line := range strings.Lines(string(source)) {
		line = strings.TrimSuffix(line, "\n")
		if comment.MatchString(line) {
			continue
		}
		if m := opening.FindStringSubmatch(line); m != nil && inside == "" {
			inside = m[1]
			interfaces[inside] = nil
		} else if m := member.FindStringSubmatch(line); m != nil && inside != "" {
			interfaces[inside] = append(interfaces[inside], m[1])
		} else if m := union.FindStringSubmatch(line); m != nil && inside == "" {
			unions[m[1]] = strings.Split(strings.Trim(m[2], `"`), `" | "`)
		} else if line == "}" && inside != "" {
			inside = ""
		} else {
			t.Fatalf("cannot read %q", line)
		}
	}
	return interfaces, unions
}

// fieldsOf gives a struct's fields as TypeScript has them.
func fieldsOf(t *testing.T, structure reflect.Type) []string {
	t.Helper()
	var fields []string
	for f := range structure.Fields() {
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch option {
		case "omitempty":
			name += "?"
		case "":
		default:
			t.Fatalf("%s.%s: no TypeScript is known for the option %s", structure, f.Name, option)
		}
		typ := typeOf(t, f.Type)
		if option == "" && f.Type.Kind() == reflect.Pointer {
			typ += " | null"
		}
		fields = append(fields, name+": "+typ)
	}
	return fields
}

// typeOf gives a Go type's name in TypeScript.
func typeOf(t *testing.T, goType reflect.Type) string {
	t.Helper()
	switch goType.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int64, reflect.Float64:
		return "number"
	case reflect.Slice:
		return typeOf(t, goType.Elem()) + "[]"
	case reflect.Map:
		return "Record<" + typeOf(t, goType.Key()) + ", " + typeOf(t, goType.Elem()) + ">"
	case reflect.Pointer:
		return typeOf(t, goType.Elem())
	case reflect.Struct:
		for name, value := range published {
			if reflect.TypeOf(value) == goType {
				return name
			}
		}
	}
	t.Fatalf("no TypeScript is known for %s", goType)
	return ""
}
