package app

import (
	"context"
	"log/slog"
	"time"

	"boochat/functions"
)

// tickEvery is how often a process that is everything looks for what is due.
const tickEvery = 5 * time.Second

// tick runs the timers again and again until ctx ends, as a scheduler does elsewhere.
func tick(ctx context.Context, timers *functions.Timers) {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if _, err := timers.Run(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "timers not run", "error", err)
		}
	}
}
