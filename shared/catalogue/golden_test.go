package catalogue_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"boochat/shared/catalogue"
	"boochat/shared/event"
	"boochat/shared/meetup"
	"boochat/shared/room"
	"boochat/shared/user"
	"boochat/shared/visit"
)

// Golden files are what lies in people's logs: once written they are never changed.
var update = flag.Bool("update", false, "write golden files that are missing")

// What the samples of meetups speak of.
var (
	noon  = meetup.When{TakesPlaceOn: "2026-06-20T10:00:00.000Z", TimeZone: "Europe/Berlin", LocalTime: "2026-06-20T12:00:00+02:00"}
	later = meetup.When{TakesPlaceOn: "2026-06-20T11:30:00.500Z", TimeZone: "Europe/Berlin", LocalTime: "2026-06-20T13:30:00.5+02:00"}
	park  = meetup.Where{Location: "Görlitzer Park"}
	lake  = meetup.Where{Location: "At the lake", Place: &meetup.Place{Label: "Plötzensee", Latitude: new(52.5434), Longitude: new(-13.3295), URL: "https://example.com/map?a=1&b=2"}}
)

// samples has an event of each name, with every field set, in its newest shape.
var samples = map[string]struct {
	stream  event.Stream
	payload any
}{
	"user.calendar-rotated": {user.Stream("108234567890123456789"), user.CalendarRotated{Rotation: 3}},
	"room.created": {room.Stream("lunch"), room.Created{
		Name: "Lunch “outside”", ImageURL: "https://example.com/lunch.png", MemberIDs: []string{"108234567890123456789", "bob"}, ActorName: "Ann Ünal",
	}},
	"room.user-invited":  {room.Stream("lunch"), room.UserInvited{InviteeID: "cem", InviteeName: "Cem", ActorName: "Ann Ünal"}},
	"room.user-left":     {room.Stream("lunch"), room.UserLeft{ActorName: "Ann Ünal"}},
	"room.renamed":       {room.Stream("lunch"), room.Renamed{Name: "Dinner", ActorName: "Ann Ünal"}},
	"room.image-changed": {room.Stream("lunch"), room.ImageChanged{ImageURL: "https://example.com/dinner.png?a=1&b=2", ActorName: "Ann Ünal"}},
	"room.message-sent":  {room.Stream("lunch"), room.MessageSent{ID: "m-1", Content: "See you at 8 <3 😀\nAnn"}},
	"room.announcement-created": {room.Stream("lunch"), room.AnnouncementCreated{
		Kind: "meetup-cancelled", Arguments: map[string]string{"meetupId": "picnic", "meetupName": "Picnic", "actorId": "108234567890123456789", "actorName": "Ann Ünal", "reason": "Rain"},
		Text: "Ann Ünal cancelled “Picnic”: Rain", MeetupID: "picnic", MeetupSequence: 7,
	}},
	"user.authenticated": {user.Stream("108234567890123456789"), user.Authenticated{Name: "Ann Ünal", ImageURL: "https://example.com/ann.png", Email: "ann+boochat@example.com"}},
	"user.updated":       {user.Stream("108234567890123456789"), user.Updated{Name: "Ann", ImageURL: "https://example.com/ann2.png"}},
	"visit.opened":       {visit.Stream("lunch", "108234567890123456789"), visit.Opened{RoomID: "lunch", ReadSequence: 41}},
	"visit.closed":       {visit.Stream("lunch", "108234567890123456789"), visit.Closed{RoomID: "lunch", ReadSequence: 42}},
	"meetup.created": {meetup.Stream("picnic"), meetup.Created{
		Name: "Picnic “outside”", Where: lake, When: noon, DurationMinutes: 90, ImageURL: "https://example.com/picnic.png",
		AttendeeIDs: []string{"108234567890123456789", "bob"}, RoomID: "lunch", OpensRoom: true, RoomSequence: 3, ActorName: "Ann Ünal",
	}},
	"meetup.updated":         {meetup.Stream("picnic"), meetup.Updated{Name: "Brunch", DurationMinutes: 120, ActorName: "Ann Ünal"}},
	"meetup.rescheduled":     {meetup.Stream("picnic"), meetup.Rescheduled{From: noon, To: later, PollID: "when", ActorName: "Bob"}},
	"meetup.relocated":       {meetup.Stream("picnic"), meetup.Relocated{From: park, To: lake, PollID: "where", ActorName: "Bob"}},
	"meetup.cancelled":       {meetup.Stream("picnic"), meetup.Cancelled{Reason: "Rain", ActorName: "Ann Ünal"}},
	"meetup.image-changed":   {meetup.Stream("picnic"), meetup.ImageChanged{ImageURL: "https://example.com/brunch.png?a=1&b=2"}},
	"meetup.rsvp-changed":    {meetup.Stream("picnic"), meetup.RSVPChanged{RSVP: meetup.Maybe}},
	"meetup.attendee-joined": {meetup.Stream("picnic"), meetup.AttendeeJoined{UserID: "cem", RoomSequence: 4}},
	"meetup.attendee-left":   {meetup.Stream("picnic"), meetup.AttendeeLeft{UserID: "cem", RoomSequence: 5}},
	"meetup.poll-created": {meetup.Stream("picnic"), meetup.PollCreated{
		PollID: "any", Type: meetup.Reschedule, Description: "When “exactly”?", Choices: []meetup.Choice{{When: &later}, {Where: &lake}, {Text: "Neither"}},
		ParticipantIDs: []string{"108234567890123456789", "bob"}, ClosesAt: "2026-06-19T10:00:00.000Z", ActorName: "Ann Ünal",
	}},
	"meetup.poll-choice-added":   {meetup.Stream("picnic"), meetup.PollChoiceAdded{PollID: "where", Choice: meetup.Choice{Where: &park}}},
	"meetup.poll-vote-cast":      {meetup.Stream("picnic"), meetup.PollVoteCast{PollID: "where", ChoiceIndex: 1}},
	"meetup.poll-vote-withdrawn": {meetup.Stream("picnic"), meetup.PollVoteWithdrawn{PollID: "where"}},
	"meetup.poll-closed": {meetup.Stream("picnic"), meetup.PollClosed{
		PollID: "where", Description: "Where?",
		Outcome: meetup.Outcome{ChoiceIndex: new(1), Choice: &meetup.Choice{Where: &lake}, Reason: meetup.ReasonEveryoneVoted, Tie: true, Applied: true},
	}},
	"meetup.reminder-due": {meetup.Stream("picnic"), meetup.ReminderDue{MinutesBefore: 60, When: noon, UserIDs: []string{"108234567890123456789", "bob"}}},
	"meetup.nudge-due":    {meetup.Stream("picnic"), meetup.NudgeDue{PollID: "where", UserIDs: []string{"bob"}}},
}

func golden(name string, version int) string {
	return filepath.Join("testdata", fmt.Sprintf("%s.v%d.json", name, version))
}

// encoded is the stored form of a sample, indented for people.
func encoded(t *testing.T, name string) []byte {
	t.Helper()
	sample, known := samples[name]
	if !known {
		t.Fatalf("%s has no sample: add one with every field set", name)
	}
	stored, version, data, err := catalogue.Events.Encode(sample.payload)
	if err != nil || stored != name {
		t.Fatalf("the sample of %s is stored as %q, error %v", name, stored, err)
	}
	text, err := json.MarshalIndent(event.Envelope{
		ID: "0196f1c2-0000-7000-8000-000000000001", Type: name, Version: version, Stream: sample.stream, Sequence: 42,
		Time: time.Date(2026, 5, 4, 3, 2, 1, int(987*time.Millisecond), time.UTC), Actor: "108234567890123456789", Data: data,
		CorrelationID: "0196f1c2-0000-7000-8000-000000000001", CausationID: "0196f1c2-0000-7000-8000-000000000001",
		Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Fingerprint: "9f86d081884c7d65",
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

func writeIfMissing(t *testing.T, path string, text []byte) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Write(text); err != nil {
		t.Fatal(err)
	}
}

// TestNewestEncoding: what is stored today is what the golden file of the newest
// version says. A change of shape needs a new version with an upcast. (D-16, D-39)
func TestNewestEncoding(t *testing.T) {
	for name, version := range catalogue.Events.Versions() {
		text := encoded(t, name)
		if *update {
			writeIfMissing(t, golden(name, version), text)
		}
		want, err := os.ReadFile(golden(name, version))
		if err != nil {
			t.Errorf("%s: %v: write it with go test -update", name, err)
			continue
		}
		if !bytes.Equal(text, want) {
			t.Errorf("%s version %d is stored as\n%s\nwhere the golden file says\n%s", name, version, text, want)
		}
	}
}

// TestEveryVersionDecodes: each version that was ever stored has its golden file
// and is still read; the newest one as what was written.
func TestEveryVersionDecodes(t *testing.T) {
	for name, newest := range catalogue.Events.Versions() {
		for version := 1; version <= newest; version++ {
			payload, err := decoded(golden(name, version))
			if err != nil {
				t.Error(err)
				continue
			}
			if want := samples[name].payload; version == newest && !reflect.DeepEqual(payload, want) {
				t.Errorf("%s version %d is read as %+v, want %+v", name, version, payload, want)
			}
		}
	}
}

// TestNothingIsForgotten: an event that is no longer made is still in the logs.
func TestNothingIsForgotten(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.json")
	if err != nil || len(paths) < len(samples) {
		t.Fatalf("%d golden files, error %v, want at least %d", len(paths), err, len(samples))
	}
	for _, path := range paths {
		if _, err := decoded(path); err != nil {
			t.Error(err)
		}
	}
}

// decoded gives the payload of a golden file, which is named for what it holds.
func decoded(path string) (any, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var e event.Envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if golden(e.Type, e.Version) != path {
		return nil, fmt.Errorf("%s holds %s version %d", path, e.Type, e.Version)
	}
	payload, err := catalogue.Events.Decode(e)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return payload, nil
}

// TestSamplesAreWhole: a field left out would not be held to its name.
func TestSamplesAreWhole(t *testing.T) {
	for name, sample := range samples {
		value := reflect.ValueOf(sample.payload)
		for i := range value.NumField() {
			if value.Field(i).IsZero() {
				t.Errorf("the sample of %s has no %s", name, value.Type().Field(i).Name)
			}
		}
	}
}
