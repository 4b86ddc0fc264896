package command

import (
	"testing"

	"boochat/shared/auth"
	"boochat/shared/event"
	"boochat/shared/eventstore"
)

// TestIdsOfEventsStay pins ids that stored logs hold: with others, old repeats and
// taken ids would no longer be recognised.
func TestIdsOfEventsStay(t *testing.T) {
	if got := (Call{Key: "key-1"}).command(nil).ID; got != "67efb11e-5677-52e7-aefe-7a65cda43386" {
		t.Errorf("the id of a key is %s", got)
	}
	if got := chosen("room_kitchen", "mine"); got != "08dbda84-dc0b-5842-8a0b-7e83755bf46e" {
		t.Errorf("the id of a chosen id is %s", got)
	}
}

func TestCommandsAreToldApart(t *testing.T) {
	call := Call{Name: "rename-room", Caller: auth.Claims{UserID: "ann"}, Key: "key-1", Trace: "00-trace"}
	first := call.command(RenameRoom{RoomID: "kitchen", Name: "Garden"})
	if again := call.command(RenameRoom{RoomID: "kitchen", Name: "Garden"}); again != first {
		t.Errorf("a repeat is %+v, not %+v", again, first)
	}
	if first.Actor != "ann" || first.Traceparent != "00-trace" {
		t.Errorf("command is %+v", first)
	}
	bob, other := call, call
	bob.Caller.UserID, other.Name = "bob", "leave-room"
	for name, command := range map[string]eventstore.Command{
		"another body":    call.command(RenameRoom{RoomID: "kitchen", Name: "Cellar"}),
		"another caller":  bob.command(RenameRoom{RoomID: "kitchen", Name: "Garden"}),
		"another command": other.command(RenameRoom{RoomID: "kitchen", Name: "Garden"}),
	} {
		if command.ID != first.ID || command.Fingerprint == first.Fingerprint {
			t.Errorf("%s under the same key is %+v after %+v", name, command, first)
		}
	}
	call.Key = ""
	if one, two := call.command(nil), call.command(nil); one.ID == two.ID {
		t.Error("two commands without a key have one id")
	}
}

func TestRefusalNamesItsField(t *testing.T) {
	refusal := event.Refuse(event.NotFound, "There is no such person.")
	named, ok := inField(refusal, "inviteeId").(*event.Refusal)
	if !ok || named.Field != "inviteeId" || named.Detail != refusal.Detail || refusal.Field != "" {
		t.Errorf("refusal is %+v, and the first %+v", named, refusal)
	}
	if other := event.ErrBadPayload; inField(other, "inviteeId") != other {
		t.Error("what is no refusal is changed")
	}
}
