package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"boochat/emulators/scenario/client"
	"boochat/shared/processtest"
)

// operate runs one of the operator's tools on a directory, which must end well.
func operate(t *testing.T, dir string, arguments ...string) string {
	t.Helper()
	code, output, err := processtest.Run(patient(t), boochat, []string{"DATA_DIR=" + dir}, arguments...)
	if err != nil || code != 0 {
		t.Fatalf("boochat %s ended with exit code %d (%v):\n%s", strings.Join(arguments, " "), code, err, output)
	}
	return output
}

func TestToolsBesideAServer(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	ann := s.signIn(t, "Ann")
	roomID := ann.do("create-room", fields{"name": "Kitchen", "participantIds": []string{}}).RoomID
	ann.do("send-message", fields{"roomId": roomID, "content": "Hello"})
	if got := operate(t, dir, "events"); !strings.Contains(got, "2  room_"+roomID+"\n") {
		t.Errorf("streams are\n%s", got)
	}
	if got := operate(t, dir, "events", "room_"+roomID); !strings.Contains(got, `"Hello"`) {
		t.Errorf("events are\n%s", got)
	}
	if got := operate(t, dir, "verify"); !strings.Contains(got, "no difference") {
		t.Errorf("verify says %s", got)
	}
}

// TestRebuildBesideAServer rebuilds while people write and listen: the server
// switches, listeners begin anew, and nothing is lost on the way.
func TestRebuildBesideAServer(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	ann, bob := s.signIn(t, "Ann"), s.signIn(t, "Bob")
	roomID := ann.do("create-room", fields{"name": "Kitchen", "participantIds": []string{bob.User.ID}}).RoomID
	for range 20 {
		ann.do("send-message", fields{"roomId": roomID, "content": "Before"})
	}
	ear := bob.listen()
	written, stopWriting := ann.keepWriting(roomID)
	defer stopWriting()

	operate(t, dir, "rebuild")
	if _, err := ear.Ended(patient(t)); err != nil {
		t.Fatal(err)
	}
	wait(t, "beginning anew", func() bool { // the first tries may come too early
		current := func(m *client.Model) bool { return m.Current && m.Resets == 1 }
		return ear.Connect(patient(t)) == nil && ear.Until(patient(t), current) == nil
	})
	after := written.Load() + 10
	wait(t, "writing goes on", func() bool { return written.Load() > after })
	stopWriting()

	last := written.Load()
	if err := ear.Until(patient(t), func(m *client.Model) bool { return m.Documents[item(roomID, last)] != nil }); err != nil {
		t.Fatalf("item %d did not come: %v", last, err)
	}
	ear.Look(func(m *client.Model) {
		first := last
		for ; m.Told[item(roomID, first)] == 1; first-- {
		}
		for n := first; n > 0; n-- {
			if m.Told[item(roomID, n)] != 0 {
				t.Errorf("item %d came %d times, %d did not come", n, m.Told[item(roomID, n)], first)
			}
		}
	})
	bob.expectItems(roomID, last)
	if got := operate(t, dir, "verify"); !strings.Contains(got, "no difference") {
		t.Errorf("verify says %s", got)
	}
}

// keepWriting sends messages one after the other until it is told to stop. It counts
// the last sequence that was acknowledged.
func (p person) keepWriting(roomID string) (written *atomic.Int64, stop func()) {
	written = new(atomic.Int64)
	done := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			answer, err := p.Post(p.t.Context(), "send-message", fields{"roomId": roomID, "content": "Meanwhile"}, "")
			var message said
			if err == nil {
				err = answer.Into(&message)
			}
			if err != nil || answer.Status != http.StatusCreated {
				p.t.Errorf("a message was answered %d %s (%v)", answer.Status, answer.Body, err)
				return
			}
			written.Store(message.Sequence)
		}
	})
	return written, sync.OnceFunc(func() {
		close(done)
		writing.Wait()
	})
}

func item(roomID string, sequence int64) string {
	return fmt.Sprintf("rooms/%s/items/%d", roomID, sequence)
}

// expectItems reads a room from its beginning and expects all items up to the last.
func (p person) expectItems(roomID string, last int64) {
	p.t.Helper()
	var sequences []int64
	for more := true; more; {
		answer, err := p.Get(patient(p.t), fmt.Sprintf("/v1/rooms/%s/items?after=%d&limit=200", roomID, len(sequences)))
		if err != nil {
			p.t.Fatal(err)
		}
		var page struct {
			Items    []said
			HasAfter bool
		}
		if err := answer.Into(&page); err != nil {
			p.t.Fatal(err)
		}
		for _, i := range page.Items {
			sequences = append(sequences, i.Sequence)
		}
		more = page.HasAfter && len(page.Items) > 0
	}
	if int64(len(sequences)) != last || !slices.IsSorted(sequences) || sequences[last-1] != last {
		p.t.Errorf("the room shows %d items, want %d", len(sequences), last)
	}
}

func TestRotatedKeys(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	before := s.signIn(t, "Ann")
	s.stop(t)
	operate(t, dir, "rotate-keys")
	s = start(t, dir)
	after := s.signIn(t, "Ann")
	for name, p := range map[string]person{"before": before.at(s), "after": after} {
		if answer, err := p.Get(patient(t), "/v1/me"); err != nil || answer.Status != http.StatusOK {
			t.Errorf("a token of %s the rotation is answered %d %s (%v)", name, answer.Status, answer.Body, err)
		}
	}
	if head := func(token string) string { head, _, _ := strings.Cut(token, "."); return head }; head(before.Token) == head(after.Token) {
		t.Error("the new token is made with the old key")
	}
	answer, err := before.at(s).Post(patient(t), "refresh", fields{"refreshToken": before.RefreshToken}, "")
	if err != nil || answer.Status != http.StatusOK {
		t.Errorf("refresh was answered %d %s (%v)", answer.Status, answer.Body, err)
	}
}
