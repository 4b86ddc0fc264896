package functions

import (
	"context"
	"log/slog"
	"time"
)

// relayTimeout has one run of the relay end before the clock, which strikes every
// minute, begins the next.
const relayTimeout = 50 * time.Second

// relay runs the relay once.
func relay(ctx context.Context, s *Services) error {
	ctx, cancel := context.WithTimeout(ctx, relayTimeout)
	defer cancel()
	published, err := s.Relay.Run(ctx)
	if published > 0 {
		slog.WarnContext(ctx, "events relayed", "events", published)
	}
	return err
}
