package firestore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"boochat/shared/event"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const (
	// callTimeout bounds one call, with all its attempts: an unreachable Firestore
	// must not hold up a command for longer.
	callTimeout = 10 * time.Second
	// getAtOnce is how many documents are read by one call.
	getAtOnce = 300
)

// errRefused says that a document was not as a commit demands it to be. Nothing
// was written.
var errRefused = errors.New("a document is not as the commit demands")

// call makes a call, and makes it again while its failure is transient. An attempt
// that failed may have had its effect all the same: whatever is written must bear
// being written twice.
func (c *Client) call(ctx context.Context, what string, attempt func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	backoff := gax.Backoff{Initial: 20 * time.Millisecond, Max: time.Second, Multiplier: 2}
	for {
		err := attempt(limited)
		if err == nil {
			return nil
		}
		if !isTransient(err) || gax.Sleep(limited, backoff.Pause()) != nil {
			return describe(ctx, what, err)
		}
	}
}

// isTransient reports whether it may go better the next time. Aborted is a commit
// that lost against another one on the same documents; Unknown is what the emulator
// answers now and then under load.
func isTransient(err error) bool {
	switch status.Code(err) {
	case codes.Unknown, codes.Unavailable, codes.Aborted, codes.ResourceExhausted, codes.Internal, codes.DeadlineExceeded:
		return true
	default:
		return false
	}
}

// describe puts a failure in the terms of the ports.
func describe(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		err = ctx.Err() // in place of a status that merely says the same
	} else if !isTransient(err) && status.Code(err) != codes.Canceled { // the client was closed
		return fmt.Errorf("%s: %w", what, err)
	}
	return &event.Refusal{Kind: event.Unavailable, Detail: "The store cannot be used at the moment. Try again.", Cause: fmt.Errorf("%s: %w", what, err)}
}

// commit makes writes, all or none, or answers errRefused.
func (c *Client) commit(ctx context.Context, writes ...*pb.Write) (results []*pb.WriteResult, err error) {
	err = c.call(ctx, "commit", func(ctx context.Context) error {
		response, err := c.api.Commit(ctx, &pb.CommitRequest{Database: c.database, Writes: writes})
		results = response.GetWriteResults()
		return err
	})
	switch status.Code(err) {
	case codes.AlreadyExists, codes.NotFound, codes.FailedPrecondition:
		err = fmt.Errorf("%w: %w", errRefused, err)
	}
	return results, err
}

// get reads documents, by name; those that are not there are missing. A mask, if
// given, names the fields that are wanted.
func (c *Client) get(ctx context.Context, names []string, mask ...string) (map[string]*pb.Document, error) {
	found := make(map[string]*pb.Document, len(names))
	for chunk := range slices.Chunk(names, getAtOnce) {
		request := &pb.BatchGetDocumentsRequest{Database: c.database, Documents: chunk}
		if len(mask) > 0 {
			request.Mask = &pb.DocumentMask{FieldPaths: mask}
		}
		err := c.call(ctx, "read documents", func(ctx context.Context) error {
			stream, err := c.api.BatchGetDocuments(ctx, request)
			if err != nil {
				return err
			}
			return each(stream, func(r *pb.BatchGetDocumentsResponse) {
				if d := r.GetFound(); d != nil {
					found[d.Name] = d
				}
			})
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// run runs a query on what lies below a document, or below the root of all.
func (c *Client) run(ctx context.Context, parent string, q *pb.StructuredQuery) (documents []*pb.Document, err error) {
	request := &pb.RunQueryRequest{Parent: parent, QueryType: &pb.RunQueryRequest_StructuredQuery{StructuredQuery: q}}
	if c.emulated {
		request.ConsistencySelector = &pb.RunQueryRequest_ReadTime{ReadTime: timestamppb.New(time.Now().Truncate(time.Microsecond))}
	}
	err = c.call(ctx, "query", func(ctx context.Context) error {
		documents = nil
		stream, err := c.api.RunQuery(ctx, request)
		if err != nil {
			return err
		}
		return each(stream, func(r *pb.RunQueryResponse) {
			if r.Document != nil {
				documents = append(documents, r.Document)
			}
		})
	})
	return documents, err
}

// each calls f with what a stream brings.
func each[T any](stream interface{ Recv() (T, error) }, f func(T)) error {
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		f(response)
	}
}
