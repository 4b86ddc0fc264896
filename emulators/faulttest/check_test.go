package faulttest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"boochat/emulators/crowd"
	"boochat/functions/trigger"
	"boochat/shared/adapter/firestore"
	"boochat/shared/adapter/sqlite"
	"boochat/shared/catalogue"
	"boochat/shared/event"
	"boochat/shared/view"
)

// check has the crowd compare what it knows with the log, and compares the read
// documents with what the log makes of them. Nobody talks meanwhile.
func (s *system) check(ctx context.Context, g *crowd.Crowd) {
	s.t.Helper()
	began := time.Now()
	store := firestore.NewEventStore(s.client)
	for s.holdsUnpublished(ctx, store) {
		s.relay(ctx)
		time.Sleep(pause)
	}
	relayed := time.Since(began)
	log, err := readLog(ctx, store)
	if err != nil {
		s.t.Fatalf("the log: %v", err)
	}
	ledger := crowd.NewLedger()
	for _, events := range log {
		for _, e := range events {
			if err := ledger.Take(e); err != nil {
				s.t.Errorf("the log: %v", err)
			}
		}
	}
	g.Check(ctx, ledger)
	g.CheckPages(ctx, ledger)
	s.checkDocuments(ctx, store, log)
	if letters, err := firestore.NewDeadLetters(s.client).Parked(ctx); err != nil || len(letters) > 0 {
		s.t.Errorf("dead letters are %v, %v", letters, err)
	}
	commands, again := g.Acknowledged()
	s.t.Logf("%d events in %d rooms, %d commands acknowledged, %d of them after a lost answer; %d left to the relay, %d pushes failed; relayed after %s, checked after %s",
		ledger.Events(), ledger.Rooms(), commands, again, s.said("left to the relay"), s.said("push failed"), relayed, time.Since(began))
	if s.t.Failed() {
		for i, p := range s.processes {
			s.t.Logf("process %d:\n%s", i, p.Output())
		}
	}
}

// holdsUnpublished reports whether the outbox holds anything, however new.
func (s *system) holdsUnpublished(ctx context.Context, store *firestore.EventStore) bool {
	s.t.Helper()
	left, err := store.Unpublished(ctx, time.Now().Add(time.Hour), 1)
	if err != nil {
		s.t.Fatalf("the outbox: %v", err)
	}
	return len(left) > 0
}

// awaitPublished waits until all is handled that Pub/Sub has taken, while it takes no
// more: what the log holds and the outbox does not.
func (s *system) awaitPublished(ctx context.Context) {
	s.t.Helper()
	store := firestore.NewEventStore(s.client)
	deadline := time.Now().Add(patience)
	for s.isWaiting(ctx, store) {
		if time.Now().After(deadline) {
			s.t.Fatal("what was published is still not handled")
		}
		time.Sleep(pause)
	}
}

func (s *system) isWaiting(ctx context.Context, store *firestore.EventStore) bool {
	s.t.Helper()
	log, err := readLog(ctx, store)
	if err != nil {
		s.t.Fatalf("the log: %v", err)
	}
	left, err := store.Unpublished(ctx, time.Now().Add(time.Hour), 10_000)
	if err != nil {
		s.t.Fatalf("the outbox: %v", err)
	}
	unpublished := map[string]bool{}
	for _, e := range left {
		unpublished[e.ID] = true
	}
	for _, events := range log {
		for _, e := range events {
			if !unpublished[e.ID] && !s.front.hasHandled(e.ID) {
				return true
			}
		}
	}
	return false
}

// readLog reads all streams, which may grow meanwhile.
func readLog(ctx context.Context, store *firestore.EventStore) (log [][]event.Envelope, err error) {
	const most = 10_000 // streams, and events of one
	heads, err := store.Streams(ctx, "", most)
	if err != nil {
		return nil, err
	}
	for _, head := range heads {
		events, err := store.Load(ctx, head.Stream, 0, most)
		if err == nil && int64(len(events)) < head.Version {
			err = fmt.Errorf("%s has %d events up to %d", head.Stream, len(events), head.Version)
		}
		if err != nil {
			return nil, err
		}
		log = append(log, events)
	}
	return log, nil
}

// checkDocuments compares all read documents with those that the log makes when each
// stream is projected in order, once.
func (s *system) checkDocuments(ctx context.Context, store *firestore.EventStore, log [][]event.Envelope) {
	s.t.Helper()
	want, err := s.projected(ctx, store, log)
	if err != nil {
		s.t.Fatalf("project the log anew: %v", err)
	}
	deadline := time.Now().Add(patience)
	for {
		got, err := documents(ctx, firestore.NewViews(s.client))
		if err != nil {
			s.t.Fatalf("read the documents: %v", err)
		}
		differences := compare(want, got)
		if len(differences) == 0 {
			return
		}
		if time.Now().After(deadline) {
			s.t.Errorf("%d of %d documents are not what the log makes of them, such as %s", len(differences), len(want), differences[0])
			return
		}
		time.Sleep(pause)
	}
}

// patience is how long read documents may take to show the log.
const patience = 30 * time.Second

func (s *system) projected(ctx context.Context, store *firestore.EventStore, log [][]event.Envelope) (_ map[string]string, err error) {
	views, err := sqlite.OpenViews(filepath.Join(s.t.TempDir(), "views.db"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, views.Close()) }()
	rooms, users := trigger.NewRooms(store, views, catalogue.Events, time.Now), trigger.NewUsers(store, views, catalogue.Events)
	for _, events := range log {
		if err := errors.Join(rooms.Handle(ctx, events), users.Handle(ctx, events)); err != nil {
			return nil, err
		}
	}
	return documents(ctx, views)
}

// documents reads all documents that are made of events, in a form that is the same
// for the same content.
func documents(ctx context.Context, views view.Store) (map[string]string, error) {
	all := map[string]string{}
	collections := []string{"accounts", "users", "rooms"}
	for len(collections) > 0 {
		collection := collections[0]
		collections = collections[1:]
		list, err := views.List(ctx, view.Query{Collection: collection})
		if err != nil {
			return nil, err
		}
		for _, d := range list {
			if all[d.Path], err = canonical(d.Data); err != nil {
				return nil, err
			}
			_, id := view.Split(d.Path)
			switch collection {
			case "users":
				collections = append(collections, view.VisitsOf(id))
			case "rooms":
				collections = append(collections, view.ItemsOf(id))
			}
		}
	}
	return all, nil
}

func canonical(data []byte) (string, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "", err
	}
	text, err := json.Marshal(value)
	return string(text), err
}

func compare(want, got map[string]string) (differences []string) {
	for path, data := range want {
		if got[path] != data {
			differences = append(differences, fmt.Sprintf("%s, which is %s, not %s", path, got[path], data))
		}
	}
	for path, data := range got {
		if _, known := want[path]; !known {
			differences = append(differences, fmt.Sprintf("%s, which should not be there: %s", path, data))
		}
	}
	return differences
}
