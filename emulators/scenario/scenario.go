// Package scenario holds the black-box suite of Boochat: what the contract with
// clients promises, asked over HTTP and WebSocket only. The tests know no backend;
// a backend is started behind Server and is held to all of them. Package client is
// what they speak through.
package scenario

import (
	"testing"
	"time"

	"boochat/emulators/scenario/client"
)

// Setting is a variable of a server's environment, as NAME=value.
type Setting string

// Server is a running Boochat with its local identity provider. It keeps its data
// across restarts and ends with the test that started it.
type Server interface {
	// URL is where it answers, without a slash at the end. It stays the same.
	URL() string
	// Restart ends the server as an operator would, lets it finish what is under
	// way, and starts it on the same data with the settings in place of those it had.
	Restart(tb testing.TB, settings ...Setting)
	// Advance moves the server's clock forward.
	Advance(d time.Duration)
	// Firestore is where clients listen to the read documents, or nil where they are
	// sent them over sockets.
	Firestore() *client.Firestore
}
