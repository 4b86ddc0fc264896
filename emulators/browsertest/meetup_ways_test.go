package browsertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestMeetupByKeyboard plans a meetup in a room, answers, and moves it by a poll, without
// a pointer.
func TestMeetupByKeyboard(t *testing.T) {
	s := startServer(t)
	roomID := s.signIn("dan@example.com", "Dan").room("Workshop")
	w := openWindow(t, "dan", desktop, s.url())
	w.do(dark)
	w.click("sign-in-as-dan")
	w.show("room-" + roomID)
	w.press("room-"+roomID, kb.Enter)
	w.press("room-meetups", kb.Enter)
	w.press("first-meetup", kb.Enter)
	w.press("new-meetup-name", "Board games")
	w.press("new-meetup-location", "At my place")
	w.picture("01-new-meetup")
	w.press("new-meetup-submit", kb.Enter)
	w.see("meetup-title", "Board games")
	w.press("answer-maybe", kb.Enter)
	w.see("attendees-counts", "1 maybe")

	w.press("new-poll", kb.Enter)
	w.press("poll-type-reschedule", kb.ArrowDown)
	w.press("choice-location", "At the inn"+kb.Tab+kb.Tab+"On the roof")
	w.picture("02-new-poll")
	w.press("poll-submit", kb.Enter)
	w.until(`location.hash.includes("/polls/")`)
	w.see("poll-missing", "Dan")
	// The new poll has the focus; its first choice comes next.
	w.until(`document.activeElement.classList.contains("poll")`)
	w.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter))
	w.see("poll-outcome", "“At the inn” won. The place has changed.")
	w.see("meetup-place", "At the inn")
	w.until(`document.activeElement.classList.contains("poll")`)
	w.see("confirm-words", "moved after your “Maybe”")
	w.still()
	w.picture("03-moved")
	w.press("meetup-back", kb.Enter)
	w.see("meetup-list", "Board games")
	w.see("meetup-list", "Confirm again")
	w.picture("04-list")
}

// press gives an element the focus with the Tab key, and then presses keys.
func (w *window) press(testID, keys string) {
	w.t.Helper()
	w.show(testID)
	w.tabTo(testID)
	w.do(chromedp.KeyEvent(keys))
}

// room makes a room and gives its id.
func (d device) room(name string) (id string) {
	d.t.Helper()
	var room struct{ RoomID string }
	answer, err := d.client.Post(d.t.Context(), "create-room", map[string]any{"name": name, "participantIds": []string{}}, "")
	if err == nil {
		err = answer.Into(&room)
	}
	if err != nil || answer.Status != 201 {
		d.t.Fatalf("a room was answered %d %s (%v)", answer.Status, answer.Body, err)
	}
	return room.RoomID
}

// TestMeetupProblemsInWords plans what cannot be: the page says why, and nothing typed
// is lost. It is dark, and the screen is small.
func TestMeetupProblemsInWords(t *testing.T) {
	s := startServer(t)
	w := openWindow(t, "cleo", phone, s.url())
	w.do(dark, clocksOf("Europe/Berlin"))
	w.click("sign-in-as-cleo")
	w.click("meetups")
	w.fits()
	w.picture("01-no-meetups")
	w.click("new-meetup")
	w.fill("new-meetup-name", "A meetup with a name that is much too long for the small screen of a phone")
	w.fill("new-meetup-location", "In aPlaceWithoutAnyBlankThatIsWiderThanTheWholeScreenOfThePhone")
	w.set("new-meetup-date", "2020-02-02")
	w.fits()
	w.click("new-meetup-submit")
	w.problem("new-meetup", "passed")
	w.set("new-meetup-zone", "America/New_York")
	w.set("new-meetup-date", skippedDay())
	w.set("new-meetup-time", "02:30")
	w.click("new-meetup-submit")
	w.problem("new-meetup", "no such time in this zone")
	w.picture("02-no-such-time")
	w.set("new-meetup-time", "19:30")
	w.until(`document.querySelector("#new-meetup-dialog .clock-hint").innerText.includes("7:30 PM in New York is")`)
	w.click("new-meetup-submit")
	w.see("meetup-there", "7:30 PM in New York")
	w.fits()
	w.picture("03-meetup")

	w.click("meetup-calendar")
	w.until(`document.querySelector(%q).value.endsWith(".ics")`, one("calendar-url"))
	address := value[string](w, fmt.Sprintf(`document.querySelector(%q).value`, one("calendar-url")))
	w.fits()
	w.still()
	w.picture("04-calendar")
	w.click("rotate-calendar")
	w.see("calendar-said", "your new address")
	w.until(`document.querySelector(%q).value !== %q`, one("calendar-url"), address)
	w.click("copy-calendar")
	w.until(`document.querySelector(%q).innerText !== ""`, one("calendar-said"))
	w.do(chromedp.KeyEvent(kb.Escape))

	w.click("new-poll")
	w.fits()
	w.still()
	w.picture("05-new-poll")
	w.do(chromedp.KeyEvent(kb.Escape))
	w.click("meetup-back")
	w.see("meetup-list", "A meetup with a name")
	w.fits()
	w.picture("06-list")
	w.click("meetups-past")
	w.gone("meetup-list", "A meetup with a name")
}

// problem waits until a dialog tells of a problem.
func (w *window) problem(dialog, words string) {
	w.t.Helper()
	w.until(`document.querySelector("#%s-dialog .form-problem").innerText.includes(%q)`, dialog, words)
}

// skippedDay is the next day on which the clocks of New York skip an hour: the second
// Sunday of March.
func skippedDay() string {
	now := time.Now()
	for year := now.Year(); ; year++ {
		first := time.Date(year, time.March, 1, 0, 0, 0, 0, time.UTC)
		day := first.AddDate(0, 0, (7-int(first.Weekday()))%7+7)
		if day.After(now) {
			return day.Format(time.DateOnly)
		}
	}
}
