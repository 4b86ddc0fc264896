// Package auth decides who somebody is: it verifies Google's ID tokens, keeps the
// group's allow-list, issues and verifies access tokens, and rotates the refresh
// tokens of sessions. It knows neither HTTP nor a database: the edge decides what
// to answer, and sessions are kept behind SessionStore.
package auth

import "errors"

var (
	// ErrInvalidToken is wrapped by every refusal of a token, whatever is wrong
	// with it. Its holder is not signed in.
	ErrInvalidToken = errors.New("invalid token")

	// ErrUnavailable is wrapped when a token could not be judged because the
	// issuer's keys could not be fetched. The same token may pass a moment later.
	ErrUnavailable = errors.New("token keys unavailable")
)

// maxTokenSize bounds, in bytes, what is parsed at all. The tokens in use have
// between 0.5 and 2 KiB; work on a stranger's input grows with its length.
const maxTokenSize = 8 << 10
