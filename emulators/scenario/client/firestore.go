package client

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// Firestore is where clients listen that hold no sockets.
type Firestore struct {
	Host    string // of the emulator, with its port
	Project string
}

// FirestoreListener keeps the model of a person's documents by listening to them in
// Firestore, under the security rules, as apps do with Firebase's SDKs. It asks for
// the items of all rooms, where an app asks for those of the one on screen.
type FirestoreListener struct {
	keeper
	where  Firestore
	person string

	db        *firestore.Client // of all connections: to make one takes a process's resources, for good
	stop      context.CancelFunc
	listening sync.WaitGroup

	known   sync.Mutex      // guards what follows; held while a snapshot is taken in
	began   bool            // the person's rooms have been told of, on this or an earlier connection
	first   map[string]bool // queries whose first snapshot has come on this connection
	rooms   map[string]*roomItems
	meetups map[string]bool // meetups that are there
	users   map[string]map[string]any
	beats   map[string]bool
}

// roomItems is how far the items of a room are known.
type roomItems struct {
	after int64
	stop  context.CancelFunc
}

// NewFirestoreListener makes a listener that is not connected.
func NewFirestoreListener(where Firestore, person string) *FirestoreListener {
	return &FirestoreListener{keeper: newKeeper(), where: where, person: person, rooms: map[string]*roomItems{}, meetups: map[string]bool{}}
}

// queries is how many are listened to, besides those of items.
const queries = 5

// limits of the queries, as the security rules demand them.
const (
	limitDocuments = 1000
	limitItems     = 200
)

// Connect listens anew, and goes on where it stopped.
func (l *FirestoreListener) Connect(ctx context.Context) error {
	l.Cut()
	if l.db == nil {
		var err error
		if l.db, err = l.dial(ctx); err != nil {
			return err
		}
	}
	db := l.db
	ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	l.mu.Lock()
	l.ended, l.model.Current = nil, false
	l.mu.Unlock()
	l.known.Lock()
	l.first, l.users, l.beats = map[string]bool{}, map[string]map[string]any{}, map[string]bool{}
	l.known.Unlock()
	l.listen(ctx, "users", db.Collection("users").Limit(limitDocuments), l.user)
	l.listen(ctx, "presence", db.Collection("presence").Where("readerIds", "array-contains", l.person).Limit(limitDocuments), l.beat)
	l.listen(ctx, "visits", db.Collection("users/"+l.person+"/visits").Limit(limitDocuments), l.visit)
	l.listen(ctx, "rooms", db.Collection("rooms").Where("memberIds", "array-contains", l.person).Limit(limitDocuments), func(c firestore.DocumentChange) { l.room(ctx, db, c) })
	l.listen(ctx, "meetups", db.Collection("meetups").Where("attendeeIds", "array-contains", l.person).Limit(limitDocuments), l.meetup)
	return nil
}

// Close ends it for good.
func (l *FirestoreListener) Close() error {
	l.Cut()
	if l.db == nil {
		return nil
	}
	return l.db.Close()
}

// Cut stops listening as a lost network does.
func (l *FirestoreListener) Cut() {
	if l.stop == nil {
		return
	}
	l.stop()
	l.listening.Wait()
	l.known.Lock()
	defer l.known.Unlock()
	for _, r := range l.rooms {
		r.stop = nil
	}
}

// dial opens Firestore as the person, with an ID token as the Auth emulator makes it.
func (l *FirestoreListener) dial(ctx context.Context) (*firestore.Client, error) {
	conn, err := grpc.NewClient(l.where.Host, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithPerRPCCredentials(bearer(l.idToken())))
	if err != nil {
		return nil, fmt.Errorf("dial Firestore: %w", err)
	}
	db, err := firestore.NewClient(ctx, l.where.Project, option.WithGRPCConn(conn))
	if err != nil {
		return nil, fmt.Errorf("open Firestore: %w", err)
	}
	return db, nil
}

// idToken is unsigned, which only an emulator takes.
func (l *FirestoreListener) idToken() string {
	now := time.Now()
	claims, err := json.Marshal(map[string]any{
		"iss": "https://securetoken.google.com/" + l.where.Project, "aud": l.where.Project, "sub": l.person, "user_id": l.person,
		"iat": now.Unix(), "auth_time": now.Unix(), "exp": now.Add(time.Hour).Unix(), "until": now.Add(time.Hour).Unix(), "firebase": map[string]any{"sign_in_provider": "custom"},
	})
	if err != nil {
		panic(err) // strings and numbers can always be encoded
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encode(claims) + "."
}

type bearer string

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

func (b bearer) RequireTransportSecurity() bool { return false }

// listen takes in the changes of a query until ctx ends or they are no longer to be
// read. The first snapshots of all queries together make the model current.
func (l *FirestoreListener) listen(ctx context.Context, name string, query firestore.Query, take func(firestore.DocumentChange)) {
	l.listening.Go(func() {
		snapshots := query.Snapshots(ctx)
		defer snapshots.Stop()
		for {
			snapshot, err := snapshots.Next()
			if err != nil {
				if ctx.Err() == nil && !errors.Is(err, iterator.Done) {
					l.end(fmt.Errorf("listen to %s: %w", name, err))
				}
				return
			}
			l.known.Lock()
			for _, change := range snapshot.Changes {
				take(change)
			}
			l.begun(name, snapshot)
			l.known.Unlock()
		}
	})
}

// begun notes the first snapshot of a query. Rooms and meetups that are not in it, but
// were known before, are lost.
func (l *FirestoreListener) begun(name string, snapshot *firestore.QuerySnapshot) {
	if l.first[name] {
		return
	}
	l.first[name] = true
	there := map[string]bool{}
	for _, change := range snapshot.Changes {
		there[change.Doc.Ref.ID] = true
	}
	switch name {
	case "rooms":
		l.began = true
		for id := range l.rooms {
			if !there[id] {
				l.lose(id)
			}
		}
	case "meetups":
		for id := range l.meetups {
			if !there[id] {
				l.loseMeetup(id)
			}
		}
	}
	if len(l.first) == queries {
		l.take(Message{Type: "current", Cursor: "firestore"})
	}
}

// tell takes in a document, unless the model has it so.
func (l *FirestoreListener) tell(path string, fields map[string]any) {
	shown := map[string]any{}
	for name, value := range fields {
		if name != "_meta" {
			shown[name] = value
		}
	}
	data, err := json.Marshal(shown)
	if err != nil {
		l.end(fmt.Errorf("read %s: %w", path, err))
		return
	}
	same := false
	l.Look(func(m *Model) { same = string(m.Documents[path]) == string(data) })
	if !same {
		l.take(Message{Type: "change", Path: path, Data: data, Cursor: "firestore"})
	}
}

func (l *FirestoreListener) user(change firestore.DocumentChange) {
	l.users[change.Doc.Ref.ID] = change.Doc.Data()
	l.tellUser(change.Doc.Ref.ID)
}

func (l *FirestoreListener) beat(change firestore.DocumentChange) {
	id := change.Doc.Ref.ID
	if change.Kind == firestore.DocumentRemoved {
		delete(l.beats, id)
	} else {
		until, _ := change.Doc.Data()["until"].(string)
		l.beats[id] = until > time.Now().UTC().Format(time.RFC3339)
	}
	if l.users[id] != nil {
		l.tellUser(id)
	}
}

func (l *FirestoreListener) tellUser(id string) {
	fields := map[string]any{}
	for name, value := range l.users[id] {
		fields[name] = value
	}
	if online, known := l.beats[id]; known {
		fields["presence"] = map[string]any{"online": online}
	}
	l.tell("users/"+id, fields)
}

func (l *FirestoreListener) visit(change firestore.DocumentChange) {
	l.tell("users/"+l.person+"/visits/"+change.Doc.Ref.ID, change.Doc.Data())
}

func (l *FirestoreListener) meetup(change firestore.DocumentChange) {
	id := change.Doc.Ref.ID
	if change.Kind == firestore.DocumentRemoved {
		l.loseMeetup(id)
		return
	}
	l.meetups[id] = true
	l.tell("meetups/"+id, change.Doc.Data())
}

// loseMeetup takes a meetup away that the person no longer attends.
func (l *FirestoreListener) loseMeetup(id string) {
	delete(l.meetups, id)
	l.take(Message{Type: "change", Path: "meetups/" + id, Data: json.RawMessage("null"), Cursor: "firestore"})
}

// read reads how far the person has read a room: whoever joins begins there.
func (l *FirestoreListener) read(ctx context.Context, db *firestore.Client, id string) (int64, error) {
	visit, err := db.Doc("users/" + l.person + "/visits/" + id).Get(ctx)
	if status.Code(err) == codes.NotFound {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the visit to room %s: %w", id, err)
	}
	sequence, _ := visit.Data()["readSequence"].(int64)
	return sequence, nil
}

func (l *FirestoreListener) room(ctx context.Context, db *firestore.Client, change firestore.DocumentChange) {
	id := change.Doc.Ref.ID
	if change.Kind == firestore.DocumentRemoved {
		l.lose(id)
		return
	}
	r := l.rooms[id]
	if r == nil {
		r = &roomItems{}
		l.rooms[id] = r
		var err error
		if !l.began { // what was there before is asked for by query
			r.after, _ = change.Doc.Data()["lastSequence"].(int64)
		} else if r.after, err = l.read(ctx, db, id); err != nil {
			l.end(err)
			return
		}
	}
	l.tell("rooms/"+id, change.Doc.Data())
	if r.stop == nil {
		l.items(ctx, db, id, r)
	}
	if last, _ := change.Doc.Data()["lastSequence"].(int64); last > r.after {
		l.await(ctx, db, id, r, last)
	}
}

// lose takes a room away that is no longer the person's.
func (l *FirestoreListener) lose(id string) {
	if r := l.rooms[id]; r != nil && r.stop != nil {
		r.stop()
	}
	delete(l.rooms, id)
	l.take(Message{Type: "change", Path: "rooms/" + id, Data: json.RawMessage("null"), Cursor: "firestore"})
}

// items listens to a room's items from where they are known: to a window of as many
// as the rules let it ask for, and to the next one when it is full.
func (l *FirestoreListener) items(ctx context.Context, db *firestore.Client, id string, r *roomItems) {
	ctx, r.stop = context.WithCancel(ctx)
	from := r.after
	l.listening.Go(func() {
		for ctx.Err() == nil {
			err := l.window(ctx, db, id, r, from)
			l.known.Lock()
			from = r.after
			l.known.Unlock()
			switch {
			case status.Code(err) == codes.PermissionDenied:
				// So may leaving a room show first, and so does coming back at once.
				select {
				case <-time.After(deniedPause):
				case <-ctx.Done():
				}
			case err != nil && ctx.Err() == nil:
				l.end(fmt.Errorf("listen to items: %w", err))
				return
			}
		}
	})
}

// deniedPause is how long a room is left alone whose items are denied.
const deniedPause = 200 * time.Millisecond

// window takes in a room's items after one of them, until there are as many as one
// query is given.
func (l *FirestoreListener) window(ctx context.Context, db *firestore.Client, id string, r *roomItems, from int64) error {
	snapshots := db.Collection("rooms/"+id+"/items").Where("sequence", ">", from).OrderBy("sequence", firestore.Asc).Limit(limitItems).Snapshots(ctx)
	defer snapshots.Stop()
	for {
		snapshot, err := snapshots.Next()
		if err != nil {
			return err
		}
		l.known.Lock()
		for _, change := range snapshot.Changes {
			if err == nil {
				err = l.item(ctx, db, id, r, change.Doc)
			}
		}
		l.known.Unlock()
		if err != nil {
			return err
		}
		if snapshot.Size >= limitItems {
			return nil
		}
	}
}

// item takes in a room's item, after those that lie between it and what is known.
func (l *FirestoreListener) item(ctx context.Context, db *firestore.Client, id string, r *roomItems, item *firestore.DocumentSnapshot) error {
	sequence, _ := item.Data()["sequence"].(int64)
	if l.rooms[id] != r || sequence <= r.after {
		return nil
	}
	if err := l.fill(ctx, db, id, r, sequence); err != nil {
		return err
	}
	r.after = sequence
	l.tell("rooms/"+id+"/items/"+strconv.FormatInt(sequence, 10), item.Data())
	return nil
}

// fill asks for the items of a room between those that are known and a sequence: the
// emulator may never tell a listener of what is written as it begins. So do apps: they
// ask for what they lack.
func (l *FirestoreListener) fill(ctx context.Context, db *firestore.Client, id string, r *roomItems, before int64) error {
	for r.after+1 < before {
		lacking := db.Collection("rooms/"+id+"/items").Where("sequence", ">", r.after).Where("sequence", "<", before).OrderBy("sequence", firestore.Asc).Limit(limitItems)
		items, err := lacking.Documents(ctx).GetAll()
		if err != nil || len(items) == 0 {
			return err
		}
		for _, one := range items {
			r.after, _ = one.Data()["sequence"].(int64)
			l.tell("rooms/"+id+"/items/"+strconv.FormatInt(r.after, 10), one.Data())
		}
	}
	return nil
}

// lateAfter is how long an item may come after the room that ends with it.
const lateAfter = 2 * time.Second

// await asks for a room's items up to its last one if they do not come.
func (l *FirestoreListener) await(ctx context.Context, db *firestore.Client, id string, r *roomItems, last int64) {
	l.listening.Go(func() {
		select {
		case <-time.After(lateAfter):
		case <-ctx.Done():
			return
		}
		l.known.Lock()
		defer l.known.Unlock()
		if l.rooms[id] != r {
			return
		}
		err := l.fill(ctx, db, id, r, last+1)
		if err != nil && ctx.Err() == nil && status.Code(err) != codes.PermissionDenied { // who has left may not ask
			l.end(fmt.Errorf("ask for items: %w", err))
		}
	})
}
