package httpapi

import "net/http"

// recorder remembers the status of an answer. Unwrap lets
// http.NewResponseController reach the connection, which WebSockets need.
type recorder struct {
	http.ResponseWriter
	status int // 0 until the answer has begun
}

// record wraps w unless an outer layer has done so already.
func record(w http.ResponseWriter) *recorder {
	if already, ok := w.(*recorder); ok {
		return already
	}
	return &recorder{ResponseWriter: w}
}

// WriteHeader remembers the final status; of the informational ones only the
// switch to another protocol is final.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write begins the answer with 200 if it has not begun.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap gives the writer underneath.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
