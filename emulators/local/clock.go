package local

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"boochat/functions"
)

// runClock calls the scheduled functions of a server at a URL until ctx ends, as Cloud
// Scheduler does: over HTTP, and again the next time whatever came of it.
func runClock(ctx context.Context, url string, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for _, f := range functions.WithoutSockets() {
			if f.Kind != functions.Scheduled {
				continue
			}
			if err := call(ctx, url, f); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "scheduled call failed", "function", f.Name, "error", err)
			}
		}
	}
}

func call(ctx context.Context, url string, f functions.Function) error {
	request, err := http.NewRequestWithContext(ctx, f.Method, url+f.Path, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if err := answer.Body.Close(); err != nil {
		return err
	}
	if answer.StatusCode != f.Status {
		return fmt.Errorf("it was answered %s", answer.Status)
	}
	return nil
}
