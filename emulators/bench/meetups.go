package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"boochat/emulators/scenario/client"

	"golang.org/x/sync/errgroup"
)

// voters is how many people take part in the poll whose votes are counted.
const voters = 100

// planning measures votes on one poll, and listing meetups.
func (b *bench) planning(ctx context.Context) error {
	dir, err := b.dataDir()
	if err != nil {
		return err
	}
	return onServer(ctx, b.program, dir, func(s *server) error {
		sessions, err := s.signIn(ctx, voters)
		if err != nil {
			return err
		}
		if err := b.voting(ctx, s, sessions); err != nil {
			return fmt.Errorf("vote: %w", err)
		}
		return b.listing(ctx, s, sessions[:3])
	})
}

// voting has all but one of a poll's people change their votes for a while: without the
// last one, the poll stays open.
func (b *bench) voting(ctx context.Context, s *server, sessions []client.Session) error {
	say("  votes of %d people", voters)
	meetupID, err := s.createMeetup(ctx, sessions, time.Now().AddDate(0, 1, 0))
	if err != nil {
		return err
	}
	choices := []map[string]string{{"text": "Soup"}, {"text": "Salad"}, {"text": "Bread"}}
	pollID, err := s.createPoll(ctx, sessions[0], map[string]any{"meetupId": meetupID, "type": "generic", "description": "What is there to eat?", "choices": choices})
	if err != nil {
		return err
	}
	var next atomic.Int64
	began := time.Now()
	var voting errgroup.Group
	for range outstanding {
		voting.Go(func() error {
			w, err := dial(s.address())
			if err != nil {
				return err
			}
			defer w.close()
			for ctx.Err() == nil && time.Since(began) < b.loadFor {
				n := int(next.Add(1) - 1)
				voter := sessions[1+n%(voters-1)]
				body := fmt.Appendf(nil, `{"meetupId":%q,"pollId":%q,"choiceIndex":%d}`, meetupID, pollID, n/(voters-1)%len(choices))
				if err := w.post("/v1/cast-poll-vote", voter.AccessToken, body, 200); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	if err := voting.Wait(); err != nil {
		return err
	}
	b.report.add(row{measure: fmt.Sprintf("votes on one poll of %d people", voters), value: float64(next.Load()) / time.Since(began).Seconds(), unit: perSecond})
	return nil
}

// listing measures the first page of many meetups.
func (b *bench) listing(ctx context.Context, s *server, sessions []client.Session) error {
	say("  listing %s meetups", grouped(b.meetups))
	for i := range b.meetups {
		if _, err := s.createMeetup(ctx, sessions, time.Now().AddDate(0, 1, i)); err != nil {
			return err
		}
	}
	w, err := dial(s.address())
	if err != nil {
		return err
	}
	defer w.close()
	times := make([]time.Duration, reads)
	for i := range times {
		began := time.Now()
		if err := w.get("/v1/meetups?when=upcoming", sessions[2].AccessToken); err != nil {
			return err
		}
		times[i] = time.Since(began)
	}
	b.report.add(tail(fmt.Sprintf("list meetups, %s of them", grouped(b.meetups)), times, 0, 0))
	return nil
}

// timers measures how fast polls are closed whose time was over while no server ran.
func (b *bench) timers(ctx context.Context) error {
	dir, err := b.dataDir()
	if err != nil {
		return err
	}
	var closesAt time.Time
	var sessions []client.Session
	err = onServer(ctx, b.program, dir, func(s *server) (err error) {
		if sessions, err = s.signIn(ctx, 2); err != nil {
			return err
		}
		var meetups []string
		for range b.meetups {
			id, err := s.createMeetup(ctx, sessions, time.Now().AddDate(0, 1, 0))
			if err != nil {
				return err
			}
			meetups = append(meetups, id)
		}
		closesAt = time.Now().Add(time.Second + time.Duration(b.meetups)*5*time.Millisecond)
		for _, id := range meetups {
			_, err := s.createPoll(ctx, sessions[0], map[string]any{
				"meetupId": id, "type": "generic", "description": "Shall we?", "choices": []map[string]string{{"text": "Yes"}, {"text": "No"}},
				"closesAt": closesAt.UTC().Format(time.RFC3339),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	time.Sleep(time.Until(closesAt))
	began := time.Now()
	return onServer(ctx, b.program, dir, func(s *server) error {
		if err := s.allClosed(ctx, sessions[0], b.meetups); err != nil {
			return err
		}
		b.report.add(row{measure: fmt.Sprintf("timers due, %s polls closed after a start", grouped(b.meetups)), value: float64(b.meetups) / time.Since(began).Seconds(), unit: perSecond})
		return nil
	})
}

// allClosed waits until so many meetups show no poll that is open.
func (s *server) allClosed(ctx context.Context, session client.Session, meetups int) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		open, shown, err := s.openPolls(ctx, session)
		if err != nil {
			return err
		}
		if open == 0 && shown == meetups {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// openPolls counts the open polls of somebody's meetups, and the meetups.
func (s *server) openPolls(ctx context.Context, session client.Session) (open, meetups int, err error) {
	path := "/v1/meetups?limit=200"
	for {
		var page struct {
			Meetups []struct {
				Polls []struct{ Status string }
			}
			NextCursor string
		}
		answer, err := s.as(session.AccessToken).Get(ctx, path)
		if err == nil {
			err = answer.Into(&page)
		}
		if err != nil {
			return 0, 0, err
		}
		for _, m := range page.Meetups {
			meetups++
			for _, p := range m.Polls {
				if p.Status == "active" {
					open++
				}
			}
		}
		if page.NextCursor == "" {
			return open, meetups, nil
		}
		path = "/v1/meetups?limit=200&cursor=" + page.NextCursor
	}
}

// createMeetup has the first of some people plan a meetup of all of them.
func (s *server) createMeetup(ctx context.Context, people []client.Session, at time.Time) (id string, err error) {
	invited := []string{}
	for _, one := range people[1:] {
		invited = append(invited, one.User.ID)
	}
	var created struct{ MeetupID string }
	err = s.create(ctx, people[0], "create-meetup", map[string]any{
		"name": "A meetup", "location": "The park", "takesPlaceOn": at.UTC().Format(time.RFC3339), "timeZone": "Europe/Berlin", "attendeeIds": invited,
	}, &created)
	return created.MeetupID, err
}

// createPoll has somebody make a poll.
func (s *server) createPoll(ctx context.Context, by client.Session, body any) (id string, err error) {
	var created struct{ PollID string }
	err = s.create(ctx, by, "create-poll", body, &created)
	return created.PollID, err
}

// create sends a command that is to be answered 201.
func (s *server) create(ctx context.Context, by client.Session, command string, body, created any) error {
	answer, err := s.as(by.AccessToken).Post(ctx, command, body, "")
	if err != nil {
		return err
	}
	if answer.Status != 201 {
		return fmt.Errorf("%s was answered %d %s", command, answer.Status, answer.Body)
	}
	return answer.Into(created)
}
