package config

import (
	"errors"
	"fmt"
	"math"
	"net/mail"
	"net/url"
	"slices"
	"strings"
)

// check returns what is wrong with a place.
func (p Place) check() (problems []error) {
	if p.Backend != Embedded && p.Backend != Google {
		problems = append(problems, fmt.Errorf("BACKEND is %q, but this program has embedded and google", p.Backend))
	}
	if p.Backend == Google && p.Project == "" {
		problems = append(problems, errors.New("GOOGLE_CLOUD_PROJECT is missing: with BACKEND google it is the id of the project"))
	}
	return problems
}

// normalize brings lists to the form in which they are compared, and returns what
// is wrong with the values.
func (c *Config) normalize() (problems []error) {
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }

	problems = append(problems, c.check()...)
	if c.Backend == Google && c.OnCloudRun && c.TokenKeys == "" {
		refuse("TOKEN_KEYS is missing: on Cloud Run a file would be another one in every instance")
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
	if c.PublicURL != "" && !isOrigin(c.PublicURL) {
		refuse("PUBLIC_URL is %q, which is not an address such as https://chat.example.org", c.PublicURL)
	}
	if c.OnCloudRun && c.PublicURL == "" && strings.HasSuffix(c.FunctionTarget, "calendar") {
		refuse("PUBLIC_URL is missing: where each function has an address of its own, calendars need the one of all")
	}
	if (c.PushAudience == "") != (c.PushServiceAccount == "") {
		refuse("PUSH_AUDIENCE and PUSH_SERVICE_ACCOUNT go together: set both or neither")
	}
	if c.PushUnverified && c.PushAudience != "" {
		refuse("PUSH_UNVERIFIED and PUSH_AUDIENCE contradict each other: pushes are verified or they are not")
	}
	if c.PushUnverified && c.FunctionTarget == "" {
		refuse("PUSH_UNVERIFIED needs FUNCTION_TARGET: a service with all functions is open to people, too")
	}
	return problems
}

// pushesAreEmulated tells whether pushes come from the Pub/Sub emulator, which sends
// no token, on a developer's machine.
func (c *Config) pushesAreEmulated(variables map[string]string) bool {
	return c.Backend == "google" && variables["PUBSUB_EMULATOR_HOST"] != "" && !c.OnCloudRun && c.PushAudience == ""
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
