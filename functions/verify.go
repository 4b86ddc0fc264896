package functions

import (
	"context"
	"errors"
	"net/http"

	"boochat/shared/auth"
	"boochat/shared/event"
	"boochat/shared/httpapi"
)

// PushVerifier judges the OIDC tokens with which Pub/Sub and Cloud Scheduler call the
// functions that are for nobody else. Without one (nil), such calls are refused.
type PushVerifier interface {
	Verify(ctx context.Context, token string) error
}

// Anybody lets every call in, with a token or without. It is for where nobody else can
// call: a service of Cloud Run that is private, so that the platform has verified the
// token already; and a developer's machine, where the calls come from an emulator,
// which sends none. shared/config says when that is.
var Anybody PushVerifier = anybody{}

type anybody struct{}

func (anybody) Verify(context.Context, string) error { return nil }

// verifyCaller lets Pub/Sub and Cloud Scheduler in, and says why anybody else is
// refused.
func verifyCaller(r *http.Request, verifier PushVerifier) error {
	switch verifier {
	case nil:
		return event.Refuse(event.Forbidden, "This server takes no pushed events and no scheduled calls. Set PUSH_AUDIENCE and PUSH_SERVICE_ACCOUNT to have it take them.")
	case Anybody:
		return nil
	}
	token, err := httpapi.Bearer(r)
	if err != nil {
		return err
	}
	err = verifier.Verify(r.Context(), token)
	switch {
	case errors.Is(err, auth.ErrUnavailable):
		return &event.Refusal{Kind: event.Unavailable, Detail: "The caller cannot be verified just now.", Cause: err}
	case err != nil:
		return httpapi.Unauthenticated("This call is not signed by the service account that may make it.")
	default:
		return nil
	}
}
