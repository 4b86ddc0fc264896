package event_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"

	"boochat/shared/event"
)

// Greeted is at its third version: the first had a "txt", the second a "text" and
// the third has a language, too.
type (
	greeted  struct{ Text, Language string }
	departed struct{ At int }
)

var errNoText = errors.New("no text")

func definitions() []event.Definition {
	return []event.Definition{
		event.Define[greeted]("test.greeted",
			func(data json.RawMessage) (json.RawMessage, error) {
				if !bytes.Contains(data, []byte(`"txt"`)) {
					return nil, errNoText
				}
				return bytes.Replace(data, []byte(`"txt"`), []byte(`"text"`), 1), nil
			},
			func(data json.RawMessage) (json.RawMessage, error) {
				return bytes.Replace(data, []byte(`}`), []byte(`,"language":"en"}`), 1), nil
			}),
		event.Define[departed]("test.departed"),
	}
}

func TestCatalogueDecodes(t *testing.T) {
	c := event.NewCatalogue(definitions())
	for name, test := range map[string]struct {
		typeName string
		version  int
		data     string
		want     any
		err      error
	}{
		"through two versions":   {"test.greeted", 1, `{"txt":"hi"}`, greeted{"hi", "en"}, nil},
		"through one version":    {"test.greeted", 2, `{"text":"hi"}`, greeted{"hi", "en"}, nil},
		"the newest version":     {"test.greeted", 3, `{"text":"salam","language":"az"}`, greeted{"salam", "az"}, nil},
		"an only version":        {"test.departed", 1, `{"at":5}`, departed{5}, nil},
		"fields it has not":      {"test.departed", 1, `{"at":5,"by":"bus"}`, departed{5}, nil},
		"a newer version":        {"test.greeted", 4, `{"text":"hi"}`, nil, event.ErrNewerVersion},
		"a version that is none": {"test.greeted", 0, `{"text":"hi"}`, nil, event.ErrBadPayload},
		"an unknown name":        {"test.greeting", 1, `{}`, nil, event.ErrUnknownType},
		"another shape":          {"test.departed", 1, `{"at":"noon"}`, nil, event.ErrBadPayload},
		"no JSON":                {"test.departed", 1, `{"at":`, nil, event.ErrBadPayload},
		"what no upcast knows":   {"test.greeted", 1, `{"words":"hi"}`, nil, errNoText},
		"a failing upcast":       {"test.greeted", 1, `{"words":"hi"}`, nil, event.ErrBadPayload},
	} {
		got, err := c.Decode(event.Envelope{Type: test.typeName, Version: test.version, Data: json.RawMessage(test.data)})
		if !reflect.DeepEqual(got, test.want) || !errors.Is(err, test.err) {
			t.Errorf("%s: %+v, error %v, want %+v, %v", name, got, err, test.want, test.err)
		}
	}
}

func TestCatalogueEncodes(t *testing.T) {
	c := event.NewCatalogue(definitions())
	name, version, data, err := c.Encode(greeted{"hi", "en"})
	if name != "test.greeted" || version != 3 || string(data) != `{"Text":"hi","Language":"en"}` || err != nil {
		t.Errorf("%s, version %d, %s, error %v", name, version, data, err)
	}
	if _, _, _, err := c.Encode(&greeted{}); !errors.Is(err, event.ErrUnknownType) {
		t.Errorf("a type that is not in the catalogue: %v", err)
	}
	if _, _, _, err := c.Encode(nil); !errors.Is(err, event.ErrUnknownType) {
		t.Errorf("nothing: %v", err)
	}
	type unwritable struct{ C chan int }
	if _, _, _, err := event.NewCatalogue([]event.Definition{event.Define[unwritable]("test.unwritable")}).Encode(unwritable{}); err == nil {
		t.Error("a payload that has no JSON form: no error")
	}
}

func TestCatalogueLists(t *testing.T) {
	c := event.NewCatalogue(definitions()[:1], definitions()[1:])
	if names := c.Names(); !slices.Equal(names, []string{"test.departed", "test.greeted"}) {
		t.Errorf("names %q", names)
	}
	if versions := c.Versions(); !maps.Equal(versions, map[string]int{"test.departed": 1, "test.greeted": 3}) {
		t.Errorf("versions %v", versions)
	}
}

func TestCatalogueRefusesDuplicates(t *testing.T) {
	for name, second := range map[string]event.Definition{
		"name": event.Define[struct{ Other int }]("test.departed"),
		"type": event.Define[departed]("test.left"),
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a %s defined twice is accepted", name)
				}
			}()
			event.NewCatalogue(definitions(), []event.Definition{second})
		}()
	}
}
