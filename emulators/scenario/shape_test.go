package scenario

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// The shapes of api.md. A string names what stands in its place; a name that ends
// in ? may be missing; lists hold any number of their one element.
const (
	shapePerson  = `{"id":"id","name":"text","imageUrl":"url"}`
	shapeProfile = `{"id":"id","name":"text","imageUrl":"url","email":"text"}`
	shapeSession = `{"user":` + shapeProfile + `,"accessToken":"text","accessTokenExpiresAt":"time","refreshToken":"text","firebaseToken?":"text"}`
	shapeItem    = `{"id":"id","sequence":"number","roomId":"id","kind":"text","sender?":` + shapePerson +
		`,"content":"text","announcement?":{"kind":"text","arguments":"texts"},"timestamp":"time"}`
	shapeRoom = `{"id":"id","name":"text","imageUrl":"url","participants":[` + shapePerson + `],"lastItem?":` + shapeItem +
		`,"lastSequence":"number","readSequence":"number","unreadCount":"number","hasUnread":"flag","items?":[` + shapeItem + `]}`
	shapePage     = `{"items":[` + shapeItem + `],"hasBefore":"flag","hasAfter":"flag"}`
	shapeUsers    = `{"users":[{"id":"id","name":"text","imageUrl":"url","online":"flag"}]}`
	shapeMessage  = `{"id":"id","roomId":"id","sequence":"number","sentAt":"time"}`
	shapeCreated  = `{"roomId":"id","sequence":"number"}`
	shapeSequence = `{"sequence":"number"}`
	shapeRead     = `{"readSequence":"number"}`
	shapeUser     = `{"user":` + shapeProfile + `}`
	shapePlace    = `{"label":"text","latitude?":"real","longitude?":"real","url?":"url"}`
	shapeChoice   = `{"text?":"text","takesPlaceOn?":"time","timeZone?":"text","localTime?":"local time","location?":"text","place?":` + shapePlace + `}`
	shapeOutcome  = `{"choiceIndex":"index","choice?":` + shapeChoice + `,"reason":"text","tie":"flag","applied":"flag"}`
	shapePoll     = `{"id":"id","type":"text","description":"text","status":"text","creatorId":"id","participantIds":["id"],"choices":[` + shapeChoice +
		`],"votes":[{"userId":"id","choiceIndex":"number"}],"createdAt":"time","closesAt?":"time","outcome?":` + shapeOutcome + `}`
	shapeMeetup = `{"id":"id","name":"text","roomId":"id","location":"text","place?":` + shapePlace + `,"takesPlaceOn":"time","timeZone":"text","localTime":"local time",` +
		`"durationMinutes?":"number","imageUrl":"url","status":"text","cancelReason?":"text","organizer":` + shapePerson + `,"attendees":[{"id":"id","name":"text","imageUrl":"url",` +
		`"rsvp":"text","needsConfirmation":"flag"}],"rsvpCounts":{"yes":"number","no":"number","maybe":"number","none":"number"},"polls":[` + shapePoll + `],` +
		`"alerts":[{"type":"text","pollId":"id","description":"text"}],"history":[{"kind":"text","at":"time","actorId?":"id","pollId?":"id","from?":` + shapeChoice +
		`,"to?":` + shapeChoice + `,"reason?":"text"}],"sequence":"number"}`
	shapeMeetups = `{"meetups":[` + shapeMeetup + `],"nextCursor?":"text"}`
	shapePlanned = `{"meetupId":"id","roomId":"id"}`
	shapeAsked   = `{"pollId":"id"}`
	shapeAdded   = `{"choiceIndex":"number"}`
	shapeVoted   = `{"pollStatus":"text","outcome?":` + shapeOutcome + `}`
	shapeEnded   = `{"outcome":` + shapeOutcome + `}`
)

var (
	idForm    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	localForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)
	timeForm  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
)

// kinds tell whether a value is what a shape names.
var kinds = map[string]func(any) bool{
	"id":         text(idForm.MatchString),
	"time":       text(timeForm.MatchString),
	"text":       text(func(s string) bool { return s != "" }),
	"url":        text(func(s string) bool { u, err := url.Parse(s); return s == "" || err == nil && u.Scheme == "https" }),
	"local time": text(localForm.MatchString),
	"real":       func(v any) bool { _, ok := v.(float64); return ok },
	"index":      func(v any) bool { n, ok := v.(float64); return v == nil || ok && n == math.Trunc(n) && n >= 0 },
	"number":     func(v any) bool { n, ok := v.(float64); return ok && n == math.Trunc(n) && n >= 0 },
	"flag":       func(v any) bool { _, ok := v.(bool); return ok },
	"texts": func(v any) bool {
		members, ok := v.(map[string]any)
		for _, member := range members {
			_, isText := member.(string)
			ok = ok && isText
		}
		return ok
	},
}

func text(good func(string) bool) func(any) bool {
	return func(v any) bool { s, ok := v.(string); return ok && good(s) }
}

// misfits tells where a body departs from a shape.
func misfits(body []byte, shape string) []string {
	var value, wanted any
	if err := json.Unmarshal(body, &value); err != nil {
		return []string{"no JSON: " + err.Error()}
	}
	if err := json.Unmarshal([]byte(shape), &wanted); err != nil {
		return []string{"no shape: " + err.Error()}
	}
	return compare("", value, wanted)
}

func compare(path string, value, wanted any) (faults []string) {
	switch wanted := wanted.(type) {
	case string:
		if !kinds[wanted](value) {
			faults = append(faults, fmt.Sprintf("%s is %v, not a %s", path, value, wanted))
		}
	case []any:
		list, ok := value.([]any)
		if !ok {
			return append(faults, path+" is not a list")
		}
		for i, element := range list {
			faults = append(faults, compare(fmt.Sprintf("%s[%d]", path, i), element, wanted[0])...)
		}
	case map[string]any:
		members, ok := value.(map[string]any)
		if !ok {
			return append(faults, path+" is not an object")
		}
		for name, kind := range wanted {
			required := !strings.HasSuffix(name, "?")
			name = strings.TrimSuffix(name, "?")
			member, given := members[name]
			if given {
				faults = append(faults, compare(path+"."+name, member, kind)...)
			} else if required {
				faults = append(faults, path+"."+name+" is missing")
			}
		}
		for name := range members {
			if wanted[name] == nil && wanted[name+"?"] == nil {
				faults = append(faults, path+"."+name+" is not in the contract")
			}
		}
	}
	return faults
}

func TestShapes(t *testing.T) {
	for body, fits := range map[string]bool{
		`{"id":"a-1","name":"Ann","imageUrl":""}`:                  true,
		`{"id":"a-1","name":"Ann","imageUrl":"https://x.y"}`:       true,
		`{"id":"a-1","name":"Ann","imageUrl":"http://x.y"}`:        false,
		`{"id":"a b","name":"Ann","imageUrl":""}`:                  false,
		`{"id":"a-1","name":1,"imageUrl":""}`:                      false,
		`{"id":"a-1","name":"Ann"}`:                                false,
		`{"id":"a-1","name":"Ann","imageUrl":"","admin":"secret"}`: false,
		`[]`: false,
	} {
		if faults := misfits([]byte(body), shapePerson); (len(faults) == 0) != fits {
			t.Errorf("%s: %v", body, faults)
		}
	}
}
