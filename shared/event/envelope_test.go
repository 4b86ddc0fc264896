package event_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"boochat/shared/event"
)

// whole has every field.
var whole = event.Envelope{
	ID: "0196f1c2-0000-7000-8000-000000000001", Type: "room.message-sent", Version: 2, Stream: "room_R", Sequence: 42,
	Time: time.Date(2026, 5, 4, 3, 2, 1, int(7*time.Millisecond), time.UTC), Actor: "ann",
	Data: json.RawMessage(`{"content":"hi"}`), CorrelationID: "c1", CausationID: "c2",
	Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Fingerprint: "f",
}

func encode(t *testing.T, e event.Envelope) string {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestEnvelopeIsACloudEvent pins the stored form: it must never change.
func TestEnvelopeIsACloudEvent(t *testing.T) {
	for name, c := range map[string]struct {
		e    event.Envelope
		want string
	}{
		"with everything": {whole, `{"specversion":"1.0","id":"0196f1c2-0000-7000-8000-000000000001","source":"/boochat","type":"room.message-sent",` +
			`"subject":"room_R","time":"2026-05-04T03:02:01.007Z","datacontenttype":"application/json","dataversion":2,"sequence":"000000000042",` +
			`"actor":"ann","correlationid":"c1","causationid":"c2","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","fingerprint":"f",` +
			`"data":{"content":"hi"}}`},
		"with what is required": {event.Envelope{ID: "1", Type: "t", Version: 1, Stream: "room_R", Sequence: 1, Time: whole.Time, Data: json.RawMessage(`{}`)},
			`{"specversion":"1.0","id":"1","source":"/boochat","type":"t","subject":"room_R","time":"2026-05-04T03:02:01.007Z",` +
				`"datacontenttype":"application/json","dataversion":1,"sequence":"000000000001","data":{}}`},
	} {
		if got := encode(t, c.e); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
		var back event.Envelope
		if err := json.Unmarshal([]byte(c.want), &back); err != nil || !reflect.DeepEqual(back, c.e) {
			t.Errorf("%s: read as %+v, error %v, want %+v", name, back, err, c.e)
		}
	}
}

func TestTimeIsInUTCAndMilliseconds(t *testing.T) {
	clock := func() time.Time {
		return time.Date(2026, 5, 4, 10, 2, 1, 7_999_999, time.FixedZone("", 7*3600))
	}
	if got := event.Now(clock); got != whole.Time {
		t.Errorf("now is %s, want %s", got, whole.Time)
	}
	for _, text := range []string{"2026-05-04T03:02:01.007Z", "2026-05-04T10:02:01.0079+07:00"} {
		var e event.Envelope
		if err := json.Unmarshal([]byte(strings.Replace(encode(t, whole), "2026-05-04T03:02:01.007Z", text, 1)), &e); err != nil || e.Time != whole.Time {
			t.Errorf("%s is read as %s, error %v, want %s", text, e.Time, err, whole.Time)
		}
	}
}

func TestEnvelopeRefusesWhatIsNotOneOfOurs(t *testing.T) {
	for name, c := range map[string]struct {
		change map[string]any // nil takes the attribute away
		says   string
	}{
		"no version of the format": {map[string]any{"specversion": nil}, "specversion"},
		"another version":          {map[string]any{"specversion": "0.3"}, "specversion"},
		"another source":           {map[string]any{"source": "/elsewhere"}, "source"},
		"no id":                    {map[string]any{"id": nil}, "id and type"},
		"no type":                  {map[string]any{"type": ""}, "id and type"},
		"no stream":                {map[string]any{"subject": nil}, "subject"},
		"a stream without an id":   {map[string]any{"subject": "room_"}, "subject"},
		"no time":                  {map[string]any{"time": nil}, "time"},
		"another form of time":     {map[string]any{"time": "4 May 2026"}, "time"},
		"a year that is none":      {map[string]any{"time": "0001-01-01T00:00:00+01:00"}, "outside the years"},
		"a year too far":           {map[string]any{"time": "9999-12-31T23:59:59-01:00"}, "outside the years"},
		"no sequence":              {map[string]any{"sequence": nil}, "sequence"},
		"sequence zero":            {map[string]any{"sequence": "000000000000"}, "sequence"},
		"a negative sequence":      {map[string]any{"sequence": "-1"}, "sequence"},
		"a sequence too large":     {map[string]any{"sequence": "9223372036854775808"}, "sequence"},
		"a sequence as a number":   {map[string]any{"sequence": 42}, "not a CloudEvent"},
		"no version of the data":   {map[string]any{"dataversion": nil}, "dataversion"},
		"a negative version":       {map[string]any{"dataversion": -1}, "dataversion"},
		"no data":                  {map[string]any{"data": nil}, "data"},
	} {
		attributes := map[string]any{}
		if err := json.Unmarshal([]byte(encode(t, whole)), &attributes); err != nil {
			t.Fatal(err)
		}
		maps.Copy(attributes, c.change)
		maps.DeleteFunc(attributes, func(_ string, value any) bool { return value == nil })
		data, err := json.Marshal(attributes)
		if err != nil {
			t.Fatal(err)
		}
		before := event.Envelope{ID: "as it was"}
		e := before
		if err := json.Unmarshal(data, &e); err == nil || !strings.Contains(err.Error(), c.says) || !reflect.DeepEqual(e, before) {
			t.Errorf("%s: read as %+v, error %v, want one about %q", name, e, err, c.says)
		}
	}
	for _, text := range []string{`[]`, `"event"`, `{"id":`} {
		if err := new(event.Envelope).UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}

// TestUnknownAttributesAreIgnored: brokers and later programs may add some.
func TestUnknownAttributesAreIgnored(t *testing.T) {
	text := strings.Replace(encode(t, whole), `{`, `{"knativearrivaltime":"2026","dataschema":{"a":1},`, 1)
	var e event.Envelope
	if err := json.Unmarshal([]byte(text), &e); err != nil || !reflect.DeepEqual(e, whole) {
		t.Errorf("read as %+v, error %v", e, err)
	}
}

// FuzzEnvelope: whatever arrives, reading it does not panic; and what is accepted
// is written as the same event.
func FuzzEnvelope(f *testing.F) {
	data, err := json.Marshal(whole)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(bytes.Replace(data, []byte(`{"content":"hi"}`), []byte(` [ 1, "<\u2028>", null ] `), 1))
	f.Add(bytes.Replace(data, []byte(`01.007Z`), []byte(`01.0079-23:59`), 1))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, second event.Envelope
		if json.Unmarshal(data, &first) != nil {
			return
		}
		written, err := json.Marshal(first)
		if err != nil {
			t.Fatalf("%+v was read, but cannot be written: %v", first, err)
		}
		if err := json.Unmarshal(written, &second); err != nil {
			t.Fatalf("%s was written, but cannot be read: %v", written, err)
		}
		// Writing takes blanks out of the data and escapes what HTML would mistake.
		var compact, escaped bytes.Buffer
		if err := json.Compact(&compact, first.Data); err != nil {
			t.Fatal(err)
		}
		json.HTMLEscape(&escaped, compact.Bytes())
		first.Data = escaped.Bytes()
		if !reflect.DeepEqual(first, second) {
			t.Fatalf("read %+v, and after writing %+v", first, second)
		}
	})
}
