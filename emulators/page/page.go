// Package page is the page of the local program: a chat client in plain HTML, CSS
// and JavaScript modules, embedded in the program and served as written. It knows
// only the contract that every client knows, and the local identity provider.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed index.html *.css *.js *.svg firebase/client.js
var files embed.FS

// settingsPath is where the page asks how it is to listen for changes.
const settingsPath = "/local/client.json"

// contentTypes are written down because those of the mime package depend on the machine.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".mjs":  "text/javascript; charset=utf-8",
	".json": "application/json",
	".svg":  "image/svg+xml",
}

// policy allows the page its own files, scripts and connections besides those of its
// own server as they are given, and pictures over https; and it makes the browser
// refuse any text that would become markup (Trusted Types).
func policy(scripts, connections string) string {
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'" + scripts,
		"style-src 'self'",
		"connect-src 'self'" + connections,
		"img-src 'self' https: data:",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
	}, "; ")
}

type asset struct {
	contentType string
	etag        string
	content     []byte
}

func newAsset(name string, content []byte) asset {
	sum := sha256.Sum256(content)
	return asset{contentType: contentTypes[path.Ext(name)], etag: `"` + hex.EncodeToString(sum[:16]) + `"`, content: content}
}

// site is the page's files by the path they are served at, and the policy they are under.
type site struct {
	assets map[string]asset
	policy string
}

// Handler serves the page at / and its files beside it, to GET and HEAD; the page
// listens for changes on the WebSocket of its own server. Everything else is 404.
// Browsers may keep the files but ask each time whether they are current.
func Handler() http.Handler {
	assets, err := load()
	if err != nil {
		panic(err) // the files are part of the program, so this is a fault in it
	}
	assets[settingsPath] = newAsset(settingsPath, []byte(`{"live":"websocket"}`))
	// ws: and wss: are there for browsers whose 'self' leaves out WebSockets.
	return site{assets, policy("", " ws: wss:")}
}

func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", s.policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	asset, ok := s.assets[r.URL.Path]
	switch {
	case !ok:
		http.NotFound(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD are served here", http.StatusMethodNotAllowed)
	default:
		header.Set("Content-Type", asset.contentType)
		header.Set("Cache-Control", "no-cache")
		header.Set("ETag", asset.etag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(asset.content))
	}
}

// load reads the embedded files by the path they are served at.
func load() (map[string]asset, error) {
	assets := map[string]asset{}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		assets["/"+strings.TrimSuffix(name, "index.html")] = newAsset(name, content)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the files of the page: %w", err)
	}
	return assets, nil
}
