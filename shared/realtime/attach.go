package realtime

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"boochat/shared/view"
)

// bringUpToDate sends a socket what it lacks, by its cursor or from the beginning,
// and then lets the changes flow. held is where the holding of changes began.
func (h *Hub) bringUpToDate(ctx context.Context, s *socket, resume string, held cursor) error {
	current, sent, err := h.resume(ctx, s, resume, held)
	if errors.Is(err, view.ErrTooOld) {
		if resume != "" {
			s.supply(resetMessage)
		}
		current = held
		sent, err = h.snapshot(ctx, s)
	}
	if err != nil {
		return err
	}
	s.send(currentMessage(current.String()))
	s.release(sent)
	return nil
}

// resume sends what has changed between a cursor and where the holding began, or
// answers view.ErrTooOld. What has changed later is held, and comes then. Only shared
// documents come at once and as they are now, so that nobody is sent an item of a room
// they do not know yet (F-7 of the parity list), and so that a room or a meetup is gone
// for whoever left it, though it changes on without them; a cursor that goes on from
// them repeats them.
func (h *Hub) resume(ctx context.Context, s *socket, resume string, held cursor) (current cursor, sent map[string]int64, err error) {
	from, ok := parseCursor(resume)
	if !ok || from.generation != held.generation {
		return held, nil, view.ErrTooOld
	}
	changes, err := h.Feed.Since(ctx, s.person, from.position)
	if err != nil {
		return held, nil, err
	}
	near, err := view.Companions(ctx, h.Views, s.person)
	if err != nil {
		return held, nil, err
	}
	sent = map[string]int64{}
	parted := false
	for _, change := range changes {
		parted = parted || partsPeople(change)
		if isShared(change.Path) {
			s.supply(changeMessage(from.String(), change.Path, change.Data))
			sent[change.Path] = change.Position
		}
	}
	at := from
	for _, change := range changes {
		if change.Position > held.position {
			break
		}
		if _, already := sent[change.Path]; already {
			continue
		}
		at.position = change.Position
		data := change.Data
		if person, ok := personOf(change.Path); ok && near[person] {
			data = h.withPresence(person, data)
		}
		s.supply(changeMessage(at.String(), change.Path, data))
		sent[change.Path] = change.Position
	}
	at.position = max(from.position, held.position)
	current = held
	current.position = at.position
	return current, sent, h.resumePresence(ctx, s, at, near, parted, sent)
}

// shared are the collections whose documents have readers of their own.
var shared = []string{"rooms", "meetups"}

func isShared(path string) bool {
	collection, _ := view.Split(path)
	return slices.Contains(shared, collection)
}

func isRoom(path string) bool {
	collection, _ := view.Split(path)
	return collection == "rooms"
}

// partsPeople reports whether people may have stopped sharing a room by a change:
// the listener has lost the room, or somebody has left it.
func partsPeople(change view.Change) bool {
	return isRoom(change.Path) && change.Data == nil || bytes.Contains(change.Data, []byte(`"kind":"user-left"`))
}

// resumePresence sends the people whose presence has changed since a cursor; after
// a restart of the server, that may be anybody. Where people have parted, those who
// share no room with the listener come, too, without presence.
func (h *Hub) resumePresence(ctx context.Context, s *socket, at cursor, near map[string]bool, parted bool, sent map[string]int64) error {
	people, err := h.Views.List(ctx, view.Query{Collection: "users"})
	if err != nil {
		return err
	}
	moved := h.movedSince(at, near)
	for _, d := range people {
		person, _ := personOf(d.Path)
		if _, told := sent[d.Path]; told {
			continue
		}
		switch {
		case moved[person]:
			s.supply(changeMessage(at.String(), d.Path, h.withPresence(person, d.Data)))
		case !near[person] && parted:
			s.supply(changeMessage(at.String(), d.Path, d.Data))
		}
	}
	return nil
}

// movedSince gives those of some people who have come or gone since a cursor.
func (h *Hub) movedSince(since cursor, people map[string]bool) map[string]bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	moved := map[string]bool{}
	for person := range people {
		if since.process != h.process || h.moved[person] > since.presence {
			moved[person] = true
		}
	}
	return moved
}

// snapshot sends all documents of the person but items: people, rooms, visits, meetups.
func (h *Hub) snapshot(ctx context.Context, s *socket) (sent map[string]int64, err error) {
	near, err := view.Companions(ctx, h.Views, s.person)
	if err != nil {
		return nil, err
	}
	allowed, err := view.Allowed(ctx, h.Views, h.Allowed)
	if err != nil {
		return nil, err
	}
	sent = map[string]int64{}
	for _, q := range []view.Query{
		{Collection: "users"},
		{Collection: "rooms", Reader: s.person},
		{Collection: view.VisitsOf(s.person)},
		{Collection: "meetups", Reader: s.person},
	} {
		documents, err := h.Views.List(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, d := range documents {
			person, isPerson := personOf(d.Path)
			if isPerson && !allowed[person] {
				continue
			}
			if isPerson && near[person] {
				d.Data = h.withPresence(person, d.Data)
			}
			s.supply(changeMessage(anew, d.Path, d.Data))
			sent[d.Path] = d.Revision
		}
	}
	return sent, nil
}
