package app

import (
	"context"
	"errors"
	"time"

	"boochat/functions"
	"boochat/functions/trigger"
	"boochat/shared/adapter/firestore"
	"boochat/shared/adapter/sqlite"
	"boochat/shared/bus"
	"boochat/shared/catalogue"
	"boochat/shared/config"
	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/meetup"
	"boochat/shared/realtime"
	"boochat/shared/room"
	"boochat/shared/view"
)

// Log is the log of a place, for reading. Close it.
type Log interface {
	Load(ctx context.Context, stream event.Stream, after int64, limit int) ([]event.Envelope, error)
	Streams(ctx context.Context, after event.Stream, limit int) ([]eventstore.Head, error)
	Close() error
}

// OpenLog opens the log of a place. A system may be running on it.
func OpenLog(ctx context.Context, p config.Place) (Log, error) {
	if p.Backend != config.Google {
		return sqlite.OpenLog(p.DataDir)
	}
	client, err := firestore.Open(ctx, p.Project)
	if err != nil {
		return nil, err
	}
	return firestoreLog{firestore.NewEventStore(client), client}, nil
}

type firestoreLog struct {
	*firestore.EventStore
	client *firestore.Client
}

func (l firestoreLog) Close() error { return l.client.Close() }

// DeadLetters lists the events that are parked in a place, oldest first. A system may
// be running on it.
func DeadLetters(ctx context.Context, p config.Place) (letters []bus.DeadLetter, err error) {
	if p.Backend == config.Google {
		client, err := firestore.Open(ctx, p.Project)
		if err != nil {
			return nil, err
		}
		letters, err = firestore.NewDeadLetters(client).Parked(ctx)
		return letters, errors.Join(err, client.Close())
	}
	log, err := sqlite.OpenLog(p.DataDir)
	if err != nil {
		return nil, err
	}
	letters, err = log.Parked(ctx)
	return letters, errors.Join(err, log.Close())
}

// Redrive hands chosen dead letters of a place to their functions again, as
// bus.Redrive does. On the embedded backend no system may be running on it: its read
// documents have one writer.
func Redrive(ctx context.Context, p config.Place, chosen func(bus.DeadLetter) bool) (handled int, err error) {
	if p.Backend == config.Google {
		client, err := firestore.Open(ctx, p.Project)
		if err != nil {
			return 0, err
		}
		services := servicesOf(functions.WithoutSockets(), firestore.NewEventStore(client), byRelay{}, firestore.NewViews(client))
		handled, err = bus.Redrive(ctx, firestore.NewDeadLetters(client), functions.Subscriptions(services), chosen)
		return handled, errors.Join(err, client.Close())
	}
	if _, err := DeadLetters(ctx, p); err != nil {
		return 0, err // before anything is made in a directory that is none of ours
	}
	dir := directory(p.DataDir)
	unlock, err := dir.lock()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	store, err := sqlite.OpenEventStore(p.DataDir)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	path, err := dir.currentViews()
	if err != nil {
		return 0, err
	}
	views, err := sqlite.OpenViews(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, views.Close()) }()
	services := servicesOf(functions.Table, store, sqlite.NewBus(store), views)
	return bus.Redrive(ctx, store, functions.Subscriptions(services), chosen)
}

// servicesOf gives the triggers of a table what they are made of, in a program that does
// not serve.
func servicesOf(table []functions.Function, store eventstore.Store, publisher bus.Publisher, views view.Store) *functions.Services {
	rooms := eventstore.NewRepository(store, publisher, catalogue.Events, room.New, time.Now)
	meetups := eventstore.NewRepository(store, publisher, catalogue.Events, meetup.New, time.Now)
	services := &functions.Services{
		Table:         table,
		Notices:       &trigger.Notices{Rooms: rooms, Catalogue: catalogue.Events, Sockets: noSockets{}},
		MeetupNotices: &trigger.MeetupNotices{Meetups: meetups, Catalogue: catalogue.Events, Sockets: noSockets{}},
	}
	projectInto(services, store, views, time.Now)
	followIn(services, store, rooms, meetups, time.Now)
	return services
}

// projectInto gives services the projections of a log into read documents.
func projectInto(services *functions.Services, log trigger.Loader, views view.Store, now func() time.Time) {
	services.Rooms = trigger.NewRooms(log, views, catalogue.Events, now)
	services.Users = trigger.NewUsers(log, views, catalogue.Events)
	services.Meetups = trigger.NewMeetups(log, views, catalogue.Events)
}

// followIn gives services what follows from the events of a log, in other streams of it.
func followIn(services *functions.Services, log trigger.Loader, rooms *eventstore.Repository[*room.Room], meetups *eventstore.Repository[*meetup.Meetup], now func() time.Time) {
	services.Announcements = &trigger.Announcements{Rooms: rooms, Log: log, Catalogue: catalogue.Events}
	services.Attendance = &trigger.Attendance{Rooms: rooms, Meetups: meetups, Catalogue: catalogue.Events, Now: now}
}

// byRelay has the relay of the system publish what this program appends, within a minute.
type byRelay struct{}

// Publish leaves the events' outbox records where they are.
func (byRelay) Publish(context.Context, []event.Envelope) error {
	return errors.New("the relay publishes what this program appends")
}

// noSockets is what is connected to a program that does not serve.
type noSockets struct{}

// Notify reaches nobody.
func (noSockets) Notify(string, realtime.Notification) error { return nil }
