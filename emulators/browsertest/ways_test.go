package browsertest

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestPhone does the usual on a small screen, where one thing is shown at a time.
func TestPhone(t *testing.T) {
	s := startServer(t)
	w := openWindow(t, "cleo", phone, s.url())
	w.fits()
	w.picture("01-sign-in")
	w.click("sign-in-as-cleo")
	w.click("new-room")
	w.fill("new-room-name", "A room with a name that is much too long for the small screen of a phone")
	w.fits()
	w.picture("02-new-room")
	w.click("new-room-submit")
	w.say("A message that is long enough to need several lines on a small screen, and aWordWithoutAnyBlankThatIsWiderThanTheWholeScreen")
	w.see("message", "several lines")
	w.fits()
	w.picture("03-room")
	w.click("members")
	w.fits()
	w.picture("04-members")
	w.do(chromedp.KeyEvent(kb.Escape))
	w.do(chromedp.Click(chromedp.CSS(`a.back[href="#/"]`), chromedp.NodeVisible))
	w.see("room-list", "A room with a name")
	w.fits()
	w.picture("05-rooms")
}

// TestKeyboard signs in, makes a room and sends a message without a pointer.
func TestKeyboard(t *testing.T) {
	s := startServer(t)
	w := openWindow(t, "dan", desktop, s.url())
	w.show("sign-in-as-dan")
	w.tabTo("sign-in-as-dan")
	w.picture("01-focus")
	w.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(one("new-room")))
	w.tabTo("new-room")
	w.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(one("new-room-name")), chromedp.KeyEvent(kb.Escape))
	w.until(`!document.querySelector("dialog[open]")`)
	w.until(`document.activeElement.dataset.testid === "new-room"`)
	w.do(chromedp.KeyEvent(kb.Enter))
	w.tabTo("new-room-name")
	w.do(chromedp.KeyEvent("Workshop" + kb.Enter))
	w.see("announcement", "Dan created the room")
	w.tabTo("composer") // on machines with a pointer, it has the focus already
	w.do(chromedp.KeyEvent("Nobody needs a mouse"), pressEnter)
	w.see("message", "Nobody needs a mouse")
	w.picture("02-sent")
	w.tabTo("sign-out")
	w.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(one("sign-in-as-dan")))
}

// TestErrorsInWords does what does not work: the page says why, and what to do.
func TestErrorsInWords(t *testing.T) {
	s := startServer(t)
	w := openWindow(t, "eve", desktop, s.url())
	w.do(chromedp.Click(chromedp.CSS("#signin summary"), chromedp.NodeVisible),
		chromedp.SendKeys(chromedp.CSS(`#other-person input[name="email"]`), "eve@example.com"),
		chromedp.SendKeys(chromedp.CSS(`#other-person input[name="name"]`), "Eve"+kb.Enter))
	w.until(`document.querySelector("#other-person .form-problem").innerText.includes("not on the group's list")`)
	w.picture("01-not-on-the-list")

	w.fill("new-person-name", "Eve")
	w.click("new-person-submit")
	w.show("new-room")
	w.click("new-room")
	w.click("new-room-submit")
	w.until(`document.querySelector("#new-room-dialog .form-problem").innerText.includes("Give the room a name")`)
	w.picture("02-no-name")
	s.kill()
	w.fill("new-room-name", "Attic")
	w.click("new-room-submit")
	w.until(`document.querySelector("#new-room-dialog .form-problem").innerText.trim() !== ""`)
	w.see("connection", "The connection is lost")
	w.picture("03-server-down")
	s.start()
	w.until(`document.querySelector(%q).hidden`, one("connection"))
	w.click("new-room-submit")
	w.see("announcement", "Eve created the room")
	w.picture("04-server-back")
}

// TestColours takes pictures in the colours of the night.
func TestColours(t *testing.T) {
	s := startServer(t)
	for name, screen := range map[string]action{"desktop": desktop, "phone": phone} {
		w := openWindow(t, name, screen, s.url())
		w.do(dark)
		w.picture("01-sign-in")
		w.click("sign-in-as-ann")
		w.click("new-room")
		w.fill("new-room-name", "Night owls")
		w.click("new-room-submit")
		for i := range 3 {
			w.say(fmt.Sprint("Message number ", i+1))
		}
		w.see("message", "Message number 3")
		w.fits()
		w.picture("02-room")
	}
}
