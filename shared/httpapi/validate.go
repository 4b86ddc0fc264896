package httpapi

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The contract's limits; lengths are in Unicode code points.
const (
	MaxID          = 128
	MaxName        = 100
	MaxLocation    = 200
	MaxDescription = 500
	MaxContent     = 4000
	MaxURL         = 2048
	MaxPeople      = 500 // in a room or at a meetup
)

// RuleLimit is the rule that a value outside the limits breaks.
const RuleLimit = "limit"

// Limits collects the values of a request that are outside the limits, so that
// the client learns of all of them at once. The zero value is ready to use.
type Limits struct {
	faults []FieldError
}

// Err is nil when every value was within its limits, else a 422 with rule "limit".
func (l *Limits) Err() error {
	if len(l.faults) == 0 {
		return nil
	}
	p := newProblem(CodeRuleViolated, sentences(l.faults), l.faults...)
	p.Rule = RuleLimit
	return p
}

// Add reports a field whose limit only its command knows. The detail is a sentence.
func (l *Limits) Add(field, detail string) {
	if len(l.faults) < maxFaults {
		l.faults = append(l.faults, FieldError{field, detail})
	}
}

var idPattern = regexp.MustCompile(fmt.Sprintf(`^[A-Za-z0-9_-]{1,%d}$`, MaxID))

// ID checks an id: 1 to MaxID characters of A-Z a-z 0-9 _ -.
func (l *Limits) ID(field, id string) {
	if !idPattern.MatchString(id) {
		l.Add(field, fmt.Sprintf("%q must be an id: 1 to %d characters from A-Z a-z 0-9 _ -.", field, MaxID))
	}
}

// OptionalID checks an id that may be empty.
func (l *Limits) OptionalID(field, id string) {
	if id != "" {
		l.ID(field, id)
	}
}

// IDs checks a list of up to most ids.
func (l *Limits) IDs(field string, ids []string, most int) {
	if len(ids) > most {
		l.Add(field, fmt.Sprintf("%q may have up to %d ids.", field, most))
		return
	}
	for i, id := range ids {
		l.ID(fmt.Sprintf("%s.%d", field, i), id)
	}
}

// Name trims a name and checks it: 1 to MaxName characters on one line.
func (l *Limits) Name(field string, name *string) {
	l.text(field, name, MaxName, "")
}

// Location trims a location in words and checks it: 1 to MaxLocation characters on one
// line.
func (l *Limits) Location(field string, location *string) {
	l.text(field, location, MaxLocation, "")
}

// Description trims a description and checks it: 1 to MaxDescription characters.
func (l *Limits) Description(field string, description *string) {
	l.text(field, description, MaxDescription, "\n\t")
}

// Content trims the content of a message and checks it: 1 to MaxContent characters.
func (l *Limits) Content(field string, content *string) {
	l.text(field, content, MaxContent, "\n\t")
}

// text trims white space in the sense of Unicode off both ends, then checks the
// length and that there are no control characters but those allowed.
func (l *Limits) text(field string, text *string, most int, allowed string) {
	*text = strings.TrimSpace(*text)
	if length := utf8.RuneCountInString(*text); length < 1 || length > most {
		l.Add(field, fmt.Sprintf("%q must have 1 to %d characters, not counting white space at its ends; it has %d.", field, most, length))
		return
	}
	refused := func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune(allowed, r) }
	if strings.ContainsFunc(*text, refused) {
		l.Add(field, fmt.Sprintf("%q must not have control characters%s.", field, except(allowed)))
	}
}

func except(allowed string) string {
	if allowed == "" {
		return ""
	}
	return " other than newline and tab"
}

// Range checks that a number is within its limits.
func (l *Limits) Range(field string, value, least, most float64) {
	if value < least || value > most {
		l.Add(field, fmt.Sprintf("%q must be from %v to %v.", field, least, most))
	}
}

// OneOf checks that a value is one of a few.
func (l *Limits) OneOf(field, value string, values ...string) {
	if !slices.Contains(values, value) {
		l.Add(field, fmt.Sprintf("%q must be one of: %s.", field, strings.Join(values, ", ")))
	}
}

// URL checks an address on the web: https, with a host, up to MaxURL characters.
func (l *Limits) URL(field, address string) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "https" || parsed.Hostname() == "" || utf8.RuneCountInString(address) > MaxURL {
		l.Add(field, fmt.Sprintf("%q must be an address that starts with https:// and has up to %d characters.", field, MaxURL))
	}
}

// OptionalURL checks an address on the web that may be empty.
func (l *Limits) OptionalURL(field, address string) {
	if address != "" {
		l.URL(field, address)
	}
}
