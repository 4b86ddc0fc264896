package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"strings"
)

// CalendarSecrets makes and verifies what is secret in the address of a person's
// calendar. Calendar programs cannot sign in, so whoever knows the address may read the
// calendar, until its owner replaces it. Nothing of it is stored: it is made again from
// the person's id and the count of replacements.
type CalendarSecrets struct{ key []byte }

// NewCalendarSecrets takes Keys.CalendarKey.
func NewCalendarSecrets(key []byte) CalendarSecrets { return CalendarSecrets{key: key} }

// maxCalendarSecret bounds, in bytes, what is looked at: ids have up to 128 characters.
const maxCalendarSecret = 512

// Make gives the secret of a person's calendar after so many replacements: base64url of
// id, "|", count, "|" and their HMAC-SHA256.
func (s CalendarSecrets) Make(person string, rotation int) string {
	text := person + "|" + strconv.Itoa(rotation)
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum([]byte(text + "|")))
}

// Verify tells whose calendar a secret opens, and as of which replacement. ok is false
// for everything that Make has not made with the same key. Whether the address was
// replaced meanwhile is the caller's to check.
func (s CalendarSecrets) Verify(secret string) (person string, rotation int, ok bool) {
	if len(secret) > maxCalendarSecret {
		return "", 0, false
	}
	data, err := base64.RawURLEncoding.DecodeString(secret)
	if err != nil || len(data) < sha256.Size+1 {
		return "", 0, false
	}
	text := string(data[:len(data)-sha256.Size-1])
	cut := strings.LastIndexByte(text, '|')
	if cut < 0 {
		return "", 0, false
	}
	person = text[:cut]
	if rotation, err = strconv.Atoi(text[cut+1:]); err != nil {
		return "", 0, false
	}
	// Compared as a whole, so that no two texts are one secret.
	if subtle.ConstantTimeCompare([]byte(secret), []byte(s.Make(person, rotation))) != 1 {
		return "", 0, false
	}
	return person, rotation, true
}
