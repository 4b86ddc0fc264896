package event_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"boochat/shared/event"
)

func TestRefusal(t *testing.T) {
	unavailable := &event.Refusal{Kind: event.Unavailable, Detail: "Try again.", Cause: fmt.Errorf("read: %w", io.ErrUnexpectedEOF)}
	full := event.Violates("limit", "The room is full.")
	for _, c := range []struct {
		err  error
		kind event.Kind
		text string
	}{
		{event.Refuse(event.NotFound, "There is no such room."), event.NotFound, "There is no such room."},
		{full, event.RuleViolated, "The room is full."},
		{fmt.Errorf("invite: %w", full), event.RuleViolated, "invite: The room is full."},
		{unavailable, event.Unavailable, "Try again. (read: unexpected EOF)"},
		{&event.Refusal{Kind: event.Conflict, Detail: "No.", Cause: full}, event.Conflict, "No. (The room is full.)"},
		{errors.New("broken"), 0, "broken"},
	} {
		if event.KindOf(c.err) != c.kind || c.err.Error() != c.text {
			t.Errorf("%v is of kind %d, want %q of %d", c.err, event.KindOf(c.err), c.text, c.kind)
		}
	}
	if event.KindOf(nil) != 0 {
		t.Error("no error is a refusal")
	}
	if !errors.Is(unavailable, io.ErrUnexpectedEOF) || full.Rule != "limit" {
		t.Errorf("%v has lost its cause, or %+v its rule", unavailable, full)
	}
}
