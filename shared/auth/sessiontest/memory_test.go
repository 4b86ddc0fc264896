package sessiontest_test

import (
	"testing"

	"boochat/shared/auth"
	"boochat/shared/auth/sessiontest"
)

func TestMemory(t *testing.T) {
	sessiontest.Test(t, func(testing.TB) auth.SessionStore { return sessiontest.NewMemory() })
}
