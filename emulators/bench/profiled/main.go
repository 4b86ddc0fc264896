// Command profiled is the local system with a CPU profile of its life, in the file
// that CPU_PROFILE names. The served program offers no profiles: they are not for
// everybody who can reach its port.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"
	"time"

	"boochat/emulators/local"
	"boochat/shared/config"
	"boochat/shared/telemetry"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Getenv("CPU_PROFILE")); err != nil {
		fmt.Fprintln(os.Stderr, "profiled:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, profile string) (err error) {
	c, err := config.Load(append(local.Defaults, os.Environ()...))
	if err != nil {
		return err
	}
	slog.SetDefault(telemetry.New(os.Stderr, c.OnCloudRun, c.LogLevel))
	file, err := os.Create(profile)
	if err != nil {
		return fmt.Errorf("CPU_PROFILE: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	l, err := local.Open(ctx, c, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := pprof.StartCPUProfile(file); err != nil {
		return fmt.Errorf("start the profile: %w", err)
	}
	defer pprof.StopCPUProfile()
	return l.Serve(ctx, l.Front, func(string) {})
}
