package auth_test

import (
	"strings"
	"testing"

	"boochat/shared/auth"
)

func TestParseEmail(t *testing.T) {
	for text, want := range map[string]string{
		"ann@example.com":     "ann@example.com",
		"  Ann@Example.COM\t": "ann@example.com",
		"a+b@example.com":     "a+b@example.com", // E-U6
		"o'neil@example.com":  "o'neil@example.com",
		"jörg@example.com":    "jörg@example.com",
		"\u212Aate@kate.com":  "\u212Aate@kate.com", // the Kelvin sign is not k
	} {
		if got, err := auth.ParseEmail(text); err != nil || got != want {
			t.Errorf("ParseEmail(%q) is %q, error %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"", "ann", "@example.com", "ann@", "ann@example.com, bob@example.com",
		"Ann <ann@example.com>", "<ann@example.com>", "ann@example.com (Ann)", "a b@example.com", "ann@exa mple.com"} {
		if got, err := auth.ParseEmail(text); err == nil {
			t.Errorf("ParseEmail(%q) is %q, want an error", text, got)
		}
	}
}

func TestAllowList(t *testing.T) {
	list, err := auth.ParseAllowList(" Ann@Example.com ,bob@example.com,, a+b@example.com\n,bob@example.com,")
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	for email, want := range map[string]bool{
		"ann@example.com":              true,
		" ANN@EXAMPLE.COM ":            true,
		"bob@example.com":              true,
		"a+b@example.com":              true, // E-U6
		"a@example.com":                false,
		"ann@example.com.evil.com":     false,
		"evil+ann@example.com":         false,
		"ann@example.com,bob@x.com":    false,
		"Ann <ann@example.com>":        false,
		"":                             false,
		"\u212Aate@example.com":        false,
		"ann@example.com\nbob@foo.com": false,
	} {
		if got := list.Allows(email); got != want {
			t.Errorf("Allows(%q) is %t, want %t", email, got, want)
		}
	}
}

func TestAllowListOfNobody(t *testing.T) {
	if (auth.AllowList{}).Allows("ann@example.com") {
		t.Error("the zero allow-list allows somebody")
	}
}

// D-26: a bad setting is named at start, all of it at once.
func TestAllowListFaults(t *testing.T) {
	for name, test := range map[string]struct {
		csv  string
		says []string
	}{
		"empty":       {"", []string{"denies all"}},
		"only commas": {" , ,\n", []string{"denies all"}},
		"bad entries": {"ann@example.com, bob, carl@, dan@example.com", []string{`"bob"`, `"carl@"`}},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := auth.ParseAllowList(test.csv)
			if err == nil {
				t.Fatal("no error")
			}
			for _, words := range test.says {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("error %q does not say %q", err, words)
				}
			}
			if list.Allows("ann@example.com") {
				t.Error("a list with faults allows somebody")
			}
		})
	}
}

func FuzzParseAllowList(f *testing.F) {
	f.Add("ann@example.com,a+b@example.com")
	f.Add(" , ")
	f.Add("Ann <ann@example.com>")
	f.Add("\"a,b\"@example.com,\u212A@example.com")
	f.Add("(((@[::1]")
	f.Fuzz(func(t *testing.T, csv string) {
		list, err := auth.ParseAllowList(csv)
		for entry := range strings.SplitSeq(csv, ",") {
			listed := err == nil && strings.TrimSpace(entry) != ""
			if got := list.Allows(entry); got != listed {
				t.Errorf("Allows(%q) is %t after the error %v", entry, got, err)
			}
		}
	})
}
