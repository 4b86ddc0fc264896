package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// outstanding is how many commands a closed loop has under way: enough people
	// typing at once for commits to be shared, as the goal of 5,000/s takes.
	outstanding = 64
	// mostPerSecond bounds the messages of a closed loop.
	mostPerSecond = 30_000
	// spare is how many connections an open loop has, so that a slow answer holds
	// back no other message: at 3,000/s, for answers of up to 80 ms.
	spare = 256
)

// closedLoop sends each message when an earlier one is answered, and gives how many
// a second have reached every member.
func (st *stage) closedLoop(ctx context.Context, length time.Duration) (perSecond float64, err error) {
	began := time.Now()
	sent, err := st.flood(ctx, length)
	if err == nil {
		err = st.settle(ctx, sent)
	}
	return float64(sent) / time.Since(began).Seconds(), err
}

// flood sends each message when an earlier one is answered, and gives how many it has
// sent when all of them are.
func (st *stage) flood(ctx context.Context, length time.Duration) (sent int, err error) {
	var next atomic.Int64
	began := time.Now()
	err = st.connected(outstanding, func(w *wire) error {
		for ctx.Err() == nil && time.Since(began) < length {
			n := int(next.Add(1) - 1)
			if n >= len(st.messages) {
				return fmt.Errorf("the loop has no more than %d messages to send", n)
			}
			if err := st.send(w, n); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	return int(next.Load()), err
}

// openLoop sends all messages at a fixed rate, whatever the server does. It gives
// how long after each was due it was answered, and how long until it had reached
// every member: a message that had to wait for a connection has waited, too.
func (st *stage) openLoop(ctx context.Context, perSecond int) (answered, seen []time.Duration, err error) {
	var next atomic.Int64
	began := time.Since(st.began)
	err = st.connected(spare, func(w *wire) error {
		for ctx.Err() == nil {
			n := int(next.Add(1) - 1)
			if n >= len(st.messages) {
				return nil
			}
			due := began + time.Duration(n)*time.Second/time.Duration(perSecond)
			st.messages[n].due = due
			time.Sleep(due - time.Since(st.began))
			if err := st.send(w, n); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	if err == nil {
		err = st.settle(ctx, len(st.messages))
	}
	if err != nil {
		return nil, nil, err
	}
	for i := range st.messages {
		m := &st.messages[i]
		answered = append(answered, m.answered-m.due)
		seen = append(seen, time.Duration(m.seen.Load())-m.due)
	}
	return answered, seen, nil
}

// connected runs f on so many connections at once and gives its first error.
func (st *stage) connected(connections int, f func(*wire) error) error {
	var running errgroup.Group
	for range connections {
		running.Go(func() error {
			w, err := dial(st.server.address())
			if err != nil {
				return err
			}
			defer w.close()
			return f(w)
		})
	}
	return running.Wait()
}

// loads are what is sent to the server: in a closed loop, and at rates a second.
var loads = []struct {
	shape
	rates []int
}{
	{shape{1, 2}, []int{10, 100, 1_000, 3_000}},
	{shape{20, 5}, []int{100, 1_000, 3_000}},
}

// throughput measures messages accepted durably and delivered to every member.
func (b *bench) throughput(ctx context.Context) error {
	for _, load := range loads {
		say("  %s", load.shape)
		err := b.onFreshStage(ctx, load.shape, int(b.loadFor.Seconds()*mostPerSecond), func(st *stage) error {
			rate, err := st.closedLoop(ctx, b.loadFor)
			if err != nil {
				return err
			}
			b.report.add(row{measure: fmt.Sprintf("accepted and delivered, %s", load.shape), value: rate, unit: perSecond, goal: goalThroughput, first: firstThroughput[load.shape]})
			b.report.add(row{measure: "memory after that", value: st.server.memory(), unit: megabytes, first: firstLoaded})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// latency measures how long messages take at fixed rates.
func (b *bench) latency(ctx context.Context) error {
	for _, load := range loads {
		for _, rate := range load.rates {
			say("  %s, %d/s", load.shape, rate)
			err := b.onFreshStage(ctx, load.shape, int(b.loadFor.Seconds()*float64(rate)), func(st *stage) error {
				answered, seen, err := st.openLoop(ctx, rate)
				if err != nil {
					return err
				}
				at := fmt.Sprintf("%s, %s", load.shape, perSecond.format(float64(rate)))
				b.report.add(tail("sent to answered, "+at, answered, 0, 0))
				b.report.add(tail("sent to seen by all, "+at, seen, goalSeen[rate], firstSeen[rate]))
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// onFreshStage runs f on a stage of a server on a fresh directory.
func (b *bench) onFreshStage(ctx context.Context, sh shape, messages int, f func(*stage) error) error {
	dir, err := b.dataDir()
	if err != nil {
		return err
	}
	return onServer(ctx, b.program, dir, func(s *server) error { return onStage(ctx, s, sh, messages, (*stage).bySocket, f) })
}
