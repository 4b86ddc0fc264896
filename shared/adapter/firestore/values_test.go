package firestore

import (
	"encoding/json"
	"errors"
	"testing"

	"boochat/emulators/googletest"
	"boochat/shared/view"
)

func TestCanonicalForm(t *testing.T) {
	for given, want := range map[string]string{
		`{}`:                           `{}`,
		` { "b" : 1 , "a" : [ ] } `:    `{"a":[],"b":1}`,
		`{"a":null,"b":true}`:          `{"a":null,"b":true}`,
		`{"n":1.0}`:                    `{"n":1}`,
		`{"n":1e3}`:                    `{"n":1000}`,
		`{"n":-0.0}`:                   `{"n":0}`,
		`{"n":-0.5}`:                   `{"n":-0.5}`,
		`{"n":9223372036854775807}`:    `{"n":9223372036854775807}`,
		`{"n":9223372036854775808}`:    `{"n":9223372036854776000}`,
		`{"n":1e21}`:                   `{"n":1e+21}`,
		`{"n":52.3702157}`:             `{"n":52.3702157}`,
		`{"s":"\u0000\u00fc<>\u2028"}`: `{"s":"\u0000ü\u003c\u003e\u2028"}`,
		`{"a":[{"a":[1]}]}`:            `{"a":[{"a":[1]}]}`,
	} {
		for _, data := range []string{given, want} { // what is canonical stays as it is
			f, err := fromJSON([]byte(data))
			if err != nil {
				t.Errorf("%s: %v", data, err)
				continue
			}
			if got, err := toJSON(f); err != nil || string(got) != want {
				t.Errorf("%s becomes %s, error %v, want %s", data, got, err, want)
			}
		}
	}
}

// TestCanonicalFormFromTheStore: the bytes are the same after a write and a read.
func TestCanonicalFormFromTheStore(t *testing.T) {
	views := NewViews(startProcess(t, googletest.Project()).Client)
	const data = `{"a":[{"b":[]},null,true,-0.5],"n":9223372036854775807,"s":"\u0000 😀 \u003cb\u003e","z":1e+21}`
	_, err := views.Write(t.Context(), []view.Write{{Path: "users/ann", Data: json.RawMessage(data), Scope: view.Everyone}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := views.Get(t.Context(), "users/ann")
	if err != nil || string(got[0].Data) != data {
		t.Errorf("read %s, error %v, want %s", got[0].Data, err, data)
	}
}

func TestWhatFirestoreCannotHold(t *testing.T) {
	views := NewViews(startProcess(t, googletest.Project()).Client)
	for data, want := range map[string]error{
		`{"a":[[1]]}`:             errNestedArray,
		`{"a":{"b":[1,[2]]}}`:     errNestedArray,
		`[]`:                      nil,
		`null`:                    errNoObject,
		`{} {}`:                   errNoObject,
		`{`:                       nil,
		``:                        nil,
		`{"n":1e999}`:             nil,
		`{"__reserved__":"mine"}`: nil,
		`{"_meta":{"id":1}}`:      errReserved,
	} {
		_, err := views.Write(t.Context(), []view.Write{{Path: "users/ann", Data: json.RawMessage(data), Scope: view.Everyone}})
		if err == nil || want != nil && !errors.Is(err, want) || errors.Is(err, view.ErrStale) {
			t.Errorf("%s: error %v, want one like %v", data, err, want)
		}
	}
	if got, err := views.Get(t.Context(), "users/ann"); err != nil || got[0].Data != nil {
		t.Errorf("there is %s, error %v, want none", got[0].Data, err)
	}
}

func TestDocumentIDs(t *testing.T) {
	seen := map[string]string{}
	for _, text := range []string{"", "a", "/", "%", "%2F", "a/b", "a%2Fb", ".", "..", "...", "%2E", "_", "__a__", "%5F_a__", "a__", "a.b", "a_1"} {
		id := documentID(text)
		if other, taken := seen[id]; taken {
			t.Errorf("%q and %q have the id %q", text, other, id)
		}
		seen[id] = text
	}
}
