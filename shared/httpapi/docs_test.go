package httpapi_test

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"boochat/shared/httpapi"
)

// The policy lets exactly the page's own style and script run. When the template
// engine changed a byte of them, a browser would show an empty page.
func TestDocsPageMayRunItsOwnSourcesOnly(t *testing.T) {
	w := serve(httpapi.DocsHandler("/v1/openapi.json"), get("/v1/docs"))
	policy, page := w.Header().Get("Content-Security-Policy"), w.Body.String()
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %s", policy)
	}
	for _, element := range []string{"style", "script"} {
		sources := regexp.MustCompile(`(?s)<`+element+`[^>]*>(.*?)</`+element+`>`).FindAllStringSubmatch(page, -1)
		if len(sources) != 1 {
			t.Fatalf("%d %s elements", len(sources), element)
		}
		sum := sha256.Sum256([]byte(sources[0][1]))
		if want := element + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %s: %s", want, policy)
		}
	}
}

func TestDocsPageIsCompleteInItself(t *testing.T) {
	page := serve(httpapi.DocsHandler("/v1/openapi.json"), get("/v1/docs")).Body.String()
	if !strings.Contains(page, `data-spec="/v1/openapi.json"`) {
		t.Error("it does not say where the document is")
	}
	if outside := regexp.MustCompile(`(?i)https?://|@import|url\(|<link|\bsrc=|innerHTML`).FindAllString(page, -1); outside != nil {
		t.Errorf("it takes from outside: %v", outside)
	}
}

func TestDocsPageQuotesTheAddress(t *testing.T) {
	page := serve(httpapi.DocsHandler(`"><script>alert(1)</script>`), get("/v1/docs")).Body.String()
	if strings.Contains(page, "<script>alert") {
		t.Error("the address became markup")
	}
}
