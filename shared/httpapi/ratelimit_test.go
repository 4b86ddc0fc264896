package httpapi_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"boochat/shared/httpapi"
)

// atRest is a clock that the test moves.
type atRest struct{ time.Time }

func (c *atRest) now() time.Time { return c.Time }

func TestRateLimit(t *testing.T) {
	clock := &atRest{time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}
	limiter := httpapi.NewRateLimiter(2, clock.now)
	allowed := func(key string, want int) {
		t.Helper()
		got := 0
		for limiter.Allow(key) == nil {
			got++
		}
		if got != want {
			t.Errorf("%s: %d at once, want %d", key, got, want)
		}
	}
	allowed("ann", 10)
	allowed("bob", 10) // Ann does not spend Bob's
	clock.Time = clock.Add(500 * time.Millisecond)
	allowed("ann", 1)
	clock.Time = clock.Add(time.Hour)
	allowed("ann", 10) // not more for having been away
}

func TestRateLimitTellsWhenToComeBack(t *testing.T) {
	clock := &atRest{time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}
	limiter := httpapi.NewRateLimiter(0.25, clock.now)
	for range 2 {
		if err := limiter.Allow("ann"); err != nil {
			t.Fatal(err)
		}
	}
	w := answerTo(limiter.Allow("ann"))
	if problem := problemIn(t, w); w.Code != 429 || problem.Code != httpapi.CodeRateLimited || w.Header().Get("Retry-After") != "4" {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
	clock.Time = clock.Add(4 * time.Second)
	if err := limiter.Allow("ann"); err != nil {
		t.Errorf("came back as told: %v", err)
	}
}

func TestRateLimitOfZeroIsOff(t *testing.T) {
	limiter := httpapi.NewRateLimiter(0, time.Now)
	for range 1000 {
		if err := limiter.Allow("ann"); err != nil {
			t.Fatal(err)
		}
	}
}

// Somebody with many addresses neither fills the memory nor makes room for one key
// that is in use.
func TestRateLimitForgetsTheKeyQuietLongest(t *testing.T) {
	clock := &atRest{time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}
	limiter := httpapi.NewRateLimiter(1, clock.now)
	for i := range 25_000 {
		_ = limiter.Allow(fmt.Sprint(i))
		if i < 5 == (limiter.Allow("busy") != nil) {
			t.Fatalf("request %d of the busy key was answered wrongly", i)
		}
	}
	if err := limiter.Allow("0"); err != nil {
		t.Errorf("the first key is still known: %v", err)
	}
}

func TestWrapLimitsByKey(t *testing.T) {
	limiter := httpapi.NewRateLimiter(0.2, time.Now)
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	handler := limiter.Wrap(httpapi.ClientAddress(false), ok)
	for i, test := range []struct {
		from   string
		status int
	}{{"192.0.2.1:1", 418}, {"192.0.2.1:2", 429}, {"192.0.2.2:1", 418}} {
		r := get("/")
		r.RemoteAddr = test.from
		if w := serve(handler, r); w.Code != test.status {
			t.Errorf("request %d: got %d, want %d", i, w.Code, test.status)
		}
	}
}

func TestClientAddress(t *testing.T) {
	for _, test := range []struct {
		name, remote string
		onCloudRun   bool
		forwarded    []string
		want         string
	}{
		{"a connection", "192.0.2.1:4711", false, nil, "192.0.2.1"},
		{"a claim at home is ignored", "192.0.2.1:4711", false, []string{"198.51.100.7"}, "192.0.2.1"},
		{"what the front end saw", "169.254.1.1:1", true, []string{"198.51.100.7"}, "198.51.100.7"},
		{"a claim before it is ignored", "169.254.1.1:1", true, []string{"10.0.0.1, 198.51.100.7"}, "198.51.100.7"},
		{"a claim in a header before it is ignored", "169.254.1.1:1", true, []string{"10.0.0.1", "198.51.100.7"}, "198.51.100.7"},
		{"no front end", "192.0.2.1:4711", true, nil, "192.0.2.1"},
		{"a network of IPv6", "[2001:db8:1:2:3:4:5:6]:1", false, nil, "2001:db8:1:2::/64"},
		{"a zone", "[fe80::1%eth0]:1", false, nil, "fe80::/64"},
		{"IPv4 in IPv6", "[::ffff:192.0.2.1]:1", false, nil, "192.0.2.1"},
		{"no address at all", "169.254.1.1:1", true, []string{"unknown"}, "unknown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := get("/")
			r.RemoteAddr = test.remote
			r.Header["X-Forwarded-For"] = test.forwarded
			if got := httpapi.ClientAddress(test.onCloudRun)(r); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
