// Package local is the whole system on one machine, for trying and developing it:
// all functions, the page, and an identity provider in place of Google's.
package local

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"boochat/emulators/identity"
	"boochat/emulators/page"
	"boochat/shared/app"
	"boochat/shared/config"

	"google.golang.org/grpc"
)

// Defaults are the settings of `make run` where they are not a deployment's: who
// may sign in, with whose ID tokens, and from this machine only.
var Defaults = []string{
	"ALLOWED_USERS=" + identity.DemoAllowList(),
	"GOOGLE_CLIENT_ID=boochat-local",
	"HOST=127.0.0.1",
}

// Local is the running system. Close it.
type Local struct {
	*app.App
	// Front answers everything: the page, the identity provider, the API.
	Front *http.ServeMux
}

// Open starts the system with the settings of an environment. The page listens on the
// WebSocket of the embedded backend; see OpenGoogle for the other one. Dial options are
// for app.Open.
func Open(ctx context.Context, c config.Config, now func() time.Time, dial ...grpc.DialOption) (*Local, error) {
	return open(ctx, c, page.Handler(), now, dial...)
}

func open(ctx context.Context, c config.Config, site http.Handler, now func() time.Time, dial ...grpc.DialOption) (*Local, error) {
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("DATA_DIR cannot be made: %w", err)
	}
	provider, err := identity.New(c.GoogleClientID, filepath.Join(c.DataDir, "identity.pem"), identity.DemoPeople(), now)
	if err != nil {
		return nil, err
	}
	a, err := app.Open(ctx, c, provider.Keys(), now, dial...)
	if err != nil {
		return nil, err
	}
	api := a.Handler("")
	front := http.NewServeMux()
	front.Handle("/", site)
	front.Handle("/local/identity/", provider.Handler())
	for _, path := range []string{"/v1/", "/trigger/", "/scheduled/", "/healthz"} {
		front.Handle(path, api)
	}
	return &Local{App: a, Front: front}, nil
}
