package main

import (
	"context"
	"fmt"
	"time"
)

// settleBefore is how long a server is left alone before its idle memory is taken.
const settleBefore = 2 * time.Second

// starting measures the time from the start of the process to its first answered
// command, which signs somebody in, and the memory of a server that is left alone.
func (b *bench) starting(ctx context.Context) error {
	var fresh, filled []time.Duration
	for range b.starts {
		dir, err := b.dataDir()
		if err != nil {
			return err
		}
		took, err := b.firstAnswer(ctx, dir)
		if err != nil {
			return err
		}
		fresh = append(fresh, took)
	}
	dir, err := b.dataDir()
	if err != nil {
		return err
	}
	if _, err := b.fill(ctx, dir, b.startItems); err != nil {
		return err
	}
	for range b.starts {
		took, err := b.firstAnswer(ctx, dir)
		if err != nil {
			return err
		}
		filled = append(filled, took)
	}
	b.report.add(median("start to first answered command, fresh directory, keys made", fresh))
	b.report.add(median(fmt.Sprintf("start to first answered command, %s messages", grouped(b.startItems)), filled))
	return onServer(ctx, b.program, dir, func(s *server) error {
		time.Sleep(settleBefore)
		b.report.add(row{measure: "memory, idle", value: s.memory(), unit: megabytes, goal: goalIdle, first: firstIdle})
		return nil
	})
}

func median(measure string, times []time.Duration) row {
	return row{measure: measure, value: percentile(times, 50).Seconds(), unit: seconds, goal: goalStart, first: firstStart}
}

func (b *bench) firstAnswer(ctx context.Context, dir string) (took time.Duration, err error) {
	began := time.Now()
	err = onServer(ctx, b.program, dir, func(s *server) error {
		_, err := s.signIn(ctx, 1)
		took = time.Since(began)
		return err
	})
	return took, err
}
