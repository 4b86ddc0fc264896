package page

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

var (
	local = Firebase{ProjectID: "p", APIKey: "k", AuthEmulator: "127.0.0.1:1", FirestoreEmulator: "127.0.0.1:2", SDK: "firebase"}
	cloud = Firebase{ProjectID: "p", APIKey: "k", SDK: "firebase"}
)

func handlerOf(t *testing.T, f Firebase) http.Handler {
	t.Helper()
	handler, err := FirebaseHandler(f)
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

func ask(t *testing.T, handler http.Handler, path string) (header http.Header, body string) {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
	if recorder.Code != http.StatusOK {
		t.Fatalf("%s was answered %d", path, recorder.Code)
	}
	content, err := io.ReadAll(recorder.Body)
	if err != nil {
		t.Fatal(err)
	}
	return recorder.Header(), string(content)
}

func TestServerSaysHowToListen(t *testing.T) {
	for want, handler := range map[string]http.Handler{
		`{"live":"firestore","firebase":{"apiKey":"k","projectId":"p","authEmulator":"127.0.0.1:1","firestoreEmulator":"127.0.0.1:2"}}`: handlerOf(t, local),
		`{"live":"firestore","firebase":{"apiKey":"k","projectId":"p"}}`:                                                                handlerOf(t, cloud),
		`{"live":"websocket"}`: Handler(),
	} {
		if _, got := ask(t, handler, settingsPath); got != want {
			t.Errorf("the settings are %s, want %s", got, want)
		}
	}
}

// The import map is the only script in the page itself, and is allowed by its hash.
func TestPolicyAllowsTheImportMapAndFirebase(t *testing.T) {
	header, page := ask(t, handlerOf(t, local), "/")
	inline := regexp.MustCompile(`<script type="importmap">(.*)</script>`).FindStringSubmatch(page)
	if inline == nil || strings.Index(page, inline[0]) > strings.Index(page, `<script type="module"`) {
		t.Fatalf("the page has no import map before its first module:\n%s", page)
	}
	sum := sha256.Sum256([]byte(inline[1]))
	got := header.Get("Content-Security-Policy")
	for _, want := range []string{
		"default-src 'none'; script-src 'self' 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; ",
		"; connect-src 'self' http://127.0.0.1:1 http://127.0.0.1:2; ",
		"; require-trusted-types-for 'script'",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the policy lacks %q: %s", want, got)
		}
	}
	header, _ = ask(t, handlerOf(t, cloud), "/")
	const google = "; connect-src 'self' https://identitytoolkit.googleapis.com https://securetoken.googleapis.com https://firestore.googleapis.com; "
	if got := header.Get("Content-Security-Policy"); !strings.Contains(got, google) || strings.Contains(got, "unsafe") {
		t.Errorf("in the cloud the policy is %s", got)
	}
}

func TestServesTheSDK(t *testing.T) {
	handler := handlerOf(t, local)
	_, page := ask(t, handler, "/")
	named := regexp.MustCompile(`"(@firebase/(?:app|auth|firestore))":"(/firebase/sdk/[^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(named) != 3 {
		t.Fatalf("the import map names %v", named)
	}
	for _, module := range named {
		if header, _ := ask(t, handler, module[2]); header.Get("Content-Type") != contentTypes[".js"] {
			t.Errorf("%s is served as %s", module[2], header.Get("Content-Type"))
		}
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	for want, f := range map[string]Firebase{
		"needs a Firebase project":  {APIKey: "k", SDK: "firebase"},
		"and its API key":           {ProjectID: "p", SDK: "firebase"},
		"run `npm ci` in elsewhere": {ProjectID: "p", APIKey: "k", SDK: "elsewhere"},
	} {
		if _, err := FirebaseHandler(f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// Packages say in several ways what is their module for browsers.
func TestFindsModules(t *testing.T) {
	file := func(content string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(content)} }
	folder := fstest.MapFS{
		"package.json":                           file(`{"dependencies": {"@a/b": "1"}}`),
		"node_modules/@a/b/package.json":         file(`{"exports": {".": {"node": "./no.js", "browser": {"require": "./no.cjs", "import": "./esm/b.js"}, "default": "./no.js"}, "./part": "./part.js"}}`),
		"node_modules/@a/b/esm/b.js":             file("import { x } from '../shared.js';\nimport 'c';\nexport * from \"@a/b/part\";\nconst text = \"\\nimport 'not-there'\";\n// import 'nor-there'\n"),
		"node_modules/@a/b/shared.js":            file("import './esm/b.js';\nexport const x = 'from \"nowhere\"';"),
		"node_modules/@a/b/part.js":              file(""),
		"node_modules/@a/b/not-imported.js":      file("import 'not-there';"),
		"node_modules/c/package.json":            file(`{"exports": {"types": "./no.d.ts", "import": {"types": "./no.d.ts", "default": "./c.mjs"}}}`),
		"node_modules/c/c.mjs":                   file("import {\n  a,\n} from '@a/b';"),
		"node_modules/not-imported/package.json": file(`{}`),
	}
	s, err := loadSDK(folder)
	if err != nil {
		t.Fatal(err)
	}
	for specifier, want := range map[string]string{
		"@a/b": "/firebase/sdk/@a/b/esm/b.js", "@a/b/part": "/firebase/sdk/@a/b/part.js", "c": "/firebase/sdk/c/c.mjs",
	} {
		if got := s.imports[specifier]; got != want {
			t.Errorf("%s is %q, want %q", specifier, got, want)
		}
	}
	if len(s.imports) != 3 || len(s.modules) != 4 {
		t.Errorf("found %v in %d modules", s.imports, len(s.modules))
	}
	folder["node_modules/c/c.mjs"] = file("import '@a/b/hidden';")
	if _, err := loadSDK(folder); err == nil || !strings.Contains(err.Error(), `@a/b exports no module "./hidden"`) {
		t.Errorf("importing what is not exported gives %v", err)
	}
}
