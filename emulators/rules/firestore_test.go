// Package rules tests the security rules of Firestore against the official emulator.
package rules

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"testing"
	"time"

	"boochat/emulators/google"
	"boochat/emulators/googletest"
)

const rulesFile = "../../terraform/firestore.rules"

// The emulator and the project that all tests use. Nothing but the seed writes there:
// the rules let nobody.
var (
	emulator *google.Emulator
	project  = googletest.Project()
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx := context.Background()
	var err error
	if emulator, err = google.StartFirestore(ctx, google.Rules(rulesFile)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = emulator.Stop() }()
	// An emulator that was running before has rules of its own.
	if err := emulator.SetRules(ctx, project, rulesFile); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := seed(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// outcome is what a person experiences.
type outcome string

const (
	sees   outcome = "sees it"
	empty  outcome = "is allowed, and sees nothing"
	done   outcome = "does it"
	denied outcome = "denied"
)

// call sends a request as a person; nobody is signed out.
func call(person, method, path string, body any) (status int, answer []byte, err error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	request, err := http.NewRequest(method, "http://"+emulator.Host+"/v1/projects/"+project+"/databases/(default)/documents"+path, bytes.NewReader(encoded))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	switch person {
	case nobody:
	case server:
		request.Header.Set("Authorization", "Bearer owner") // how the emulator knows a server
	default:
		request.Header.Set("Authorization", "Bearer "+idToken(person))
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// idToken makes a Firebase ID token as the emulator takes it, unsigned. It is Ann's
// for those that are hers no longer, or never were.
func idToken(person string) string {
	now := time.Now().Unix()
	until := map[string]any{lapsed: now - 1, foreign: nil, words: "for ever"}
	claim, isOdd := until[person]
	if isOdd {
		person = ann
	} else {
		claim = now + 3600
	}
	encode := func(part map[string]any) string {
		encoded, _ := json.Marshal(part) // strings and numbers cannot fail
		return base64.RawURLEncoding.EncodeToString(encoded)
	}
	return encode(map[string]any{"alg": "none", "typ": "JWT"}) + "." + encode(map[string]any{
		"iss": "https://securetoken.google.com/" + project, "aud": project,
		"sub": person, "user_id": person, "iat": now, "auth_time": now, "exp": now + 3600, "until": claim,
		"firebase": map[string]any{"sign_in_provider": "custom"},
	}) + "."
}

// experienced makes an outcome of an answer. One that is neither success nor a denial
// fails the test: it says nothing about the rules.
func experienced(t *testing.T, status int, answer []byte, success outcome) outcome {
	t.Helper()
	switch status {
	case http.StatusOK:
		return success
	case http.StatusForbidden:
		return denied
	default:
		t.Fatalf("HTTP %d: %s", status, answer)
		return ""
	}
}

func get(t *testing.T, person, path string) outcome {
	t.Helper()
	status, answer := must(t)(call(person, http.MethodGet, path, nil))
	return experienced(t, status, answer, sees)
}

func create(t *testing.T, person, path string) outcome {
	t.Helper()
	status, answer := must(t)(call(person, http.MethodPatch, path+"?currentDocument.exists=false", claims(person)))
	return experienced(t, status, answer, done)
}

func update(t *testing.T, person, path string) outcome {
	t.Helper()
	status, answer := must(t)(call(person, http.MethodPatch, path+"?currentDocument.exists=true", claims(person)))
	return experienced(t, status, answer, done)
}

func remove(t *testing.T, person, path string) outcome {
	t.Helper()
	status, answer := must(t)(call(person, http.MethodDelete, path+"?currentDocument.exists=true", nil))
	return experienced(t, status, answer, done)
}

// query runs a structured query on the collections under a parent, "" or "/rooms/R".
func query(t *testing.T, person, parent string, structured object) outcome {
	t.Helper()
	status, answer := must(t)(call(person, http.MethodPost, parent+":runQuery", object{"structuredQuery": structured}))
	if status != http.StatusOK {
		return experienced(t, status, answer, "")
	}
	var rows []struct {
		Document *struct{ Name string }
	}
	if err := json.Unmarshal(answer, &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) > 0 && rows[0].Document != nil {
		return sees
	}
	return empty
}

func must(t *testing.T) func(int, []byte, error) (int, []byte) {
	return func(status int, answer []byte, err error) (int, []byte) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return status, answer
	}
}

type object = map[string]any

// claims is a document with which somebody would make a thing theirs.
func claims(person string) object {
	return object{"fields": object{"id": text(person), "memberIds": list(person), "readerIds": list(person), "attendeeIds": list(person)}}
}

func text(s string) object { return object{"stringValue": s} }

func number(n int) object { return object{"integerValue": fmt.Sprint(n)} }

func list(elements ...string) object {
	values := make([]object, len(elements))
	for i, e := range elements {
		values[i] = text(e)
	}
	return object{"arrayValue": object{"values": values}}
}

// from is a query of a collection.
func from(collection string) object {
	return object{"from": []object{{"collectionId": collection}}}
}

// group is a query of all collections with a name, wherever they are.
func group(collection string) object {
	return object{"from": []object{{"collectionId": collection, "allDescendants": true}}}
}

// where gives a query a condition.
func where(q object, field, op string, value object) object {
	return with(q, "where", filter(field, op, value))
}

func filter(field, op string, value object) object {
	return object{"fieldFilter": object{"field": object{"fieldPath": field}, "op": op, "value": value}}
}

// both and either give a query two conditions.
func both(q object, filters ...object) object   { return composite(q, "AND", filters) }
func either(q object, filters ...object) object { return composite(q, "OR", filters) }

func composite(q object, op string, filters []object) object {
	return with(q, "where", object{"compositeFilter": object{"op": op, "filters": filters}})
}

func ordered(q object, field, direction string) object {
	return with(q, "orderBy", []object{{"field": object{"fieldPath": field}, "direction": direction}})
}

func limit(q object, n int) object { return with(q, "limit", n) }

// with gives a copy of a query that has one more part.
func with(q object, key string, value any) object {
	changed := maps.Clone(q)
	changed[key] = value
	return changed
}
