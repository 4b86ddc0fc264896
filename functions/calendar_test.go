package functions

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"boochat/functions/query"
	"boochat/shared/adapter/sqlite"
	"boochat/shared/auth"
	"boochat/shared/event"
	"boochat/shared/user"
	"boochat/shared/view"
)

// persons are known as they are here.
type persons map[event.Stream]*user.User

func (p persons) Read(_ context.Context, name event.Stream, f func(*user.User)) error {
	known, ok := p[name]
	if !ok {
		known = user.New()
	}
	f(known)
	return nil
}

// calendars is the function calendar-feed with everything that it is made of.
type calendars struct {
	t       *testing.T
	views   *sqlite.Views
	secrets auth.CalendarSecrets
	people  persons
	feed    http.Handler
}

func newCalendars(t *testing.T) *calendars {
	t.Helper()
	views, err := sqlite.OpenViews(filepath.Join(t.TempDir(), "views.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := views.Close(); err != nil {
			t.Error(err)
		}
	})
	allowed, err := auth.ParseAllowList("ann@example.com,bob@example.com")
	if err != nil {
		t.Fatal(err)
	}
	c := &calendars{t: t, views: views, secrets: auth.NewCalendarSecrets(auth.NewKeys(noon).CalendarKey()), people: persons{
		user.Stream("ann"): {Email: "ann@example.com", CalendarRotation: 2},
		user.Stream("bob"): {Email: "bob@example.com"},
		user.Stream("cem"): {Email: "cem@example.com"},
	}}
	f, _ := Find("calendar-feed")
	c.feed = f.Handler(&Services{Queries: &query.Service{Views: views, Allowed: allowed, Persons: c.people, Calendars: c.secrets}})
	return c
}

// write puts a meetup of some people in place.
func (c *calendars) write(revision int64, m view.Meetup, people ...string) {
	c.t.Helper()
	data, err := json.Marshal(m)
	if err != nil {
		c.t.Fatal(err)
	}
	path := view.MeetupPath(m.ID)
	write := view.Write{Path: path, Data: data, Scope: view.ReadersOf(path), Revision: revision, Joined: people}
	if _, err := c.views.Write(c.t.Context(), []view.Write{write}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *calendars) get(file, etag string) *httptest.ResponseRecorder {
	r, answer := httptest.NewRequest(http.MethodGet, "/v1/calendar/"+file, nil), httptest.NewRecorder()
	if etag != "" {
		r.Header.Set("If-None-Match", etag)
	}
	c.feed.ServeHTTP(answer, r)
	return answer
}

func dinner(id string) view.Meetup {
	return view.Meetup{
		ID: id, Name: "Dinner " + id, Location: "Harbour", Status: view.Planned, Revision: 1, Attendees: []view.Attendee{{ID: "ann"}},
		TakesPlaceOn: "2027-01-02T18:30:00.000Z", TimeZone: "Europe/Berlin", LocalTime: "2027-01-02T19:30:00+01:00",
		History: []view.Moment{{Kind: "created", At: "2026-11-25T09:00:00.000Z"}},
	}
}

func TestCalendarHoldsItsOwnersMeetups(t *testing.T) {
	c := newCalendars(t)
	c.write(0, dinner("hers"), "ann")
	c.write(0, dinner("both"), "ann", "bob")
	c.write(0, dinner("his"), "bob")
	for file, want := range map[string]string{
		c.secrets.Make("ann", 2) + ".ics": "SUMMARY:Dinner both SUMMARY:Dinner hers",
		c.secrets.Make("bob", 0) + ".ics": "SUMMARY:Dinner both SUMMARY:Dinner his",
	} {
		answer := c.get(file, "")
		var got []string
		for line := range strings.SplitSeq(answer.Body.String(), "\r\n") {
			if strings.HasPrefix(line, "SUMMARY") {
				got = append(got, line)
			}
		}
		if answer.Code != http.StatusOK || strings.Join(got, " ") != want {
			t.Errorf("answer is %d with %q, want %q", answer.Code, got, want)
		}
		for name, value := range map[string]string{"Content-Type": "text/calendar; charset=utf-8", "Cache-Control": "private, max-age=300", "X-Content-Type-Options": "nosniff"} {
			if answer.Header().Get(name) != value {
				t.Errorf("%s is %q, want %q", name, answer.Header().Get(name), value)
			}
		}
	}
}

func TestUnchangedCalendarIsNotSentAgain(t *testing.T) {
	c := newCalendars(t)
	c.write(0, dinner("m"), "ann")
	file := c.secrets.Make("ann", 2) + ".ics"
	etag := c.get(file, "").Header().Get("ETag")
	if again := c.get(file, etag); again.Code != http.StatusNotModified || again.Body.Len() > 0 || again.Header().Get("ETag") != etag {
		t.Errorf("unchanged it is answered %d with %d bytes and ETag %q, not %q", again.Code, again.Body.Len(), again.Header().Get("ETag"), etag)
	}
	moved := dinner("m")
	moved.TakesPlaceOn, moved.Revision = "2027-01-03T18:30:00.000Z", 2
	c.write(1, moved)
	if again := c.get(file, etag); again.Code != http.StatusOK || !strings.Contains(again.Body.String(), "SEQUENCE:2") || again.Header().Get("ETag") == etag {
		t.Errorf("changed it is answered %d %s", again.Code, again.Body)
	}
}

// Nothing tells why an address opens no calendar.
func TestWhatOpensNoCalendar(t *testing.T) {
	c := newCalendars(t)
	good := c.secrets.Make("ann", 2)
	var first string
	for name, file := range map[string]string{
		"the one before":       c.secrets.Make("ann", 1) + ".ics",
		"the next one":         c.secrets.Make("ann", 3) + ".ics",
		"without its ending":   good,
		"with another ending":  good + ".txt",
		"with two endings":     good + ".ics.ics",
		"a letter short":       good[1:] + ".ics",
		"with other keys":      auth.NewCalendarSecrets(make([]byte, 32)).Make("ann", 2) + ".ics",
		"an ending alone":      ".ics",
		"of nobody":            c.secrets.Make("dora", 0) + ".ics",
		"of who left the list": c.secrets.Make("cem", 0) + ".ics",
	} {
		answer := c.get(file, "")
		if first == "" {
			first = answer.Body.String()
		}
		if answer.Code != http.StatusNotFound || answer.Body.String() != first || answer.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: answer is %d %s", name, answer.Code, answer.Body)
		}
	}
}
