package scenario

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// shapeCalendar is the answer that has a calendar's address.
const shapeCalendar = `{"url":"text"}`

// calendarPath reads the path of a calendar's address out of an answer.
func (p *person) calendarPath(a answer) string {
	p.t.Helper()
	var got struct{ URL string }
	a.want(200, shapeCalendar).into(&got)
	path, ours := strings.CutPrefix(got.URL, p.URL+"/")
	if !ours || !strings.HasPrefix(path, "v1/calendar/") || !strings.HasSuffix(path, ".ics") {
		p.t.Fatalf("the address of the calendar is %q on %s", got.URL, p.URL)
	}
	return "/" + path
}

func testCalendar(t *testing.T, s *suite) {
	t.Run("everybody has an address of their own, which needs no sign-in", func(t *testing.T) {
		ann, bob, anybody := s.person(t, "Ann"), s.person(t, "Bob"), s.nobody(t)
		hers := ann.calendarPath(ann.get("/v1/calendar"))
		if again := ann.calendarPath(ann.get("/v1/calendar")); again != hers || bob.calendarPath(bob.get("/v1/calendar")) == hers {
			t.Error("the address is not always the same, or another's")
		}
		a := anybody.get(hers)
		text := string(a.Body)
		if a.Status != 200 || a.Header.Get("Content-Type") != "text/calendar; charset=utf-8" || a.Header.Get("Cache-Control") != "private, max-age=300" ||
			!strings.HasPrefix(text, "BEGIN:VCALENDAR\r\n") || !strings.HasSuffix(text, "END:VCALENDAR\r\n") || !strings.Contains(text, "METHOD:PUBLISH\r\n") {
			t.Errorf("the calendar is answered %d %v %q", a.Status, a.Header, text)
		}
		unchanged := anybody.send(http.MethodGet, hers, nil, http.Header{"If-None-Match": {a.Header.Get("ETag")}})
		if unchanged.Status != http.StatusNotModified || len(unchanged.Body) > 0 {
			t.Errorf("unchanged it is answered %d %q", unchanged.Status, unchanged.Body)
		}
		if head := anybody.send(http.MethodHead, hers, nil, http.Header{}); head.Status != 200 || len(head.Body) > 0 {
			t.Errorf("HEAD is answered %d %q", head.Status, head.Body)
		}
		if post := anybody.send(http.MethodPost, hers, nil, http.Header{}); post.Status != http.StatusMethodNotAllowed {
			t.Errorf("POST is answered %d", post.Status)
		}
	})
	t.Run("meetups come into it, move, and are cancelled", func(t *testing.T) { testCalendarOfMeetups(t, s) })
	t.Run("rotating ends the old address, and that alone", func(t *testing.T) {
		ann, bob, anybody := s.person(t, "Ann"), s.person(t, "Bob"), s.nobody(t)
		hers, his := ann.calendarPath(ann.get("/v1/calendar")), bob.calendarPath(bob.get("/v1/calendar"))
		key := newID()
		next := ann.calendarPath(ann.repeat("rotate-calendar", nil, key))
		if repeated := ann.calendarPath(ann.repeat("rotate-calendar", nil, key)); repeated != next || next == hers {
			t.Errorf("a repeat answers %s after %s after %s", repeated, next, hers)
		}
		anybody.get(hers).refused("not-found")
		for _, path := range []string{next, his} {
			if a := anybody.get(path); a.Status != 200 {
				t.Errorf("it is answered %d %s", a.Status, a.Body)
			}
		}
		if now := ann.calendarPath(ann.get("/v1/calendar")); now != next {
			t.Errorf("the address is said to be %s, not %s", now, next)
		}
		last := ann.calendarPath(ann.post("rotate-calendar", fields{}))
		anybody.get(next).refused("not-found")
		if a := anybody.get(last); a.Status != 200 {
			t.Errorf("the last address is answered %d %s", a.Status, a.Body)
		}
	})
	t.Run("addresses outlive the server, and who leaves the list has none", func(t *testing.T) {
		own := s.alone(t)
		ann, bob := own.person(t, "Ann"), own.person(t, "Bob")
		hers, his := ann.calendarPath(ann.get("/v1/calendar")), bob.calendarPath(bob.get("/v1/calendar"))
		own.Restart(t, settings(Setting("ALLOWED_USERS="+ann.Identity.Email), "PUBLIC_URL=https://chat.example.org")...)
		anybody := own.nobody(t)
		if a := anybody.get(hers); a.Status != 200 {
			t.Errorf("it is answered %d %s", a.Status, a.Body)
		}
		anybody.get(his).refused("not-found")
		var told struct{ URL string }
		ann.get("/v1/calendar").want(200, shapeCalendar).into(&told)
		if want := "https://chat.example.org" + hers; told.URL != want {
			t.Errorf("the address is %s, want %s", told.URL, want)
		}
	})
	t.Run("an address that opens nothing says nothing", func(t *testing.T) {
		ann, anybody := s.person(t, "Ann"), s.nobody(t)
		hers := ann.calendarPath(ann.get("/v1/calendar"))
		for _, path := range []string{
			"/v1/calendar/", "/v1/calendar/.ics", "/v1/calendar/x", "/v1/calendar/x.ics", strings.TrimSuffix(hers, ".ics"), hers + ".ics", hers + "/x",
			strings.Replace(hers, "/calendar/", "/calendar/A", 1), "/v1/calendar/" + ann.Token + ".ics", "/v1/calendar/%00.ics", "/v1/calendar/..%2f..%2fme.ics",
		} {
			anybody.get(path).refused("not-found")
		}
	})
}

// testCalendarOfMeetups follows a meetup in the calendars of those who attend.
func testCalendarOfMeetups(t *testing.T, s *suite) {
	ann, bob, cleo := s.person(t, "Ann"), s.person(t, "Bob"), s.person(t, "Cleo")
	created := ann.plan(fields{"name": "Dinner, at last", "attendeeIds": []string{bob.ID}, "durationMinutes": 90})
	id := created.MeetupID
	first := bob.calendar("UID:"+id+"@boochat", "SUMMARY:Dinner\\, at last", "LOCATION:Luigi's", "STATUS:CONFIRMED",
		"DTSTART;TZID=Europe/Berlin:20310701T200000", "DTEND;TZID=Europe/Berlin:20310701T213000", "TZID:Europe/Berlin", "TRIGGER:-PT24H", "TRIGGER:-PT1H")
	if text := cleo.calendar("END:VCALENDAR"); strings.Contains(text, "VEVENT") {
		t.Errorf("somebody else's calendar is %s", text)
	}

	poll := bob.ask(id, fields{"type": "reschedule", "choices": []fields{
		{"takesPlaceOn": "2031-07-02T18:00:00Z", "timeZone": "Europe/Berlin"}, {"takesPlaceOn": "2031-12-03T19:00:00", "timeZone": "America/New_York"},
	}})
	ann.vote(id, poll, 1)
	bob.vote(id, poll, 1)
	moved := bob.calendar("UID:"+id+"@boochat", "DTSTART;TZID=America/New_York:20311203T190000", "TZID:America/New_York", "STATUS:CONFIRMED")
	ann.post("cancel-meetup", fields{"meetupId": id, "reason": "Snow; too much"}).want(200, shapeSequence)
	cancelled := bob.calendar("UID:"+id+"@boochat", "STATUS:CANCELLED", "DESCRIPTION:Snow\\; too much")
	if a, b, c := revision(t, first), revision(t, moved), revision(t, cancelled); a >= b || b >= c {
		t.Errorf("SEQUENCE was %d, %d and %d: it must rise", a, b, c)
	}
	if strings.Contains(cancelled, "VALARM") || strings.Count(cancelled, "BEGIN:VEVENT") != 1 {
		t.Errorf("cancelled, it is %s", cancelled)
	}
}

// calendar reads somebody's calendar once it has some lines.
func (p *person) calendar(lines ...string) (text string) {
	p.t.Helper()
	path := p.calendarPath(p.get("/v1/calendar"))
	eventually(p.t, func() error {
		a := p.get(path)
		text = string(a.Body)
		for _, line := range lines {
			if !strings.Contains(text, "\r\n"+line+"\r\n") {
				return fmt.Errorf("the calendar is answered %d without %s: %s", a.Status, line, text)
			}
		}
		return nil
	})
	return text
}

// revision reads the SEQUENCE of a calendar's one entry.
func revision(t *testing.T, text string) (n int) {
	t.Helper()
	_, rest, _ := strings.Cut(text, "\r\nSEQUENCE:")
	line, _, _ := strings.Cut(rest, "\r\n")
	n, err := strconv.Atoi(line)
	if err != nil {
		t.Errorf("SEQUENCE is %q", line)
	}
	return n
}
