package httpapi

import "github.com/invopop/jsonschema"

// The parts of an OpenAPI 3.1 document that are used here, named as in
// https://spec.openapis.org/oas/v3.1.0.

type document struct {
	OpenAPI    string                          `json:"openapi"`
	Info       info                            `json:"info"`
	Tags       []tag                           `json:"tags"`
	Security   []map[string][]string           `json:"security"`
	Paths      map[string]map[string]operation `json:"paths"`
	Components components                      `json:"components"`
}

type info struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description,omitzero"`
}

type tag struct {
	Name string `json:"name"`
}

type components struct {
	Schemas         map[string]*jsonschema.Schema `json:"schemas"`
	SecuritySchemes map[string]securityScheme     `json:"securitySchemes"`
}

type securityScheme struct {
	Type   string `json:"type"`
	Scheme string `json:"scheme"`
}

type operation struct {
	OperationID string                 `json:"operationId"`
	Summary     string                 `json:"summary,omitzero"`
	Description string                 `json:"description,omitzero"`
	Tags        []string               `json:"tags"`
	Security    *[]map[string][]string `json:"security,omitzero"` // nil: the document's; empty: none
	Parameters  []parameter            `json:"parameters,omitzero"`
	RequestBody *requestBody           `json:"requestBody,omitzero"`
	Responses   map[string]response    `json:"responses"`
}

type parameter struct {
	Name        string             `json:"name"`
	In          string             `json:"in"`
	Description string             `json:"description,omitzero"`
	Required    bool               `json:"required,omitzero"`
	Schema      *jsonschema.Schema `json:"schema"`
}

type requestBody struct {
	Required bool             `json:"required"`
	Content  map[string]media `json:"content"`
}

type response struct {
	Description string            `json:"description"`
	Headers     map[string]header `json:"headers,omitzero"`
	Content     map[string]media  `json:"content,omitzero"`
}

type header struct {
	Description string             `json:"description"`
	Schema      *jsonschema.Schema `json:"schema"`
}

type media struct {
	Schema *jsonschema.Schema `json:"schema"`
}
