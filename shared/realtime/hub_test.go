package realtime_test

import (
	"context"
	"testing"
	"time"

	"boochat/shared/realtime"

	"github.com/coder/websocket"
)

// kitchen is a room of Ann and Bob; Stranger is in none.
func kitchen(s *stage) {
	s.write(person("ann"), person("bob"), person("stranger"), account("ann"), account("bob"), account("stranger"))
	s.write(joined(room("kitchen", 1, "ann", "bob"), "ann", "bob"), item("kitchen", 1))
	for _, name := range []string{"ann", "bob", "stranger"} {
		s.admit(name, name, time.Hour)
	}
	s.settle()
}

// want compares what a listener was sent after its first n messages.
func (l *listener) want(n int, want string) int {
	l.s.t.Helper()
	l.s.settle()
	log := l.messages()
	if got := summary(log[min(n, len(log)):]); got != want {
		l.s.t.Errorf("sent %q, want %q", got, want)
	}
	return len(log)
}

func TestSocketEndsWithItsToken(t *testing.T) {
	perform(t, func(s *stage) {
		s.admit("token", "ann", 15*time.Minute)
		l := s.listen("token", "")
		time.Sleep(15*time.Minute - time.Millisecond)
		if code := l.code(); code != 0 {
			t.Errorf("ended early with %d", code)
		}
		time.Sleep(2 * time.Millisecond)
		if code := l.code(); code != 4401 {
			t.Errorf("ended with %d, want 4401", code)
		}
	})
}

func TestRenewedTokenKeepsTheSocket(t *testing.T) {
	perform(t, func(s *stage) {
		s.admit("first", "ann", 15*time.Minute)
		l := s.listen("first", "")
		time.Sleep(14 * time.Minute)
		s.admit("second", "ann", 15*time.Minute)
		l.say("second", "")
		time.Sleep(14 * time.Minute)
		if code := l.code(); code != 0 {
			t.Errorf("ended early with %d", code)
		}
		time.Sleep(2 * time.Minute)
		if code := l.code(); code != 4401 {
			t.Errorf("ended with %d, want 4401", code)
		}
	})
}

func TestSessionThatEndsElsewhereEndsTheSocket(t *testing.T) {
	perform(t, func(s *stage) {
		s.admit("token", "ann", 15*time.Minute)
		l := s.listen("token", "")
		s.breakDown(true)
		time.Sleep(time.Minute)
		if code := l.code(); code != 0 {
			t.Errorf("while tokens cannot be judged, ended with %d", code)
		}
		s.breakDown(false)
		s.revoke("token")
		time.Sleep(5 * time.Second)
		if code := l.code(); code != 4401 {
			t.Errorf("ended with %d, want 4401", code)
		}
	})
}

func TestFirstMessageIsDueWithin5Seconds(t *testing.T) {
	perform(t, func(s *stage) {
		begun := time.Now()
		_, _, err := s.dial().Read(context.Background())
		if code, waited := websocket.CloseStatus(err), time.Since(begun); code != 4401 || waited != 5*time.Second {
			t.Errorf("ended with %d after %v", code, waited)
		}
		s.breakDown(true)
		if code := s.listen("token", "").code(); code != websocket.StatusTryAgainLater {
			t.Errorf("while tokens cannot be judged, ended with %d", code)
		}
	})
}

func TestMessagesAreLimited(t *testing.T) {
	perform(t, func(s *stage) {
		s.admit("token", "ann", time.Hour)
		patient, eager := s.listen("token", ""), s.listen("token", "")
		for range 30 {
			patient.say("token", "")
			time.Sleep(time.Second)
		}
		for range 11 {
			eager.say("token", "")
		}
		if patient, eager := patient.code(), eager.code(); patient != 0 || eager != 4429 {
			t.Errorf("one a second ends with %d, eleven at once with %d", patient, eager)
		}
	})
}

func TestClosedHubSendsEverybodyAway(t *testing.T) {
	perform(t, func(s *stage) {
		kitchen(s)
		l := s.listen("ann", "")
		s.hub.Close()
		if code := l.code(); code != websocket.StatusGoingAway {
			t.Errorf("ended with %d", code)
		}
		if code := s.listen("ann", "").code(); code != websocket.StatusGoingAway {
			t.Errorf("whoever comes then is sent away with %d", code)
		}
	})
}

// TestSilentReaderIsCutOff has a client that takes nothing from the network.
func TestSilentReaderIsCutOff(t *testing.T) {
	perform(t, func(s *stage) {
		kitchen(s)
		conn := s.dial()
		if err := conn.Write(context.Background(), websocket.MessageText, []byte(`{"type":"authenticate","accessToken":"bob"}`)); err != nil {
			t.Fatal(err)
		}
		s.settle()
		l := s.listen("ann", "")
		l.want(0, "users/ann+ users/bob+ users/stranger rooms/kitchen current")
		time.Sleep(time.Minute)
		s.settle()
		log := l.messages()
		if got := summary(log[len(log)-1:]); got != "users/bob-" {
			t.Errorf("the others are told %s", got)
		}
		_ = conn.CloseNow() // the server has done so
	})
}

func TestHeartbeatsAreTold(t *testing.T) {
	perform(t, func(s *stage) {
		kitchen(s)
		ann, stranger := s.listen("ann", ""), s.listen("stranger", "")
		n := ann.want(0, "users/ann+ users/bob- users/stranger rooms/kitchen current")
		m := stranger.want(0, "users/ann users/bob users/stranger+ current")
		s.beat("bob")
		n = ann.want(n, "users/bob+")
		time.Sleep(59 * time.Second)
		n = ann.want(n, "")
		time.Sleep(2 * time.Second)
		ann.want(n, "users/bob-")
		stranger.want(m, "")
	})
}

func TestNotificationsReachOnePerson(t *testing.T) {
	perform(t, func(s *stage) {
		kitchen(s)
		phone, laptop, bob := s.listen("ann", ""), s.listen("ann", ""), s.listen("bob", "")
		n, m, k := len(phone.messages()), len(laptop.messages()), len(bob.messages())
		if err := s.hub.Notify("ann", realtime.Notification{Title: "Kitchen", Level: "info"}); err != nil {
			t.Fatal(err)
		}
		phone.want(n, "notification")
		laptop.want(m, "notification")
		bob.want(k, "")
	})
}
