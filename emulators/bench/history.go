package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"boochat/functions/command"
	"boochat/shared/adapter/sqlite"
	"boochat/shared/app"
	"boochat/shared/catalogue"
	"boochat/shared/config"
	"boochat/shared/event"
	"boochat/shared/httpapi"
	"boochat/shared/room"

	"github.com/google/uuid"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// history is a room of two that much has been said in.
type history struct {
	roomID string
	people []string
	items  int
}

// fill makes a room of so many items in a fresh directory: it is created as usual,
// and what was said goes straight into the log and is projected from there.
func (b *bench) fill(ctx context.Context, dir string, items int) (h history, err error) {
	h.items = items
	err = onServer(ctx, b.program, dir, func(s *server) error {
		sessions, err := s.signIn(ctx, 2)
		if err != nil {
			return err
		}
		h.people = []string{sessions[0].User.ID, sessions[1].User.ID}
		h.roomID, err = s.createRoom(ctx, sessions)
		return err
	})
	if err == nil {
		err = h.write(ctx, dir, bar(fmt.Sprintf("  writing %s messages", grouped(items))))
	}
	if err == nil {
		err = app.Rebuild(ctx, config.Place{DataDir: dir}, bar("  projecting them"))
	}
	return h, err
}

// write appends the messages to the log of a directory that no server is running on.
func (h history) write(ctx context.Context, dir string, progress app.Progress) (err error) {
	const together = 1000
	store, err := sqlite.OpenEventStore(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	stream, version := room.Stream(h.roomID), int64(1) // of the room's creation
	for version < int64(h.items) {
		events := make([]event.Envelope, min(together, h.items-int(version)))
		for i := range events {
			if events[i], err = h.message(stream, version+int64(i)+1); err != nil {
				return err
			}
		}
		err := store.Append(ctx, stream, version, events)
		if err == nil {
			err = store.MarkPublished(ctx, events)
		}
		if err != nil {
			return fmt.Errorf("write history: %w", err)
		}
		version += int64(len(events))
		progress(version, int64(h.items))
	}
	return nil
}

// message is an event as send-message leaves it.
func (h history) message(stream event.Stream, version int64) (event.Envelope, error) {
	id, sender := uuid.Must(uuid.NewV7()).String(), h.people[int(version)%len(h.people)]
	said := fmt.Sprintf(content, version)
	name, shape, data, err := catalogue.Events.Encode(room.MessageSent{ID: id, Content: said})
	return event.Envelope{
		ID: id, Type: name, Version: shape, Stream: stream, Sequence: version, Time: event.Now(time.Now), Actor: sender, Data: data,
		CorrelationID: id, CausationID: id,
		Fingerprint: httpapi.Fingerprint("send-message", sender, command.SendMessage{RoomID: h.roomID, Content: said}),
	}, err
}

// bar shows progress on standard error, if that is a terminal.
func bar(what string) app.Progress {
	bar := progressbar.NewOptions64(1, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetVisibility(term.IsTerminal(int(os.Stderr.Fd()))))
	return func(done, total int64) {
		bar.ChangeMax64(max(total, 1))
		_ = bar.Set64(done) // a bar that cannot be drawn is no reason to stop
	}
}
