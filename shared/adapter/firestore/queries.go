package firestore

import (
	"time"

	"boochat/shared/event"
	"boochat/shared/view"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// These are all queries of this package. Production refuses a query without its
// index where the emulator does not, so a test holds terraform/firestore.indexes.json
// against each of them.

// eventsAfter is a page of a stream: events where sequence > after, in order.
// Index: of sequence, which every field has by itself.
func eventsAfter(after int64, limit int) *pb.StructuredQuery {
	return query("events", limit, where("sequence", pb.StructuredQuery_FieldFilter_GREATER_THAN, wholeValue(after)), ascending("sequence"))
}

// newestEvent is the end of a stream: its event with the highest sequence.
// Index: of sequence, which every field has by itself.
func newestEvent() *pb.StructuredQuery {
	return query("events", 1, descending("sequence"), only("sequence"))
}

// firstEvents is a page of the streams, in the order of their names: the events of
// all streams where stream > after. Only the first of each has the field.
// Index: of stream, in the whole collection group.
func firstEvents(after event.Stream, limit int) *pb.StructuredQuery {
	return query("events", limit, ofAllParents,
		where("stream", pb.StructuredQuery_FieldFilter_GREATER_THAN, textValue(string(after))), ascending("stream"), only("stream"))
}

// unpublished is the outbox: ids where outbox.at < before, in the order of their
// commits. The events of one commit have the same time, and so may two commits in
// the same millisecond: those of one stream are in the order of their sequences.
// Index: outbox.committed, sequence, outbox.at.
func unpublished(before time.Time, limit int) *pb.StructuredQuery {
	return query("ids", limit, where("outbox.at", pb.StructuredQuery_FieldFilter_LESS_THAN, timeValue(before)),
		ascending("outbox.committed"), ascending("sequence"), only("stream", "sequence"))
}

// sessionsOf is the sessions where userId == user.
// Index: of userId, which every field has by itself.
func sessionsOf(user string) *pb.StructuredQuery {
	return query("sessions", 0, where("userId", pb.StructuredQuery_FieldFilter_EQUAL, textValue(user)), only("__name__"))
}

// parkedLetters is all dead letters, oldest first.
// Index: of parkedAt, which every field has by itself.
func parkedLetters() *pb.StructuredQuery {
	return query("deadLetters", 0, ascending("parkedAt"))
}

// readDocuments is what a view.Query asks for: documents, perhaps where _meta.readers
// contains a person, perhaps where _meta.id is a number in a range, by _meta.id.
// Firestore orders numbers before text, and compares numbers with numbers only.
// What is due is asked for where "" < due < a time, by due. Texts are compared with
// texts only, so that documents without the field are left out.
// Index: of _meta.id; with a reader, _meta.readers and _meta.id; of due.
func readDocuments(collection string, q view.Query) *pb.StructuredQuery {
	if q.DueBefore != "" {
		return query(collection, q.Limit, where("due", pb.StructuredQuery_FieldFilter_GREATER_THAN, textValue("")),
			where("due", pb.StructuredQuery_FieldFilter_LESS_THAN, textValue(q.DueBefore)), ascending("due"))
	}
	var parts []part
	if q.Reader != "" {
		parts = append(parts, where("_meta.readers", pb.StructuredQuery_FieldFilter_ARRAY_CONTAINS, textValue(q.Reader)))
	}
	if q.After != 0 {
		parts = append(parts, where("_meta.id", pb.StructuredQuery_FieldFilter_GREATER_THAN, wholeValue(q.After)))
	}
	if q.Before != 0 {
		parts = append(parts, where("_meta.id", pb.StructuredQuery_FieldFilter_LESS_THAN, wholeValue(q.Before)))
	}
	order := ascending("_meta.id")
	if q.Newest {
		order = descending("_meta.id")
	}
	return query(collection, q.Limit, append(parts, order)...)
}

// part adds something to a query.
type part func(*pb.StructuredQuery)

// query puts a query together; limit 0 is none.
func query(collection string, limit int, parts ...part) *pb.StructuredQuery {
	q := &pb.StructuredQuery{From: []*pb.StructuredQuery_CollectionSelector{{CollectionId: collection}}}
	if limit > 0 {
		q.Limit = wrapperspb.Int32(int32(min(limit, 1<<30)))
	}
	for _, add := range parts {
		add(q)
	}
	return q
}

// ofAllParents asks all collections of the name, wherever they are.
func ofAllParents(q *pb.StructuredQuery) { q.From[0].AllDescendants = true }

func field(path string) *pb.StructuredQuery_FieldReference {
	return &pb.StructuredQuery_FieldReference{FieldPath: path}
}

func where(path string, operator pb.StructuredQuery_FieldFilter_Operator, value *pb.Value) part {
	filter := &pb.StructuredQuery_Filter{FilterType: &pb.StructuredQuery_Filter_FieldFilter{
		FieldFilter: &pb.StructuredQuery_FieldFilter{Field: field(path), Op: operator, Value: value},
	}}
	return func(q *pb.StructuredQuery) {
		if q.Where == nil {
			q.Where = filter
			return
		}
		all := q.Where.GetCompositeFilter()
		if all == nil {
			all = &pb.StructuredQuery_CompositeFilter{Op: pb.StructuredQuery_CompositeFilter_AND, Filters: []*pb.StructuredQuery_Filter{q.Where}}
			q.Where = &pb.StructuredQuery_Filter{FilterType: &pb.StructuredQuery_Filter_CompositeFilter{CompositeFilter: all}}
		}
		all.Filters = append(all.Filters, filter)
	}
}

func ascending(path string) part { return orderedBy(path, pb.StructuredQuery_ASCENDING) }

func descending(path string) part { return orderedBy(path, pb.StructuredQuery_DESCENDING) }

func orderedBy(path string, direction pb.StructuredQuery_Direction) part {
	return func(q *pb.StructuredQuery) {
		q.OrderBy = append(q.OrderBy, &pb.StructuredQuery_Order{Field: field(path), Direction: direction})
	}
}

// only has the documents come with these fields alone.
func only(paths ...string) part {
	return func(q *pb.StructuredQuery) {
		q.Select = &pb.StructuredQuery_Projection{}
		for _, path := range paths {
			q.Select.Fields = append(q.Select.Fields, field(path))
		}
	}
}
