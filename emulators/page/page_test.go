package page

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, method, path string, header http.Header) *http.Response {
	t.Helper()
	request := httptest.NewRequest(method, path, nil)
	for name, values := range header {
		request.Header[name] = values
	}
	recorder := httptest.NewRecorder()
	Handler().ServeHTTP(recorder, request)
	return recorder.Result()
}

func TestServesThePage(t *testing.T) {
	for _, c := range []struct {
		method, path string
		status       int
		contentType  string
	}{
		{http.MethodGet, "/", 200, "text/html; charset=utf-8"},
		{http.MethodHead, "/", 200, "text/html; charset=utf-8"},
		{http.MethodGet, "/app.css", 200, "text/css; charset=utf-8"},
		{http.MethodGet, "/app.js", 200, "text/javascript; charset=utf-8"},
		{http.MethodGet, "/icon.svg", 200, "image/svg+xml"},
		{http.MethodGet, "/local/client.json", 200, "application/json"},
		{http.MethodPost, "/", 405, "text/plain; charset=utf-8"},
		{http.MethodGet, "/index.html", 404, "text/plain; charset=utf-8"},
		{http.MethodGet, "/page.go", 404, "text/plain; charset=utf-8"},
		{http.MethodGet, "/model.test.mjs", 404, "text/plain; charset=utf-8"},
		{http.MethodGet, "/firebase/package.json", 404, "text/plain; charset=utf-8"},
		{http.MethodGet, "/firebase/stage.mjs", 404, "text/plain; charset=utf-8"},
		{http.MethodGet, "/../page.go", 404, "text/plain; charset=utf-8"},
		{http.MethodPost, "/nothing", 404, "text/plain; charset=utf-8"},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			response := get(t, c.method, c.path, nil)
			if response.StatusCode != c.status {
				t.Errorf("status %d, want %d", response.StatusCode, c.status)
			}
			if got := response.Header.Get("Content-Type"); got != c.contentType {
				t.Errorf("Content-Type %q, want %q", got, c.contentType)
			}
			for name, want := range map[string]string{
				"X-Content-Type-Options":  "nosniff",
				"Referrer-Policy":         "no-referrer",
				"Content-Security-Policy": policy("", " ws: wss:"),
			} {
				if got := response.Header.Get(name); got != want {
					t.Errorf("%s %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestPolicyIsStrict(t *testing.T) {
	policy := get(t, http.MethodGet, "/", nil).Header.Get("Content-Security-Policy")
	for _, want := range []string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self' ws: wss:",
		"img-src 'self' https: data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
	} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy lacks %s", want)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("policy allows something unsafe: %s", policy)
	}
}

func TestUnchangedFilesAreNotSentAgain(t *testing.T) {
	first := get(t, http.MethodGet, "/app.js", nil)
	if got := first.Header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("Cache-Control %q, want no-cache", got)
	}
	etag := first.Header.Get("ETag")
	again := get(t, http.MethodGet, "/app.js", http.Header{"If-None-Match": {etag}})
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("with its own ETag: status %d, want 304", again.StatusCode)
	}
	other := get(t, http.MethodGet, "/app.css", http.Header{"If-None-Match": {etag}})
	if other.StatusCode != http.StatusOK {
		t.Errorf("with the ETag of another file: status %d, want 200", other.StatusCode)
	}
}

// Every file named by the page, a style sheet or a module is served; every module is
// reached; and what the strict policy would refuse, or would make it unsafe, is not written.
func TestFilesFitTogether(t *testing.T) {
	named := regexp.MustCompile(`(?:href|src)="(/[^"#]*)"|(?:from |import\()"\.(/[^"]+)"|url\("?(/[^")]+)`)
	refused := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|<style|\sstyle=|\son\w+="|https?://[a-z]`)
	harmless := strings.NewReplacer(`"http://www.w3.org/2000/svg"`, "")
	reached := map[string]bool{"/": true}
	assets, err := load()
	if err != nil {
		t.Fatal(err)
	}
	for path, asset := range assets {
		content := harmless.Replace(string(asset.content))
		for _, match := range named.FindAllStringSubmatch(content, -1) {
			file := match[1] + match[2] + match[3]
			reached[file] = true
			if _, ok := assets[file]; !ok {
				t.Errorf("%s names %s, which is not served", path, file)
			}
		}
		if found := refused.FindString(content); found != "" {
			t.Errorf("%s has %q", path, found)
		}
	}
	for path := range assets {
		if !reached[path] {
			t.Errorf("%s is served but nothing names it", path)
		}
	}
}

// The modules find elements by id, so an id that is not on the page is a fault.
func TestEveryElementLookedForIsThere(t *testing.T) {
	page, err := os.ReadFile("index.html")
	if err != nil {
		t.Fatal(err)
	}
	lookups := regexp.MustCompile(`\$\("([\w-]+)"\)`)
	assets, err := load()
	if err != nil {
		t.Fatal(err)
	}
	for path, asset := range assets {
		for _, match := range lookups.FindAllStringSubmatch(string(asset.content), -1) {
			if count := strings.Count(string(page), ` id="`+match[1]+`"`); count != 1 {
				t.Errorf("%s looks for #%s, which the page has %d times", path, match[1], count)
			}
		}
	}
}
