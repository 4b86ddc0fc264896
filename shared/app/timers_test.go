package app_test

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"boochat/shared/app"
	"boochat/shared/catalogue"
	"boochat/shared/config"
	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/meetup"
	"boochat/shared/view"
	"boochat/shared/zone"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/uuid"
)

// patience is how long anything may take on a busy machine.
const patience = 30 * time.Second

// ann organizes the picnic, which bob, cleo and dan are invited to.
var ann, bob, cleo, dan = meetup.Person{ID: "ann", Name: "Ann"}, meetup.Person{ID: "bob"}, meetup.Person{ID: "cleo"}, meetup.Person{ID: "dan"}

// timed is a system with a clock that is set by hand, and a picnic a week ahead.
type timed struct {
	*app.App
	t     *testing.T
	dir   string
	clock atomic.Pointer[time.Time]
	start time.Time // of the picnic
}

func newTimed(t *testing.T) *timed {
	t.Helper()
	s := &timed{t: t, dir: t.TempDir()}
	s.at(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	c := config.Config{
		Place: config.Place{Backend: config.Embedded, DataDir: s.dir}, AllowedUsers: []string{"ann@example.com"}, GoogleClientID: "x", PushUnverified: true,
	}
	var err error
	if s.App, err = app.Open(t.Context(), c, &oidc.StaticKeySet{}, s.now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.start = s.now().AddDate(0, 0, 7)
	s.do(ann, func(m *meetup.Meetup) ([]any, error) {
		return m.Create(ann, meetup.Plan{
			Name: "Picnic", Where: meetup.Where{Location: "Park"}, When: s.when(s.start), RoomID: "kitchen", RoomSequence: 1,
			AttendeeIDs: []string{bob.ID, cleo.ID, dan.ID},
		}, s.now())
	})
	return s
}

func (s *timed) now() time.Time { return *s.clock.Load() }

func (s *timed) at(now time.Time) { s.clock.Store(&now) }

func (s *timed) when(at time.Time) meetup.When {
	s.t.Helper()
	w, err := zone.Resolve(at.Format(time.RFC3339), "Europe/Berlin")
	if err != nil {
		s.t.Fatal(err)
	}
	return w
}

// do has somebody decide on the picnic.
func (s *timed) do(by meetup.Person, decide func(*meetup.Meetup) ([]any, error)) {
	s.t.Helper()
	command := eventstore.Command{ID: uuid.NewString(), Fingerprint: "test", Actor: by.ID}
	if _, err := s.Meetups().Execute(s.t.Context(), meetup.Stream("picnic"), command, decide); err != nil {
		s.t.Fatal(err)
	}
}

// ask makes a poll that moves the picnic by a day, or not.
func (s *timed) ask(id, closesAt string) {
	s.t.Helper()
	stays, moves := s.when(s.start), s.when(s.start.AddDate(0, 0, 1))
	s.do(bob, func(m *meetup.Meetup) ([]any, error) {
		return m.Ask(bob, meetup.Question{ID: id, Type: meetup.Reschedule, ClosesAt: closesAt, Choices: []meetup.Choice{{When: &stays}, {When: &moves}}}, s.now())
	})
}

func (s *timed) vote(by meetup.Person, poll string, choice int) {
	s.t.Helper()
	s.do(by, func(m *meetup.Meetup) ([]any, error) { return m.CastVote(by, poll, choice, s.now()) })
}

func (s *timed) answer(by meetup.Person, rsvp meetup.RSVP) {
	s.t.Helper()
	s.do(by, func(m *meetup.Meetup) ([]any, error) { return m.Answer(by.ID, rsvp) })
}

// runs has several schedulers call at once, when the documents show what has happened.
func (s *timed) runs() {
	s.t.Helper()
	s.until("the documents show the log", func() bool {
		shown, _, err := view.Get[view.Meetup](s.t.Context(), s.Views(), view.MeetupPath("picnic"))
		return err == nil && shown.Sequence == int64(len(s.log()))
	})
	var calling sync.WaitGroup
	for range 3 {
		calling.Go(func() {
			answer := httptest.NewRecorder()
			s.Handler("run-due-timers").ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/scheduled/run-due-timers", nil))
			if answer.Code != http.StatusNoContent {
				s.t.Errorf("the call is answered %d %s", answer.Code, answer.Body)
			}
		})
	}
	calling.Wait()
}

func (s *timed) until(what string, met func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !met(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("waited in vain: %s", what)
		}
	}
}

// log is the picnic's stream.
func (s *timed) log() []event.Envelope {
	s.t.Helper()
	log, err := app.OpenLog(s.t.Context(), config.Place{Backend: config.Embedded, DataDir: s.dir})
	if err != nil {
		s.t.Fatal(err)
	}
	events, err := log.Load(s.t.Context(), meetup.Stream("picnic"), 0, 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		s.t.Fatal(err)
	}
	return events
}

// happened gives what a payload's type has come to, all times that it happened.
func happened[T any](s *timed) (all []T) {
	s.t.Helper()
	for _, e := range s.log() {
		payload, err := catalogue.Events.Decode(e)
		if err != nil {
			s.t.Fatal(err)
		}
		if p, ok := payload.(T); ok {
			all = append(all, p)
		}
	}
	return all
}

// reminded compares the reminders so far: minutes before, and who was told.
func (s *timed) reminded(want ...meetup.ReminderDue) {
	s.t.Helper()
	same := func(a, b meetup.ReminderDue) bool {
		return a.MinutesBefore == b.MinutesBefore && slices.Equal(a.UserIDs, b.UserIDs)
	}
	if got := happened[meetup.ReminderDue](s); !slices.EqualFunc(got, want, same) {
		s.t.Errorf("at %s: reminders are %+v, want %+v", s.now().Format(time.RFC3339), got, want)
	}
}

func TestRemindersComeOnce(t *testing.T) {
	s := newTimed(t)
	s.answer(bob, meetup.No)
	s.answer(cleo, meetup.Maybe)
	first := meetup.ReminderDue{MinutesBefore: 1440, UserIDs: []string{"ann", "cleo", "dan"}} // yes, maybe, nothing yet
	second := meetup.ReminderDue{MinutesBefore: 60, UserIDs: []string{"ann", "bob", "cleo"}}
	s.at(s.start.Add(-24*time.Hour - time.Millisecond))
	s.runs()
	s.reminded()
	s.at(s.start.Add(-24 * time.Hour))
	s.runs()
	s.runs()
	s.reminded(first)
	s.answer(bob, meetup.Yes)
	s.answer(dan, meetup.No)
	s.at(s.start.Add(-50 * time.Minute)) // ten minutes late
	s.runs()
	s.runs()
	s.reminded(first, second)
	s.at(s.start.Add(time.Hour))
	s.runs()
	s.reminded(first, second)
}

func TestOneReminderIsEnoughWhenBothAreLate(t *testing.T) {
	s := newTimed(t)
	s.at(s.start.Add(-10 * time.Minute))
	s.runs()
	s.runs()
	s.reminded(meetup.ReminderDue{MinutesBefore: 60, UserIDs: []string{"ann", "bob", "cleo", "dan"}})
}

func TestRemindersFollowAMove(t *testing.T) {
	s := newTimed(t)
	all := meetup.ReminderDue{MinutesBefore: 1440, UserIDs: []string{"ann", "bob", "cleo", "dan"}}
	s.at(s.start.Add(-24 * time.Hour))
	s.runs()
	s.reminded(all)
	later := s.when(s.start.AddDate(0, 0, 3))
	s.do(ann, func(m *meetup.Meetup) ([]any, error) { return m.Update(ann, meetup.Change{When: &later}, s.now()) })
	s.at(s.start.Add(-time.Hour)) // an hour before the old date
	s.runs()
	s.reminded(all)
	s.at(s.start.AddDate(0, 0, 2))
	s.runs()
	s.runs()
	s.reminded(all, all)
	s.at(s.start.AddDate(0, 0, 3).Add(-time.Hour))
	s.runs()
	s.reminded(all, all, meetup.ReminderDue{MinutesBefore: 60, UserIDs: all.UserIDs})
}

func TestACancelledMeetupRemindsNobody(t *testing.T) {
	s := newTimed(t)
	s.ask("when", s.now().Add(48*time.Hour).Format(event.TimeLayout))
	s.do(ann, func(m *meetup.Meetup) ([]any, error) { return m.Cancel(ann, "Rain") })
	before := len(s.log())
	for _, at := range []time.Duration{-24 * time.Hour, -time.Hour, time.Hour} {
		s.at(s.start.Add(at))
		s.runs()
	}
	if after := len(s.log()); after != before {
		t.Errorf("%d events have happened to a cancelled meetup", after-before)
	}
}

func TestADeadlineClosesAPollOnceAndItsWinnerMovesTheMeetup(t *testing.T) {
	s := newTimed(t)
	deadline := s.now().Add(48 * time.Hour)
	s.ask("when", deadline.Format(event.TimeLayout))
	s.vote(cleo, "when", 1)
	s.at(deadline.Add(-time.Millisecond))
	s.runs()
	if closed := happened[meetup.PollClosed](s); len(closed) != 0 {
		t.Errorf("before its deadline, the poll is closed: %+v", closed)
	}
	s.at(deadline)
	s.runs()
	s.at(deadline.Add(time.Hour))
	s.runs()
	closed, moved := happened[meetup.PollClosed](s), happened[meetup.Rescheduled](s)
	if len(closed) != 1 || closed[0].Outcome.Reason != meetup.ReasonDeadline || !closed[0].Outcome.Applied || *closed[0].Outcome.ChoiceIndex != 1 {
		t.Errorf("the poll is closed: %+v", closed)
	}
	if len(moved) != 1 || moved[0].To != s.when(s.start.AddDate(0, 0, 1)) || moved[0].PollID != "when" {
		t.Errorf("the meetup is moved: %+v", moved)
	}
	log := s.log()
	if len(log) != 6 {
		t.Fatalf("%d events have happened", len(log))
	}
	for _, e := range log[3:] { // a nudge, the close and the move
		if e.Actor != "" {
			t.Errorf("%s has the actor %q, where the clock did it", e.Type, e.Actor)
		}
	}
}

func TestNudgesGoToThoseWhoHaveNotVoted(t *testing.T) {
	s := newTimed(t)
	begun := s.now()
	s.ask("open end", "")
	s.ask("deadline", begun.Add(72*time.Hour).Format(event.TimeLayout))
	s.vote(ann, "open end", 0)
	s.vote(bob, "deadline", 0)
	s.vote(dan, "deadline", 1)
	nudged := func(want string) {
		t.Helper()
		var got []string
		for _, n := range happened[meetup.NudgeDue](s) {
			got = append(got, n.PollID+": "+strings.Join(n.UserIDs, " "))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("nudges are %q, want %q", got, want)
		}
	}
	s.at(begun.Add(24*time.Hour - time.Millisecond))
	s.runs()
	nudged("")
	s.at(begun.Add(25 * time.Hour))
	s.runs()
	s.runs()
	nudged("open end: bob cleo dan")
	s.at(begun.Add(48 * time.Hour))
	s.runs()
	s.runs()
	nudged("open end: bob cleo dan, deadline: ann cleo")
}

// TestTheEmbeddedBackendTicks has nobody call: the process looks by itself, and no
// more when it is closed.
func TestTheEmbeddedBackendTicks(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("open", func(t *testing.T) {
		s := newTimed(t)
		s.at(s.start.Add(-time.Hour))
		s.until("the reminder", func() bool { return len(happened[meetup.ReminderDue](s)) == 1 })
	})
	for deadline := time.Now().Add(patience); runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("there were %d goroutines before, and after closing\n%s", before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}
