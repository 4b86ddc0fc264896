package config

import (
	"fmt"
	"math"
	"net/mail"
	"net/url"
	"slices"
	"strings"
)

// normalize brings lists to the form in which they are compared, and returns what
// is wrong with the values.
func (c *Config) normalize() (problems []error) {
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }

	if c.Backend != "embedded" {
		refuse("BACKEND is %q, but this program only has embedded", c.Backend)
	}
	if c.Port < 1 || c.Port > math.MaxUint16 {
		refuse("PORT must be a whole number from 1 to 65535")
	}
	if !(c.RateLimit >= 0) || math.IsInf(c.RateLimit, 0) {
		refuse("RATE_LIMIT must be a number from 0 on")
	}
	c.AllowedUsers = trimmed(c.AllowedUsers)
	if len(c.AllowedUsers) == 0 {
		refuse("ALLOWED_USERS is missing: list the e-mail addresses that may sign in, with commas between them")
	}
	for _, user := range c.AllowedUsers {
		if address, err := mail.ParseAddress(user); err != nil || address.Address != user {
			refuse("ALLOWED_USERS has %q, which is not an e-mail address", user)
		}
	}
	if c.GoogleClientID == "" {
		refuse("GOOGLE_CLIENT_ID is missing: it is the OAuth client id that people sign in with")
	}
	c.AllowedOrigins = trimmed(c.AllowedOrigins)
	for _, origin := range c.AllowedOrigins {
		if !isOrigin(origin) {
			refuse("ALLOWED_ORIGINS has %q, which is not an origin such as https://chat.example.org", origin)
		}
	}
	if (c.PushAudience == "") != (c.PushServiceAccount == "") {
		refuse("PUSH_AUDIENCE and PUSH_SERVICE_ACCOUNT go together: set both or neither")
	}
	return problems
}

// emulators refuses emulators on Cloud Run: they would accept unsigned tokens.
func (c *Config) emulators(variables map[string]string) (problems []error) {
	if !c.OnCloudRun {
		return nil
	}
	for name := range variables {
		if strings.HasSuffix(name, "_EMULATOR_HOST") {
			problems = append(problems, fmt.Errorf("%s is set, but emulators are not for Cloud Run (K_SERVICE is set)", name))
		}
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return problems
}

// trimmed brings entries to lower case and drops blanks and empty ones.
func trimmed(entries []string) []string {
	var kept []string
	for _, entry := range entries {
		if entry = strings.ToLower(strings.TrimSpace(entry)); entry != "" {
			kept = append(kept, entry)
		}
	}
	return kept
}

// isOrigin tells whether s is what a browser sends as Origin: scheme and host, and
// a port when it is not the scheme's own.
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" {
		return false
	}
	defaultPort := map[string]string{"https": "443", "http": "80"}[u.Scheme]
	return s == u.Scheme+"://"+u.Host && u.Port() != defaultPort
}
