package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"boochat/shared/auth"
)

// fixedKeys are the same in every process.
func fixedKeys() auth.Keys {
	key := func(letter string) []auth.Key {
		return []auth.Key{{ID: letter, Secret: []byte(strings.Repeat(letter, 32)), CreatedAt: noon}}
	}
	return auth.Keys{Signing: key("s"), Encryption: key("e")}
}

func TestNewKeys(t *testing.T) {
	seen := map[string]bool{}
	for range 2 {
		keys := auth.NewKeys(noon)
		for _, key := range append(keys.Signing, keys.Encryption...) {
			if len(key.Secret) != 32 || !key.CreatedAt.Equal(noon) || seen[key.ID] || seen[string(key.Secret)] {
				t.Errorf("key %s of %d bytes, created at %v, is not as it should be", key.ID, len(key.Secret), key.CreatedAt)
			}
			seen[key.ID], seen[string(key.Secret)] = true, true
		}
	}
	if len(seen) != 8 {
		t.Errorf("%d ids and secrets, want 8", len(seen))
	}
}

func encode(t testing.TB, keys auth.Keys) []byte {
	t.Helper()
	data, err := json.Marshal(keys)
	if err != nil {
		t.Fatalf("encode keys: %v", err)
	}
	return data
}

func TestParseKeys(t *testing.T) {
	want := auth.NewKeys(noon).Rotate(noon.Add(time.Minute))
	got, err := auth.ParseKeys(encode(t, want))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("keys do not come back from JSON, error %v", err)
	}
}

func TestParseKeysFaults(t *testing.T) {
	changed := func(change func(*auth.Keys)) string {
		keys := auth.NewKeys(noon).Rotate(noon.Add(time.Minute))
		change(&keys)
		return string(encode(t, keys))
	}
	good := changed(func(*auth.Keys) {})
	for name, text := range map[string]string{
		"empty":              "",
		"not JSON":           "keys",
		"cut off":            good[:len(good)/2],
		"something after":    good + "{}",
		"unknown field":      strings.Replace(good, `"signing"`, `"extra":1,"signing"`, 1),
		"field twice":        strings.Replace(good, `"signing"`, `"encryption":[],"signing"`, 1),
		"null":               "null",
		"secret not base64":  strings.Replace(good, `"secret":"`, `"secret":"!`, 1),
		"no signing key":     changed(func(k *auth.Keys) { k.Signing = nil }),
		"no encryption key":  changed(func(k *auth.Keys) { k.Encryption = nil }),
		"short secret":       changed(func(k *auth.Keys) { k.Signing[1].Secret = k.Signing[1].Secret[:31] }),
		"long secret":        changed(func(k *auth.Keys) { k.Signing[1].Secret = make([]byte, 33) }),
		"no kid":             changed(func(k *auth.Keys) { k.Encryption[0].ID = "" }),
		"no createdAt":       changed(func(k *auth.Keys) { k.Encryption[1].CreatedAt = time.Time{} }),
		"same kid":           changed(func(k *auth.Keys) { k.Encryption[0].ID = k.Encryption[1].ID }),
		"one for both":       changed(func(k *auth.Keys) { k.Encryption[0].Secret = k.Signing[0].Secret }),
		"short calendar key": changed(func(k *auth.Keys) { k.Calendar = k.Calendar[:31] }),
		"calendar key taken": changed(func(k *auth.Keys) { k.Calendar = k.Signing[1].Secret }),
		"oldest first":       changed(func(k *auth.Keys) { k.Signing[0], k.Signing[1] = k.Signing[1], k.Signing[0] }),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := auth.ParseKeys([]byte(text))
			if err == nil {
				t.Fatal("no error")
			}
			if quotesSecret(err, text) {
				t.Errorf("the error quotes a secret: %v", err)
			}
		})
	}
}

// quotesSecret reports whether an error holds a piece of a "secret" in text.
func quotesSecret(err error, text string) bool {
	for _, part := range strings.Split(text, `"secret":"`)[1:] {
		if secret, _, _ := strings.Cut(part, `"`); len(secret) >= 8 && strings.Contains(err.Error(), secret[:8]) {
			return true
		}
	}
	return false
}

func TestRotate(t *testing.T) {
	first := auth.NewKeys(noon)
	second := first.Rotate(noon.Add(time.Hour))
	// The first pair made tokens until an hour past noon, which live a quarter more.
	third := second.Rotate(noon.Add(75*time.Minute - time.Nanosecond))
	fourth := second.Rotate(noon.Add(75 * time.Minute))
	for name, test := range map[string]struct {
		got  auth.Keys
		want []auth.Keys // that it goes back to, newest first
	}{
		"the replaced pair stays, however old": {second, []auth.Keys{first}},
		"a pair stays while its tokens live":   {third, []auth.Keys{second, first}},
		"a pair goes when its tokens are over": {fourth, []auth.Keys{second}},
	} {
		t.Run(name, func(t *testing.T) {
			if len(test.got.Signing) != 1+len(test.want) || len(test.got.Encryption) != 1+len(test.want) {
				t.Fatalf("%d signing and %d encryption keys, want %d", len(test.got.Signing), len(test.got.Encryption), 1+len(test.want))
			}
			for i, old := range test.want {
				if test.got.Signing[1+i].ID != old.Signing[0].ID || test.got.Encryption[1+i].ID != old.Encryption[0].ID {
					t.Errorf("pair %d is not the one expected", 1+i)
				}
			}
			if _, err := auth.ParseKeys(encode(t, test.got)); err != nil {
				t.Errorf("rotated keys are not good: %v", err)
			}
		})
	}
	if len(first.Signing) != 1 || len(second.Signing) != 2 {
		t.Error("rotating changed the keys that it started from")
	}
}

func TestRotateWithClockSetBack(t *testing.T) {
	rotated := auth.NewKeys(noon).Rotate(noon.Add(-time.Hour))
	if _, err := auth.ParseKeys(encode(t, rotated)); err != nil {
		t.Errorf("rotated keys are not good: %v", err)
	}
}

func TestRefreshKey(t *testing.T) {
	keys := auth.NewKeys(noon)
	key := keys.RefreshKey()
	if len(key) != 32 || string(key) != string(keys.RefreshKey()) {
		t.Errorf("a key of %d bytes that may not stay the same", len(key))
	}
	for _, other := range [][]byte{keys.Signing[0].Secret, keys.Encryption[0].Secret, keys.Rotate(noon).RefreshKey()} {
		if string(key) == string(other) {
			t.Error("it is the same as another key")
		}
	}
}

// Calendars outlive every rotation of keys, of those that were made before calendars
// were, too; and taking the key out ends them.
func TestCalendarKey(t *testing.T) {
	keys := auth.NewKeys(noon)
	key := keys.CalendarKey()
	for _, other := range [][]byte{keys.Signing[0].Secret, keys.Encryption[0].Secret, keys.RefreshKey()} {
		if len(key) != 32 || string(key) == string(other) {
			t.Errorf("%d bytes, or the same as another key", len(key))
		}
	}
	for day := range 3 {
		keys = keys.Rotate(noon.AddDate(0, 0, day+1))
		if read, err := auth.ParseKeys(encode(t, keys)); err != nil || string(read.CalendarKey()) != string(key) {
			t.Errorf("after rotation %d it is another, error %v", day+1, err)
		}
	}
	keys.Calendar = nil
	if string(keys.CalendarKey()) == string(key) {
		t.Error("it is still the same after it was taken out")
	}
}

func FuzzParseKeys(f *testing.F) {
	good := encode(f, fixedKeys())
	f.Add(good)
	f.Add(good[:len(good)-2])
	f.Add([]byte(`{"signing":[{}],"encryption":[{}]}`))
	f.Add([]byte(`{"signing":[{"secret":"` + base64.StdEncoding.EncodeToString(make([]byte, 32)) + `"}]}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, data []byte) {
		keys, err := auth.ParseKeys(data)
		if err != nil {
			return
		}
		if _, err := auth.NewAccessTokens(keys, newClock().now); err != nil {
			t.Errorf("keys that were accepted are of no use: %v", err)
		}
	})
}
