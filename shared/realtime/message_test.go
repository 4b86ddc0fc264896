package realtime

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/coder/websocket"
)

func TestCursor(t *testing.T) {
	for _, c := range []cursor{{"a1b2", 0, "c3d4", 0}, {"a1b2", 1 << 40, "c3d4", 12}} {
		if got, ok := parseCursor(c.String()); !ok || got != c {
			t.Errorf("%s is read as %+v, %t", c, got, ok)
		}
	}
	for _, text := range []string{"", anew, "a-1-b", "a-1-b-1-c", "a-x-b-1", "a-1-b-x", "a--1-b-1", "a-1-b--1", "a-1.5-b-1", "a-99999999999999999999-b-1", strings.Repeat("a", 100) + "-1-b-1"} {
		if got, ok := parseCursor(text); ok {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

// FuzzCursor reads arbitrary cursors: what is accepted says the same when it is
// written again.
func FuzzCursor(f *testing.F) {
	f.Add("a1b2-12-c3d4-3")
	f.Add("a--1-b-1")
	f.Add("-+1--0")
	f.Fuzz(func(t *testing.T, text string) {
		c, ok := parseCursor(text)
		if !ok {
			return
		}
		if again, ok := parseCursor(c.String()); !ok || again != c || c.position < 0 || c.presence < 0 {
			t.Fatalf("%q is read as %+v, and again as %+v, %t", text, c, again, ok)
		}
	})
}

// FuzzHello reads arbitrary messages: what is accepted is an authentication in
// proper JSON and nothing besides.
func FuzzHello(f *testing.F) {
	f.Add(`{"type":"authenticate","accessToken":"x"}`)
	f.Add(`{"type":"authenticate","accessToken":"x","cursor":"a-1-b-1"}`)
	f.Add(`{"type":"authenticate","accessToken":"x"}}`)
	f.Add(`{"type":"authenticate","accessToken":"x","accessToken":"y"}`)
	f.Add(`{"TYPE":"authenticate","accessToken":"x"}`)
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := parseHello(websocket.MessageBinary, []byte(text)); err == nil {
			t.Fatalf("%q is accepted as a binary message", text)
		}
		h, err := parseHello(websocket.MessageText, []byte(text))
		if err != nil {
			return
		}
		var members map[string]*string
		if err := json.Unmarshal([]byte(text), &members); err != nil || !utf8.ValidString(text) {
			t.Fatalf("%q is accepted, but %v", text, err)
		}
		for name := range members {
			if name != "type" && name != "accessToken" && name != "cursor" {
				t.Fatalf("%q is accepted with the field %q", text, name)
			}
		}
		if h.Type != "authenticate" || h.AccessToken == "" {
			t.Fatalf("%q is accepted as %+v", text, h)
		}
	})
}

func TestMessages(t *testing.T) {
	for message, want := range map[string]string{
		string(changeMessage("a-1-b-2", "rooms/r", json.RawMessage(`{"id":"r"}`))): `{"type":"change","cursor":"a-1-b-2","path":"rooms/r","data":{"id":"r"}}`,
		string(changeMessage("a-1-b-2", "rooms/r", nil)):                           `{"type":"change","cursor":"a-1-b-2","path":"rooms/r","data":null}`,
		string(currentMessage("a-1-b-2")):                                          `{"type":"current","cursor":"a-1-b-2"}`,
		string(resetMessage):                                                       `{"type":"reset"}`,
	} {
		if message != want {
			t.Errorf("message is %s, want %s", message, want)
		}
	}
	got, err := notificationMessage(Notification{Title: "Kitchen", Message: "Ann added you", NavigateURL: "/rooms/r", Level: "info"})
	if want := `{"type":"notification","title":"Kitchen","message":"Ann added you","navigateUrl":"/rooms/r","level":"info"}`; err != nil || string(got) != want {
		t.Errorf("notification is %s, %v, want %s", got, err, want)
	}
}
