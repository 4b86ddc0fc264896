package view

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"boochat/shared/event"

	"github.com/hashicorp/golang-lru/v2/expirable"
)

// Beat is the document presence/{id}, on backends whose clients listen to the read
// documents themselves: somebody is online until a time that has not passed. It is
// about now, is not made from events, and belongs to no rebuild.
type Beat struct {
	ID        string   `json:"id"`
	Online    bool     `json:"online"`
	Until     string   `json:"until"`     // RFC 3339, UTC, milliseconds
	ReaderIDs []string `json:"readerIds"` // the person and all who share a room with them
}

// BeatPath is where a person's heartbeat is.
func BeatPath(person string) string { return "presence/" + person }

const (
	// BeatLasts is how long a heartbeat makes a person online (api.md, Settled).
	BeatLasts = 60 * time.Second
	// NearFor is how long it is believed who shares a room with a person: finding out
	// reads all their rooms, which a heartbeat every 30 s should not.
	NearFor = 10 * time.Minute
	// warmPeople is of how many people that is remembered.
	warmPeople = 10_000
)

// Beats keeps heartbeats as read documents, so that every instance and every
// listener knows of them.
type Beats struct {
	store Store
	now   func() time.Time
	near  *expirable.LRU[string, []string]
}

// NewBeats makes the heartbeats of a store; now is the clock.
func NewBeats(store Store, now func() time.Time) *Beats {
	return &Beats{store: store, now: now, near: expirable.NewLRU[string, []string](warmPeople, nil, NearFor)}
}

// Beat says that a person is online for the next BeatLasts, to all who share a room
// with them. When it is not believed yet that these are near, who is will be found out.
func (b *Beats) Beat(ctx context.Context, person string, near []string) error {
	readers, err := b.readers(ctx, person, near)
	if err != nil {
		return err
	}
	until := event.Now(b.now).Add(BeatLasts).Format(event.TimeLayout)
	data, err := json.Marshal(Beat{ID: person, Online: true, Until: until, ReaderIDs: readers})
	if err != nil {
		return fmt.Errorf("encode heartbeat: %w", err)
	}
	_, err = b.store.Write(ctx, []Write{{Path: BeatPath(person), Data: data, Blind: true}})
	return err
}

func (b *Beats) readers(ctx context.Context, person string, near []string) ([]string, error) {
	if known, ok := b.near.Get(person); ok && !slices.ContainsFunc(near, func(id string) bool { return !slices.Contains(known, id) }) {
		return known, nil
	}
	companions, err := Companions(ctx, b.store, person)
	if err != nil {
		return nil, err
	}
	for _, id := range near { // the read documents may be behind
		companions[id] = true
	}
	readers := slices.Sorted(maps.Keys(companions))
	b.near.Add(person, readers)
	return readers, nil
}

// Online gives those of some people who are online now.
func (b *Beats) Online(ctx context.Context, people map[string]bool) (map[string]bool, error) {
	var paths []string
	for person := range people {
		paths = append(paths, BeatPath(person))
	}
	documents, err := b.store.Get(ctx, paths...)
	if err != nil {
		return nil, err
	}
	now := event.Now(b.now).Format(event.TimeLayout)
	online := map[string]bool{}
	for _, d := range documents {
		beat, err := Decode[Beat](d)
		if err != nil {
			return nil, err
		}
		online[beat.ID] = beat.Online && beat.Until > now
	}
	return online, nil
}
