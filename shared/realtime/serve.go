package realtime

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"boochat/shared/event"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"
)

// Subprotocol is the one this server speaks.
const Subprotocol = "boochat.v1"

const (
	helloWithin  = 5 * time.Second // for the first message (api.md, Live)
	recheckEvery = 5 * time.Second // for a session that has ended elsewhere
	largestHello = 16 << 10        // bytes; access tokens are below one KiB
)

// ending is why a socket ends, as a WebSocket close code with a reason.
type ending struct {
	code   websocket.StatusCode
	reason string
}

var (
	closeUnauthenticated = ending{4401, "the access token is missing, wrong or at its end"}
	closeMalformed       = ending{4400, "the message is not what is expected here"}
	closeTooMany         = ending{4429, "too many messages"}
	closeTooSlow         = ending{websocket.StatusTryAgainLater, "too slow: connect again with your cursor"}
	closeGoingAway       = ending{websocket.StatusGoingAway, "the server is going away: connect again with your cursor"}
	closeGone            = ending{websocket.StatusNormalClosure, ""} // the client has gone by itself
	closeUnavailable     = ending{websocket.StatusTryAgainLater, "the server cannot answer just now"}
)

// ServeHTTP opens a socket and serves it until it ends.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	writer := &coalescing{ResponseWriter: w}
	conn, err := websocket.Accept(writer, r, &websocket.AcceptOptions{
		Subprotocols: []string{Subprotocol}, OriginPatterns: h.Origins, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return // Accept has answered
	}
	conn.SetReadLimit(largestHello)
	// The library cuts a connection whose context ends, so that no reason can be
	// given any more: the context ends after the socket is closed.
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	defer cancel()
	why := h.serve(ctx, conn, writer.conn)
	_ = conn.Close(why.code, why.reason) // the peer may be long gone
}

// serve runs a socket and tells why it ended.
func (h *Hub) serve(ctx context.Context, conn *websocket.Conn, network *gatheringConn) ending {
	first, session, why := h.begin(ctx, conn)
	if why != nil {
		return *why
	}
	s := newSocket(conn, network, session.Person)
	defer h.remove(s)
	h.Presence.connect(s.person)
	defer h.Presence.disconnect(s.person)
	renewals := make(chan renewal)
	go func() { s.end(h.listen(ctx, s, renewals)) }()
	go func() { s.end(h.watch(ctx, renewal{first.AccessToken, session}, renewals)) }()
	held, err := h.add(ctx, s)
	if errors.Is(err, errClosed) {
		return closeGoingAway
	}
	if err != nil {
		return unavailable(ctx, s, err)
	}
	// Reading for clients that have gone would keep those waiting who are back.
	reading, stop := context.WithCancel(ctx)
	var bringing sync.WaitGroup
	bringing.Go(func() {
		if err := h.bringUpToDate(reading, s, first.Cursor, held); err != nil && reading.Err() == nil {
			s.end(unavailable(ctx, s, err))
		}
	})
	ended := s.write(ctx)
	s.end(ended)
	stop()
	bringing.Wait()
	return ended
}

func unavailable(ctx context.Context, s *socket, err error) ending {
	slog.ErrorContext(ctx, "socket cannot be brought up to date", "person", s.person, "error", err)
	return closeUnavailable
}

// begin waits for the first message and verifies its token.
func (h *Hub) begin(ctx context.Context, conn *websocket.Conn) (hello, Session, *ending) {
	late := time.AfterFunc(helloWithin, func() { _ = conn.Close(closeUnauthenticated.code, closeUnauthenticated.reason) })
	kind, data, err := conn.Read(ctx)
	late.Stop()
	if err != nil {
		return hello{}, Session{}, &closeUnauthenticated
	}
	first, err := parseHello(kind, data)
	if err != nil {
		return hello{}, Session{}, &closeMalformed
	}
	session, err := h.Authenticate(ctx, first.AccessToken)
	if err != nil {
		return hello{}, Session{}, refusal(err)
	}
	return first, session, nil
}

// refusal tells a bad token from a failure to judge it.
func refusal(err error) *ending {
	if event.KindOf(err) == event.Unavailable {
		return &closeUnavailable
	}
	return &closeUnauthenticated
}

// renewal is a token that takes the place of the one in use.
type renewal struct {
	token   string
	session Session
}

// listen reads what the client sends, which after the first message can only be a
// renewed token. It gives the reason to end the socket.
func (h *Hub) listen(ctx context.Context, s *socket, renewals chan<- renewal) ending {
	pace := rate.NewLimiter(1, 10)
	for {
		kind, data, err := s.conn.Read(ctx)
		if err != nil {
			return closeGone
		}
		if !pace.Allow() {
			return closeTooMany
		}
		next, err := parseHello(kind, data)
		if err != nil {
			return closeMalformed
		}
		session, err := h.Authenticate(ctx, next.AccessToken)
		if err != nil {
			return *refusal(err)
		}
		if session.Person != s.person {
			return closeUnauthenticated
		}
		select {
		case renewals <- renewal{next.AccessToken, session}:
		case <-ctx.Done():
			return closeGone
		}
	}
}

// watch ends the socket when its token does, or the session behind it.
func (h *Hub) watch(ctx context.Context, using renewal, renewals <-chan renewal) ending {
	recheck := time.NewTicker(recheckEvery)
	defer recheck.Stop()
	expiry := time.NewTimer(time.Until(using.session.ExpiresAt))
	defer expiry.Stop()
	for {
		select {
		case using = <-renewals:
			expiry.Reset(time.Until(using.session.ExpiresAt))
		case <-recheck.C:
			if _, err := h.Authenticate(ctx, using.token); err != nil && event.KindOf(err) != event.Unavailable && ctx.Err() == nil {
				return closeUnauthenticated
			}
		case <-expiry.C:
			return closeUnauthenticated
		case <-ctx.Done():
			return closeGone
		}
	}
}
