package eventstore

import (
	"encoding/json"
	"errors"
	"slices"

	"boochat/shared/event"
)

// rememberedCommands is how many of a stream's newest commands are remembered with
// its state, at least, so that a repeat is known without asking the store. Older
// repeats are found by their event ids.
const rememberedCommands = 256

// folded is an aggregate's state at a version, and the newest commands that led
// to it.
type folded[S State[S]] struct {
	version  int64
	state    S
	commands []remembered // oldest first
}

// remembered is a command that left events.
type remembered struct {
	ID          string `json:"id"`
	EventID     string `json:"eventId"` // of its first event
	Fingerprint string `json:"fingerprint"`
}

// refuse tells a true repeat (nil) from a key or an id used for something else.
func (known remembered) refuse(command Command) error {
	switch {
	case known.Fingerprint == command.Fingerprint:
		return nil
	case known.ID == command.ID:
		return ErrKeyReused
	default:
		return ErrIDTaken
	}
}

// branch is a copy to try decisions on. The remembered commands share memory:
// a branch only appends to them.
func (f *folded[S]) branch() *folded[S] {
	return &folded[S]{version: f.version, state: f.state.Clone(), commands: f.commands}
}

func (f *folded[S]) apply(e event.Envelope, payload any) {
	f.state.Apply(e, payload)
	f.version = e.Sequence
	if last := len(f.commands) - 1; last >= 0 && f.commands[last].ID == e.CausationID {
		return
	}
	if len(f.commands) >= 2*rememberedCommands {
		f.commands = slices.Clone(f.commands[rememberedCommands:])
	}
	f.commands = append(f.commands, remembered{ID: e.CausationID, EventID: e.ID, Fingerprint: e.Fingerprint})
}

// mayHaveForgotten reports whether there may be commands older than those remembered.
func (f *folded[S]) mayHaveForgotten() bool { return len(f.commands) >= rememberedCommands }

// find looks a command up among the remembered ones, by its id or by the id its
// sender chose.
func (f *folded[S]) find(command Command) (remembered, bool) {
	first := command.firstEventID()
	for i := len(f.commands) - 1; i >= 0; i-- {
		if known := f.commands[i]; known.ID == command.ID || known.EventID == first {
			return known, true
		}
	}
	return remembered{}, false
}

// snapshotForm is how a folded state is written down.
type snapshotForm struct {
	Version  int64           `json:"version"`
	State    json.RawMessage `json:"state"`
	Commands []remembered    `json:"commands"`
}

// MarshalJSON writes the snapshot.
func (f *folded[S]) MarshalJSON() ([]byte, error) {
	state, err := json.Marshal(f.state)
	if err != nil {
		return nil, err
	}
	return json.Marshal(snapshotForm{f.version, state, f.commands})
}

// UnmarshalJSON reads a snapshot into the fresh state of f.
func (f *folded[S]) UnmarshalJSON(data []byte) error {
	var form snapshotForm
	if err := json.Unmarshal(data, &form); err != nil {
		return err
	}
	if len(form.State) == 0 || string(form.State) == "null" {
		return errors.New("the snapshot holds no state")
	}
	f.version, f.commands = form.Version, form.Commands
	return json.Unmarshal(form.State, &f.state)
}
