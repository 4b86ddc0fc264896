package realtime

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/coder/websocket"
	jsonv2 "github.com/go-json-experiment/json"
)

// Notification is a message to one person's sockets (L-12 of the parity list).
type Notification struct {
	Title       string `json:"title"`
	Message     string `json:"message"`
	NavigateURL string `json:"navigateUrl"`
	Level       string `json:"level"` // "info", "warning" or "error"
}

// cursor says how far a listener has come: in the documents' feed, and in the
// comings and goings of people, which count anew with every process.
type cursor struct {
	generation string
	position   int64
	process    string
	presence   int64
}

// anew is the cursor of changes that are no place to go on from: whoever comes
// back with it begins anew.
const anew = "anew"

func (c cursor) String() string {
	return c.generation + "-" + strconv.FormatInt(c.position, 10) + "-" + c.process + "-" + strconv.FormatInt(c.presence, 10)
}

// parseCursor reads a cursor. What this server has not made is no cursor.
func parseCursor(text string) (c cursor, ok bool) {
	parts := strings.Split(text, "-")
	if len(parts) != 4 || len(text) > 100 {
		return cursor{}, false
	}
	position, positionErr := strconv.ParseInt(parts[1], 10, 64)
	presence, presenceErr := strconv.ParseInt(parts[3], 10, 64)
	c = cursor{generation: parts[0], position: position, process: parts[2], presence: presence}
	return c, positionErr == nil && presenceErr == nil && position >= 0 && presence >= 0
}

// changeMessage words a change. Data nil means that the document is gone, or no
// longer the listener's.
func changeMessage(cursor, path string, data json.RawMessage) []byte {
	if data == nil {
		data = json.RawMessage("null")
	}
	message := make([]byte, 0, len(data)+len(path)+len(cursor)+48)
	message = append(message, `{"type":"change","cursor":"`...)
	message = append(message, cursor...) // letters, digits and dashes, like a path's ids
	message = append(message, `","path":"`...)
	message = append(message, path...)
	message = append(message, `","data":`...)
	message = append(message, data...)
	return append(message, '}')
}

func currentMessage(cursor string) []byte {
	return []byte(`{"type":"current","cursor":"` + cursor + `"}`)
}

var resetMessage = []byte(`{"type":"reset"}`)

func notificationMessage(n Notification) ([]byte, error) {
	return json.Marshal(struct {
		Type string `json:"type"`
		Notification
	}{"notification", n})
}

// hello is what a client sends: first, and again before its token ends.
type hello struct {
	Type        string `json:"type"`
	AccessToken string `json:"accessToken"`
	Cursor      string `json:"cursor"`
}

// parseHello reads a client's message as strictly as commands are read.
func parseHello(kind websocket.MessageType, data []byte) (hello, error) {
	var h hello
	if kind != websocket.MessageText {
		return h, errors.New("the message is not text")
	}
	if err := jsonv2.Unmarshal(data, &h, jsonv2.RejectUnknownMembers(true)); err != nil {
		return hello{}, fmt.Errorf("the message is not what is expected here: %w", err)
	}
	switch {
	case h.Type != "authenticate":
		return hello{}, errors.New(`the only message is {"type":"authenticate","accessToken":"…"}`)
	case h.AccessToken == "":
		return hello{}, errors.New("accessToken is missing")
	}
	return h, nil
}
