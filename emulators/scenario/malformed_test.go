package scenario

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// command is what the API's own description says of a command's body.
type command struct {
	name     string
	fields   map[string]schema
	required []string
}

// schema is what the description says of a field.
type schema struct {
	Type       string
	Format     string
	Required   []string
	Properties map[string]schema
}

// good is a value of the right type, in JSON.
func (f schema) good() string {
	switch {
	case f.Type == "string" && f.Format == "date-time":
		return `"2031-07-01T18:00:00Z"`
	case f.Type == "object":
		var members []string
		for _, name := range f.Required {
			members = append(members, fmt.Sprintf("%q:%s", name, f.Properties[name].good()))
		}
		return "{" + strings.Join(members, ",") + "}"
	default:
		return map[string]string{"string": `"x"`, "integer": "1", "array": "[]"}[f.Type]
	}
}

// wrong are values that the field must not have.
func (f schema) wrong() []string {
	if f.Format == "date-time" {
		return append([]string{`"x"`, `"2031-07-01"`, `"2031-02-30T18:00:00Z"`}, wrong["string"]...)
	}
	return wrong[f.Type]
}

// described reads all commands from the API's description.
func (p *person) described() (commands []command) {
	p.t.Helper()
	var api struct {
		Paths map[string]struct {
			Post *struct {
				OperationID string `json:"operationId"`
			}
		}
		Components struct {
			Schemas map[string]schema
		}
	}
	p.get("/v1/openapi.json").into(&api)
	for _, path := range slices.Sorted(maps.Keys(api.Paths)) {
		if api.Paths[path].Post == nil {
			continue
		}
		c := command{name: api.Paths[path].Post.OperationID}
		words := strings.Split(c.name, "-")
		for i, word := range words {
			words[i] = strings.ToUpper(word[:1]) + word[1:]
		}
		schema := api.Components.Schemas[strings.Join(words, "")+"Request"]
		c.required, c.fields = schema.Required, schema.Properties
		commands = append(commands, c)
	}
	return commands
}

// wrong are values that a field of a type must not have.
var wrong = map[string][]string{
	"string":  {"1", "true", "null", "[]", "{}"},
	"integer": {`"1"`, "1.5", "true", "null", "[]", "1e400", "99999999999999999999"},
	"array":   {`"x"`, "1", "null", "{}", "[1]", "[null]"},
	"object":  {`"x"`, "1", "null", "[]", "[{}]", `{"x":1}`},
}

// trial is a request that must be refused.
type trial struct {
	name   string
	body   string
	header http.Header
	code   string
	field  string // that the problem names; "": none or any
}

// good writes a body whose fields have the right types, with some written as given.
func (c command) good(raw map[string]string) string {
	var members []string
	for _, field := range slices.Sorted(maps.Keys(c.fields)) {
		value, given := raw[field]
		if !given {
			value = c.fields[field].good()
		}
		if value != "" {
			members = append(members, fmt.Sprintf("%q:%s", field, value))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// trials are all ways to get a command's body wrong.
func (c command) trials() []trial {
	trials := []trial{
		{name: "half an object", body: "{", code: "malformed"},
		{name: "not JSON", body: "hello", code: "malformed"},
		{name: "null", body: "null", code: "malformed"},
		{name: "a list", body: "[]", code: "malformed"},
		{name: "a string", body: `"x"`, code: "malformed"},
		{name: "a number", body: "1", code: "malformed"},
		{name: "blanks", body: "  ", code: "malformed"},
		{name: "unknown field", body: strings.Replace(c.good(nil), "{", `{"admin":true,`, 1), code: "malformed", field: "admin"},
		{name: "trailing object", body: c.good(nil) + "{}", code: "malformed"},
		{name: "trailing text", body: c.good(nil) + "x", code: "malformed"},
		{name: "trailing bracket", body: c.good(nil) + "}", code: "malformed"},
		{name: "invalid UTF-8", body: "{\"\xff\":1}", code: "malformed"},
		{name: "64 KiB and one byte", body: c.good(nil) + strings.Repeat(" ", 64<<10+1-len(c.good(nil))), code: "too-large"},
		{name: "a megabyte", body: `{"x":"` + strings.Repeat("x", 1<<20) + `"}`, code: "too-large"},
	}
	for _, contentType := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "application/jsonp"} {
		trials = append(trials, trial{name: "Content-Type " + contentType, body: c.good(nil), header: http.Header{"Content-Type": {contentType}}, code: "unsupported-media-type"})
	}
	if len(c.required) > 0 {
		trials = append(trials, trial{name: "no body", code: "malformed"}, trial{name: "empty object", body: "{}", code: "malformed"})
	}
	for _, field := range c.required {
		trials = append(trials, trial{name: "no " + field, body: c.good(map[string]string{field: ""}), code: "malformed", field: field})
	}
	for field, kind := range c.fields {
		for _, value := range kind.wrong() {
			trials = append(trials, trial{name: field + " is " + value, body: c.good(map[string]string{field: value}), code: "malformed"})
		}
		twice := strings.Replace(c.good(nil), "{", fmt.Sprintf("{%q:%s,", field, kind.good()), 1)
		shouted := strings.Replace(c.good(nil), `"`+field+`"`, `"`+strings.ToUpper(field)+`"`, 1)
		trials = append(trials,
			trial{name: field + " twice", body: twice, code: "malformed", field: field},
			trial{name: field + " in capitals", body: shouted, code: "malformed", field: strings.ToUpper(field)})
		if kind.Type == "string" {
			trials = append(trials,
				trial{name: "invalid UTF-8 in " + field, body: c.good(map[string]string{field: "\"\xc3\x28\""}), code: "malformed"},
				trial{name: "half a surrogate in " + field, body: c.good(map[string]string{field: `"\ud800"`}), code: "malformed"})
		}
	}
	for name, keys := range map[string][]string{
		"empty": {""}, "blank inside": {"a b"}, "too long": {strings.Repeat("k", 129)}, "not ASCII": {"clé"}, "control character": {"a\tb"}, "two": {"a", "b"},
	} {
		trials = append(trials, trial{name: "idempotency key " + name, body: c.good(nil), header: http.Header{"Idempotency-Key": keys}, code: "malformed", field: "Idempotency-Key"})
	}
	return trials
}

func testMalformed(t *testing.T, s *suite) {
	own := s.alone(t)
	ann, bob := own.person(t, "Ann"), own.person(t, "Bob")
	ann.plan(fields{"roomId": ann.newRoom(bob)})
	state := func() string {
		var all []string
		for _, path := range []string{"/v1/me", "/v1/users", "/v1/rooms", "/v1/meetups"} {
			all = append(all, string(ann.get(path).Body))
		}
		return strings.Join(all, "\n")
	}
	var before string
	ann.users(func(map[string]someone) error { before = state(); return nil })
	commands := ann.described()
	if len(commands) < 24 {
		t.Fatalf("only %d commands are described", len(commands))
	}
	for _, c := range commands {
		for _, trial := range c.trials() {
			t.Run(c.name+" "+trial.name, func(t *testing.T) { ann.in(t).try(c, trial) })
		}
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			a := ann.send(method, "/v1/"+c.name, nil, http.Header{})
			if _, err := a.problem("malformed", http.StatusMethodNotAllowed); err != nil || a.Header.Get("Allow") != http.MethodPost {
				t.Errorf("%s %s: %v, Allow: %q", method, c.name, err, a.Header.Get("Allow"))
			}
		}
	}
	if after := state(); after != before {
		t.Errorf("refused commands have changed\n%s\nto\n%s", before, after)
	}
	ann.get("/v1/nothing").refused("not-found")
	ann.send(http.MethodPost, "/v1/rooms/x/y", nil, http.Header{}).refused("not-found")
}

// try sends a request that must be refused, and checks how.
func (p *person) try(c command, trial trial) {
	p.t.Helper()
	header := http.Header{"Content-Type": {"application/json"}}
	maps.Copy(header, trial.header)
	if header.Get("Content-Type") == "" {
		header.Del("Content-Type")
	}
	problem := p.send(http.MethodPost, "/v1/"+c.name, []byte(trial.body), header).refused(trial.code)
	if trial.field != "" && (len(problem.Errors) != 1 || problem.Errors[0].Field != trial.field) {
		p.t.Errorf("errors are %+v, want one about %s", problem.Errors, trial.field)
	}
	if text, err := json.Marshal(problem); err != nil || strings.Contains(string(text), "json:") || strings.Contains(string(text), "Go ") {
		p.t.Errorf("the problem speaks of the program: %s", text)
	}
}
