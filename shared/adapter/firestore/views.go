package firestore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"boochat/shared/view"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	lru "github.com/hashicorp/golang-lru/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// meta is the field of read documents that is the server's own. It holds
//
//	id       the document's id, a number where it is one: what lists are ordered by
//	readers  of a shared document: who has joined it
//	replaced the revision that a conditional write was based on, so that every such
//	         write changes the document, and its revision, even if it says the same
const meta = "_meta"

// Views is the read documents, at the paths that Firebase clients listen to. Data
// has the canonical form described with fromJSON. A revision is the time of the
// document's last change, in microseconds.
type Views struct {
	client  *Client
	readers *lru.Cache[string, base] // of shared documents, by path
}

var _ view.Store = (*Views)(nil)

// NewViews makes the store of a database's read documents.
func NewViews(client *Client) *Views {
	readers, err := lru.New[string, base](knownReaders)
	if err != nil {
		panic(err) // only a size below one is refused
	}
	return &Views{client: client, readers: readers}
}

// Get implements view.Store.
func (v *Views) Get(ctx context.Context, paths ...string) ([]view.Document, error) {
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = v.client.name(path)
	}
	found, err := v.client.get(ctx, slices.Compact(slices.Sorted(slices.Values(names))))
	if err != nil {
		return nil, err
	}
	documents := make([]view.Document, len(paths))
	for i, path := range paths {
		documents[i].Path = path
		if d := found[names[i]]; d != nil {
			if documents[i], err = v.decode(path, d); err != nil {
				return nil, err
			}
		}
	}
	return documents, nil
}

// List implements view.Store.
func (v *Views) List(ctx context.Context, q view.Query) ([]view.Document, error) {
	parent, collection := v.client.root(), q.Collection
	if above, below := view.Split(q.Collection); above != "" {
		parent, collection = v.client.name(above), below
	}
	found, err := v.client.run(ctx, parent, readDocuments(collection, q))
	if err != nil {
		return nil, err
	}
	documents := make([]view.Document, len(found))
	for i, d := range found {
		if documents[i], err = v.decode(d.Name[len(v.client.root())+1:], d); err != nil {
			return nil, err
		}
	}
	return documents, nil
}

func (v *Views) decode(path string, d *pb.Document) (view.Document, error) {
	revision := revisionOf(d.UpdateTime)
	v.remember(path, base{revision: revision, readers: readersOf(d)})
	delete(d.Fields, meta)
	data, err := toJSON(d.Fields)
	if err != nil {
		return view.Document{}, fmt.Errorf("read document %s: %w", path, err)
	}
	return view.Document{Path: path, Data: data, Revision: revision}, nil
}

func revisionOf(changed *timestamppb.Timestamp) int64 { return changed.AsTime().UnixMicro() }

// Write implements view.Store. It is one commit, and reads nothing unless a shared
// document is among the documents whose readers this process has not met at the
// revision. When the answer to a commit is lost, its repetition finds it done and is
// answered with view.ErrStale: whoever reads again finds what was written.
func (v *Views) Write(ctx context.Context, writes []view.Write) (revisions []int64, err error) {
	if len(writes) == 0 {
		return nil, nil
	}
	documents := make([]fields, len(writes))
	for i, w := range writes {
		if documents[i], err = fromJSON(w.Data); err != nil {
			return nil, fmt.Errorf("write document %s: %w", w.Path, err)
		}
	}
	var before []base
	for {
		bases, err := v.bases(ctx, writes)
		if err != nil {
			return nil, err
		}
		if slices.EqualFunc(before, bases, base.same) { // so it was not for a blind write's sake
			return nil, view.ErrStale
		}
		revisions, err := v.commit(ctx, writes, documents, bases)
		if status.Code(err) == codes.InvalidArgument {
			return nil, v.whyInvalid(ctx, bases, writes, err)
		}
		if !errors.Is(err, errRefused) {
			return revisions, err
		}
		before = bases
	}
}

// whyInvalid tells a revision that is above the document's, which a database that
// was put back to an earlier state causes, from a document that is not acceptable.
func (v *Views) whyInvalid(ctx context.Context, bases []base, writes []view.Write, invalid error) error {
	names := make([]string, len(writes))
	for i, w := range writes {
		names[i] = v.client.name(w.Path)
	}
	found, err := v.client.get(ctx, names, meta)
	if err != nil {
		return err
	}
	for i, b := range bases {
		if !b.blind && stored(found[names[i]]).revision != b.revision {
			return view.ErrStale
		}
	}
	return invalid
}

func (v *Views) commit(ctx context.Context, writes []view.Write, documents []fields, bases []base) ([]int64, error) {
	messages := make([]*pb.Write, len(writes))
	for i, w := range writes {
		documents[i][meta] = mapValue(metaOf(w, bases[i]))
		messages[i] = put(v.client.name(w.Path), documents[i], bases[i].condition())
	}
	results, err := v.client.commit(ctx, messages...)
	if err != nil {
		return nil, err
	}
	revisions := make([]int64, len(writes))
	for i, w := range writes {
		revisions[i] = revisionOf(results[i].UpdateTime)
		v.remember(w.Path, base{revision: revisions[i], readers: bases[i].readers})
	}
	return revisions, nil
}

func metaOf(w view.Write, b base) fields {
	_, id := view.Split(w.Path)
	m := fields{"id": textValue(id)}
	if n, err := strconv.ParseInt(id, 10, 64); err == nil && strconv.FormatInt(n, 10) == id {
		m["id"] = wholeValue(n)
	}
	if len(b.readers) > 0 {
		readers := make([]*pb.Value, len(b.readers))
		for i, person := range b.readers {
			readers[i] = textValue(person)
		}
		m["readers"] = arrayValue(readers)
	}
	if !b.blind && b.revision > 0 {
		m["replaced"] = wholeValue(b.revision)
	}
	return m
}

// condition is what must be so of the document that a write is based on.
func (b base) condition() *pb.Precondition {
	switch {
	case b.blind:
		return nil
	case b.revision == 0:
		return exists(false)
	default:
		return unchanged(timestamppb.New(time.UnixMicro(b.revision)))
	}
}
