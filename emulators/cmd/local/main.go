// Command local is what `make run` starts: the whole system in one process, with
// nothing else to install.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"boochat/emulators/local"
	"boochat/shared/config"
	"boochat/shared/telemetry"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "boochat:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	c, err := config.Load(append(local.Defaults, os.Environ()...))
	if err != nil {
		return err
	}
	slog.SetDefault(telemetry.New(os.Stderr, c.OnCloudRun, c.LogLevel))
	l, err := local.Open(ctx, c, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	return l.Serve(ctx, l.Front, func(address string) {
		fmt.Printf("\n  Boochat is at %s\n  Its data is in %s. Stop it with Ctrl+C.\n\n", address, c.DataDir)
	})
}
