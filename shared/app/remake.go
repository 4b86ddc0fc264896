package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"boochat/functions"
	"boochat/functions/trigger"
	"boochat/shared/adapter/firestore"
	"boochat/shared/adapter/sqlite"
	"boochat/shared/bus"
	"boochat/shared/config"
	"boochat/shared/event"
	"boochat/shared/view"
)

// remaking makes the read documents of Firestore anew from its log, in a temporary
// file of this machine, to compare them and to put right what differs. Clients listen
// to the documents where they are, so that no other generation can take their place.
type remaking struct {
	client      *firestore.Client
	log         *firestore.EventStore
	live        *firestore.Views
	made        *sqlite.Views
	projections []bus.Subscription
	versions    map[event.Stream]int64 // that are projected
	directory   string
}

func openRemaking(ctx context.Context, p config.Place) (*remaking, error) {
	client, err := firestore.Open(ctx, p.Project)
	if err != nil {
		return nil, err
	}
	r := &remaking{client: client, log: firestore.NewEventStore(client), live: firestore.NewViews(client), versions: map[event.Stream]int64{}}
	if r.directory, err = os.MkdirTemp("", "boochat-verify-"); err == nil {
		r.made, err = sqlite.OpenViews(directory(r.directory).newViews())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make read documents anew: %w", err), r.close())
	}
	services := &functions.Services{Table: functions.WithoutSockets(), Notices: &trigger.Notices{}}
	projectInto(services, r.log, r.made, time.Now)
	r.projections = projectionsOf(services)
	return r, nil
}

func (r *remaking) close() error {
	var err error
	if r.made != nil {
		err = r.made.Close()
	}
	return errors.Join(err, r.client.Close(), os.RemoveAll(r.directory))
}

// run projects what the log holds and was not projected before.
func (r *remaking) run(ctx context.Context, progress Progress) error {
	heads, total, done := map[event.Stream]int64{}, int64(0), int64(0)
	for after := event.Stream(""); ; {
		page, err := r.log.Streams(ctx, after, rebuildBatch)
		if err != nil {
			return err
		}
		for _, head := range page {
			heads[head.Stream] = head.Version
			total, done = total+head.Version, done+r.versions[head.Stream]
		}
		if len(page) < rebuildBatch {
			break
		}
		after = page[len(page)-1].Stream
	}
	for stream, version := range heads {
		for r.versions[stream] < version {
			progress(done, total)
			events, err := r.log.Load(ctx, stream, r.versions[stream], rebuildBatch)
			if err != nil {
				return err
			}
			if len(events) == 0 {
				return fmt.Errorf("the log lacks the events of %s after %d", stream, r.versions[stream])
			}
			for _, sub := range r.projections {
				if err := project(ctx, sub, events); err != nil {
					return err
				}
			}
			r.versions[stream] += int64(len(events))
			done += int64(len(events))
		}
	}
	progress(done, total)
	return nil
}

// difference is a Difference that can be put right.
type difference struct {
	Difference
	made, live view.Document
}

// compare gives the documents that are not the same in both places.
func (r *remaking) compare(ctx context.Context) (differences []difference, err error) {
	known := map[string]bool{}
	collections := map[string]bool{"users": true, "accounts": true, "rooms": true, "meetups": true, view.MeetupStates: true}
	var batch []view.Document
	check := func() error {
		paths := make([]string, len(batch))
		for i, d := range batch {
			paths[i] = d.Path
		}
		live, err := r.live.Get(ctx, paths...)
		if err != nil {
			return err
		}
		for i, made := range batch {
			if one := compared(made, live[i]); one != nil {
				differences = append(differences, *one)
			}
		}
		batch = nil
		return nil
	}
	err = r.made.Each(ctx, func(d view.Document) error {
		known[d.Path] = true
		collection, _ := view.Split(d.Path)
		collections[collection] = true
		if batch = append(batch, d); len(batch) < 100 {
			return nil
		}
		return check()
	})
	if err == nil {
		err = check()
	}
	for collection := range collections {
		if err != nil {
			break
		}
		var live []view.Document
		live, err = r.live.List(ctx, view.Query{Collection: collection})
		for _, d := range live {
			if !known[d.Path] {
				differences = append(differences, *compared(view.Document{Path: d.Path}, d))
			}
		}
	}
	return differences, err
}

// compared is nil for documents that say the same, in whatever form.
func compared(made, live view.Document) *difference {
	one := &difference{Difference: Difference{Path: made.Path, Live: canonical(live.Data), Rebuilt: canonical(made.Data)}, made: made, live: live}
	if one.Live == one.Rebuilt {
		return nil
	}
	return one
}

// canonical is the one form of a document's data, whoever has kept it.
func canonical(data json.RawMessage) string {
	if data == nil {
		return ""
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	err := decoder.Decode(&value)
	if err == nil {
		data, err = json.Marshal(value)
	}
	if err != nil {
		return string(data) // which differs from everything that can be read
	}
	return string(data)
}

// settle runs and compares until nothing differs, or what differs is not on its way.
func (r *remaking) settle(ctx context.Context, progress Progress) (differences []difference, err error) {
	for range verifyRounds {
		if err := r.run(ctx, progress); err != nil {
			return nil, err
		}
		if differences, err = r.compare(ctx); err != nil || len(differences) == 0 {
			return nil, err
		}
	}
	return differences, nil
}

// repair puts a document right, unless a projection has written it meanwhile.
func (r *remaking) repair(ctx context.Context, d difference) error {
	if d.made.Data == nil {
		return fmt.Errorf("%s is in no log: remove it by hand", d.Path)
	}
	w := view.Write{Path: d.Path, Data: d.made.Data, Revision: d.live.Revision}
	if collection, _ := view.Split(d.Path); collection == "rooms" || collection == "meetups" {
		before, err := view.Decode[shared](d.live)
		if err != nil {
			return err
		}
		after, err := view.Decode[shared](d.made)
		if err != nil {
			return err
		}
		w.Scope, w.Joined = view.ReadersOf(d.Path), after.readers()
		_, w.Left = view.Difference(before.readers(), after.readers())
	}
	if _, err := r.live.Write(ctx, []view.Write{w}); err != nil && !errors.Is(err, view.ErrStale) {
		return err
	}
	return nil
}

// shared is a shared document's own word for who may read it: a room's, or a meetup's.
type shared struct {
	MemberIDs   []string `json:"memberIds"`
	AttendeeIDs []string `json:"attendeeIds"`
}

func (s shared) readers() []string { return slices.Concat(s.MemberIDs, s.AttendeeIDs) }

func verifyGoogle(ctx context.Context, p config.Place, progress Progress) (differences []Difference, err error) {
	r, err := openRemaking(ctx, p)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	found, err := r.settle(ctx, progress)
	for _, d := range found {
		differences = append(differences, d.Difference)
	}
	return differences, err
}

func rebuildGoogle(ctx context.Context, p config.Place, progress Progress) (err error) {
	r, err := openRemaking(ctx, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	found, err := r.settle(ctx, progress)
	if err != nil {
		return err
	}
	var failures []error
	for _, d := range found {
		failures = append(failures, r.repair(ctx, d))
	}
	return errors.Join(failures...)
}
