package query

import (
	"cmp"
	"context"
	"slices"

	"boochat/shared/view"
)

// User is a person of the group. Online is told only of oneself and of people one
// shares a room with.
type User struct {
	Person
	Online bool `json:"online"`
}

// UserList is everybody who has signed in and may do so still.
type UserList struct {
	Users []User `json:"users"`
}

// Users lists the group, by name.
func (s *Service) Users(ctx context.Context, c Call) (UserList, error) {
	accounts, err := view.Accounts(ctx, s.Views)
	if err != nil {
		return UserList{}, err
	}
	near, err := view.Companions(ctx, s.Views, c.Caller.UserID)
	if err != nil {
		return UserList{}, err
	}
	online, err := s.Presence.Online(ctx, near)
	if err != nil {
		return UserList{}, err
	}
	list := UserList{Users: []User{}}
	for id, account := range accounts {
		if s.Allowed.Allows(account.User.Email) {
			list.Users = append(list.Users, User{Person{id, account.User.Profile.Name, account.User.Profile.ImageURL}, online[id]})
		}
	}
	slices.SortFunc(list.Users, func(a, b User) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return list, nil
}
