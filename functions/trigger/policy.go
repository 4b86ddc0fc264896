package trigger

import (
	"boochat/shared/event"
	"boochat/shared/eventstore"

	"github.com/google/uuid"
)

// policySpace is the UUID namespace of what policies do. It must never change: the ids
// of stored events are made with it.
var policySpace = uuid.MustParse("c0f1ad2e-7d0b-4f86-9a3c-2b6c51e0d7a4")

// consequence is the system's command for what follows from an event. The same of the
// same event is the same command, so that it is carried out once.
func consequence(e event.Envelope, what string) eventstore.Command {
	return eventstore.Command{
		ID: uuid.NewSHA1(policySpace, []byte(e.ID+"/"+what)).String(), Fingerprint: what,
		CorrelationID: e.CorrelationID, Traceparent: e.Traceparent,
	}
}
