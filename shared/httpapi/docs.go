package httpapi

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
)

var (
	//go:embed docs/page.html
	docsPage string
	//go:embed docs/page.css
	docsStyle string
	//go:embed docs/page.js
	docsScript string
)

// DocsHandler serves a page for people that shows the OpenAPI document at specURL,
// which must be on the same origin. The page is complete in itself, and its policy
// lets nothing else run in it.
func DocsHandler(specURL string) http.Handler {
	var page bytes.Buffer
	err := template.Must(template.New("docs").Parse(docsPage)).Execute(&page, map[string]any{
		"SpecURL": specURL,
		"Style":   template.CSS(docsStyle),
		"Script":  template.JS(docsScript),
	})
	if err != nil { // the page is a part of the program
		panic(fmt.Sprintf("render the page of the API: %v", err))
	}
	policy := fmt.Sprintf("default-src 'none'; connect-src 'self'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		sourceHash(docsStyle), sourceHash(docsScript))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		write(w, http.StatusOK, "text/html; charset=utf-8", page.Bytes())
	})
}

// sourceHash is the form in which a content security policy names an inline source.
func sourceHash(source string) string {
	sum := sha256.Sum256([]byte(source))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
