// Package event defines what has happened: the envelope every event travels in,
// the streams events belong to, and the catalogue that maps stored names and
// versions to Go types. It does no I/O and knows no aggregate.
package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Source is the CloudEvents source of every event of this system.
const Source = "/boochat"

// Envelope is one stored event: a CloudEvent 1.0 in its JSON form, with the
// extensions sequence, actor, correlationid, causationid, traceparent,
// dataversion and fingerprint. The same bytes are stored and published.
type Envelope struct {
	ID       string          // unique in the whole store; made from the command's id
	Type     string          // stored name, such as "room.message-sent"
	Version  int             // version of the shape of Data, from 1
	Stream   Stream          // the CloudEvents subject
	Sequence int64           // position in the stream, from 1, without gaps
	Time     time.Time       // UTC, whole milliseconds
	Actor    string          // id of the user who did it, "" for the system
	Data     json.RawMessage // the payload in the shape of Version

	CorrelationID string // id of the command that began the whole chain
	CausationID   string // id of the command or event that directly caused this one
	Traceparent   string // W3C trace context of the request, if any
	Fingerprint   string // what the command asked for, so that a reused key is told from a repeat
}

// wire is the CloudEvents JSON form. Its sequence is a zero-padded string, as the
// CloudEvents sequence extension wants it: ordered as text, too.
type wire struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id"`
	Source          string          `json:"source"`
	Type            string          `json:"type"`
	Subject         Stream          `json:"subject"`
	Time            string          `json:"time"`
	DataContentType string          `json:"datacontenttype"`
	DataVersion     int             `json:"dataversion"`
	Sequence        string          `json:"sequence"`
	Actor           string          `json:"actor,omitempty"`
	CorrelationID   string          `json:"correlationid,omitempty"`
	CausationID     string          `json:"causationid,omitempty"`
	Traceparent     string          `json:"traceparent,omitempty"`
	Fingerprint     string          `json:"fingerprint,omitempty"`
	Data            json.RawMessage `json:"data"`
}

// TimeLayout is RFC 3339 in UTC with milliseconds, the one way times are written.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// Now cuts a clock's reading to what an envelope can hold: UTC, whole milliseconds.
func Now(clock func() time.Time) time.Time {
	return clock().UTC().Truncate(time.Millisecond)
}

// MarshalJSON writes the CloudEvent.
func (e Envelope) MarshalJSON() ([]byte, error) {
	return json.Marshal(wire{
		SpecVersion: "1.0", ID: e.ID, Source: Source, Type: e.Type, Subject: e.Stream,
		Time: e.Time.UTC().Format(TimeLayout), DataContentType: "application/json", DataVersion: e.Version,
		Sequence: fmt.Sprintf("%012d", e.Sequence), Actor: e.Actor,
		CorrelationID: e.CorrelationID, CausationID: e.CausationID, Traceparent: e.Traceparent, Fingerprint: e.Fingerprint,
		Data: e.Data,
	})
}

// UnmarshalJSON reads a CloudEvent and refuses what is not one of ours.
func (e *Envelope) UnmarshalJSON(data []byte) error {
	var w wire
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("not a CloudEvent in JSON: %w", err)
	}
	at, timeErr := time.Parse(time.RFC3339, w.Time)
	sequence, sequenceErr := strconv.ParseInt(w.Sequence, 10, 64)
	switch {
	case w.SpecVersion != "1.0":
		return fmt.Errorf("specversion is %q, not 1.0", w.SpecVersion)
	case w.Source != Source:
		return fmt.Errorf("source is %q, not %s", w.Source, Source)
	case w.ID == "" || w.Type == "":
		return errors.New("id and type are required")
	case !w.Subject.Valid():
		return fmt.Errorf("subject %q is not a stream", w.Subject)
	case timeErr != nil:
		return fmt.Errorf("time: %w", timeErr)
	case at.UTC().Year() < 1 || at.UTC().Year() > 9999: // in UTC it could not be written
		return fmt.Errorf("time %s is outside the years 1 to 9999", w.Time)
	case sequenceErr != nil || sequence < 1:
		return fmt.Errorf("sequence %q is not a positive number", w.Sequence)
	case w.DataVersion < 1:
		return fmt.Errorf("dataversion %d is not positive", w.DataVersion)
	case len(w.Data) == 0:
		return errors.New("data is required")
	}
	*e = Envelope{
		ID: w.ID, Type: w.Type, Version: w.DataVersion, Stream: w.Subject, Sequence: sequence,
		Time: at.UTC().Truncate(time.Millisecond), Actor: w.Actor, Data: w.Data,
		CorrelationID: w.CorrelationID, CausationID: w.CausationID, Traceparent: w.Traceparent, Fingerprint: w.Fingerprint,
	}
	return nil
}
