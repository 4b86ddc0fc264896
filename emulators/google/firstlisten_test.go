package google

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// TestTheFirstListenerHears has somebody listen as the first under an emulator's rules
// while a document is written.
func TestTheFirstListenerHears(t *testing.T) {
	alone(t)
	rules := filepath.Join(t.TempDir(), "open.rules")
	open := `service cloud.firestore { match /databases/{d}/documents { match /rooms/{r} { allow read, write: if request.time != null; } } }`
	if err := os.WriteFile(rules, []byte(open), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := StartFirestore(t.Context(), Rules(rules))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
	}()
	conn, err := grpc.NewClient(e.Host, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	db, err := firestore.NewClient(t.Context(), "demo-heard", option.WithGRPCConn(conn))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	// The write goes as the owner, who is not held up by rules.
	owner(t, "GET", "http://"+e.Host+"/v1/projects/demo-heard/databases/(default)/documents/rooms")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	written := make(chan struct{})
	go func() {
		defer close(written)
		time.Sleep(20 * time.Millisecond)
		owner(t, "PATCH", "http://"+e.Host+"/v1/projects/demo-heard/databases/(default)/documents/rooms/mine")
	}()
	defer func() { <-written }()
	snapshots := db.Collection("rooms").Snapshots(ctx)
	defer snapshots.Stop()
	for {
		snapshot, err := snapshots.Next()
		if err != nil {
			t.Fatalf("the document was not heard of: %v", err)
		}
		if snapshot.Size > 0 {
			return
		}
	}
}
