package firestore

import (
	"testing"

	"boochat/emulators/googletest"
	"boochat/shared/auth"
	"boochat/shared/auth/sessiontest"
	"boochat/shared/bus/bustest"
	"boochat/shared/eventstore/storetest"
	"boochat/shared/view/viewtest"
)

func storeBackend(tb testing.TB, p *process) storetest.Backend {
	return storetest.Backend{Store: NewEventStore(p.Client), Reopen: func(tb testing.TB) storetest.Backend {
		return storeBackend(tb, p.crash(tb))
	}}
}

// The suite shows, by name, D-31 (an append and its outbox records are one) and D-33
// (another expected version is a conflict).
func TestStore(t *testing.T) {
	storetest.Test(t, func(tb testing.TB) storetest.Backend { return storeBackend(tb, startProcess(tb, googletest.Project())) })
}

func viewBackend(tb testing.TB, p *process) viewtest.Backend {
	return viewtest.Backend{Store: NewViews(p.Client), Reopen: func(tb testing.TB) viewtest.Backend {
		return viewBackend(tb, p.crash(tb))
	}}
}

func TestViews(t *testing.T) {
	viewtest.Test(t, viewtest.Features{}, func(tb testing.TB) viewtest.Backend { return viewBackend(tb, startProcess(tb, googletest.Project())) })
}

func TestSessions(t *testing.T) {
	sessiontest.Test(t, func(tb testing.TB) auth.SessionStore {
		return NewSessions(startProcess(tb, googletest.Project()).Client)
	})
}

func letterBackend(tb testing.TB, p *process) bustest.Backend {
	return bustest.Backend{DeadLetters: NewDeadLetters(p.Client), Reopen: func(tb testing.TB) bustest.Backend {
		return letterBackend(tb, p.crash(tb))
	}}
}

func TestDeadLetters(t *testing.T) {
	bustest.TestDeadLetters(t, func(tb testing.TB) bustest.Backend { return letterBackend(tb, startProcess(tb, googletest.Project())) })
}
