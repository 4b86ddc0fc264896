// Package view is the port to the read documents: what clients are shown, derived
// from the event log and rebuilt from it at will. The documents' paths and shapes
// are the public contract of listening clients (README, "Read documents").
package view

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
)

// ErrStale says that a document is not at the revision the writer has read. Nothing was
// written; read again and decide again.
var ErrStale = errors.New("a read document has changed meanwhile")

// Document is one read document at a path such as "rooms/R/items/12": collections
// and ids in turn.
type Document struct {
	Path     string
	Data     json.RawMessage // nil: there is no such document
	Revision int64           // rises with every write of the document; 0: there is none
}

// Scope says who may read a document.
type Scope string

// Scopes besides those of shared documents.
const (
	Nobody   Scope = ""  // kept for the server alone
	Everyone Scope = "*" // anybody signed in
)

// Only is the scope of one person.
func Only(user string) Scope { return Scope("users/" + user) }

// ReadersOf is the scope of a shared document's readers, for it and what lies below.
func ReadersOf(path string) Scope { return Scope(path) }

// Write puts one document in place.
type Write struct {
	Path     string
	Data     json.RawMessage
	Scope    Scope
	Revision int64    // of the document that was read; 0: there was none
	Blind    bool     // whatever is there: for documents that are always written whole
	Joined   []string // who may read Path, and what lies below, from now on
	Left     []string // who no longer may
}

// Query asks for documents of one collection, in the order of their ids: numbers
// by value, then text.
type Query struct {
	Collection string // such as "rooms/R/items"
	Reader     string // only those the person has joined, if set
	After      int64  // only numeric ids above, if not 0
	Before     int64  // only numeric ids below, if not 0
	Limit      int    // at most so many, if not 0
	Newest     bool   // take them, and give them, from the end
	DueBefore  string // only those whose field "due" is set and below, in its order; with Limit alone
}

// Store keeps the read documents. It is safe for concurrent use.
type Store interface {
	// Get reads documents in the order of the paths; what is not there has no Data.
	Get(ctx context.Context, paths ...string) ([]Document, error)
	// List reads the documents a query asks for.
	List(ctx context.Context, q Query) ([]Document, error)
	// Write puts documents in place, all or none, and gives their new revisions, or
	// answers ErrStale.
	Write(ctx context.Context, writes []Write) (revisions []int64, err error)
}

// Change is a written document on its way to those who listen.
type Change struct {
	Position int64 // rises with every change of the store
	Path     string
	Data     json.RawMessage
	Scope    Scope
	Joined   []string
	Left     []string
}

// ErrTooOld says that the feed does not go back to the position, or never had it.
var ErrTooOld = errors.New("the change feed does not go back that far")

// Feed tells what changes in a Store.
type Feed interface {
	// Generation names the history that positions count in; a rebuild begins another.
	Generation() string
	// Since reads what has changed for a person after a position, in the order of
	// the last change: each document once and as it is now, without data where the
	// person has lost it. It answers ErrTooOld where that is not possible, or not wise.
	Since(ctx context.Context, person string, position int64) ([]Change, error)
	// Follow calls f with all later changes, in order and one call at a time, and
	// gives the position they start after. f must not block.
	Follow(f func([]Change)) (position int64, stop func())
}

// Split takes a path apart into its collection and the document's id.
func Split(path string) (collection, id string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}
