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
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed index.html *.css *.js *.svg
var files embed.FS

// contentTypes are written down because those of the mime package depend on the machine.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// policy allows the page its own files, its own server and pictures over https, and
// makes the browser refuse any text that would become markup (Trusted Types).
// ws: and wss: are there for browsers whose 'self' leaves out WebSockets.
var policy = strings.Join([]string{
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self'",
	"connect-src 'self' ws: wss:",
	"img-src 'self' https: data:",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
	"require-trusted-types-for 'script'",
}, "; ")

type asset struct {
	contentType string
	etag        string
	content     []byte
}

// Handler serves the page at / and its files beside it, to GET and HEAD. Everything
// else is 404. Browsers may keep the files but ask each time whether they are current.
func Handler() http.Handler {
	assets, err := load()
	if err != nil {
		panic(err) // the files are part of the program, so this is a fault in it
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		asset, ok := assets[r.URL.Path]
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
	})
}

// load reads the embedded files by the path they are served at.
func load() (map[string]asset, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("list the files of the page: %w", err)
	}
	assets := make(map[string]asset, len(entries))
	for _, entry := range entries {
		name := entry.Name()
		content, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read %s of the page: %w", name, err)
		}
		sum := sha256.Sum256(content)
		assets["/"+strings.TrimSuffix(name, "index.html")] = asset{
			contentType: contentTypes[path.Ext(name)],
			etag:        `"` + hex.EncodeToString(sum[:16]) + `"`,
			content:     content,
		}
	}
	return assets, nil
}
