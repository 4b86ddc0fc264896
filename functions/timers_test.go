package functions

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"boochat/functions/trigger"
	"boochat/shared/adapter/sqlite"
	"boochat/shared/catalogue"
	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/meetup"
	"boochat/shared/zone"
)

// due is a log of many meetups that begin an hour from noon, and their documents.
type due struct {
	t     *testing.T
	store *sqlite.EventStore
	views *sqlite.Views
}

func newDue(t *testing.T, meetups int) *due {
	t.Helper()
	store, err := sqlite.OpenEventStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	views, err := sqlite.OpenViews(filepath.Join(t.TempDir(), "views.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(views.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	})
	d := &due{t: t, store: store, views: views}
	when, err := zone.Resolve(noon.Add(time.Hour).Format(time.RFC3339), "Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for n := range meetups {
		d.append(fmt.Sprint("meetup-", n), meetup.Created{Name: "Tea", When: when, AttendeeIDs: []string{"ann"}, RoomID: "kitchen"})
	}
	return d
}

// append has something happen to a meetup, two days before noon, and shows it.
func (d *due) append(id string, payload any) {
	d.t.Helper()
	name, version, data, err := catalogue.Events.Encode(payload)
	if err != nil {
		d.t.Fatal(err)
	}
	e := event.Envelope{ID: id, Type: name, Version: version, Stream: meetup.Stream(id), Sequence: 1, Time: noon.AddDate(0, 0, -2), Actor: "ann", Data: data}
	if err := d.store.Append(d.t.Context(), e.Stream, 0, []event.Envelope{e}); err != nil {
		d.t.Fatal(err)
	}
	if err := trigger.NewMeetups(d.store, d.views, catalogue.Events).Handle(d.t.Context(), []event.Envelope{e}); err != nil {
		d.t.Fatal(err)
	}
}

// instance is a process of the function. Nothing that happens is shown.
func (d *due) instance() *Timers {
	return &Timers{Views: d.views, Meetups: eventstore.NewRepository(d.store, &topic{away: errors.New("away")}, catalogue.Events, meetup.New, clock), Now: clock}
}

// reminders counts them, by meetup.
func (d *due) reminders(meetups int) (counts map[int]int) {
	d.t.Helper()
	counts = map[int]int{}
	for n := range meetups {
		events, err := d.store.Load(d.t.Context(), meetup.Stream(fmt.Sprint("meetup-", n)), 0, 100)
		if err != nil {
			d.t.Fatal(err)
		}
		for _, e := range events {
			if e.Type == "meetup.reminder-due" {
				counts[n]++
			}
		}
	}
	return counts
}

// TestInstancesThatRunTheTimersAtOnce has several do so, more than once, while the
// documents go on saying that everything is due.
func TestInstancesThatRunTheTimersAtOnce(t *testing.T) {
	const meetups = 2*timersPage + 30
	d := newDue(t, meetups)
	instances := []*Timers{d.instance(), d.instance(), d.instance()}
	for range 2 {
		var running sync.WaitGroup
		for _, instance := range instances {
			running.Go(func() {
				if _, err := instance.Run(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
	}
	counts := d.reminders(meetups)
	for n := range meetups {
		if counts[n] != 1 {
			t.Errorf("meetup %d reminds %d times", n, counts[n])
		}
	}
}

func TestAMeetupThatFailsDoesNotStopTheOthers(t *testing.T) {
	const meetups = 5
	d := newDue(t, meetups)
	broken := meetup.Stream("meetup-0")
	unheardOf := event.Envelope{ID: "bad", Type: "meetup.unheard-of", Version: 1, Stream: broken, Sequence: 2, Time: noon, Actor: "ann", Data: []byte("{}")}
	if err := d.store.Append(t.Context(), broken, 1, []event.Envelope{unheardOf}); err != nil {
		t.Fatal(err)
	}
	f, _ := Find("run-due-timers")
	answer := httptest.NewRecorder()
	f.Handler(&Services{Pushes: Anybody, Timers: d.instance()}).ServeHTTP(answer, httptest.NewRequest(f.Method, f.Path, nil))
	if answer.Code != http.StatusServiceUnavailable || strings.Contains(answer.Body.String(), "meetup-0") {
		t.Errorf("the call is answered %d %s", answer.Code, answer.Body)
	}
	counts := d.reminders(meetups)
	for n := range meetups {
		if want := min(n, 1); counts[n] != want {
			t.Errorf("meetup %d reminds %d times, want %d", n, counts[n], want)
		}
	}
}
