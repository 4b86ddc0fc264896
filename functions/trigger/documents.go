package trigger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"boochat/shared/view"

	lru "github.com/hashicorp/golang-lru/v2"
)

// warmDocuments is how many documents of one kind a process keeps, so that a
// projection reads nothing for rooms and people that are busy.
const warmDocuments = 10_000

// held is a document with the revision that the store has it at.
type held[T any] struct {
	value    T
	revision int64
}

func (h *held[T]) wrote(revision int64) { h.revision = revision }

// documents keeps what a projection has read and written of one kind. Being out of
// date is harmless: the write is refused, and everything is read again.
type documents[T any] struct {
	store view.Store
	cache *lru.Cache[string, *held[T]]
}

func newDocuments[T any](store view.Store) documents[T] {
	cache, err := lru.New[string, *held[T]](warmDocuments)
	if err != nil {
		panic(err) // only a size below one is refused
	}
	return documents[T]{store, cache}
}

func (d documents[T]) get(ctx context.Context, path string) (*held[T], error) {
	if h, ok := d.cache.Get(path); ok {
		return h, nil
	}
	value, revision, err := view.Get[T](ctx, d.store, path)
	if err != nil {
		return nil, err
	}
	h := &held[T]{value: value, revision: revision}
	d.cache.Add(path, h)
	return h, nil
}

// freshly runs a projection, and again while another instance writes the same
// documents in between: what it has read is forgotten then. Whoever is refused has
// lost to somebody else's progress, so that a few times will do, and else the events
// come again.
func freshly(project func() error) (err error) {
	for range 8 {
		if err = project(); !errors.Is(err, view.ErrStale) {
			return err
		}
	}
	return err
}

// batch is the writes of one handling of events, and what to note of each.
type batch struct {
	writes []view.Write
	noted  []func(revision int64)
}

// put adds a document to a batch.
func (b *batch) put(w view.Write, value any, noted func(revision int64)) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode document %s: %w", w.Path, err)
	}
	w.Data = data
	b.writes, b.noted = append(b.writes, w), append(b.noted, noted)
	return nil
}

// write writes the batch, all or nothing.
func (b *batch) write(ctx context.Context, store view.Store) error {
	if len(b.writes) == 0 {
		return nil
	}
	revisions, err := store.Write(ctx, b.writes)
	if err != nil {
		return fmt.Errorf("write %d documents: %w", len(b.writes), err)
	}
	for i, noted := range b.noted {
		noted(revisions[i])
	}
	return nil
}
