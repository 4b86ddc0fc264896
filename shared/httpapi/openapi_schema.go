package httpapi

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
)

// refPrefix is where OpenAPI keeps the schemas that are referred to by name.
const refPrefix = "#/components/schemas/"

// schemas collects the schemas that a document refers to.
type schemas struct {
	components map[string]*jsonschema.Schema
	types      map[string]reflect.Type // which struct has a name
	clash      error                   // two structs with one name
}

func newSchemas() *schemas {
	return &schemas{components: map[string]*jsonschema.Schema{}, types: map[string]reflect.Type{}}
}

// request adds the body of a command under the command's name: complete in itself
// and closed to unknown fields.
func (s *schemas) request(operation string, zero any) (*jsonschema.Schema, error) {
	schema, err := s.inline(zero)
	if err != nil {
		return nil, err
	}
	name := ""
	for word := range strings.SplitSeq(operation, "-") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	name = s.claim(name+"Request", reflect.TypeOf(zero))
	s.components[name] = schema
	return &jsonschema.Schema{Ref: refPrefix + name}, s.clash
}

func (s *schemas) inline(zero any) (*jsonschema.Schema, error) {
	t := reflect.TypeOf(zero)
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s is not a struct", t)
	}
	reflector := jsonschema.Reflector{Anonymous: true, ExpandedStruct: true, DoNotReference: true}
	schema := reflector.ReflectFromType(t)
	schema.Version = "" // the document says it for all
	return schema, nil
}

// answer adds a schema by the name of its struct, and those that it is made of.
func (s *schemas) answer(zero any) (*jsonschema.Schema, error) {
	reflector := jsonschema.Reflector{Anonymous: true, AllowAdditionalProperties: true, Namer: s.name}
	schema := reflector.Reflect(zero)
	for name, definition := range schema.Definitions {
		refer(definition)
		s.components[name] = definition
	}
	schema.Version, schema.Definitions = "", nil
	refer(schema)
	return schema, s.clash
}

// name is the component's name of a struct, its own with a capital.
func (s *schemas) name(t reflect.Type) string {
	if t.Name() == "" {
		return ""
	}
	return s.claim(strings.ToUpper(t.Name()[:1])+t.Name()[1:], t)
}

// claim notes that name stands for t, and whether it stands for another already.
func (s *schemas) claim(name string, t reflect.Type) string {
	if other, taken := s.types[name]; taken && other != t {
		s.clash = fmt.Errorf("both %s and %s would be the schema %s", other, t, name)
	}
	s.types[name] = t
	return name
}

// refer makes the references in a schema lead to the document's components.
func refer(schema *jsonschema.Schema) {
	if schema == nil {
		return
	}
	if name, ok := strings.CutPrefix(schema.Ref, "#/$defs/"); ok {
		schema.Ref = refPrefix + name
	}
	if schema.Properties != nil {
		for property := range schema.Properties.ValuesFromOldest() {
			refer(property)
		}
	}
	for _, part := range slices.Concat([]*jsonschema.Schema{schema.Items, schema.AdditionalProperties}, schema.OneOf, schema.AnyOf) {
		refer(part)
	}
}

// JSONSchema lists the codes with what they mean, for the page and for programs.
func (Code) JSONSchema() *jsonschema.Schema {
	schema := &jsonschema.Schema{Type: "string"}
	for code, known := range codes {
		schema.OneOf = append(schema.OneOf, &jsonschema.Schema{
			Const: code, Title: known.title, Description: fmt.Sprintf("%d. %s", known.status, known.detail),
		})
	}
	slices.SortFunc(schema.OneOf, func(a, b *jsonschema.Schema) int {
		return strings.Compare(a.Description, b.Description) // which begins with the status
	})
	return schema
}
