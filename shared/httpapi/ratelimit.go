package httpapi

import (
	"fmt"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

const (
	// burstFactor is how many seconds' worth may come at once: the contract's
	// "bursts of five times that".
	burstFactor = 5
	// maxKeys bounds the memory to about 2 MB. The key that was quiet longest is
	// forgotten first; after burstFactor seconds of quiet nothing is lost by that.
	maxKeys = 10_000
)

// RateLimiter allows each key (a person, an address) so many requests a second.
// It counts in this process only.
type RateLimiter struct {
	limit rate.Limit
	burst int
	now   func() time.Time

	mu   sync.Mutex
	keys *simplelru.LRU[string, *rate.Limiter]
}

// NewRateLimiter allows perSecond requests a second and key, with bursts of five
// times that. 0 allows everything.
func NewRateLimiter(perSecond float64, now func() time.Time) *RateLimiter {
	keys, err := simplelru.NewLRU[string, *rate.Limiter](maxKeys, nil)
	if err != nil { // only a size below 1 is an error
		panic(fmt.Sprintf("keys of a rate limiter: %v", err))
	}
	return &RateLimiter{
		limit: rate.Limit(perSecond),
		burst: int(math.Ceil(burstFactor * perSecond)),
		now:   now,
		keys:  keys,
	}
}

// Allow counts one request of the key, or returns a 429 problem that tells when
// the next one is welcome.
func (l *RateLimiter) Allow(key string) error {
	if l.limit == 0 {
		return nil
	}
	now := l.now()
	reservation := l.limiter(key).ReserveN(now, 1)
	if wait := reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now)
		return RateLimited(wait)
	}
	return nil
}

func (l *RateLimiter) limiter(key string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	known, ok := l.keys.Get(key)
	if !ok {
		known = rate.NewLimiter(l.limit, l.burst)
		l.keys.Add(key, known)
	}
	return known
}

// Wrap limits the requests to next by a key that is made from each of them.
func (l *RateLimiter) Wrap(key func(*http.Request) string, next http.Handler) http.Handler {
	return Handler(func(w http.ResponseWriter, r *http.Request) error {
		if err := l.Allow(key(r)); err != nil {
			return err
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

// ClientAddress is where a request came from, as a key for a RateLimiter: an IPv4
// address, or the /64 network of an IPv6 one, of which a single client has all
// addresses. On Cloud Run that is the last entry of X-Forwarded-For, the one that
// Google's front end appended; those before it are whatever the client claimed.
func ClientAddress(onCloudRun bool) func(*http.Request) string {
	return func(r *http.Request) string {
		address, _, _ := net.SplitHostPort(r.RemoteAddr)
		if hops := r.Header.Values("X-Forwarded-For"); onCloudRun && len(hops) > 0 {
			last := hops[len(hops)-1]
			address = strings.TrimSpace(last[strings.LastIndex(last, ",")+1:])
		}
		parsed, err := netip.ParseAddr(address)
		if err != nil {
			return address
		}
		parsed = parsed.Unmap().WithZone("")
		if network, err := parsed.Prefix(64); err == nil && parsed.Is6() {
			return network.String()
		}
		return parsed.String()
	}
}
