package auth

import (
	"fmt"
	"net/mail"
	"strings"
)

// ParseEmail checks that text is one bare e-mail address (RFC 5322, without a
// display name, comment or quotes) and returns it in the one form in which
// addresses are compared here: without blanks around it and in lower case.
func ParseEmail(text string) (string, error) {
	trimmed := strings.TrimSpace(text)
	parsed, err := mail.ParseAddress(trimmed)
	if err != nil || parsed.Address != trimmed {
		return "", fmt.Errorf("%q is not an e-mail address", trimmed)
	}
	return normalize(trimmed), nil
}

func normalize(email string) string {
	return strings.Map(lowerASCII, strings.TrimSpace(email))
}

// lowerASCII leaves other scripts alone: Unicode folds letters that only look
// alike, such as the Kelvin sign into k, and would merge two people's addresses.
func lowerASCII(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + ('a' - 'A')
	}
	return r
}
