package command

import (
	"context"

	"boochat/shared/httpapi"
	"boochat/shared/user"
)

// UpdateProfile changes how others see the caller.
type UpdateProfile struct {
	Name     *string `json:"name,omitzero" jsonschema:"minLength=1,maxLength=100"`
	ImageURL *string `json:"imageUrl,omitzero" jsonschema:"format=uri,maxLength=2048"`
}

// Profile is the caller as they see themselves.
type Profile struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	ImageURL string `json:"imageUrl"`
	Email    string `json:"email" jsonschema:"format=email"`
}

// ProfileUpdated is the profile as it is now.
type ProfileUpdated struct {
	User Profile `json:"user"`
}

// Check applies the limits.
func (q *UpdateProfile) Check(l *httpapi.Limits) {
	if q.Name != nil {
		l.Name("name", q.Name)
	}
	if q.ImageURL != nil {
		l.URL("imageUrl", *q.ImageURL)
	}
}

// UpdateProfile is the command of that name.
func (s *Service) UpdateProfile(ctx context.Context, c Call, q UpdateProfile) (ProfileUpdated, error) {
	outcome, err := s.Users.Execute(ctx, user.Stream(c.Caller.UserID), c.command(q), func(u *user.User) ([]any, error) {
		return u.Update(q.Name, q.ImageURL)
	})
	if err != nil {
		return ProfileUpdated{}, err
	}
	profile, err := s.profile(ctx, c.Caller.UserID)
	if err != nil || len(outcome.Events) == 0 {
		return ProfileUpdated{profile}, err
	}
	// What the command left when it came first is the answer to repeats, too.
	payload, err := s.Catalogue.Decode(outcome.Events[0])
	if updated, ok := payload.(user.Updated); ok {
		profile.Name, profile.ImageURL = updated.Name, updated.ImageURL
	}
	return ProfileUpdated{profile}, err
}

func (s *Service) profile(ctx context.Context, id string) (p Profile, err error) {
	err = s.Users.Read(ctx, user.Stream(id), func(u *user.User) {
		p = Profile{ID: id, Name: u.Profile.Name, ImageURL: u.Profile.ImageURL, Email: u.Email}
	})
	return p, err
}
