package ledger

import (
	"bytes"
	_ "embed" // of the template
	"fmt"
	"path"
	"strings"
	"text/template"
)

// Cost is what was billed for something, apart from listeners.
type Cost struct {
	Request Bill     // the command's own function, or the query's
	Pushes  Bill     // the functions that its events are pushed to
	Written []string // paths of the documents that were written
}

// All is both together.
func (c Cost) All() Bill { return c.Request.Plus(c.Pushes) }

// Row is a function with what it costs a process that has just started, and one that
// has just done the same.
type Row struct {
	Name       string
	Cold, Warm Cost
}

// Step is a part of something larger.
type Step struct {
	Name string
	Bill
}

// Sum adds steps up.
func Sum(steps []Step) (b Bill) {
	for _, s := range steps {
		b = b.Plus(s.Bill)
	}
	return b
}

// Ledger is all that was counted.
type Ledger struct {
	People, Rooms, History int // of the group; rooms that all are in; items of the room on screen

	Rows []Row

	Message      Cost   // that everybody has on screen, sent by a warm process
	Long         Cost   // a message from a cold one, in a room of so many items without a snapshot
	Overtaken    Cost   // a message from a warm one, after another process has written to the room
	Heard        Bill   // by all listeners, of the message
	Own          Bill   // by those of its sender
	Received     Bill   // by those of one other person
	Reports      []Cost // of the others' apps, that the message is read
	ReportsHeard Bill   // by all listeners

	Opening []Step // of the page, and a room
	Hour    []Step // of one person being online
}

// MessageSteps takes a message apart.
func (l Ledger) MessageSteps() []Step {
	reports := Bill{}
	for _, r := range l.Reports {
		reports = reports.Plus(r.All())
	}
	return []Step{
		{"send-message", l.Message.Request},
		{"its push to project-rooms", l.Message.Pushes},
		{fmt.Sprintf("%d people listening, with the room on screen", l.People), l.Heard},
		{fmt.Sprintf("the other %d apps report that it is read (open-room)", l.People-1), reports},
		{fmt.Sprintf("%d people listening to that", l.People), l.ReportsHeard},
	}
}

// Sent is the message without those who listen.
func (l Ledger) Sent() Bill { return l.Message.All() }

// Shown is the message with those who listen.
func (l Ledger) Shown() Bill { return l.Sent().Plus(l.Heard) }

// Read is the message with everything that follows.
func (l Ledger) Read() Bill { return Sum(l.MessageSteps()) }

// What a user does in a day of Google's example.
const (
	openings = 5
	sent     = 10
	received = 30
)

// DaySteps is the same day here.
func (l Ledger) DaySteps() []Step {
	report := l.Reports[0].All().Plus(Bill{Reads: 1}) // and one's own listener to visits
	return []Step{
		{fmt.Sprintf("%d times opening the app, and a room", openings), Sum(l.Opening).Times(openings)},
		{fmt.Sprintf("%d messages sent, and shown to their sender", sent), l.Sent().Plus(l.Own).Times(sent)},
		{fmt.Sprintf("%d messages received", received), l.Received.Times(received)},
		{fmt.Sprintf("%d reports that they are read", received), report.Times(received)},
		{"an hour online", Sum(l.Hour)},
	}
}

// HourInMessages is how many messages cost as much as an hour online.
func (l Ledger) HourInMessages() int { return int(regional.All(Sum(l.Hour)) / regional.All(l.Read())) }

// GoogleDay is what Google publishes for it
// (https://cloud.google.com/firestore/docs/billing-example).
func (Ledger) GoogleDay() Bill { return Bill{Reads: 80, Writes: 20, Deletes: 20} }

// Goal is what design says a message may cost before listeners, with its room summary.
func (Ledger) Goal() Bill { return Bill{Writes: 4, Deletes: 1} }

// why tells what the documents are for that a message writes.
var why = []struct{ pattern, what string }{
	{"streams/*/events/*", "the event"},
	{"ids/*", "the event's id, which makes repeats harmless, and its outbox record; then again, without the record"},
	{"rooms/*", "the room's summary: newest item, newest sequence"},
	{"rooms/*/items/*", "the item"},
	{"users/*/visits/*", "the sender has read their own message"},
}

// Write is a kind of documents.
type Write struct {
	Pattern, Why string
	Writes       int
}

// Writes takes apart what a message writes.
func (l Ledger) Writes() (writes []Write, err error) {
	known := 0
	for _, w := range why {
		n := 0
		for _, document := range l.Message.Written {
			if like, _ := path.Match(w.pattern, document); like {
				n++
			}
		}
		writes = append(writes, Write{strings.NewReplacer("streams/*", "streams/{room}", "ids/*", "ids/{event}", "rooms/*", "rooms/{room}",
			"events/*", "events/{sequence}", "items/*", "items/{sequence}", "users/*", "users/{sender}", "visits/*", "visits/{room}").Replace(w.pattern), w.what, n})
		known += n
	}
	if known != len(l.Message.Written) {
		err = fmt.Errorf("a message writes %q: say what each document is for", l.Message.Written)
	}
	return writes, err
}

//go:embed COST.md.tmpl
var page string

// Render gives COST.md.
func (l Ledger) Render() ([]byte, error) {
	t, err := template.New("COST.md").Funcs(template.FuncMap{
		"sum":      Sum,
		"regional": func(b Bill) string { return dollars(regional.All(b)) },
		"multi":    func(b Bill) string { return dollars(multiRegion.All(b)) },
		"dollars":  dollars,
		"here":     func() Prices { return regional },
		"there":    func() Prices { return multiRegion },
		"prices":   func() []Prices { return []Prices{regional, multiRegion} },
		"free":     func() Bill { return free },
		"minus":    func(a, b int) int { return a - b },
		"share":    share,
		"month":    func(p Prices, b Bill) string { return fmt.Sprintf("$%.3f", p.All(b.Times(30))/1e6) },
		"thousand": func(p Prices, b Bill) string { return dollars(p.All(b) / 1e3) },
		"fits": func(b Bill) string {
			times, first := Fits(b)
			return fmt.Sprintf("%s | %s", thousands(times), first)
		},
		"thousands": thousands,
	}).Parse(page)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = t.Execute(&text, l)
	return text.Bytes(), err
}

// dollars shows an amount of US dollars.
func dollars(amount float64) string {
	if amount > 0 && amount < 0.1 {
		return fmt.Sprintf("$%.3f", amount)
	}
	return fmt.Sprintf("$%.2f", amount)
}

// share draws how much of a whole a part costs.
func share(part, whole Bill) string {
	of := regional.All(part) / regional.All(whole)
	return fmt.Sprintf("%s %.0f %%", strings.Repeat("█", int(of*20+0.5)), of*100)
}

// thousands shows a whole number with its thousands apart.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return thousands(n/1000) + fmt.Sprintf(",%03d", n%1000)
}
