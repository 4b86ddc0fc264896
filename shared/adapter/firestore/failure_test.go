package firestore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"boochat/emulators/googletest"
	"boochat/shared/auth"
	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/view"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// happened makes n events that follow a version of a stream.
func happened(stream event.Stream, after int64, n int) []event.Envelope {
	events := make([]event.Envelope, n)
	for i := range events {
		sequence := after + int64(i) + 1
		id := fmt.Sprintf("%s at %d", stream, sequence)
		events[i] = event.Envelope{
			ID: id, Type: "test.happened", Version: 1, Stream: stream, Sequence: sequence, Time: event.Now(time.Now),
			Data: []byte(`{"text":"See you at eight, in front of the station."}`), CorrelationID: id, CausationID: id,
		}
	}
	return events
}

// faults fails the next commits of a client.
type faults struct {
	before, after atomic.Int32 // so many, before they are sent, or after they are done
	code          codes.Code
}

func (f *faults) option() grpc.DialOption {
	return grpc.WithChainUnaryInterceptor(func(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
		if f.before.Add(-1) >= 0 {
			return status.Error(f.code, "injected")
		}
		err := invoke(ctx, method, request, reply, conn, options...)
		if f.after.Add(-1) >= 0 {
			return status.Error(f.code, "injected")
		}
		return err
	})
}

func (f *faults) set(before, after int32) {
	f.before.Store(before)
	f.after.Store(after)
}

func TestTransientFailuresAreOvercome(t *testing.T) {
	for _, code := range []codes.Code{codes.Unknown, codes.Unavailable, codes.Aborted, codes.ResourceExhausted, codes.Internal, codes.DeadlineExceeded} {
		for name, set := range map[string]func(*faults){
			"not sent":        func(f *faults) { f.set(2, 0) },
			"answer was lost": func(f *faults) { f.set(0, 2) },
		} {
			t.Run(fmt.Sprint(code, " ", name), func(t *testing.T) {
				f := &faults{code: code}
				p := startProcess(t, googletest.Project(), f.option())
				store, sessions := NewEventStore(p.Client), NewSessions(p.Client)
				events := happened("room_a", 0, 2)
				first := auth.Session{ID: "s", UserID: "ann", TokenHash: "first"}
				second := auth.Session{ID: "s", UserID: "ann", TokenHash: "second"}
				for what, do := range map[string]func() error{
					"append":  func() error { return store.Append(t.Context(), "room_a", 0, events) },
					"session": func() error { return sessions.CreateSession(t.Context(), first) },
				} {
					set(f)
					if err := do(); err != nil {
						t.Errorf("%s: %v", what, err)
					}
				}
				set(f)
				if err := sessions.ReplaceSession(t.Context(), first, second); err != nil {
					t.Errorf("replace session: %v", err)
				}
				set(f)
				if err := store.MarkPublished(t.Context(), events); err != nil {
					t.Errorf("mark published: %v", err)
				}
				f.set(0, 0)
				stored, err := store.Load(t.Context(), "room_a", 0, 10)
				if err != nil || len(stored) != 2 {
					t.Errorf("%d events, error %v, want 2", len(stored), err)
				}
				if got, err := sessions.Session(t.Context(), "s"); err != nil || got != second {
					t.Errorf("session %+v, error %v", got, err)
				}
			})
		}
	}
}

func wantUnavailable(t *testing.T, what string, err error) {
	t.Helper()
	if event.KindOf(err) != event.Unavailable {
		t.Errorf("%s: error %v, want one that asks to try again", what, err)
	}
}

// TestUnreachable: a host that takes connections and says nothing, and one that is
// not there.
func TestUnreachable(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, host := range []string{silent.Addr().String(), closed.Addr().String()} {
		t.Setenv("FIRESTORE_EMULATOR_HOST", host)
		p := startProcess(t, googletest.Project())
		p.timeout = 200 * time.Millisecond
		store, views, sessions := NewEventStore(p.Client), NewViews(p.Client), NewSessions(p.Client)
		began := time.Now()
		wantUnavailable(t, "append", store.Append(t.Context(), "room_a", 0, happened("room_a", 0, 1)))
		_, err := store.Load(t.Context(), "room_a", 0, 1)
		wantUnavailable(t, "load", err)
		_, err = store.Find(t.Context(), "id")
		wantUnavailable(t, "find", err)
		_, err = store.Unpublished(t.Context(), time.Now(), 1)
		wantUnavailable(t, "unpublished", err)
		_, err = views.Get(t.Context(), "rooms/a")
		wantUnavailable(t, "get", err)
		_, err = views.Write(t.Context(), []view.Write{{Path: "rooms/a", Data: []byte("{}")}})
		wantUnavailable(t, "write", err)
		wantUnavailable(t, "session", sessions.DeleteSessionsOf(t.Context(), "ann"))
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: it took %s", host, took)
		}
	}
}

// TestPermanentFailuresAreNotRepeated: trying again would only repeat them.
func TestPermanentFailuresAreNotRepeated(t *testing.T) {
	f := &faults{code: codes.PermissionDenied}
	store := NewEventStore(startProcess(t, googletest.Project(), f.option()).Client)
	f.set(2, 0)
	err := store.Append(t.Context(), "room_a", 0, happened("room_a", 0, 1))
	if status.Code(err) != codes.PermissionDenied || event.KindOf(err) != 0 || f.before.Load() != 1 {
		t.Errorf("error %v after %d commits, want it denied after 1", err, 2-f.before.Load())
	}
}

func TestAfterClosing(t *testing.T) {
	p := startProcess(t, googletest.Project())
	store := NewEventStore(p.Client)
	p.crash(t)
	_, err := store.Load(t.Context(), "room_a", 0, 1)
	wantUnavailable(t, "load", err)
}

// TestCallsOfACommand: what a command and its projection cost once the process is
// warm, and what a process pays that is not.
func TestCallsOfACommand(t *testing.T) {
	var commits, reads atomic.Int32
	count := []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(func(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
			commits.Add(1)
			return invoke(ctx, method, request, reply, conn, options...)
		}),
		grpc.WithChainStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
			reads.Add(1)
			return open(ctx, desc, conn, method, options...)
		}),
	}
	wantCalls := func(what string, wantCommits, wantReads int32, do func() error) {
		t.Helper()
		commits.Store(0)
		reads.Store(0)
		if err := do(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if commits.Load() != wantCommits || reads.Load() != wantReads {
			t.Errorf("%s: %d commits and %d reads, want %d and %d", what, commits.Load(), reads.Load(), wantCommits, wantReads)
		}
	}
	project := googletest.Project()
	warm := startProcess(t, project, count...)
	store, views := NewEventStore(warm.Client), NewViews(warm.Client)
	room := view.Write{Path: "rooms/a", Data: []byte(`{"n":1}`), Scope: view.ReadersOf("rooms/a"), Joined: []string{"ann", "bob"}}
	item := view.Write{Path: "rooms/a/items/1", Data: []byte(`{"n":1}`), Scope: room.Scope, Blind: true}
	writeRoom := func(views *Views) func() error {
		return func() error {
			revisions, err := views.Write(t.Context(), []view.Write{room, item})
			if err == nil {
				room.Revision, room.Joined = revisions[0], nil
			}
			return err
		}
	}
	wantCalls("first append", 1, 0, func() error { return store.Append(t.Context(), "room_a", 0, happened("room_a", 0, 1)) })
	wantCalls("next append", 1, 0, func() error { return store.Append(t.Context(), "room_a", 1, happened("room_a", 1, 3)) })
	wantCalls("publishing", 1, 0, func() error { return store.MarkPublished(t.Context(), happened("room_a", 1, 3)) })
	wantCalls("first projection", 1, 0, writeRoom(views))
	room.Data = []byte(`{"n":2}`)
	wantCalls("next projection", 1, 0, writeRoom(views))

	cold := startProcess(t, project, count...)
	store, views = NewEventStore(cold.Client), NewViews(cold.Client)
	wantCalls("append without loading", 1, 1, func() error { return store.Append(t.Context(), "room_a", 4, happened("room_a", 4, 1)) })
	room.Data = []byte(`{"n":3}`)
	wantCalls("projection without reading", 1, 1, writeRoom(views))
	room.Data = []byte(`{"n":4}`)
	wantCalls("projection after that", 1, 0, writeRoom(views))
	wantCalls("append that comes too late", 1, 1, func() error {
		err := store.Append(t.Context(), "room_a", 4, happened("room_a", 4, 1))
		if errors.Is(err, eventstore.ErrConflict) {
			return nil
		}
		return fmt.Errorf("error %v, want ErrConflict", err)
	})
	if got, err := views.List(t.Context(), view.Query{Collection: "rooms", Reader: "bob"}); err != nil || len(got) != 1 {
		t.Errorf("bob reads %d rooms, error %v, want 1", len(got), err)
	}
}

// TestMetaIsNotShown: clients of the port see what was written and nothing else.
func TestMetaIsNotShown(t *testing.T) {
	p := startProcess(t, googletest.Project())
	views := NewViews(p.Client)
	if _, err := views.Write(t.Context(), []view.Write{{Path: "rooms/7", Data: []byte(`{"n":1}`), Scope: view.ReadersOf("rooms/7"), Joined: []string{"ann"}}}); err != nil {
		t.Fatal(err)
	}
	name := p.name("rooms/7")
	found, err := p.get(t.Context(), []string{name})
	if err != nil {
		t.Fatal(err)
	}
	want := &pb.Document{Fields: fields{meta: mapValue(fields{"id": wholeValue(7), "readers": arrayValue([]*pb.Value{textValue("ann")})}), "n": wholeValue(1)}}
	if got := found[name].Fields; fmt.Sprint(got) != fmt.Sprint(want.Fields) {
		t.Errorf("stored is %v, want %v", got, want.Fields)
	}
	if read, err := views.Get(t.Context(), "rooms/7"); err != nil || string(read[0].Data) != `{"n":1}` {
		t.Errorf("read %s, error %v", read[0].Data, err)
	}
}
