package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	table "boochat/functions"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
)

const (
	// everything is the name of the function that is all of them.
	everything = "boochat"
	// drainWithin is how long requests may take to finish after SIGTERM. Cloud Run
	// kills after 10 s.
	drainWithin = 8 * time.Second
)

// Serve registers every function by its name with functions-framework and serves
// the one that FUNCTION_TARGET names, at every path, or else all of them. front
// gets all requests when all are served; ready is called when the port answers. It
// returns when ctx ends and what was under way has finished.
func (a *App) Serve(ctx context.Context, front http.Handler, ready func(address string)) error {
	target := a.config.FunctionTarget
	if target == "" {
		target = everything
	} else if !a.serves(target) {
		return fmt.Errorf("FUNCTION_TARGET is %q, which is no function. `boochat functions` lists them", target)
	}
	if err := os.Setenv("FUNCTION_TARGET", target); err != nil {
		return err
	}
	functions.HTTP(everything, front.ServeHTTP)
	for _, f := range a.backend.table() {
		functions.HTTP(f.Name, a.Handler(f.Name).ServeHTTP)
	}
	failed := make(chan error, 1)
	go func() { failed <- funcframework.StartHostPort(a.config.Host, strconv.Itoa(a.config.Port)) }()
	go func() {
		if a.answers(ctx) {
			ready(a.config.Address())
		}
	}()
	select {
	case err := <-failed:
		return fmt.Errorf("PORT %d cannot be served: %w", a.config.Port, err)
	case <-ctx.Done():
	}
	slog.Info("draining")
	finishing, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainWithin)
	defer cancel()
	return a.Drain(finishing)
}

func (a *App) serves(name string) bool {
	return slices.ContainsFunc(a.backend.table(), func(f table.Function) bool { return f.Name == name })
}

// answers waits until the port does.
func (a *App) answers(ctx context.Context) bool {
	host := net.JoinHostPort(a.config.Host, strconv.Itoa(a.config.Port))
	for ctx.Err() == nil {
		conn, err := net.DialTimeout("tcp", host, time.Second)
		if err == nil {
			return conn.Close() == nil
		}
		time.Sleep(2 * time.Millisecond)
	}
	return false
}
