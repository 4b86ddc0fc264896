package httpapi

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxBody is the size of the largest request body, in bytes: the contract's 64 KiB.
const MaxBody = 64 << 10

// Decode reads the body of a command into a T: a struct whose fields all have json
// tags with names, and are scalars, slices or such structs themselves.
// A field is required unless its tag has omitzero or omitempty; all that are
// missing are reported together. Whatever T does not describe is refused: unknown
// or repeated fields, names in another case, null, wrong types, trailing data and
// invalid UTF-8 are 400. A body over MaxBody is 413, one that is not JSON is 415.
// An empty body counts as {}.
func Decode[T any](w http.ResponseWriter, r *http.Request) (T, error) {
	var request, none T
	body, err := readBody(w, r)
	if err != nil {
		return none, err
	}
	if err := json.Unmarshal(body, &request, json.RejectUnknownMembers(true)); err != nil {
		return none, explain(err)
	}
	// Whether a field was there at all does not show in T, so look at the same
	// bytes, which are known to be good JSON by now, as plain values.
	var members any
	if err := json.Unmarshal(body, &members); err != nil {
		return none, explain(err)
	}
	if _, isObject := members.(map[string]any); !isObject {
		return none, Malformed("", notAnObject)
	}
	if faults := appendAbsent(nil, "", reflect.TypeFor[T](), members); len(faults) > 0 {
		return none, newProblem(CodeMalformed, sentences(faults), faults...)
	}
	return request, nil
}

const notAnObject = "The body must be a JSON object, such as {}."

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > MaxBody {
		return nil, TooLarge()
	}
	contentType := r.Header.Get("Content-Type")
	if contentType != "" && !isJSON(contentType) {
		return nil, UnsupportedMediaType()
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, TooLarge()
	}
	if err != nil {
		return nil, Malformed("", "The body ended before all of it had arrived. Send the request again.")
	}
	if len(body) == 0 {
		return []byte("{}"), nil
	}
	if contentType == "" {
		return nil, UnsupportedMediaType()
	}
	return body, nil
}

func isJSON(contentType string) bool {
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	charset, hasCharset := parameters["charset"]
	return err == nil && mediaType == "application/json" &&
		(!hasCharset || strings.EqualFold(charset, "utf-8"))
}

// maxFaults bounds the answer to a list of thousands of empty objects.
const maxFaults = 20

// appendAbsent adds the required fields of t that value lacks, and the nulls in it.
func appendAbsent(faults []FieldError, path string, t reflect.Type, value any) []FieldError {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if len(faults) == maxFaults {
		return faults
	}
	switch value := value.(type) {
	case nil:
		return append(faults, FieldError{path, fmt.Sprintf("%q must not be null. Leave it out if it has no value.", path)})
	case []any:
		for i, element := range value {
			faults = appendAbsent(faults, join(path, strconv.Itoa(i)), t.Elem(), element)
		}
	case map[string]any:
		for field := range t.Fields() {
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			member, given := value[name]
			optional := strings.Contains(options, "omitzero") || strings.Contains(options, "omitempty")
			switch {
			case given:
				faults = appendAbsent(faults, join(path, name), field.Type, member)
			case !optional && len(faults) < maxFaults:
				missing := join(path, name)
				faults = append(faults, FieldError{missing, fmt.Sprintf("%q is required.", missing)})
			}
		}
	}
	return faults
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func sentences(faults []FieldError) string {
	details := make([]string, len(faults))
	for i, fault := range faults {
		details[i] = fault.Detail
	}
	return strings.Join(details, " ")
}

// explain says in a sentence what the JSON package found, without its Go types.
func explain(err error) *Problem {
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		if errors.Is(err, jsontext.ErrDuplicateName) {
			field := dotted(syntax.JSONPointer)
			return Malformed(field, fmt.Sprintf("%q is there twice. Send it once.", field))
		}
		return Malformed("", fmt.Sprintf("The body is not valid JSON in UTF-8; look at byte %d. Send one JSON object and nothing after it.", syntax.ByteOffset))
	}
	semantic, ok := errors.AsType[*json.SemanticError](err)
	if !ok || semantic.JSONPointer == "" {
		return Malformed("", notAnObject)
	}
	field := dotted(semantic.JSONPointer)
	if errors.Is(err, json.ErrUnknownName) {
		return Malformed(field, fmt.Sprintf("%q is not a field here. Check its spelling, in which case matters, or leave it out.", field))
	}
	return Malformed(field, fmt.Sprintf("%q must be %s.", field, expected(semantic.GoType)))
}

// expected names the JSON that decodes into t.
func expected(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[time.Time]() {
		return "a time in the form of RFC 3339, such as 2026-11-24T18:30:00Z"
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int32, reflect.Int64:
		return "a whole number without fraction or exponent, and not too big"
	case reflect.Uint, reflect.Uint32, reflect.Uint64:
		return "a whole number from 0 on without fraction or exponent, and not too big"
	case reflect.Float64:
		return "a number, and not too big"
	case reflect.Slice:
		return "a list"
	default:
		return "an object"
	}
}

// dotted writes a JSON Pointer as clients write paths: place.label. A name that
// the client made up is cut short, so that it does not come back in full.
func dotted(pointer jsontext.Pointer) string {
	const longest = 100
	field := ""
	for name := range pointer.Tokens() {
		field = join(field, name)
	}
	if len(field) > longest {
		field = strings.ToValidUTF8(field[:longest], "") + "…"
	}
	return field
}
