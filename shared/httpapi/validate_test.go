package httpapi_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"boochat/shared/httpapi"
)

func TestLimits(t *testing.T) {
	name := func(v string) func(*httpapi.Limits) { return func(l *httpapi.Limits) { l.Name("f", &v) } }
	description := func(v string) func(*httpapi.Limits) { return func(l *httpapi.Limits) { l.Description("f", &v) } }
	content := func(v string) func(*httpapi.Limits) { return func(l *httpapi.Limits) { l.Content("f", &v) } }
	id := func(v string) func(*httpapi.Limits) { return func(l *httpapi.Limits) { l.ID("f", v) } }
	optionalID := func(v string) func(*httpapi.Limits) { return func(l *httpapi.Limits) { l.OptionalID("f", v) } }
	ids := func(v ...string) func(*httpapi.Limits) { return func(l *httpapi.Limits) { l.IDs("f", v, 2) } }
	image := func(v string) func(*httpapi.Limits) { return func(l *httpapi.Limits) { l.URL("f", v) } }
	optionalImage := func(v string) func(*httpapi.Limits) { return func(l *httpapi.Limits) { l.OptionalURL("f", v) } }

	location := func(v string) func(*httpapi.Limits) { return func(l *httpapi.Limits) { l.Location("f", &v) } }
	within := func(v float64) func(*httpapi.Limits) { return func(l *httpapi.Limits) { l.Range("f", v, -90, 90) } }
	oneOf := func(v string) func(*httpapi.Limits) { return func(l *httpapi.Limits) { l.OneOf("f", v, "yes", "no") } }

	const (
		notAnID    = `"f" must be an id: 1 to 128 characters from A-Z a-z 0-9 _ -.`
		notAnImage = `"f" must be an address that starts with https:// and has up to 2048 characters.`
		longURL    = "https://a.org/"
	)
	for _, test := range []struct {
		name  string
		check func(*httpapi.Limits)
		want  string // empty: within the limits
	}{
		{"shortest name", name("x"), ""},
		{"longest name, of code points", name(strings.Repeat("😀", 100)), ""},
		{"white space around a name", name(" \u3000" + strings.Repeat("x", 100) + "\n"), ""},
		{"too long a name", name(strings.Repeat("x", 101)), `"f" must have 1 to 100 characters, not counting white space at its ends; it has 101.`},
		{"a blank name", name(" \t\u00a0"), `"f" must have 1 to 100 characters, not counting white space at its ends; it has 0.`},
		{"a name of two lines", name("a\nb"), `"f" must not have control characters.`},
		{"longest location", location(strings.Repeat("ü", 200)), ""},
		{"too long a location", location(strings.Repeat("x", 201)), `"f" must have 1 to 200 characters, not counting white space at its ends; it has 201.`},
		{"the ends of a range", func(l *httpapi.Limits) { within(-90)(l); within(90)(l) }, ""},
		{"below a range", within(-90.5), `"f" must be from -90 to 90.`},
		{"above a range", within(91), `"f" must be from -90 to 90.`},
		{"one of a few", oneOf("no"), ""},
		{"none of them", oneOf("No"), `"f" must be one of: yes, no.`},
		{"longest description", description(strings.Repeat("x", 500)), ""},
		{"too long a description", description(strings.Repeat("x", 501)), `"f" must have 1 to 500 characters, not counting white space at its ends; it has 501.`},
		{"longest message", content(strings.Repeat("é", 4000)), ""},
		{"a message of lines", content("a\n\tb"), ""},
		{"too long a message", content(strings.Repeat("x", 4001)), `"f" must have 1 to 4000 characters, not counting white space at its ends; it has 4001.`},
		{"an empty message", content(""), `"f" must have 1 to 4000 characters, not counting white space at its ends; it has 0.`},
		{"a bell in a message", content("a\ab"), `"f" must not have control characters other than newline and tab.`},
		{"a C1 control in a message", content("a\u0085b"), `"f" must not have control characters other than newline and tab.`},
		{"shortest id", id("-"), ""},
		{"longest id", id(strings.Repeat("Az_9", 32)), ""},
		{"an empty id", id(""), notAnID},
		{"too long an id", id(strings.Repeat("x", 129)), notAnID},
		{"a slash in an id", id("a/b"), notAnID},
		{"a newline after an id", id("a\n"), notAnID},
		{"a letter beyond ASCII in an id", id("é"), notAnID},
		{"no id where it is optional", optionalID(""), ""},
		{"a bad id where it is optional", optionalID("a b"), notAnID},
		{"no ids", ids(), ""},
		{"as many ids as may be", ids("a", "b"), ""},
		{"one id too many", ids("a", "b", "c"), `"f" may have up to 2 ids.`},
		{"a bad one among ids", ids("a", ""), `"f.1" must be an id: 1 to 128 characters from A-Z a-z 0-9 _ -.`},
		{"an image", image("https://a.org/x.png?y=z"), ""},
		{"longest image address", image(longURL + strings.Repeat("x", 2048-len(longURL))), ""},
		{"too long an image address", image(longURL + strings.Repeat("x", 2049-len(longURL))), notAnImage},
		{"an image without TLS", image("http://a.org/x.png"), notAnImage},
		{"an image without host", image("https:///x.png"), notAnImage},
		{"an image that is a script", image("javascript:alert(1)"), notAnImage},
		{"an image that is no address", image("https://a.org/%zz"), notAnImage},
		{"an empty image", image(""), notAnImage},
		{"no image where it is optional", optionalImage(""), ""},
		{"a bad image where it is optional", optionalImage("x"), notAnImage},
	} {
		t.Run(test.name, func(t *testing.T) {
			var l httpapi.Limits
			test.check(&l)
			err := l.Err()
			if test.want == "" && err == nil {
				return
			}
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestTextIsTrimmed(t *testing.T) {
	name, content := "\u2003Ann ", "\n hi\nyou \u00a0"
	var l httpapi.Limits
	l.Name("name", &name)
	l.Content("content", &content)
	if name != "Ann" || content != "hi\nyou" || l.Err() != nil {
		t.Errorf("got %q and %q, %v", name, content, l.Err())
	}
}

func TestAllViolationsAreReportedAtOnce(t *testing.T) {
	var l httpapi.Limits
	l.ID("roomId", "")
	l.Add("readSequence", "\"readSequence\" must not be negative.")
	w := httptest.NewRecorder()
	httpapi.WriteError(w, httptest.NewRequest("POST", "/v1/open-room", nil), fmt.Errorf("check: %w", l.Err()))
	problem := problemIn(t, w)
	if w.Code != 422 || problem.Code != httpapi.CodeRuleViolated || problem.Rule != httpapi.RuleLimit {
		t.Errorf("got %d %+v", w.Code, problem)
	}
	if len(problem.Errors) != 2 || problem.Errors[0].Field != "roomId" || problem.Errors[1].Field != "readSequence" {
		t.Errorf("got %v", problem.Errors)
	}
	if want := `"roomId" must be an id: 1 to 128 characters from A-Z a-z 0-9 _ -. "readSequence" must not be negative.`; problem.Detail != want {
		t.Errorf("got %q", problem.Detail)
	}
}

func TestAListOfBadIdsHasAShortAnswer(t *testing.T) {
	var l httpapi.Limits
	l.IDs("participantIds", make([]string, 500), 500)
	if length := len(l.Err().Error()); length > 3000 {
		t.Errorf("the answer has %d characters", length)
	}
}
