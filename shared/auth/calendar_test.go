package auth_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"boochat/shared/auth"
)

func TestCalendarSecrets(t *testing.T) {
	secrets := auth.NewCalendarSecrets(fixedKeys().CalendarKey())
	seen := map[string]bool{}
	for _, person := range []string{"108234567890123456789", "ann", "a|1", strings.Repeat("x", 128)} {
		for _, rotation := range []int{0, 1, 12345} {
			secret := secrets.Make(person, rotation)
			if seen[secret] || secret != secrets.Make(person, rotation) {
				t.Errorf("the secret of %s after %d is another's, or not always the same", person, rotation)
			}
			seen[secret] = true
			if who, when, ok := secrets.Verify(secret); !ok || who != person || when != rotation {
				t.Errorf("the secret of %s after %d is read as of %s after %d: %t", person, rotation, who, when, ok)
			}
			if _, _, ok := auth.NewCalendarSecrets(auth.NewKeys(noon).CalendarKey()).Verify(secret); ok {
				t.Error("a secret made with another key is accepted")
			}
			if strings.ContainsAny(secret, "/.=+") {
				t.Errorf("%s does not fit into a path", secret)
			}
		}
	}
}

func TestCalendarSecretsFaults(t *testing.T) {
	secrets := auth.NewCalendarSecrets(fixedKeys().CalendarKey())
	good := secrets.Make("108234567890123456789", 7)
	data, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		bent := append([]byte{}, data...)
		bent[i] ^= 1
		if _, _, ok := secrets.Verify(base64.RawURLEncoding.EncodeToString(bent)); ok {
			t.Errorf("byte %d does not matter", i)
		}
	}
	encode := base64.RawURLEncoding.EncodeToString
	for name, secret := range map[string]string{
		"empty": "", "not base64": "!" + good, "cut off": good[:len(good)-1], "something after": good + "A",
		"a line break": good[:8] + "\n" + good[8:], "padded": good + "=", "a MAC alone": encode(data[len(data)-32:]),
		"no count": encode(append([]byte("ann"), data[len(data)-33:]...)), "no number": encode(append([]byte("ann|x"), data[len(data)-33:]...)),
		"another spelling of the count": encode(append([]byte("108234567890123456789|07"), data[len(data)-33:]...)),
		"another separator":             encode(append(append([]byte("108234567890123456789|7"), '!'), data[len(data)-32:]...)),
		"endless":                       strings.Repeat("A", 1<<20),
	} {
		if _, _, ok := secrets.Verify(secret); ok {
			t.Errorf("%s is accepted", name)
		}
	}
}

func FuzzVerifyCalendarSecret(f *testing.F) {
	secrets := auth.NewCalendarSecrets(fixedKeys().CalendarKey())
	f.Add(secrets.Make("ann", 7))
	f.Add(secrets.Make("", 0))
	f.Add(secrets.Make("a|b", 1)[1:])
	f.Add("YW5ufDd8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("===")
	f.Fuzz(func(t *testing.T, secret string) {
		if person, rotation, ok := secrets.Verify(secret); ok && secrets.Make(person, rotation) != secret {
			t.Errorf("%q is accepted as another spelling of the secret of %q after %d", secret, person, rotation)
		}
	})
}
