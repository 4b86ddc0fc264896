package browsertest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"boochat/emulators/google"

	"github.com/chromedp/chromedp"
	"github.com/google/uuid"
)

// story is two people with a window each, and the room they meet in.
type story struct {
	server   *server
	hears    bool // whether windows are told of changes by the server itself, and so of its end
	ann, bob *window
	roomID   string
	device   device // Ann's other one
}

// TestStory is an evening of two people, from signing in to signing out.
func TestStory(t *testing.T) {
	tell(t, &story{server: startServer(t), hears: true})
}

// TestStoryOnGoogle is the same evening where windows listen to Firestore, which goes on
// when the server dies.
func TestStoryOnGoogle(t *testing.T) {
	firestore := startEmulator(t, func() (*google.Emulator, error) { return google.StartFirestore(t.Context()) })
	pubSub := startEmulator(t, func() (*google.Emulator, error) { return google.StartPubSub(t.Context()) })
	tell(t, &story{server: startProgram(t, googleProgram, "GOOGLE_CLOUD_PROJECT=p-"+uuid.NewString()[:8],
		google.FirestoreVariable+"="+firestore.Host, google.PubSubVariable+"="+pubSub.Host)})
}

func tell(t *testing.T, s *story) {
	s.signIn(t)
	s.meet()
	s.talk()
	s.beAway()
	s.rename()
	s.reload()
	s.loseConnection()
	s.survive()
	s.scrollBack(t)
	s.leave()
	s.signOut()
}

func (s *story) signIn(t *testing.T) {
	s.ann = openWindow(t, "ann", desktop, s.server.url())
	s.bob = openWindow(t, "bob", desktop, s.server.url())
	s.ann.picture("01-sign-in")
	for _, w := range []*window{s.ann, s.bob} {
		w.click("sign-in-as-" + w.name)
		w.show("new-room")
		w.until(`document.querySelector(%q).innerText.toLowerCase().includes(%q)`, one("profile"), w.name)
	}
	s.ann.picture("02-no-rooms")
}

// meet has Ann make a room and invite Bob, who is told.
func (s *story) meet() {
	bob := s.server.signIn("bob@example.com", "Bob")
	s.ann.click("new-room")
	s.ann.fill("new-room-name", "Garden party")
	s.ann.picture("03-new-room")
	s.ann.click("new-room-submit")
	s.ann.see("announcement", "Ann created the room")
	s.roomID = strings.TrimPrefix(s.ann.hash(), "#/rooms/")
	s.device = s.server.signIn("ann@example.com", "Ann")

	s.ann.click("invite")
	s.ann.click("person-option-" + bob.id)
	s.ann.picture("04-invite")
	s.ann.click("invite-submit")
	s.ann.see("announcement", "Ann added Bob")
	s.bob.see("toast", "Ann added you to this room")
	s.bob.see("room-unread-"+s.roomID, "1") // that he was added; the rest was before his time
	s.bob.picture("05-invited")
}

func (w *window) hash() string {
	w.t.Helper()
	w.until(`location.hash.startsWith("#/rooms/")`)
	return value[string](w, `location.hash`)
}

// talk has both see at once what the other writes.
func (s *story) talk() {
	s.bob.click("room-" + s.roomID)
	s.bob.see("announcement", "Ann added Bob")
	s.ann.say("Who brings the cake?")
	s.bob.see("message", "Who brings the cake?")
	s.bob.fill("composer", "I do! <b>Chocolate</b> 🍰")
	s.bob.click("send")
	s.ann.see("message", "I do! <b>Chocolate</b> 🍰")
	s.ann.until(`document.querySelector("#chat-subtitle").innerText.includes("online")`)
	s.bob.gone("room-unread-"+s.roomID, "1")
	s.ann.picture("06-talk")
	s.bob.picture("06-talk")
}

// beAway has Bob look elsewhere while Ann goes on: what he missed is counted, in the
// list and in the title, until he reads it.
func (s *story) beAway() {
	s.bob.run(`location.hash = "#/"`)
	for i := range 3 {
		s.ann.say(fmt.Sprint("Wish number ", i+1))
		s.ann.see("message", fmt.Sprint("Wish number ", i+1))
	}
	s.bob.see("room-unread-"+s.roomID, "3")
	s.bob.until(`document.title.startsWith("(3)")`)
	s.bob.picture("07-unread")
	s.bob.click("room-" + s.roomID)
	s.bob.see("message", "Wish number 3")
	s.bob.gone("room-unread-"+s.roomID, "3")
	s.bob.until(`!document.title.startsWith("(")`)
	s.bob.picture("08-read")
}

func (s *story) rename() {
	s.ann.click("members")
	s.ann.see("member-list", "Bob")
	s.ann.fill("room-name", "Cake in the garden")
	s.ann.picture("09-room")
	s.ann.click("room-submit")
	for _, w := range []*window{s.ann, s.bob} {
		w.see("announcement", "Ann renamed the room to “Cake in the garden”")
	}
}

func (s *story) reload() {
	s.ann.do(chromedp.Reload())
	s.ann.see("message", "Wish number 3")
	s.ann.connected()
	s.ann.picture("10-reloaded")
}

// loseConnection has Ann's window without a network for a while.
func (s *story) loseConnection() {
	s.ann.do(offline(true))
	s.ann.see("connection", "The connection is lost")
	s.ann.say("I am in the tunnel")
	s.device.say(s.roomID, "My phone is not")
	s.bob.see("message", "My phone is not")
	s.ann.picture("11-offline")
	s.ann.do(offline(false))
	for _, w := range []*window{s.ann, s.bob} {
		w.see("message", "My phone is not")
		w.see("message", "I am in the tunnel")
	}
	s.ann.connected()
	s.ann.inOrder()
	s.ann.picture("12-online")
}

// survive has the server die in the middle of it. What was written meanwhile is sent
// when it is back, and comes once.
func (s *story) survive() {
	s.server.kill()
	if s.hears {
		for _, w := range []*window{s.ann, s.bob} {
			w.see("connection", "The connection is lost")
		}
	}
	s.ann.say("Are you still there?")
	s.ann.see("message", "Are you still there?")
	s.ann.picture("13-server-down")
	s.server.start()
	missed := s.device.say(s.roomID, "From my other device")
	for _, w := range []*window{s.ann, s.bob} {
		w.see("message", "From my other device")
		w.see("message", "Are you still there?")
		w.connected()
		w.until(`document.querySelectorAll("[data-sequence]").length >= %d`, missed)
		w.inOrder()
	}
	s.ann.picture("14-server-back")
}

// connected waits until nothing says that the connection is lost.
func (w *window) connected() {
	w.t.Helper()
	w.until(`document.querySelector(%q).hidden`, one("connection"))
}

// inOrder checks that items are on the page in their order, each once, without a gap.
func (w *window) inOrder() {
	w.t.Helper()
	sequences := w.sequences()
	for i, sequence := range sequences {
		if sequence != sequences[0]+int64(i) {
			w.picture("out-of-order")
			w.t.Fatalf("%s's page shows the items %v", w.name, sequences)
		}
	}
}

// scrollBack has Bob come back to a long conversation and read it to its beginning.
func (s *story) scrollBack(t *testing.T) {
	s.bob.run(`location.hash = "#/"`)
	var last int64
	for i := range 230 {
		last = s.device.say(s.roomID, fmt.Sprintf("A long story, part %d", i+1))
	}
	s.bob.see("room-unread-"+s.roomID, "230")
	s.bob.do(chromedp.Reload())
	s.bob.click("room-" + s.roomID)
	s.bob.see("message", "A long story")
	s.bob.picture("15-long-story")
	for !slices.Contains(s.bob.sequences(), 1) {
		first := s.bob.sequences()[0]
		s.bob.run(`document.querySelector("#messages-scroll").scrollTop = 0`)
		s.bob.until(`Number(document.querySelector("[data-sequence]").dataset.sequence) < %d`, first)
		s.bob.inOrder()
	}
	if got := s.bob.sequences(); int64(len(got)) != last {
		t.Errorf("the page shows %d items of %d", len(got), last)
	}
	s.bob.run(`document.querySelector("#messages-scroll").scrollTop = 0`)
	s.bob.see("announcement", "Ann created the room")
	s.bob.picture("16-beginning")
}

func (s *story) leave() {
	s.bob.click("members")
	s.bob.click("leave-room")
	s.bob.picture("17-leave")
	s.bob.click("leave-submit")
	s.bob.until(`!document.querySelector(%q)`, one("room-"+s.roomID))
	s.ann.see("announcement", "Bob left the room")
	s.bob.picture("18-left")
	s.ann.picture("18-left")
}

func (s *story) signOut() {
	s.ann.click("sign-out")
	s.ann.show("sign-in-as-ann")
	s.ann.do(chromedp.Reload())
	s.ann.show("sign-in-as-ann")
	s.ann.picture("19-signed-out")
}
