package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"boochat/shared/app"
	"boochat/shared/config"
)

// reads is how often each query is asked.
const reads = 200

// reading measures queries on rooms of growing size. How long they take in the
// smallest is the goal for the others.
func (b *bench) reading(ctx context.Context) error {
	goals := map[string]float64{}
	for _, items := range b.roomItems {
		say("  a room of %s items", grouped(items))
		dir, err := b.dataDir()
		if err != nil {
			return err
		}
		h, err := b.fill(ctx, dir, items)
		if err != nil {
			return fmt.Errorf("fill a room with %d items: %w", items, err)
		}
		if err := b.queries(ctx, dir, h, goals); err != nil {
			return fmt.Errorf("query a room of %d items: %w", items, err)
		}
		if items == b.roomItems[len(b.roomItems)-1] {
			if err := b.rebuilding(ctx, dir, items); err != nil {
				return err
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("remove data directory: %w", err)
		}
	}
	return nil
}

func (b *bench) queries(ctx context.Context, dir string, h history, goals map[string]float64) error {
	return onServer(ctx, b.program, dir, func(s *server) error {
		sessions, err := s.signIn(ctx, 1)
		if err != nil {
			return err
		}
		w, err := dial(s.address())
		if err != nil {
			return err
		}
		defer w.close()
		for _, query := range []struct {
			name, path string
			first      float64
		}{
			{"open a room", "/v1/rooms/" + h.roomID, firstOpen[h.items]},
			{"a page from the middle", fmt.Sprintf("/v1/rooms/%s/items?before=%d", h.roomID, h.items/2), 0},
			{"list rooms", "/v1/rooms", 0},
		} {
			times := make([]time.Duration, reads)
			for i := range times {
				began := time.Now()
				if err := w.get(query.path, sessions[0].AccessToken); err != nil {
					return err
				}
				times[i] = time.Since(began)
			}
			p50 := percentile(times, 50).Seconds()
			b.report.add(row{
				measure: fmt.Sprintf("%s, %s items", query.name, grouped(h.items)), value: p50, unit: seconds, goal: goals[query.name], first: query.first,
				shown: fmt.Sprintf("p50 %s, p99 %s", seconds.format(p50), seconds.format(percentile(times, 99).Seconds())),
			})
			if _, set := goals[query.name]; !set {
				goals[query.name] = p50
			}
		}
		return nil
	})
}

// rebuilding measures making the read documents of a directory anew, and comparing
// them with the ones in use.
func (b *bench) rebuilding(ctx context.Context, dir string, events int) error {
	say("  rebuilding and verifying")
	began := time.Now()
	if err := app.Rebuild(ctx, config.Place{DataDir: dir}, bar("  rebuilding")); err != nil {
		return err
	}
	b.report.add(row{measure: fmt.Sprintf("rebuild, events of %s", grouped(events)), value: float64(events) / time.Since(began).Seconds(), unit: perSecond})
	began = time.Now()
	differences, err := app.Verify(ctx, config.Place{DataDir: dir}, bar("  verifying"))
	if err != nil {
		return err
	}
	if len(differences) > 0 {
		return errors.New("the rebuilt documents differ from the ones in use, such as " + differences[0].Path)
	}
	b.report.add(row{measure: "verify them", value: time.Since(began).Seconds(), unit: seconds})
	return nil
}
