package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json"
)

// KeyHeader carries the key that makes a command safe to send again.
const KeyHeader = "Idempotency-Key"

// maxKey is the length of the longest idempotency key, in characters.
const maxKey = 128

// IdempotencyKey is the request's key, empty when it has none. A key that is not
// 1 to 128 visible ASCII characters, or more than one of them, is 400.
func IdempotencyKey(r *http.Request) (string, error) {
	keys := r.Header.Values(KeyHeader)
	switch {
	case len(keys) == 0:
		return "", nil
	case len(keys) > 1:
		return "", Malformed(KeyHeader, "Send the Idempotency-Key header once.")
	case !isVisibleASCII(keys[0], maxKey):
		return "", Malformed(KeyHeader, "Idempotency-Key must have 1 to 128 visible ASCII characters, without blanks. A random UUID is a good one.")
	}
	return keys[0], nil
}

// isVisibleASCII tells whether s has 1 to most characters from ! to ~.
func isVisibleASCII(s string, most int) bool {
	if len(s) < 1 || len(s) > most {
		return false
	}
	for _, b := range []byte(s) {
		if b < '!' || b > '~' {
			return false
		}
	}
	return true
}

// Fingerprint tells the requests apart that come under one idempotency key: it is
// the same exactly when the command, the caller and the decoded body are. It is
// base64url of the first 16 bytes of a SHA-256, enough to make a collision
// unlikely within the requests of one key. The body must be one that Decode made;
// anything that JSON cannot hold is a mistake of the program, and panics.
func Fingerprint(command, caller string, body any) string {
	canonical, err := json.Marshal([]any{command, caller, body}, json.Deterministic(true))
	if err != nil {
		panic(fmt.Sprintf("fingerprint of %T: %v", body, err))
	}
	sum := sha256.Sum256(canonical)
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
