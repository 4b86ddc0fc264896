package auth

import (
	"errors"
	"fmt"
	"strings"
)

// AllowList holds the e-mail addresses of the people who may sign in. The zero
// value allows nobody.
type AllowList struct {
	emails map[string]struct{}
}

// ParseAllowList reads comma-separated e-mail addresses; blanks, case, empty
// entries and repetitions do not matter. One error names every entry that is not
// an address. A list without any address is an error too: it would lock everybody
// out, which nobody sets on purpose.
func ParseAllowList(csv string) (AllowList, error) {
	list := AllowList{emails: make(map[string]struct{})}
	var faults []error
	for entry := range strings.SplitSeq(csv, ",") {
		if strings.TrimSpace(entry) == "" {
			continue
		}
		email, err := ParseEmail(entry)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		list.emails[email] = struct{}{}
	}
	if len(faults) > 0 {
		return AllowList{}, fmt.Errorf("parse allow-list: %w", errors.Join(faults...))
	}
	if len(list.emails) == 0 {
		return AllowList{}, errors.New("the allow-list is empty, which denies all: name at least one e-mail address")
	}
	return list, nil
}

// Allows reports whether the owner of an e-mail address may sign in.
func (l AllowList) Allows(email string) bool {
	_, allowed := l.emails[normalize(email)]
	return allowed
}
