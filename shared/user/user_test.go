package user_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"boochat/shared/event"
	"boochat/shared/user"
)

func given(payloads ...any) *user.User {
	u := user.New()
	for i, p := range payloads {
		u.Apply(event.Envelope{Sequence: int64(i) + 1}, p)
	}
	return u
}

func signedIn(name, image string) user.Authenticated {
	return user.Authenticated{Name: name, ImageURL: image, Email: "ann@example.com"}
}

func TestRules(t *testing.T) {
	text := func(s string) *string { return &s }
	update := func(name, image *string) func(*user.User) ([]any, error) {
		return func(u *user.User) ([]any, error) { return u.Update(name, image) }
	}
	authenticate := func(u *user.User) ([]any, error) { return u.Authenticate("Ann", "1.png", "ann@example.com") }
	rotate := func(u *user.User) ([]any, error) { return u.RotateCalendar() }
	ann := given(signedIn("Ann", "1.png"))
	for _, c := range []struct {
		name  string
		given *user.User
		when  func(*user.User) ([]any, error)
		then  any
		err   error
	}{
		{"C-1, V-U1: the first sign-in", given(), authenticate, signedIn("Ann", "1.png"), nil},
		{"V-U1: a later sign-in is a fact, too", ann, authenticate, signedIn("Ann", "1.png"), nil},
		{"C-13, V-U2: another name", ann, update(text("Anna"), nil), user.Updated{Name: "Anna", ImageURL: "1.png"}, nil},
		{"C-13, V-U2: another picture", ann, update(nil, text("2.png")), user.Updated{Name: "Ann", ImageURL: "2.png"}, nil},
		{"C-13: both", ann, update(text("Anna"), text("2.png")), user.Updated{Name: "Anna", ImageURL: "2.png"}, nil},
		{"C-13: no picture", ann, update(nil, text("")), user.Updated{Name: "Ann"}, nil},
		{"C-13: nothing", ann, update(nil, nil), nil, nil},
		{"C-13: what is so already", ann, update(text("Ann"), text("1.png")), nil, nil},
		{"another address for the calendar", ann, rotate, user.CalendarRotated{Rotation: 1}, nil},
		{"and yet another", given(signedIn("Ann", "1.png"), user.CalendarRotated{Rotation: 1}), rotate, user.CalendarRotated{Rotation: 2}, nil},
		{"a calendar of somebody who never signed in", given(), rotate, nil, user.ErrUnknown},
		{"C-13: of somebody who never signed in", given(), update(text("Ann"), nil), nil, user.ErrUnknown},
	} {
		events, err := c.when(c.given.Clone())
		var want []any
		if c.then != nil {
			want = []any{c.then}
		}
		if !reflect.DeepEqual(events, want) || !errors.Is(err, c.err) {
			t.Errorf("%s: %+v, error %v, want %+v, %v", c.name, events, err, want, c.err)
		}
	}
}

func TestFold(t *testing.T) {
	for _, c := range []struct {
		name string
		got  *user.User
		want user.Profile
	}{
		{"E-U2, E-U3: as the identity provider says", given(signedIn("Ann", "1.png")), user.Profile{Name: "Ann", ImageURL: "1.png"}},
		{"V-U2: as edited here", given(signedIn("Ann", "1.png"), user.Updated{Name: "Anna", ImageURL: "9.png"}), user.Profile{Name: "Anna", ImageURL: "9.png"}},
		{"what was edited stays when the provider says nothing new", given(signedIn("Ann", "1.png"), user.Updated{Name: "Anna", ImageURL: "9.png"}, signedIn("Ann", "1.png")),
			user.Profile{Name: "Anna", ImageURL: "9.png"}},
		{"D-27: the provider's new name is taken over, and that alone", given(signedIn("Ann", "1.png"), user.Updated{Name: "Anna", ImageURL: "9.png"}, signedIn("Ann Ünal", "1.png")),
			user.Profile{Name: "Ann Ünal", ImageURL: "9.png"}},
		{"D-27: the provider's new picture is taken over, and that alone", given(signedIn("Ann", "1.png"), user.Updated{Name: "Anna", ImageURL: "9.png"}, signedIn("Ann", "2.png")),
			user.Profile{Name: "Anna", ImageURL: "2.png"}},
		{"D-27: what the provider said last counts, not what it said first", given(signedIn("Ann", "1.png"), signedIn("Bea", "1.png"), signedIn("Ann", "1.png")),
			user.Profile{Name: "Ann", ImageURL: "1.png"}},
	} {
		if c.got.Profile != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, c.got.Profile, c.want)
		}
		if !c.got.Exists() || c.got.Email != "ann@example.com" { // E-U4
			t.Errorf("%s: exists %t with the address %q", c.name, c.got.Exists(), c.got.Email)
		}
	}
	if user.New().Exists() {
		t.Error("somebody exists who never signed in")
	}
	if moved := given(signedIn("Ann", ""), user.Authenticated{Name: "Ann", Email: "new@example.com"}); moved.Email != "new@example.com" {
		t.Errorf("E-U4: the address is %q, want the newest", moved.Email)
	}
}

func TestSnapshotFormIsWhole(t *testing.T) {
	u := given(signedIn("Ann", "1.png"), user.Updated{Name: "Anna", ImageURL: "9.png"}, user.CalendarRotated{Rotation: 3})
	if u.CalendarRotation != 3 {
		t.Errorf("the calendar's address was replaced %d times, want 3", u.CalendarRotation)
	}
	data, err := json.Marshal(u)
	if err != nil {
		t.Fatal(err)
	}
	back := user.New()
	if err := json.Unmarshal(data, back); err != nil || *back != *u {
		t.Errorf("read back as %+v, error %v, want %+v", back, err, u)
	}
}
