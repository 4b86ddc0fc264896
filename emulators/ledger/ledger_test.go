package ledger

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"boochat/emulators/googletest"
	"boochat/emulators/scenario/client"
	"boochat/functions"
	"boochat/shared/view"
)

var update = flag.Bool("update", false, "write functions/COST.md")

// costs is the file that is generated.
const costs = "../../functions/COST.md"

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	googletest.Main(m, googletest.Firestore(), googletest.PubSub())
}

// TestCosts counts everything and holds COST.md to it.
func TestCosts(t *testing.T) {
	s := newStage(t)
	l := Ledger{People: len(members), Rooms: roomCount, History: history}
	s.messages(&l)
	s.opening(&l)
	s.online(&l)
	s.queries(&l)
	s.rows(&l)
	for _, f := range functions.WithoutSockets() {
		counted := slices.ContainsFunc(l.Rows, func(r Row) bool { return r.Name == f.Name })
		if !counted && f.Kind != functions.Page && f.Kind != functions.Trigger { // what triggers cost is in the rows of their causes
			t.Errorf("%s is not counted: give it a row", f.Name)
		}
	}
	text, err := l.Render()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(costs, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(costs)
	if err != nil {
		t.Fatal(err)
	}
	if string(stored) != string(text) {
		t.Errorf("what is billed is not what functions/COST.md says. If that is meant to be, write it with"+
			" `go test ./emulators/ledger -update`. It would not say any more:\n%sbut:\n%s", without(stored, text), without(text, stored))
	}
	if c := l.Message; c.Request.Reads+c.Pushes.Reads > 0 || c.Request.Writes > 3 || c.Pushes.Writes > 3 || c.All().Deletes > 0 {
		t.Errorf("a message is billed %+v and %+v, want no reads and at most 3 writes each", c.Request, c.Pushes)
	}
}

// without gives the lines of a text that another one does not have.
func without(text, other []byte) (lines string) {
	there := slices.Collect(strings.Lines(string(other)))
	for line := range strings.Lines(string(text)) {
		if !slices.Contains(there, line) {
			lines += line
		}
	}
	return lines
}

// measure calls something twice after a restart, with something else in between.
func (s *stage) measure(name string, something func(turn int) Cost, between func()) Row {
	s.Helper()
	s.restart()
	cold := something(0)
	if between != nil {
		between()
	}
	return Row{Name: name, Cold: cold, Warm: something(1)}
}

// messages is one message in a room that everybody has on screen.
func (s *stage) messages(l *Ledger) {
	s.restart()
	l.Long = s.message(0, 0)
	othersRead := func() (reports []Cost) {
		for n := 1; n < len(s.people); n++ {
			reports = append(reports, s.do(n, "open-room", inRoom(0)))
		}
		return reports
	}
	othersRead()
	l.Message = s.message(0, 0)
	l.Reports = othersRead()
	s.elsewhere(func() { s.message(1, 0) })
	l.Overtaken = s.message(0, 0)

	for n, p := range s.people {
		onScreen := append(picture(p.User.ID), itemsOf(roomID(0), 1))
		l.Heard = l.Heard.Plus(updates(onScreen, l.Message.Written))
		switch n {
		case 0:
			l.Own = updates(onScreen, l.Message.Written)
		case 1:
			l.Received = updates(onScreen, l.Message.Written)
		}
		for _, report := range l.Reports {
			l.ReportsHeard = l.ReportsHeard.Plus(updates(onScreen, report.Written))
		}
	}
}

// opening is what the page does when somebody opens it, and then a room, at functions
// that have just served somebody else.
func (s *stage) opening(l *Ledger) {
	s.restart()
	for n := range 2 {
		s.message(2, 0)
		l.Opening = []Step{
			{"refresh", s.refresh(n).All()},
			{"listen to people, rooms, visits, meetups and presence", begin(picture(s.people[n].User.ID), s.documents)},
			{"heartbeat", s.do(n, "heartbeat", map[string]any{}).All()},
			{"room, with its latest 50 items", s.get(n, "/v1/rooms/"+roomID(0)).All()},
			{"listen to newer items", itemsOf(roomID(0), 1_000_000).Begin(s.documents)},
			{"open-room", s.do(n, "open-room", inRoom(0)).All()},
		}
	}
}

// online is what being there costs: a heartbeat every 30 s, whom it is for every
// view.NearFor, and the session every minute (shared/auth); and the
// listeners every half hour, with the page's next token (firestorelive.js).
func (s *stage) online(l *Ledger) {
	s.restart()
	s.message(0, 0)
	looks := int(time.Hour / view.NearFor)
	look := s.do(0, "heartbeat", inRoom(0))
	beat := s.do(0, "heartbeat", inRoom(0))
	var heard Bill
	for _, p := range s.people {
		heard = heard.Plus(updates(picture(p.User.ID), beat.Written))
	}
	again := begin(append(picture(s.people[0].User.ID), itemsOf(roomID(0), 1_000_000)), s.documents)
	l.Hour = []Step{
		{fmt.Sprintf("%d heartbeats", 120-looks), beat.All().Times(120 - looks)},
		{fmt.Sprintf("%d heartbeats that look up who shares a room", looks), look.All().Times(looks)},
		{"60 looks at the session", Bill{Reads: 60}},
		{fmt.Sprintf("120 times %d listeners", len(s.people)), heard.Times(120)},
		{"twice beginning to listen anew", again.Times(2)},
	}
}

// rows measures every function. Each on a room of its own, whose stream has one event
// when it is cold.
func (s *stage) rows(l *Ledger) {
	l.Rows = append(l.Rows, s.measure("send-message", func(int) Cost { return s.message(0, 1) }, nil))
	s.message(0, 7)
	l.Rows = append(l.Rows,
		s.measure("open-room", func(int) Cost { return s.do(1, "open-room", inRoom(7)) }, func() { s.message(0, 7) }),
		s.measure("close-room", func(int) Cost { return s.do(1, "close-room", inRoom(2)) }, nil),
		s.measure("heartbeat", func(int) Cost { return s.do(0, "heartbeat", inRoom(3)) }, nil),
		s.measure("rename-room", func(turn int) Cost { return s.do(0, "rename-room", inRoom(4, "name", fmt.Sprint("Mondays ", turn))) }, nil),
		s.measure("change-room-image", func(turn int) Cost {
			return s.do(0, "change-room-image", inRoom(5, "imageUrl", fmt.Sprintf("https://example.com/%d.png", turn)))
		}, nil),
		s.measure("leave-room", func(turn int) Cost { return s.do(4-turn, "leave-room", inRoom(6)) },
			func() { s.do(3, "rename-room", inRoom(6, "name", "Sundays")) }),
		s.measure("create-room", func(turn int) Cost {
			return s.do(0, "create-room", map[string]any{"id": roomID(100 + turn), "name": "Fridays", "participantIds": s.others()})
		}, nil),
	)
	s.do(4, "create-room", map[string]any{"id": roomID(200), "name": "Saturdays", "participantIds": []string{}})
	l.Rows = append(l.Rows,
		s.measure("invite-user", func(turn int) Cost {
			return s.do(4, "invite-user", inRoom(200, "inviteeId", s.people[1+turn].User.ID))
		}, nil),
		s.measure("refresh", func(int) Cost { return s.refresh(0) }, nil),
		s.measure("update-profile", func(turn int) Cost {
			return s.do(2, "update-profile", map[string]any{"name": fmt.Sprint("Cleo ", turn)})
		}, nil),
		s.measure("authenticate", func(int) Cost { return s.authenticate(members[3]) }, nil),
	)
	s.meetups(l)
	for _, command := range []string{"sign-out", "sign-out-everywhere"} {
		who := []person{s.signIn(members[4]), s.signIn(members[1])}
		l.Rows = append(l.Rows, s.measure(command, func(turn int) Cost {
			return s.cost(func() { s.send(who[turn], command, nil) })
		}, func() {
			s.cost(func() {
				if answer, err := who[1].Get(context.Background(), "/v1/me"); err != nil || answer.Status != http.StatusOK {
					s.Fatal(answer.Status, err)
				}
			})
		}))
	}
	for _, name := range []string{"relay", "run-due-timers"} {
		l.Rows = append(l.Rows, s.measure(name, func(int) Cost { return s.scheduled(name) }, nil))
	}
	for _, r := range l.Rows {
		cold := r.Cold.All()
		cold.Reads = r.Warm.All().Reads
		if cold != r.Warm.All() {
			s.Errorf("%s is billed %+v cold and %+v warm: COST.md shows no difference but in reads", r.Name, r.Cold.All(), r.Warm.All())
		}
	}
}

// meetups measures the functions of meetups. Everybody attends, and each is measured on a
// meetup of its own, in a room of its own; what moves a meetup, or makes or ends a poll,
// tells the room. Votes are of a poll that stays open.
func (s *stage) meetups(l *Ledger) {
	const first = 8 // the rooms before it are other rows'
	next := first
	plan := func() (id string) {
		id = fmt.Sprint("meetup-", next)
		s.do(0, "create-meetup", dinner("id", id, "roomId", roomID(next)))
		s.do(0, "create-poll", atMeetup(id, "id", "poll", "type", "reschedule", "description", "Another day?", "choices", dates(2)))
		next++
		return id
	}
	row := func(name string, command func(id string, turn int) Cost, between func(id string)) {
		id := plan()
		l.Rows = append(l.Rows, s.measure(name, func(turn int) Cost { return command(id, turn) }, func() {
			if between != nil {
				between(id)
			}
		}))
	}
	vote := func(id string, choice int) Cost {
		return s.do(1, "cast-poll-vote", atMeetup(id, "pollId", "poll", "choiceIndex", choice))
	}
	l.Rows = append(l.Rows, s.measure("create-meetup", func(turn int) Cost {
		return s.do(0, "create-meetup", dinner("id", fmt.Sprint("meetup-of-its-own-", turn), "attendeeIds", s.others()))
	}, nil))
	row("update-meetup", func(id string, turn int) Cost {
		return s.do(0, "update-meetup", atMeetup(id, "takesPlaceOn", fmt.Sprintf("2031-08-0%dT18:00:00Z", 1+turn)))
	}, nil)
	row("change-meetup-image", func(id string, turn int) Cost {
		return s.do(0, "change-meetup-image", atMeetup(id, "imageUrl", fmt.Sprintf("https://example.com/%d.png", turn)))
	}, nil)
	row("change-rsvp", func(id string, turn int) Cost {
		return s.do(1, "change-rsvp", atMeetup(id, "rsvp", []string{"yes", "no"}[turn]))
	}, nil)
	row("create-poll", func(id string, turn int) Cost {
		return s.do(1, "create-poll", atMeetup(id, "type", "reschedule", "description", fmt.Sprint("When ", turn), "choices", dates(2)))
	}, nil)
	row("add-poll-choice", func(id string, turn int) Cost {
		return s.do(1, "add-poll-choice", atMeetup(id, "pollId", "poll", "choice", dates(4)[2+turn]))
	}, nil)
	row("cast-poll-vote", vote, nil)
	voted := plan()
	vote(voted, 0)
	l.Rows = append(l.Rows, s.measure("withdraw-poll-vote", func(int) Cost {
		return s.do(1, "withdraw-poll-vote", atMeetup(voted, "pollId", "poll"))
	}, func() { vote(voted, 0) }))
	row("close-poll", func(id string, turn int) Cost {
		return s.do(0, "close-poll", atMeetup(id, "pollId", []string{"poll", "another"}[turn], "choiceIndex", turn))
	}, func(id string) {
		s.do(0, "create-poll", atMeetup(id, "id", "another", "type", "reschedule", "description", "Another day?", "choices", dates(2)))
	})
	off := []string{plan(), plan()}
	l.Rows = append(l.Rows, s.measure("cancel-meetup", func(turn int) Cost { return s.do(0, "cancel-meetup", atMeetup(off[turn])) }, nil))
	for _, q := range []struct{ name, path string }{
		{"meetups", "/v1/meetups"}, {"meetup", "/v1/meetups/meetup-8"}, {"calendar", "/v1/calendar"}, {"calendar-feed", s.calendar(0)},
	} {
		l.Rows = append(l.Rows, s.measure(q.name, func(int) Cost { return s.get(0, q.path) }, nil))
	}
	l.Rows = append(l.Rows, s.measure("rotate-calendar", func(int) Cost { return s.do(0, "rotate-calendar", nil) }, nil))
}

func (s *stage) queries(l *Ledger) {
	main := "/v1/rooms/" + roomID(0)
	for _, q := range []struct{ name, path string }{
		{"me", "/v1/me"}, {"users", "/v1/users"}, {"rooms", "/v1/rooms"}, {"room", main}, {"items", main + "/items?before=55"},
	} {
		l.Rows = append(l.Rows, s.measure(q.name, func(int) Cost { return s.get(0, q.path) }, nil))
	}
}

// authenticate signs in.
func (s *stage) authenticate(who client.Identity) Cost {
	s.Helper()
	return s.cost(func() {
		if _, err := (client.Client{URL: s.url}).SignIn(context.Background(), who); err != nil {
			s.Fatal(err)
		}
	})
}
