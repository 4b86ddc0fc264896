// Package firestore is the Google Cloud backend's storage: event store, outbox,
// snapshots, sessions, dead letters and read documents in one Firestore database
// (native mode).
//
// What the server alone may read:
//
//	streams/{stream}/events/{sequence}   sequence, event; stream, of a stream's first event
//	ids/{eventId}                        stream, sequence; outbox {at, committed} until published
//	snapshots/{stream}                   version, data
//	sessions/{id}                        userId, expiresAt, session
//	deadLetters/{subscription}.{eventId} parkedAt, letter
//
// The read documents are at their public paths, with their fields at the top level
// and the server's own in the map _meta.
//
// The package speaks the messages of the API itself: every change here is one
// Commit without a transaction around it, which the convenience client cannot send
// (its WriteBatch is deprecated). The indexes that the queries need, and the fields
// that no query needs, are in terraform/firestore.indexes.json.
package firestore

import (
	"context"
	"fmt"
	"os"
	"time"

	api "cloud.google.com/go/firestore/apiv1"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Client is a connection to a project's database. It is safe for concurrent use.
type Client struct {
	api      *api.Client
	database string // its resource name
	// emulated: the emulator reads the documents of a query one by one, and on a busy
	// machine half a commit may be among them, unless it is told of which moment to
	// read. Firestore reads of one moment anyway.
	emulated bool
	timeout  time.Duration
}

// Open prepares a client of the default database of a project. It connects when it
// is first used. Where FIRESTORE_EMULATOR_HOST is set it talks to that emulator, as
// the owner. Dial options, such as interceptors that count, apply to its
// connections.
func Open(ctx context.Context, project string, dial ...grpc.DialOption) (*Client, error) {
	options, err := connection(dial)
	if err != nil {
		return nil, fmt.Errorf("open Firestore of project %s: %w", project, err)
	}
	service, err := api.NewClient(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("open Firestore of project %s: %w", project, err)
	}
	service.CallOptions = &api.CallOptions{} // repeating is up to Client.call
	return &Client{api: service, database: "projects/" + project + "/databases/(default)", timeout: callTimeout, emulated: os.Getenv("FIRESTORE_EMULATOR_HOST") != ""}, nil
}

func connection(dial []grpc.DialOption) (options []option.ClientOption, err error) {
	host := os.Getenv("FIRESTORE_EMULATOR_HOST")
	if host == "" {
		for _, d := range dial {
			options = append(options, option.WithGRPCDialOption(d))
		}
		return options, nil
	}
	dial = append([]grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithPerRPCCredentials(owner{}),
	}, dial...)
	conn, err := grpc.NewClient(host, dial...)
	return []option.ClientOption{option.WithGRPCConn(conn)}, err
}

// owner is who the emulator lets do everything, whatever the security rules say.
type owner struct{}

func (owner) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer owner"}, nil
}

func (owner) RequireTransportSecurity() bool { return false }

// Close ends the connections.
func (c *Client) Close() error { return c.api.Close() }
