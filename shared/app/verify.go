package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"

	"boochat/shared/adapter/sqlite"
	"boochat/shared/config"
	"boochat/shared/view"
)

// Difference is a read document that is not what the log makes of it.
type Difference struct {
	Path          string
	Live, Rebuilt string // "" where there is no such document
}

// verifyRounds is how often documents that differ are looked at again, on a system
// that is running: they may have been on their way.
const verifyRounds = 5

// Verify makes the read documents anew from the log of a place, in a temporary one,
// and compares them byte for byte with those in use (those of Firestore in a canonical
// form, because it keeps values and not bytes). A system may be running.
func Verify(ctx context.Context, p config.Place, progress Progress) (differences []Difference, err error) {
	if p.Backend == config.Google {
		return verifyGoogle(ctx, p, progress)
	}
	dir := directory(p.DataDir)
	log, err := sqlite.OpenLog(p.DataDir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	if err := catchUp(ctx, dir, log); err != nil {
		return nil, err
	}
	temporary, err := os.MkdirTemp("", "boochat-verify-")
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temporary)) }()
	r, err := newRebuilding(log, directory(temporary).newViews())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.views.Close()) }()
	for range verifyRounds {
		if err := r.run(ctx, progress); err != nil {
			return nil, err
		}
		if differences, err = r.compare(ctx, dir); err != nil || len(differences) == 0 {
			return nil, err
		}
	}
	return differences, nil
}

// catchUp has the documents in use show the whole log, where no running system is
// there to do it.
func catchUp(ctx context.Context, dir directory, log sqlite.Log) error {
	unlock, err := dir.lock()
	if errors.Is(err, ErrInUse) {
		return nil
	}
	if err != nil {
		return err
	}
	path, err := dir.currentViews()
	if err == nil {
		err = finish(ctx, log, path)
	}
	return errors.Join(err, unlock())
}

// finish projects what a generation's checkpoints say it lacks.
func finish(ctx context.Context, log sqlite.Log, path string) error {
	r, err := newRebuilding(log, path)
	if err != nil {
		return err
	}
	r.position = math.MaxInt64
	for _, sub := range r.projections {
		var position int64
		if position, err = r.views.Checkpoints().Load(ctx, sub.Name); err != nil {
			break
		}
		r.position = min(r.position, position)
	}
	if err == nil {
		err = r.run(ctx, func(int64, int64) {})
	}
	return errors.Join(err, r.saveCheckpoints(ctx), r.views.Close())
}

// compare gives the documents that are not the same in both places.
func (r *rebuilding) compare(ctx context.Context, dir directory) (differences []Difference, err error) {
	path, err := dir.currentViews()
	if err != nil {
		return nil, err
	}
	live, err := sqlite.ReadViews(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, live.Close()) }()
	err = r.views.Each(ctx, func(d view.Document) error {
		found, err := live.Get(ctx, d.Path)
		if err == nil && string(found[0].Data) != string(d.Data) {
			differences = append(differences, Difference{d.Path, string(found[0].Data), string(d.Data)})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	err = live.Each(ctx, func(d view.Document) error {
		found, err := r.views.Get(ctx, d.Path)
		if err == nil && found[0].Data == nil {
			differences = append(differences, Difference{Path: d.Path, Live: string(d.Data)})
		}
		return err
	})
	return differences, err
}
