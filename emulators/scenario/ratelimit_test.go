package scenario

import (
	"fmt"
	"strconv"
	"testing"
	"time"
)

// testRateLimit sends more commands than the setting allows: 2 a second, 10 at once.
func testRateLimit(t *testing.T, s *suite) {
	own := s.alone(t, "RATE_LIMIT=2")
	ann, bob := own.person(t, "Ann"), own.person(t, "Bob")
	id := ann.newRoom(bob) // 1 of 10
	var passed, limited int
	for n := range 20 {
		a := ann.post("send-message", fields{"roomId": id, "content": fmt.Sprint(n)})
		if a.Status == 201 {
			passed++
			continue
		}
		limited++
		a.refused("rate-limited")
		if after, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || after < 1 {
			t.Errorf("Retry-After is %q, want whole seconds", a.Header.Get("Retry-After"))
		}
	}
	if passed < 9 || passed > 14 || limited == 0 { // a slow machine may earn some more meanwhile
		t.Errorf("%d messages passed, %d did not; want 9 and the rest", passed, limited)
	}
	bob.say(id, "Nobody limits me")
	ann.get("/v1/me").want(200, shapeProfile)
	own.Advance(5 * time.Second)
	for range 9 {
		ann.say(id, "Again")
	}
}
