package ledger

import (
	"path"
	"strconv"
)

// Listener is a query that a client listens to. Clients talk to Firestore without
// us, so what they are billed is computed here, by Google's rules
// (https://firebase.google.com/docs/firestore/pricing):
//
//   - Listening begins with a read for each document of the result, and at least one.
//   - Each document that is added to the result, or changes in it, is a read.
//   - A document that a security rule gets is a read when listening begins, and with
//     each update of the result, however many documents change in it.
type Listener struct {
	Pattern string // of documents' paths, for path.Match
	After   int64  // only documents with a higher number for an id, if not 0
	Gets    int    // documents that the rule gets, besides those of the result
}

// hears reports whether a document is in the result. Whoever listens may read all
// that is like the pattern: the rooms of the stage have everybody for a member.
func (l Listener) hears(document string) bool {
	like, err := path.Match(l.Pattern, document)
	if err != nil {
		panic(err) // the patterns are in this package
	}
	number, _ := strconv.ParseInt(path.Base(document), 10, 64)
	return like && (l.After == 0 || number > l.After)
}

func (l Listener) heard(documents []string) (n int) {
	for _, d := range documents {
		if l.hears(d) {
			n++
		}
	}
	return n
}

// Begin is the bill for beginning to listen where there are some documents.
func (l Listener) Begin(documents []string) Bill {
	return Bill{Reads: max(1, l.heard(documents)), RuleReads: l.Gets}
}

// Update is the bill for a commit that has written some documents.
func (l Listener) Update(written []string) Bill {
	if n := l.heard(written); n > 0 {
		return Bill{Reads: n, RuleReads: l.Gets}
	}
	return Bill{}
}

// picture is what an app listens to all the time (emulators/page/firestorelive.js).
func picture(person string) []Listener {
	return []Listener{
		{Pattern: "users/*"}, {Pattern: "rooms/*"}, {Pattern: "users/" + person + "/visits/*"}, {Pattern: "meetups/*"}, {Pattern: "presence/*"},
	}
}

// itemsOf is what it listens to besides while a room is on screen, after the items
// that it has. The rule of items gets the room (terraform/firestore.rules).
func itemsOf(room string, after int64) Listener {
	return Listener{Pattern: "rooms/" + room + "/items/*", After: after, Gets: 1}
}

// begin adds up what beginning to listen costs.
func begin(listeners []Listener, documents []string) (b Bill) {
	for _, l := range listeners {
		b = b.Plus(l.Begin(documents))
	}
	return b
}

// updates adds up what one commit costs listeners.
func updates(listeners []Listener, written []string) (b Bill) {
	for _, l := range listeners {
		b = b.Plus(l.Update(written))
	}
	return b
}
