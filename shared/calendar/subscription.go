package calendar

import "strings"

const (
	folder = "/v1/calendar/"
	suffix = ".ics" // by which some programs tell what they are given
)

// Subscription is what a calendar program is given, to show a person's meetups.
type Subscription struct {
	URL string `json:"url" jsonschema:"format=uri,description=Whoever knows it may read your calendar until you rotate it"`
}

// NewSubscription gives the address of the feed with a secret on a server, which is
// without a slash at the end.
func NewSubscription(server, secret string) Subscription {
	return Subscription{URL: server + folder + secret + suffix}
}

// Secret reads the secret out of the last part of an address' path.
func Secret(file string) (secret string, ok bool) { return strings.CutSuffix(file, suffix) }
