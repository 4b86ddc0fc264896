package fcm

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

func (s *Sink) page(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, struct {
		Token    string
		Received []view
	}{token, views(s.Received(token))}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	w.Header().Set("Cache-Control", "no-store")
	_, err := page.WriteTo(w)
	return err
}

// view is what the page shows of a request.
type view struct {
	Received
	Text string // the message as it came
}

func views(received []Received) []view {
	shown := make([]view, len(received))
	for i, r := range received {
		shown[i] = view{r, string(r.Message)}
	}
	return shown
}
