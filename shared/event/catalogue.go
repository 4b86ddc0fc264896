package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// Errors of decoding. All are permanent: the same bytes fail again.
var (
	ErrUnknownType  = errors.New("event type is not in the catalogue")
	ErrNewerVersion = errors.New("event is of a newer version than this program knows")
	ErrBadPayload   = errors.New("event payload cannot be decoded")
)

// Upcast turns a payload of one version into the next. It is pure.
type Upcast func(json.RawMessage) (json.RawMessage, error)

// Definition maps a stored name to the Go type of its newest version.
type Definition struct {
	name    string
	upcasts []Upcast // upcasts[i] leads from version i+1 to i+2
	goType  reflect.Type
	decode  func(json.RawMessage) (any, error)
}

// Define names the payload type T. The newest version is one more than the number
// of upcasts; T has its shape. The name is stored for ever: it never follows a
// renaming of T.
func Define[T any](name string, upcasts ...Upcast) Definition {
	return Definition{
		name: name, upcasts: upcasts, goType: reflect.TypeFor[T](),
		decode: func(data json.RawMessage) (any, error) {
			var payload T
			err := json.Unmarshal(data, &payload)
			return payload, err
		},
	}
}

func (d Definition) version() int { return len(d.upcasts) + 1 }

// Catalogue is the table of all events.
type Catalogue struct {
	byName map[string]Definition
	byType map[reflect.Type]Definition
}

// NewCatalogue joins the aggregates' definitions. It panics on a name or Go type
// given twice: that is a mistake in the program, found by its first test.
func NewCatalogue(groups ...[]Definition) *Catalogue {
	c := &Catalogue{byName: map[string]Definition{}, byType: map[reflect.Type]Definition{}}
	for _, d := range slices.Concat(groups...) {
		if _, taken := c.byName[d.name]; taken {
			panic("event name defined twice: " + d.name)
		}
		if _, taken := c.byType[d.goType]; taken {
			panic("event type defined twice: " + d.goType.String())
		}
		c.byName[d.name], c.byType[d.goType] = d, d
	}
	return c
}

// Versions gives the newest version of each stored name.
func (c *Catalogue) Versions() map[string]int {
	versions := make(map[string]int, len(c.byName))
	for name, d := range c.byName {
		versions[name] = d.version()
	}
	return versions
}

// Names lists the stored names in order.
func (c *Catalogue) Names() []string { return slices.Sorted(maps.Keys(c.byName)) }

// Encode gives a payload's stored name, version and data.
func (c *Catalogue) Encode(payload any) (name string, version int, data json.RawMessage, err error) {
	d, known := c.byType[reflect.TypeOf(payload)]
	if !known {
		return "", 0, nil, fmt.Errorf("%w: %T", ErrUnknownType, payload)
	}
	if data, err = json.Marshal(payload); err != nil {
		return "", 0, nil, fmt.Errorf("encode %s: %w", d.name, err)
	}
	return d.name, d.version(), data, nil
}

// Decode gives an event's payload in the newest shape of its type.
func (c *Catalogue) Decode(e Envelope) (any, error) {
	d, known := c.byName[e.Type]
	switch {
	case !known:
		return nil, fmt.Errorf("%w: %q", ErrUnknownType, e.Type)
	case e.Version > d.version():
		return nil, fmt.Errorf("%w: %s is at %d, this program knows %d", ErrNewerVersion, e.Type, e.Version, d.version())
	case e.Version < 1:
		return nil, fmt.Errorf("%w: %s has version %d", ErrBadPayload, e.Type, e.Version)
	}
	data := e.Data
	for from := e.Version; from < d.version(); from++ {
		var err error
		if data, err = d.upcasts[from-1](data); err != nil {
			return nil, fmt.Errorf("%w: %s from version %d: %w", ErrBadPayload, e.Type, from, err)
		}
	}
	payload, err := d.decode(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrBadPayload, e.Type, err)
	}
	return payload, nil
}
