// Package indextest has the Firestore emulator refuse what production refuses and
// the emulator does not: queries without an index.
package indextest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Indexes is the indexes of a database, in the form of the file that they are
// deployed from (firebase.google.com/docs/reference/firestore/indexes).
type Indexes struct {
	Composite []Composite `json:"indexes"`
	Overrides []Override  `json:"fieldOverrides"`

	mu   sync.Mutex
	used map[string]bool // composite indexes, in words
}

// Composite is an index of several fields.
type Composite struct {
	Group  string  `json:"collectionGroup"`
	Scope  string  `json:"queryScope"`
	Fields []Field `json:"fields"`
}

// Field is a field in an index, and how it is indexed: by order or as an array.
type Field struct {
	Path  string `json:"fieldPath"`
	Order string `json:"order"`
	Array string `json:"arrayConfig"`
}

// Override replaces the indexes that a field, and what lies in it, has by itself.
type Override struct {
	Group   string `json:"collectionGroup"`
	Path    string `json:"fieldPath"`
	TTL     bool   `json:"ttl"`
	Indexes []struct {
		Scope string `json:"queryScope"`
		Order string `json:"order"`
		Array string `json:"arrayConfig"`
	} `json:"indexes"`
}

// What the file calls things.
const (
	collection      = "COLLECTION"
	collectionGroup = "COLLECTION_GROUP"
	ascending       = "ASCENDING"
	descending      = "DESCENDING"
	contains        = "CONTAINS"
)

// Read reads the file.
func Read(path string) (*Indexes, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	x := &Indexes{used: map[string]bool{}}
	if err := json.Unmarshal(data, x); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return x, nil
}

// Require is for the connections of a client: its queries are refused that have no
// index, with the code that production has for it.
func (x *Indexes) Require() grpc.DialOption {
	return grpc.WithChainStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
		stream, err := open(ctx, desc, conn, method, options...)
		return &checked{stream, x}, err
	})
}

type checked struct {
	grpc.ClientStream
	indexes *Indexes
}

func (c *checked) SendMsg(message any) error {
	if request, ok := message.(*pb.RunQueryRequest); ok {
		if err := c.indexes.Check(request.GetStructuredQuery()); err != nil {
			return status.Error(codes.FailedPrecondition, err.Error())
		}
	}
	return c.ClientStream.SendMsg(message)
}

// Check reports that a query has no index. It knows the operators that this project
// uses, and that a query of several fields takes one composite index: fields that are
// equal or contain something first, then the order, then what else is compared.
func (x *Indexes) Check(q *pb.StructuredQuery) error {
	equal, order, err := fieldsOf(q)
	if err != nil {
		return err
	}
	group, scope := q.From[0].CollectionId, collection
	if q.From[0].AllDescendants {
		scope = collectionGroup
	}
	wanted := slices.Concat(equal, order)
	switch {
	case len(wanted) == 0, len(wanted) == 1 && x.has(group, scope, wanted[0]):
		return nil
	case len(wanted) > 1:
		for _, c := range x.Composite {
			if c.Group == group && c.Scope == scope && c.serves(equal, order) {
				x.use(c)
				return nil
			}
		}
	}
	return fmt.Errorf("no index of %s in %s of %s", wanted, scope, group)
}

// fieldsOf gives the fields that a query compares for equality or contents, and those
// it orders by, which are all that it compares otherwise.
func fieldsOf(q *pb.StructuredQuery) (equal, order []Field, err error) {
	direction := ascending
	for _, o := range q.OrderBy {
		direction = o.Direction.String()
		order = append(order, Field{Path: o.Field.FieldPath, Order: direction})
	}
	filters := q.GetWhere().GetCompositeFilter().GetFilters()
	if q.GetWhere().GetFieldFilter() != nil {
		filters = []*pb.StructuredQuery_Filter{q.Where}
	}
	var compared []string
	for _, filter := range filters {
		f := filter.GetFieldFilter()
		path := f.GetField().GetFieldPath()
		switch f.GetOp() {
		case pb.StructuredQuery_FieldFilter_EQUAL:
			equal = append(equal, Field{Path: path, Order: ascending})
		case pb.StructuredQuery_FieldFilter_ARRAY_CONTAINS:
			equal = append(equal, Field{Path: path, Array: contains})
		case pb.StructuredQuery_FieldFilter_LESS_THAN, pb.StructuredQuery_FieldFilter_GREATER_THAN:
			compared = append(compared, path)
		default:
			return nil, nil, fmt.Errorf("this check does not know filter %v", filter)
		}
	}
	for _, path := range slices.Compact(slices.Sorted(slices.Values(compared))) {
		if !slices.ContainsFunc(order, func(f Field) bool { return f.Path == path }) {
			order = append(order, Field{Path: path, Order: direction})
		}
	}
	return equal, order, nil
}

// serves reports whether an index is what a query takes. The order among the fields
// that come first does not matter.
func (c Composite) serves(equal, order []Field) bool {
	if len(c.Fields) != len(equal)+len(order) || !slices.Equal(c.Fields[len(equal):], order) {
		return false
	}
	for _, f := range equal {
		if !slices.Contains(c.Fields[:len(equal)], f) {
			return false
		}
	}
	return true
}

func (x *Indexes) use(c Composite) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.used[fmt.Sprint(c)] = true
}

// Unused gives the composite indexes that no query has taken yet.
func (x *Indexes) Unused() (unused []Composite) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, c := range x.Composite {
		if !x.used[fmt.Sprint(c)] {
			unused = append(unused, c)
		}
	}
	return unused
}

// Indexed reports whether a field of a collection has an index by itself.
func (x *Indexes) Indexed(group, path string) bool {
	for _, scope := range []string{collection, collectionGroup} {
		for _, f := range []Field{{path, ascending, ""}, {path, descending, ""}, {path, "", contains}} {
			if x.has(group, scope, f) {
				return true
			}
		}
	}
	return false
}

// has reports whether there is an index of one field. An override holds for the
// fields in the field, too, unless they have one of their own.
func (x *Indexes) has(group, scope string, f Field) bool {
	for path := f.Path; path != ""; path = path[:max(strings.LastIndexByte(path, '.'), 0)] {
		for _, o := range x.Overrides {
			if o.Group != group || o.Path != path {
				continue
			}
			for _, index := range o.Indexes {
				if index.Scope == scope && index.Order == f.Order && index.Array == f.Array {
					return true
				}
			}
			return false
		}
	}
	return scope == collection
}
