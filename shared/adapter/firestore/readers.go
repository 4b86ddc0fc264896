package firestore

import (
	"context"
	"slices"

	"boochat/shared/view"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// knownReaders is of how many shared documents a process remembers the readers.
const knownReaders = 10_000

// base is what a write builds on: a document at a revision, 0 for none, with its
// readers, which a write of the whole document must carry over. A blind base is
// whatever is there, and has no readers.
type base struct {
	blind    bool
	revision int64
	readers  []string
}

func (b base) same(other base) bool { return b.blind == other.blind && b.revision == other.revision }

// remember keeps the readers of a shared document, so that whoever writes it next
// need not read it. A revision that is out of date does no harm: it is not the one
// that is asked for, or the commit is refused.
func (v *Views) remember(path string, b base) {
	if len(b.readers) > 0 {
		v.readers.Add(path, b)
	}
}

func readersOf(d *pb.Document) (readers []string) {
	for _, person := range d.Fields[meta].GetMapValue().GetFields()["readers"].GetArrayValue().GetValues() {
		readers = append(readers, person.GetStringValue())
	}
	return readers
}

// isShared reports whether a document has readers of its own.
func isShared(w view.Write) bool {
	return w.Scope == view.ReadersOf(w.Path) || len(w.Joined) > 0 || len(w.Left) > 0
}

// bases gives what each write builds on, with the readers that the document will
// have then. It reads the shared documents that are not known, and answers
// view.ErrStale where that shows that a write comes too late.
func (v *Views) bases(ctx context.Context, writes []view.Write) ([]base, error) {
	bases := make([]base, len(writes))
	var unknown []string
	for i, w := range writes {
		bases[i] = base{blind: w.Blind, revision: w.Revision}
		if !isShared(w) || !w.Blind && w.Revision == 0 {
			continue
		}
		if known, ok := v.readers.Get(w.Path); ok && !w.Blind && known.revision == w.Revision {
			bases[i] = known
		} else {
			unknown = append(unknown, v.client.name(w.Path))
		}
	}
	found, err := v.client.get(ctx, unknown, meta)
	if err != nil {
		return nil, err
	}
	for i, w := range writes {
		if slices.Contains(unknown, v.client.name(w.Path)) {
			bases[i] = stored(found[v.client.name(w.Path)])
			if !w.Blind && bases[i].revision != w.Revision {
				return nil, view.ErrStale
			}
		}
		bases[i].readers = changed(bases[i].readers, w.Joined, w.Left)
	}
	return bases, nil
}

// stored is a document as it is there, or is not.
func stored(d *pb.Document) base {
	if d == nil {
		return base{}
	}
	return base{revision: revisionOf(d.UpdateTime), readers: readersOf(d)}
}

// changed gives the readers after some have joined and some have left.
func changed(readers, joined, left []string) []string {
	var after []string
	for _, person := range slices.Concat(readers, joined) {
		if !slices.Contains(left, person) && !slices.Contains(after, person) {
			after = append(after, person)
		}
	}
	return after
}
