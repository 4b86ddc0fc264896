package httpapi

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/invopop/jsonschema"
)

// Operation is what a client has to know of one function.
type Operation struct {
	Name        string // kebab-case, unique; the operationId
	Method      string // GET or POST
	Path        string // with parameters in braces: /v1/rooms/{id}
	Summary     string // a line
	Description string
	Tag         string // the heading that it stands under
	Public      bool   // needs no access token
	Request     any    // zero value of the body's struct; nil: there are no fields
	Query       any    // zero value of a struct with a field for every query parameter; nil: there are none
	Response    any    // zero value of the answer; nil: it has no JSON body
	Produces    string // media type of an answer that is not JSON
	Status      int    // of success
	Codes       []Code // of problems, besides those that follow from the above
}

// OpenAPI describes the operations as an OpenAPI 3.1 document in JSON. Schemas
// come from the structs: a field is required unless its json tag has omitzero or
// omitempty, and the limits are in jsonschema tags. Like the handlers themselves,
// the schemas of requests refuse unknown fields; those of answers allow them,
// because answers may grow.
func OpenAPI(title, version, description string, operations []Operation) ([]byte, error) {
	schemas := newSchemas()
	problem, err := schemas.answer(Problem{})
	if err != nil {
		return nil, err
	}
	doc := document{
		OpenAPI:    "3.1.0",
		Info:       info{title, version, description},
		Paths:      map[string]map[string]operation{},
		Components: components{Schemas: schemas.components, SecuritySchemes: map[string]securityScheme{"bearer": {"http", "bearer"}}},
		Security:   []map[string][]string{{"bearer": {}}},
	}
	names := map[string]bool{}
	for _, o := range operations {
		method := strings.ToLower(o.Method)
		if _, taken := doc.Paths[o.Path][method]; taken || names[o.Name] {
			return nil, fmt.Errorf("describe %s: its name or its path is taken", o.Name)
		}
		names[o.Name] = true
		described, err := describe(o, schemas, problem)
		if err != nil {
			return nil, fmt.Errorf("describe %s: %w", o.Name, err)
		}
		if doc.Paths[o.Path] == nil {
			doc.Paths[o.Path] = map[string]operation{}
		}
		doc.Paths[o.Path][method] = described
		if !slices.Contains(doc.Tags, tag{o.Tag}) {
			doc.Tags = append(doc.Tags, tag{o.Tag})
		}
	}
	return json.Marshal(doc, json.Deterministic(true), jsontext.WithIndent("  "))
}

func describe(o Operation, schemas *schemas, problem *jsonschema.Schema) (operation, error) {
	parameters, err := parametersOf(o, schemas)
	if err != nil {
		return operation{}, err
	}
	success, err := success(o, schemas)
	if err != nil {
		return operation{}, err
	}
	described := operation{
		OperationID: o.Name,
		Summary:     o.Summary,
		Description: o.Description,
		Tags:        []string{o.Tag},
		Parameters:  parameters,
		Responses:   map[string]response{strconv.Itoa(o.Status): success},
	}
	if o.Public {
		described.Security = &[]map[string][]string{}
	}
	if o.Request != nil {
		schema, err := schemas.request(o.Name, o.Request)
		if err != nil {
			return operation{}, err
		}
		described.RequestBody = &requestBody{Required: true, Content: map[string]media{"application/json": {schema}}}
	}
	byStatus := map[int][]Code{}
	for _, code := range problemsOf(o) {
		known, ok := codes[code]
		if !ok {
			return operation{}, fmt.Errorf("there is no code %q", code)
		}
		if !slices.Contains(byStatus[known.status], code) {
			byStatus[known.status] = append(byStatus[known.status], code)
		}
	}
	for status, codes := range byStatus {
		described.Responses[strconv.Itoa(status)] = problemResponse(status, codes, problem)
	}
	return described, nil
}

// problemsOf adds the codes that follow from an operation's shape to its own.
func problemsOf(o Operation) []Code {
	all := []Code{CodeRateLimited, CodeUnavailable, CodeInternal}
	if !o.Public {
		all = append(all, CodeUnauthenticated)
	}
	if o.Method == http.MethodPost {
		all = append(all, CodeMalformed, CodeTooLarge, CodeUnsupportedMediaType, CodeKeyReused)
	}
	if o.Query != nil {
		all = append(all, CodeMalformed)
	}
	if o.Request != nil || o.Query != nil {
		all = append(all, CodeRuleViolated)
	}
	if strings.Contains(o.Path, "{") {
		all = append(all, CodeNotFound)
	}
	return append(all, o.Codes...)
}

var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

func parametersOf(o Operation, schemas *schemas) ([]parameter, error) {
	var parameters []parameter
	for _, match := range pathParameter.FindAllStringSubmatch(o.Path, -1) {
		parameters = append(parameters, parameter{Name: match[1], In: "path", Required: true, Schema: &jsonschema.Schema{Type: "string"}})
	}
	if o.Method == http.MethodPost {
		shortest, longest := uint64(1), uint64(maxKey)
		parameters = append(parameters, parameter{
			Name: KeyHeader, In: "header",
			Description: "Makes the command safe to send again: the same key with the same request gives the first answer. A random UUID is a good one.",
			Schema:      &jsonschema.Schema{Type: "string", MinLength: &shortest, MaxLength: &longest, Pattern: "^[!-~]+$"},
		})
	}
	if o.Query == nil {
		return parameters, nil
	}
	query, err := schemas.inline(o.Query)
	if err != nil {
		return nil, err
	}
	for name, schema := range query.Properties.FromOldest() {
		described := *schema
		described.Description = ""
		parameters = append(parameters, parameter{
			Name: name, In: "query", Description: schema.Description,
			Required: slices.Contains(query.Required, name), Schema: &described,
		})
	}
	return parameters, nil
}

func success(o Operation, schemas *schemas) (response, error) {
	answer := response{Description: http.StatusText(o.Status)}
	switch {
	case o.Produces != "":
		answer.Content = map[string]media{o.Produces: {&jsonschema.Schema{Type: "string"}}}
	case o.Response != nil:
		schema, err := schemas.answer(o.Response)
		if err != nil {
			return response{}, err
		}
		answer.Content = map[string]media{"application/json": {schema}}
	}
	return answer, nil
}

// problemResponse is a Problem whose code is one of those that come with the status.
func problemResponse(status int, of []Code, problem *jsonschema.Schema) response {
	enum := make([]any, len(of))
	for i, code := range of {
		enum[i] = code
	}
	properties := jsonschema.NewProperties()
	properties.Set("code", &jsonschema.Schema{Enum: enum})
	answer := response{
		Description: http.StatusText(status),
		Content:     map[string]media{"application/problem+json": {&jsonschema.Schema{Ref: problem.Ref, Properties: properties}}},
	}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		answer.Headers = map[string]header{"Retry-After": {"Seconds to wait before the next try", &jsonschema.Schema{Type: "integer"}}}
	}
	return answer
}
