package auth

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
)

// keySize is the length of every key in bytes: what A256GCM takes, and the
// output length of SHA-256, which RFC 7518, section 3.2, asks of a key for HS256.
const keySize = 32

// Keys are the secrets behind access and refresh tokens. Of each kind the newest
// comes first and makes new tokens; the others only verify what they made before.
// The JSON form is what a secret store or a key file keeps.
type Keys struct {
	Signing    []Key `json:"signing"`
	Encryption []Key `json:"encryption"`
	// Calendar is the key of the calendars' addresses, once the keys were rotated:
	// see CalendarKey.
	Calendar []byte `json:"calendar,omitempty"`
}

// Key is one symmetric key.
type Key struct {
	ID        string    `json:"kid"`
	Secret    []byte    `json:"secret"` // 32 random bytes, in JSON as base64
	CreatedAt time.Time `json:"createdAt"`
}

// NewKeys makes one key of each kind.
func NewKeys(now time.Time) Keys {
	return Keys{Signing: []Key{newKey(now)}, Encryption: []Key{newKey(now)}}
}

func newKey(now time.Time) Key {
	key := Key{ID: uuid.Must(uuid.NewV7()).String(), Secret: make([]byte, keySize), CreatedAt: now.UTC()}
	_, _ = rand.Read(key.Secret) // it never fails: it ends the program instead
	return key
}

// ParseKeys reads the JSON form of Keys. An error says what is wrong without
// quoting any of it.
func ParseKeys(data []byte) (Keys, error) {
	var keys Keys
	if err := json.Unmarshal(data, &keys, json.RejectUnknownMembers(true)); err != nil {
		// The JSON error would quote the value it stumbled over: a secret.
		return Keys{}, errors.New("parse keys: this is not the JSON form of keys")
	}
	if err := keys.validate(); err != nil {
		return Keys{}, fmt.Errorf("parse keys: %w", err)
	}
	return keys, nil
}

func (k Keys) validate() error {
	taken := make(map[string]bool)
	return errors.Join(
		validate("signing", k.Signing, taken),
		validate("encryption", k.Encryption, taken),
		validateCalendar(k.Calendar, taken),
	)
}

func validateCalendar(secret []byte, taken map[string]bool) error {
	switch {
	case len(secret) != 0 && len(secret) != keySize:
		return fmt.Errorf("the calendar key has %d bytes instead of %d", len(secret), keySize)
	case taken["secret "+string(secret)]:
		return errors.New("the calendar key is the secret of another key")
	default:
		return nil
	}
}

// validate checks one kind of keys. It adds their ids and secrets to those taken.
func validate(kind string, keys []Key, taken map[string]bool) error {
	if len(keys) == 0 {
		return fmt.Errorf("there is no %s key", kind)
	}
	for i, key := range keys {
		id, secret := "kid "+key.ID, "secret "+string(key.Secret)
		switch {
		case key.ID == "":
			return fmt.Errorf("%s key %d has no kid", kind, i)
		case len(key.Secret) != keySize:
			return fmt.Errorf("%s key %d has %d bytes instead of %d", kind, i, len(key.Secret), keySize)
		case taken[id] || taken[secret]:
			return fmt.Errorf("%s key %d has the kid or the secret of another key", kind, i)
		case key.CreatedAt.IsZero():
			return fmt.Errorf("%s key %d has no createdAt", kind, i)
		case i > 0 && key.CreatedAt.After(keys[i-1].CreatedAt):
			return fmt.Errorf("%s key %d is newer than the one before it", kind, i)
		}
		taken[id], taken[secret] = true, true
	}
	return nil
}

// Rotate puts a new key of each kind first. Of the old ones it keeps those whose
// access tokens may still live. Calendars keep their addresses.
func (k Keys) Rotate(now time.Time) Keys {
	return Keys{Signing: rotate(k.Signing, now), Encryption: rotate(k.Encryption, now), Calendar: k.CalendarKey()}
}

func rotate(keys []Key, now time.Time) []Key {
	if newest := keys[0].CreatedAt; now.Before(newest) {
		now = newest // the clock was set back; newest first must stay true
	}
	return usable(append([]Key{newKey(now)}, keys...), now)
}

// usable are the keys of which tokens may be alive: the newest one, and those that
// another one replaced less than AccessTokenLifetime ago.
func usable(keys []Key, now time.Time) []Key {
	for i := 1; i < len(keys); i++ {
		if replaced := keys[i-1].CreatedAt; !now.Before(replaced.Add(AccessTokenLifetime)) {
			return keys[:i]
		}
	}
	return keys
}

// find returns the secret of a usable key.
func find(keys []Key, id string, now time.Time) ([]byte, error) {
	for _, key := range usable(keys, now) {
		if key.ID == id {
			return key.Secret, nil
		}
	}
	return nil, errors.New("its key is unknown or retired")
}

// RefreshKey is the key for NewSessions. It is derived from the newest signing key, so
// that it is as secret, rotates along, and is still separate. A refresh token in flight during a rotation may be lost by that: its
// owner has to sign in again if the answer with it got lost too.
func (k Keys) RefreshKey() []byte { return k.derive("boochat refresh token") }

// CalendarKey is the key for NewCalendarSecrets. Calendars are subscribed to once and
// for years, and nothing asks their owners for another address, so that a rotation must
// not change it: it is derived from the newest signing key, and the next rotation writes
// it down. Taking "calendar" out of the keys, after a rotation, ends every address.
func (k Keys) CalendarKey() []byte {
	if len(k.Calendar) > 0 {
		return k.Calendar
	}
	return k.derive("boochat calendar address")
}

// derive makes a key for another purpose (HKDF, RFC 5869) from the newest signing key.
func (k Keys) derive(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, k.Signing[0].Secret, nil, purpose, keySize)
	if err != nil {
		panic(fmt.Sprintf("derive the key for %s: %v", purpose, err)) // only for a length beyond HKDF's
	}
	return key
}
