// Package user keeps who a person is to the others: a name and a picture. Whether
// somebody may come in at all is not decided here but by the allow-list.
//
// Rules: the first sign-in makes the person. At a later sign-in the identity
// provider's name or picture is taken over when it has changed there; a profile
// edited here stays until then. A person's calendar has one address at a time: rotating
// it counts on, and the address of each earlier count is over.
package user

import "boochat/shared/event"

// ErrUnknown refuses a reference to somebody who has never signed in.
var ErrUnknown = event.Refuse(event.NotFound, "There is no such person.")

// User is the folded state of a person's stream. The JSON form is that of
// snapshots.
type User struct {
	Profile  Profile `json:"profile"`
	Identity Profile `json:"identity"` // what the identity provider said last
	Email    string  `json:"email"`
	// CalendarRotation is how often the address of the person's calendar was replaced.
	CalendarRotation int `json:"calendarRotation,omitempty"`
}

// Profile is what others see of a person.
type Profile struct {
	Name     string `json:"name"`
	ImageURL string `json:"imageUrl"`
}

// New is somebody who has never signed in.
func New() *User { return &User{} }

// Stream names a person's stream.
func Stream(id string) event.Stream { return event.NewStream("user", id) }

// Exists reports whether the person has ever signed in.
func (u *User) Exists() bool { return u.Email != "" }

// Authenticated is a sign-in, with what the identity provider said.
type Authenticated struct {
	Name     string `json:"name"`
	ImageURL string `json:"imageUrl"`
	Email    string `json:"email"`
}

// Updated is a profile edited here; it holds the whole profile.
type Updated struct {
	Name     string `json:"name"`
	ImageURL string `json:"imageUrl"`
}

// CalendarRotated replaces the address of the person's calendar.
type CalendarRotated struct {
	Rotation int `json:"rotation"` // how often it was replaced, with this time
}

// Events are the user's events under their stored names.
var Events = []event.Definition{
	event.Define[Authenticated]("user.authenticated"),
	event.Define[Updated]("user.updated"),
	event.Define[CalendarRotated]("user.calendar-rotated"),
}

// Authenticate decides on a verified sign-in.
func (u *User) Authenticate(name, imageURL, email string) ([]any, error) {
	return []any{Authenticated{Name: name, ImageURL: imageURL, Email: email}}, nil
}

// Update decides on a profile change; nil leaves a field as it is.
func (u *User) Update(name, imageURL *string) ([]any, error) {
	if !u.Exists() {
		return nil, ErrUnknown
	}
	next := u.Profile
	if name != nil {
		next.Name = *name
	}
	if imageURL != nil {
		next.ImageURL = *imageURL
	}
	if next == u.Profile {
		return nil, nil
	}
	return []any{Updated(next)}, nil
}

// RotateCalendar decides on another address for the person's calendar.
func (u *User) RotateCalendar() ([]any, error) {
	if !u.Exists() {
		return nil, ErrUnknown
	}
	return []any{CalendarRotated{Rotation: u.CalendarRotation + 1}}, nil
}

// Clone copies the state.
func (u *User) Clone() *User {
	c := *u
	return &c
}

// Apply folds one event into the state.
func (u *User) Apply(_ event.Envelope, payload any) {
	switch p := payload.(type) {
	case Authenticated:
		said := Profile{Name: p.Name, ImageURL: p.ImageURL}
		if said.Name != u.Identity.Name {
			u.Profile.Name = said.Name
		}
		if said.ImageURL != u.Identity.ImageURL {
			u.Profile.ImageURL = said.ImageURL
		}
		u.Identity, u.Email = said, p.Email
	case Updated:
		u.Profile = Profile(p)
	case CalendarRotated:
		u.CalendarRotation = p.Rotation
	}
}
