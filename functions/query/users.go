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
	users, err := view.List[view.User](ctx, s.Views, view.Query{Collection: "users"})
	if err != nil {
		return UserList{}, err
	}
	allowed, err := view.Allowed(ctx, s.Views, s.Allowed.Allows)
	if err != nil {
		return UserList{}, err
	}
	near, err := view.Companions(ctx, s.Views, c.Caller.UserID)
	if err != nil {
		return UserList{}, err
	}
	list := UserList{Users: []User{}}
	for _, u := range users {
		if allowed[u.ID] {
			list.Users = append(list.Users, User{Person{u.ID, u.Name, u.ImageURL}, near[u.ID] && s.Presence.Online(u.ID)})
		}
	}
	slices.SortFunc(list.Users, func(a, b User) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return list, nil
}
