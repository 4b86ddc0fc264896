package httpapi_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/go-json-experiment/json"

	"boochat/shared/httpapi"
)

type place struct {
	Label    string   `json:"label"`
	Latitude *float64 `json:"latitude,omitzero"`
}

type choice struct {
	Text string `json:"text"`
}

// plan has a field of every sort that commands have.
type plan struct {
	Name     string    `json:"name"`
	Count    int       `json:"count"`
	At       time.Time `json:"at,omitzero"`
	Open     bool      `json:"open,omitzero"`
	Sequence uint64    `json:"sequence,omitzero"`
	Place    *place    `json:"place,omitzero"`
	People   []string  `json:"people,omitempty"`
	Choices  []choice  `json:"choices,omitzero"`
}

func post(contentType, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/v1/plan", strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

func decode[T any](r *http.Request) (T, *httptest.ResponseRecorder) {
	w := httptest.NewRecorder()
	request, err := httpapi.Decode[T](w, r)
	if err != nil {
		httpapi.WriteError(w, r, err)
	}
	return request, w
}

func TestDecode(t *testing.T) {
	latitude := 48.2
	for _, test := range []struct {
		name, body string
		want       plan
	}{
		{"only what is required", `{"name":"x","count":0}`, plan{Name: "x"}},
		{"everything", `{"name":"é","count":-1,"at":"2026-11-24T18:30:00+01:00","open":true,"sequence":7,
			"place":{"label":"Café","latitude":48.2},"people":["a","b"],"choices":[{"text":"t"}]}`,
			plan{Name: "é", Count: -1, At: time.Date(2026, 11, 24, 17, 30, 0, 0, time.UTC), Open: true, Sequence: 7,
				Place: &place{"Café", &latitude}, People: []string{"a", "b"}, Choices: []choice{{"t"}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, w := decode[plan](post("application/json; charset=UTF-8", test.body))
			got.At = got.At.UTC()
			if w.Body.Len() > 0 || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v %s", got, w.Body)
			}
		})
	}
}

func TestAnEmptyBodyIsAnEmptyObject(t *testing.T) {
	for _, contentType := range []string{"", "application/json"} {
		if _, w := decode[struct{}](post(contentType, "")); w.Body.Len() > 0 {
			t.Errorf("refused with content type %q: %s", contentType, w.Body)
		}
	}
	if _, w := decode[choice](post("", "")); w.Code != 400 {
		t.Errorf("a missing field was not noticed: %d %s", w.Code, w.Body)
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := `"name":"x","count":1`
	for _, test := range []struct {
		name, body, field, detail string
	}{
		{"no JSON", `name=x`, "", "The body is not valid JSON in UTF-8; look at byte 1. Send one JSON object and nothing after it."},
		{"half an object", `{"name":"x"`, "", "The body is not valid JSON in UTF-8; look at byte 11. Send one JSON object and nothing after it."},
		{"trailing data", `{` + good + `}{}`, "", "The body is not valid JSON in UTF-8; look at byte 22. Send one JSON object and nothing after it."},
		{"invalid UTF-8", "{\"name\":\"\xff\"}", "", "The body is not valid JSON in UTF-8; look at byte 9. Send one JSON object and nothing after it."},
		{"half a surrogate pair", `{"name":"\ud800"}`, "", "The body is not valid JSON in UTF-8; look at byte 9. Send one JSON object and nothing after it."},
		{"a list", `[]`, "", "The body must be a JSON object, such as {}."},
		{"null", `null`, "", "The body must be a JSON object, such as {}."},
		{"unknown field", `{` + good + `,"nmae":"x"}`, "nmae", `"nmae" is not a field here. Check its spelling, in which case matters, or leave it out.`},
		{"another case", `{"Name":"x"}`, "Name", `"Name" is not a field here. Check its spelling, in which case matters, or leave it out.`},
		{"unknown inner field", `{` + good + `,"place":{"zip":1}}`, "place.zip", `"place.zip" is not a field here. Check its spelling, in which case matters, or leave it out.`},
		{"field twice", `{"name":"x","name":"y"}`, "name", `"name" is there twice. Send it once.`},
		{"number for string", `{"name":1}`, "name", `"name" must be a string.`},
		{"string for number", `{"count":"1"}`, "count", `"count" must be a whole number without fraction or exponent, and not too big.`},
		{"fraction", `{"count":1.5}`, "count", `"count" must be a whole number without fraction or exponent, and not too big.`},
		{"over 64 bits", `{"count":99999999999999999999}`, "count", `"count" must be a whole number without fraction or exponent, and not too big.`},
		{"negative", `{"sequence":-1}`, "sequence", `"sequence" must be a whole number from 0 on without fraction or exponent, and not too big.`},
		{"over a float", `{"place":{"latitude":1e999}}`, "place.latitude", `"place.latitude" must be a number, and not too big.`},
		{"no boolean", `{"open":"yes"}`, "open", `"open" must be true or false.`},
		{"no time", `{"at":"tomorrow"}`, "at", `"at" must be a time in the form of RFC 3339, such as 2026-11-24T18:30:00Z.`},
		{"a number as time", `{"at":5}`, "at", `"at" must be a time in the form of RFC 3339, such as 2026-11-24T18:30:00Z.`},
		{"no list", `{"people":"ann"}`, "people", `"people" must be a list.`},
		{"no object", `{"place":"here"}`, "place", `"place" must be an object.`},
		{"wrong type in a list", `{"choices":[{"text":"a"},{"text":2}]}`, "choices.1.text", `"choices.1.text" must be a string.`},
		{"too deep", `{"people":` + strings.Repeat("[", 20_000), "", "The body is not valid JSON in UTF-8; look at byte 10009. Send one JSON object and nothing after it."},
		{"a null", `{"name":null,"count":1}`, "name", `"name" must not be null. Leave it out if it has no value.`},
		{"an optional null", `{` + good + `,"place":null}`, "place", `"place" must not be null. Leave it out if it has no value.`},
		{"a null in a list", `{` + good + `,"people":[null]}`, "people.0", `"people.0" must not be null. Leave it out if it has no value.`},
		{"missing inside", `{` + good + `,"choices":[{}]}`, "choices.0.text", `"choices.0.text" is required.`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, w := decode[plan](post("application/json", test.body))
			problem := problemIn(t, w)
			if problem.Code != httpapi.CodeMalformed || problem.Detail != test.detail {
				t.Errorf("got %+v", problem)
			}
			switch {
			case test.field == "" && problem.Errors != nil:
				t.Errorf("blames %v", problem.Errors)
			case test.field != "" && (len(problem.Errors) != 1 || problem.Errors[0].Field != test.field):
				t.Errorf("blames %v, not %s", problem.Errors, test.field)
			}
			if !reflect.DeepEqual(got, plan{}) {
				t.Errorf("gave %+v all the same", got)
			}
		})
	}
}

func TestAllMissingFieldsAreReportedAtOnce(t *testing.T) {
	_, w := decode[plan](post("application/json", `{"place":{}}`))
	problem := problemIn(t, w)
	if want := `"name" is required. "count" is required. "place.label" is required.`; problem.Detail != want {
		t.Errorf("got %q, want %q", problem.Detail, want)
	}
	if len(problem.Errors) != 3 || problem.Errors[2].Field != "place.label" {
		t.Errorf("got %v", problem.Errors)
	}
}

func TestTheAnswerStaysSmall(t *testing.T) {
	for _, body := range []string{
		`{"name":"x","count":1,"choices":[` + strings.Repeat("{},", 5000) + `{}]}`,
		`{"name":"x","count":1,"people":[` + strings.Repeat("null,", 5000) + `null]}`,
		`{"` + strings.Repeat("é", 5000) + `":1}`,
	} {
		_, w := decode[plan](post("application/json", body))
		if w.Code != 400 || w.Body.Len() > 5000 {
			t.Errorf("%d with %d bytes", w.Code, w.Body.Len())
		}
	}
}

func TestMediaTypes(t *testing.T) {
	for contentType, status := range map[string]int{
		"application/json": 200, "Application/JSON;charset=utf-8": 200,
		"": 415, "text/plain": 415, "application/json; charset=latin1": 415, "application/jsonp": 415,
		"application/x-www-form-urlencoded": 415, "application/json;;": 415,
	} {
		if _, w := decode[choice](post(contentType, `{"text":"x"}`)); w.Code != status {
			t.Errorf("%q: got %d, want %d: %s", contentType, w.Code, status, w.Body)
		}
	}
}

func TestBodyLimit(t *testing.T) {
	body := func(size int) string {
		return `{"text":"` + strings.Repeat("x", size-len(`{"text":""}`)) + `"}`
	}
	for _, test := range []struct {
		name    string
		request *http.Request
		status  int
	}{
		{"exactly the limit", post("application/json", body(httpapi.MaxBody)), 200},
		{"one more, announced", post("application/json", body(httpapi.MaxBody+1)), 413},
		{"one more, not announced", chunked(strings.NewReader(body(httpapi.MaxBody + 1))), 413},
		{"endless", chunked(endless{}), 413},
		{"broken off", chunked(iotest.ErrReader(io.ErrUnexpectedEOF)), 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, w := decode[choice](test.request); w.Code != test.status {
				t.Errorf("got %d, want %d: %s", w.Code, test.status, w.Body)
			}
		})
	}
}

func TestAnAnnouncedOverlongBodyIsNotRead(t *testing.T) {
	r := post("application/json", "")
	r.Body = io.NopCloser(iotest.ErrReader(errors.New("read")))
	r.ContentLength = httpapi.MaxBody + 1
	if _, w := decode[choice](r); w.Code != 413 {
		t.Errorf("got %d: %s", w.Code, w.Body)
	}
}

func chunked(body io.Reader) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/v1/plan", body)
	r.ContentLength = -1
	r.Header.Set("Content-Type", "application/json")
	return r
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return copy(b, " "), nil }

// Whatever is accepted means the same after it was written and read again.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"name":"x","count":1}`, `{"name":"x","count":1,"at":"2026-11-24T18:30:00.5+01:00","open":true,"place":{"label":"y","latitude":-0.0}}`,
		`{"name":"x","count":1,"people":["a"],"choices":[{"text":"\u00e9\n"}]}`, `null`, `[]`, `{"name":null}`, `{"place":{}}`, "\xff", ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		first, err := httpapi.Decode[plan](httptest.NewRecorder(), post("application/json", string(body)))
		if err != nil {
			if _, ok := errors.AsType[*httpapi.Problem](err); !ok {
				t.Fatalf("%T is not a problem: %v", err, err)
			}
			return
		}
		again, err := json.Marshal(first)
		if err != nil {
			t.Fatalf("accepted, but cannot be written: %v", err)
		}
		second, err := httpapi.Decode[plan](httptest.NewRecorder(), post("application/json", string(again)))
		if err != nil {
			t.Fatalf("accepted %q, but not as %q: %v", body, again, err)
		}
		if third, err := json.Marshal(second); err != nil || string(third) != string(again) {
			t.Fatalf("%q became %q (%v)", again, third, err)
		}
	})
}

func BenchmarkDecodeSendMessage(b *testing.B) {
	type sendMessage struct {
		ID      string `json:"id,omitzero"`
		RoomID  string `json:"roomId"`
		Content string `json:"content"`
	}
	body := `{"roomId":"0199f3f2-7c1e-7b52-9c70-2f6f4f1d3a5e","content":"` + strings.Repeat("Are you coming? ", 8) + `"}`
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := httpapi.Decode[sendMessage](nil, post("application/json", body)); err != nil {
			b.Fatal(err)
		}
	}
}
