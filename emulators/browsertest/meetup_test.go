package browsertest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"boochat/emulators/google"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/uuid"
)

// evening is Ann and Bob with a window each, on the clocks of Berlin and New York, and
// the meetup that they agree on.
type evening struct {
	server   *server
	ann, bob *window
	bobID    string
	meetup   string // its route
	pollID   string
}

// TestMeetup is a meetup from planning it to the poll that moves it: what one of the two
// does is seen by the other (D-11, D-14, D-30).
func TestMeetup(t *testing.T) {
	agree(t, &evening{server: startServer(t)})
}

// TestMeetupOnGoogle is the same where windows listen to Firestore.
func TestMeetupOnGoogle(t *testing.T) {
	firestore := startEmulator(t, func() (*google.Emulator, error) {
		return google.StartFirestore(t.Context(), google.Rules(firestoreRules))
	})
	pubSub := startEmulator(t, func() (*google.Emulator, error) { return google.StartPubSub(t.Context()) })
	project := "p-" + uuid.NewString()[:8]
	if err := firestore.SetRules(t.Context(), project, firestoreRules); err != nil {
		t.Fatal(err)
	}
	agree(t, &evening{server: startProgram(t, googleProgram, "GOOGLE_CLOUD_PROJECT="+project,
		google.FirestoreVariable+"="+firestore.Host, google.PubSubVariable+"="+pubSub.Host)})
}

func agree(t *testing.T, e *evening) {
	e.signIn(t)
	e.plan()
	e.answer()
	e.ask()
	e.vote()
	e.moved()
	e.confirm()
	e.change()
	e.callOff()
}

func (e *evening) signIn(t *testing.T) {
	e.bobID = e.server.signIn("bob@example.com", "Bob").id
	e.ann = openWindow(t, "ann", desktop, e.server.url())
	e.bob = openWindow(t, "bob", phone, e.server.url())
	e.ann.do(clocksOf("Europe/Berlin"))
	e.bob.do(clocksOf("America/New_York"))
	for _, w := range []*window{e.ann, e.bob} {
		w.click("sign-in-as-" + w.name)
		w.show("meetups")
	}
}

// clocksOf has a window live in a time zone.
func clocksOf(zone string) action {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: zone})
		return chromedp.Void{}, err
	}
}

// day is the date some days from now, as date fields have it.
func day(fromNow int) string { return time.Now().AddDate(0, 0, fromNow).Format(time.DateOnly) }

// set gives a field that is not simply typed into, as one of a date, a value.
func (w *window) set(testID, value string) { w.setAt(testID, 0, value) }

// setAt is set for one of several fields.
func (w *window) setAt(testID string, index int, value string) {
	w.t.Helper()
	w.show(testID)
	w.run(fmt.Sprintf(`{
		const field = document.querySelectorAll(%q)[%d];
		field.value = %q;
		for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
	}`, one(testID), index, value))
}

// openWith opens a dialog with somebody to choose. It lists the people that the page knows
// of as it opens, so it is opened anew until they have arrived there.
func (w *window) openWith(button, option string) {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for w.click(button); !value[bool](w, fmt.Sprintf(`Boolean(document.querySelector(%q))`, one(option))); w.click(button) {
		if time.Now().After(deadline) {
			w.picture("failed")
			w.t.Fatalf("%s's window: %s is still not there to be chosen", w.name, option)
		}
		w.do(chromedp.KeyEvent(kb.Escape))
		w.until(`!document.querySelector("dialog[open]")`)
	}
}

// plan has Ann plan a meetup with Bob; a room comes with it.
func (e *evening) plan() {
	e.ann.click("meetups")
	e.ann.picture("01-no-meetups")
	e.ann.openWith("new-meetup", "person-option-"+e.bobID)
	e.ann.fill("new-meetup-name", "Picnic")
	e.ann.fill("new-meetup-location", "By the lake")
	e.ann.set("new-meetup-date", day(10))
	e.ann.set("new-meetup-time", "19:30")
	e.ann.click("person-option-" + e.bobID)
	e.ann.picture("02-new-meetup")
	e.ann.click("new-meetup-submit")
	e.ann.see("meetup-title", "Picnic")
	e.ann.see("meetup-time", "7:30 PM to 9:30 PM")
	e.ann.see("attendee-list", "Bob")
	e.ann.see("attendees-counts", "1 yes, 1 has not answered")
	e.meetup = value[string](e.ann, `location.hash`)
	e.ann.fits()
	e.ann.picture("03-meetup")
}

// answer has Bob find the meetup in its room, and say that he comes.
func (e *evening) answer() {
	e.bob.see("room-list", "Picnic")
	e.bob.see("waiting-count", "1")
	e.bob.fits()
	e.bob.picture("04-invited")
	e.bob.do(chromedp.Click(chromedp.CSS(`.room`), chromedp.NodeVisible))
	e.bob.see("room-notice", "Are you coming? Picnic")
	e.bob.show("announcement-link")
	e.bob.fits()
	e.bob.picture("05-room")
	e.bob.click("notice-link")
	e.bob.see("meetup-time", "1:30 PM to 3:30 PM")
	e.bob.see("meetup-there", "7:30 PM in Berlin")
	e.bob.click("answer-yes")
	e.bob.until(`document.querySelector(%q).ariaPressed === "true"`, one("answer-yes"))
	e.bob.fits()
	e.bob.picture("06-answered")
	e.ann.see("attendees-counts", "2 yes")
	e.ann.see("attendee-"+e.bobID, "comes")
	e.bob.click("meetup-room")
	e.bob.gone("room-notice", "Are you coming?")
}

// ask has Ann ask about two other days, after a mistake.
func (e *evening) ask() {
	e.ann.click("new-poll")
	e.ann.setAt("choice-date", 0, day(12))
	e.ann.setAt("choice-date", 1, day(12))
	e.ann.click("poll-submit")
	e.ann.until(`document.querySelector("#new-poll-dialog .form-problem").innerText.includes("must all be different")`)
	e.ann.picture("07-equal-choices")
	e.ann.setAt("choice-date", 1, day(13))
	e.ann.click("poll-submit")
	e.ann.see("poll-missing", "Ann, Bob")
	e.ann.until(`location.hash.includes("/polls/")`)
	e.pollID = value[string](e.ann, `location.hash.split("/polls/")[1]`)
	e.ann.picture("08-poll")
}

// vote has Bob led to the poll from the room, vote, take it back, and vote again.
func (e *evening) vote() {
	e.bob.see("room-notice", "Your vote is missing: When shall we meet?")
	e.bob.see("announcement", "When shall we meet?")
	e.bob.fits()
	e.bob.picture("09-vote-missing")
	e.bob.click("notice-link")
	e.bob.click(e.choice(0))
	e.bob.see("poll-missing", "Still to vote: Ann")
	e.ann.see("poll-missing", "Still to vote: Ann")
	e.bob.click("poll-withdraw")
	e.bob.see("poll-missing", "Ann, Bob")
	e.bob.click(e.choice(1))
	e.bob.see("poll-state", "1 of 2 voted")
	e.bob.fits()
	e.bob.still()
	e.bob.picture("10-voted")
	e.ann.see("poll-missing", "Still to vote: Ann")
}

func (e *evening) choice(index int) string { return fmt.Sprintf("choice-%s-%d", e.pollID, index) }

// moved has Ann give the last vote: the poll closes, and the meetup moves, in both
// windows.
func (e *evening) moved() {
	e.ann.click(e.choice(1))
	moved := time.Now().AddDate(0, 0, 13)
	for _, w := range []*window{e.ann, e.bob} {
		w.see("poll-outcome", "Everybody has voted.")
		w.see("poll-outcome", "The date has moved.")
		w.see("moment-list", "The poll “When shall we meet?” moved it")
		w.see("meetup-day", moved.Format("January 2"))
	}
	e.ann.still()
	e.ann.picture("11-moved")
}

// confirm has Bob, who has answered before the move, answer again.
func (e *evening) confirm() {
	e.bob.see("confirm-words", "moved after your “Yes”")
	e.ann.see("attendee-"+e.bobID, "to be confirmed")
	e.bob.run(`document.querySelector("#meetup-scroll").scrollTop = 0`)
	e.bob.fits()
	e.bob.still()
	e.bob.picture("12-confirm")
	e.bob.click("answer-yes")
	e.bob.gone("confirm-words", "moved")
	e.ann.gone("attendee-"+e.bobID, "to be confirmed")
	e.bob.click("meetup-room")
	e.bob.gone("room-notice", "Your vote is missing")
	e.bob.see("announcement", "moved")
	e.bob.fits()
	e.bob.picture("13-announced")
	e.bob.run(fmt.Sprintf(`document.querySelector(%q).click()`, one("announcement-link")))
	e.bob.show("meetup-title")
}

// change has Ann move the meetup by hand, and ask a question that she decides herself.
func (e *evening) change() {
	e.ann.click("change-meetup")
	e.ann.fill("change-meetup-location", "In the garden")
	e.ann.picture("14-change")
	e.ann.click("change-meetup-submit")
	e.bob.see("meetup-place", "In the garden")
	e.bob.see("moment-list", "Ann moved it from By the lake to In the garden")

	e.ann.click("new-poll")
	e.ann.click("poll-type-generic")
	e.ann.fill("poll-description", "Which cake?")
	e.ann.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelectorAll(%q)[0].focus()`, one("choice-text"))), chromedp.KeyEvent("Apple"))
	e.ann.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent("Plum"))
	e.ann.click("poll-submit")
	e.bob.see("poll-list", "Which cake?")
	e.bob.click("poll-add-choice")
	e.bob.fill("choice-text", "Cherry")
	e.bob.fits()
	e.bob.click("add-choice-submit")
	e.ann.see("poll-list", "Cherry")
	e.ann.click("poll-close")
	e.ann.run(fmt.Sprintf(`{ const select = document.querySelector(%q); select.value = "2"; }`, one("close-poll-choice")))
	e.ann.still()
	e.ann.picture("15-close")
	e.ann.click("close-poll-submit")
	for _, w := range []*window{e.ann, e.bob} {
		w.see("poll-outcome", "It was closed by hand. “Cherry” won.")
	}
	e.bob.picture("15-closed")
}

// callOff has Ann cancel the meetup.
func (e *evening) callOff() {
	e.ann.click("cancel-meetup")
	e.ann.fill("cancel-meetup-reason", "Rain")
	e.ann.still()
	e.ann.picture("16-cancel")
	e.ann.click("cancel-meetup-submit")
	for _, w := range []*window{e.ann, e.bob} {
		w.see("meetup-cancelled", "This meetup is cancelled: Rain")
		w.until(`!document.querySelector(%q).checkVisibility()`, one("answer-yes"))
	}
	e.bob.fits()
	e.bob.picture("17-cancelled")
	e.bob.click("meetup-back")
	e.ann.click("meetups")
	e.ann.see("meetup-list", "Cancelled")
	e.ann.picture("18-list")
}
