package meetup_test

import (
	"fmt"
	"testing"
	"time"

	"boochat/shared/event"
	"boochat/shared/meetup"
)

// BenchmarkVotes decides on one vote after the other in one poll, and folds it. One
// vote stays missing, so that the poll stays open.
func BenchmarkVotes(b *testing.B) {
	for _, n := range []int{100, meetup.MaxAttendees} {
		b.Run(fmt.Sprint(n, " people"), func(b *testing.B) {
			others := crowd(n - 1)
			m := given(created(others...), asked("a", dishes(5)...))
			for i := range b.N {
				round, voter := i/len(others), others[i%len(others)]
				events, err := m.CastVote(meetup.Person{ID: voter}, "a", (i%len(others)+round)%5, noon)
				if err != nil || len(events) != 1 {
					b.Fatalf("%d events, error %v", len(events), err)
				}
				m.Apply(event.Envelope{Sequence: m.Sequence + 1, Time: noon, Actor: voter}, events[0])
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "votes/s")
		})
	}
}

// BenchmarkDue asks 1,000 meetups of ten people with two polls each for what is due:
// nothing, or a poll's end and a reminder.
func BenchmarkDue(b *testing.B) {
	meetups := make([]*meetup.Meetup, 1000)
	for i := range meetups {
		meetups[i] = given(created(crowd(9)...), closing("a", 2*day, pizza, soup), asked("b", pizza, soup), fact{payload: meetup.NudgeDue{PollID: "b"}}, voted("ann", "a", 1))
	}
	for _, c := range []struct {
		name  string
		after time.Duration
		due   int
	}{{"nothing", day - 1, 0}, {"an end and a reminder", start - day, 2}} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				for _, m := range meetups {
					if events, err := m.Due(noon.Add(c.after), decided); err != nil || len(events) != c.due {
						b.Fatalf("%d events, error %v", len(events), err)
					}
				}
			}
			b.ReportMetric(float64(b.N*len(meetups))/b.Elapsed().Seconds(), "meetups/s")
		})
	}
}
