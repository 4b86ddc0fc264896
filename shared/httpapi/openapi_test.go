package httpapi_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"boochat/shared/httpapi"
)

type person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type item struct {
	Sequence  uint64    `json:"sequence" jsonschema:"description=Its number in the room"`
	Sender    *person   `json:"sender,omitzero"`
	Content   string    `json:"content"`
	Timestamp time.Time `json:"timestamp"`
}

type itemPage struct {
	Items     []item `json:"items"`
	HasBefore bool   `json:"hasBefore"`
}

type createRoom struct {
	ID             string   `json:"id,omitzero" jsonschema:"minLength=1,maxLength=128,pattern=^[A-Za-z0-9_-]+$,description=Chosen by the client; a random one if it is left out"`
	Name           string   `json:"name" jsonschema:"minLength=1,maxLength=100,description=What the room is called"`
	ParticipantIDs []string `json:"participantIds" jsonschema:"maxItems=500,description=Who is in besides you"`
	Place          *place   `json:"place,omitzero" jsonschema:"description=Where you meet"`
	Kind           string   `json:"kind,omitzero" jsonschema:"enum=open,enum=closed"`
}

type roomCreated struct {
	RoomID   string `json:"roomId"`
	Sequence uint64 `json:"sequence"`
}

type window struct {
	Before uint64 `json:"before,omitzero" jsonschema:"minimum=1,description=Items older than this one"`
	Limit  int    `json:"limit,omitzero" jsonschema:"minimum=1,maximum=200,default=50"`
}

// operations are one of every sort.
func operations() []httpapi.Operation {
	return []httpapi.Operation{
		{Name: "create-room", Method: http.MethodPost, Path: "/v1/create-room", Tag: "Rooms", Status: 201,
			Summary: "Create a room", Description: "You are always in it, and those you name join at once.",
			Request: createRoom{}, Response: roomCreated{}, Codes: []httpapi.Code{httpapi.CodeConflict, httpapi.CodeNotFound}},
		{Name: "items", Method: http.MethodGet, Path: "/v1/rooms/{id}/items", Tag: "Rooms", Status: 200,
			Summary: "Read a page of items", Query: window{}, Response: itemPage{}},
		{Name: "me", Method: http.MethodGet, Path: "/v1/me", Tag: "People", Status: 200,
			Summary: "Read your own profile", Response: person{}},
		{Name: "sign-out", Method: http.MethodPost, Path: "/v1/sign-out", Tag: "Signing in", Status: 204, Summary: "End this session"},
		{Name: "calendar-feed", Method: http.MethodGet, Path: "/v1/calendar/{secret}.ics", Tag: "Calendar", Public: true,
			Status: 200, Produces: "text/calendar", Summary: "Subscribe to your meetups"},
		{Name: "live", Method: http.MethodGet, Path: "/v1/live", Tag: "Live", Public: true, Status: 101, Summary: "Listen to changes"},
	}
}

func specification(t testing.TB) []byte {
	t.Helper()
	spec, err := httpapi.OpenAPI("Boochat", "1", "Chat and meetups for a group.", operations())
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// An independent implementation of the standard finds nothing wrong.
func TestOpenAPIIsValid(t *testing.T) {
	doc, err := libopenapi.NewDocument(specification(t))
	if err != nil {
		t.Fatal(err)
	}
	if doc.GetVersion() != "3.1.0" {
		t.Errorf("version %s", doc.GetVersion())
	}
	if _, err := doc.BuildV3Model(); err != nil { // resolves the references
		t.Error(err)
	}
	check, faults := validator.NewValidator(doc)
	if faults != nil {
		t.Fatal(faults)
	}
	if valid, faults := check.ValidateDocument(); !valid {
		for _, fault := range faults {
			t.Errorf("%s: %s %v", fault.Message, fault.Reason, fault.SchemaValidationErrors)
		}
	}
}

// The document holds what the handlers do: the same validator passes and refuses
// the same bodies as Decode and Limits.
func TestRequestsAreDescribedAsTheyAreDecoded(t *testing.T) {
	doc, err := libopenapi.NewDocument(specification(t))
	if err != nil {
		t.Fatal(err)
	}
	check, faults := validator.NewValidator(doc)
	if faults != nil {
		t.Fatal(faults)
	}
	for body, want := range map[string]bool{
		`{"name":"x","participantIds":[]}`:                                                 true,
		`{"name":"x","participantIds":["a"],"place":{"label":"y"},"kind":"open","id":"a"}`: true,
		`{"participantIds":[]}`:                                                            false,
		`{"name":"x"}`:                                                                     false,
		`{"name":"x","participantIds":[],"nmae":"y"}`:                                      false,
		`{"name":"x","participantIds":[],"place":{}}`:                                      false,
		`{"name":"x","participantIds":[],"place":{"label":"y","zip":1}}`:                   false,
		`{"name":"x","participantIds":null}`:                                               false,
		`{"name":1,"participantIds":[]}`:                                                   false,
		`{"name":"` + strings.Repeat("x", 101) + `","participantIds":[]}`:                  false,
		`{"name":"x","participantIds":[],"id":"a b"}`:                                      false,
		`{"name":"x","participantIds":[],"kind":"ajar"}`:                                   false,
		`{"name":"x","participantIds":[` + strings.Repeat(`"a",`, 500) + `"a"]}`:           false,
	} {
		r := post("application/json", body)
		r.URL.Path = "/v1/create-room"
		r.Header.Set("Authorization", "Bearer abc")
		if valid, faults := check.ValidateHttpRequest(r); valid != want {
			t.Errorf("%.80s: valid is %v, want %v: %v", body, valid, want, faults)
		}
	}
}

// at walks the document by the keys of objects.
func at(t *testing.T, document any, path ...string) any {
	t.Helper()
	for _, key := range path {
		object, ok := document.(map[string]any)
		if !ok || object[key] == nil {
			t.Fatalf("nothing at %v (%s)", path, key)
		}
		document = object[key]
	}
	return document
}

func TestWhatOpenAPISays(t *testing.T) {
	var doc any
	if err := json.Unmarshal(specification(t), &doc); err != nil {
		t.Fatal(err)
	}
	statuses := func(path, method string) []string {
		var all []string
		for status := range at(t, doc, "paths", path, method, "responses").(map[string]any) {
			all = append(all, status)
		}
		return all
	}
	for _, test := range []struct {
		path, method string
		want         string
	}{
		{"/v1/create-room", "post", "201 400 401 404 409 413 415 422 429 500 503"},
		{"/v1/rooms/{id}/items", "get", "200 400 401 404 422 429 500 503"},
		{"/v1/me", "get", "200 401 429 500 503"},
		{"/v1/sign-out", "post", "204 400 401 409 413 415 429 500 503"},
		{"/v1/calendar/{secret}.ics", "get", "200 404 429 500 503"},
	} {
		got := statuses(test.path, test.method)
		if len(got) != len(strings.Fields(test.want)) {
			t.Errorf("%s: got %v, want %s", test.path, got, test.want)
		}
		for _, status := range got {
			if !strings.Contains(test.want, status) {
				t.Errorf("%s: %s is too much", test.path, status)
			}
		}
	}
	conflict := at(t, doc, "paths", "/v1/create-room", "post", "responses", "409", "content", "application/problem+json", "schema", "properties", "code", "enum")
	if want := []any{"idempotency-key-reused", "conflict"}; !reflect.DeepEqual(conflict, want) {
		t.Errorf("codes of 409 are %v", conflict)
	}
	parameters := at(t, doc, "paths", "/v1/rooms/{id}/items", "get", "parameters").([]any)
	var names []string
	for _, parameter := range parameters {
		names = append(names, at(t, parameter, "in").(string)+" "+at(t, parameter, "name").(string))
	}
	if want := []string{"path id", "query before", "query limit"}; !reflect.DeepEqual(names, want) {
		t.Errorf("parameters are %v", names)
	}
	if security, public := at(t, doc, "paths", "/v1/live", "get").(map[string]any)["security"].([]any); !public || len(security) != 0 {
		t.Error("a public operation asks for a token")
	}
	if at(t, doc, "paths", "/v1/calendar/{secret}.ics", "get", "responses", "200", "content", "text/calendar") == nil {
		t.Error("the feed is not text/calendar")
	}
	if codes := at(t, doc, "components", "schemas", "Code", "oneOf").([]any); len(codes) != 12 {
		t.Errorf("%d codes are explained", len(codes))
	}
}

func TestOpenAPIRefusesWhatDoesNotFit(t *testing.T) {
	type createRoomRequest struct{}
	for _, test := range []struct {
		name string
		bend func([]httpapi.Operation) []httpapi.Operation
		want string
	}{
		{"two of one name", func(o []httpapi.Operation) []httpapi.Operation { return append(o, o[0]) },
			"describe create-room: its name or its path is taken"},
		{"an unknown code", func(o []httpapi.Operation) []httpapi.Operation { o[2].Codes = []httpapi.Code{"odd"}; return o },
			`describe me: there is no code "odd"`},
		{"a body that is no struct", func(o []httpapi.Operation) []httpapi.Operation { o[0].Request = "x"; return o },
			"describe create-room: string is not a struct"},
		{"two structs of one name", func(o []httpapi.Operation) []httpapi.Operation { o[2].Response = createRoomRequest{}; return o },
			"describe me: both httpapi_test.createRoom and httpapi_test.createRoomRequest would be the schema CreateRoomRequest"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := httpapi.OpenAPI("Boochat", "1", "", test.bend(operations()))
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// The document is the same in every run, so that a change of it is a change of the API.
func TestOpenAPIIsStable(t *testing.T) {
	first := string(specification(t))
	for range 10 {
		if string(specification(t)) != first {
			t.Fatal("it changes from run to run")
		}
	}
}
