package scenario

import (
	"errors"
	"fmt"
	"testing"

	"boochat/emulators/scenario/client"
)

func testPeople(t *testing.T, s *suite) {
	t.Run("E-U1 E-U2 E-U3 E-U4 me", func(t *testing.T) {
		ann := s.person(t, "Ann")
		var me client.Profile
		ann.get("/v1/me").want(200, shapeProfile).into(&me)
		want := client.Profile{ID: ann.ID, Name: "Ann", ImageURL: ann.Identity.ImageURL, Email: ann.Identity.Email}
		if me != want || ann.User != want {
			t.Errorf("me is %+v after signing in as %+v, want %+v", me, ann.User, want)
		}
	})
	t.Run("D-27 E-U2 E-U3 the profile follows the identity provider when that changes", func(t *testing.T) {
		ann := s.person(t, "Ann")
		changed := ann.Identity
		changed.Name, changed.ImageURL = "Ann Lee", "https://example.com/lee.png"
		again := s.signIn(t, changed)
		if again.ID != ann.ID || again.User.Name != "Ann Lee" || again.User.ImageURL != changed.ImageURL {
			t.Errorf("signed in again as %+v", again.User)
		}
		ann.isShownAs("Ann Lee", changed.ImageURL)
		ann.post("update-profile", fields{"name": "Annie"}).want(200, shapeUser)
		if kept := s.signIn(t, changed); kept.User.Name != "Annie" {
			t.Errorf("signing in without a change there takes back a name edited here: %+v", kept.User)
		}
	})
	t.Run("C-13 H-2 the profile can be edited", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		id := ann.newRoom(bob)
		said := ann.say(id, "Hello")
		var got struct{ User client.Profile }
		ann.post("update-profile", fields{"name": " Annie "}).want(200, shapeUser).into(&got)
		if got.User.Name != "Annie" || got.User.ImageURL != ann.Identity.ImageURL || got.User.Email != ann.Identity.Email {
			t.Errorf("user is %+v", got.User)
		}
		ann.post("update-profile", fields{"imageUrl": "https://example.com/annie.png"}).want(200, shapeUser)
		ann.post("update-profile", fields{}).want(200, shapeUser).into(&got)
		if got.User.Name != "Annie" || got.User.ImageURL != "https://example.com/annie.png" {
			t.Errorf("user is %+v", got.User)
		}
		bob.isShown(ann, "Annie", "https://example.com/annie.png")
		eventually(t, func() error {
			r := bob.room(id, said.Sequence)
			if sender := r.Items[1].Sender; r.Participants[0].Name != "Annie" || sender == nil || sender.Name != "Annie" {
				return fmt.Errorf("room shows %+v and sender %+v", r.Participants, sender)
			}
			return nil
		})
	})
	t.Run("Q-4 everybody who has signed in is listed, once, and without address", func(t *testing.T) {
		ann := s.person(t, "Ann")
		s.signIn(t, ann.Identity)
		bob := s.person(t, "Bob")
		bob.isShown(ann, "Ann", ann.Identity.ImageURL)
		ann.isShown(bob, "Bob", bob.Identity.ImageURL)
	})
	t.Run("D-8 who leaves the list is listed no longer", func(t *testing.T) {
		own := s.alone(t)
		ann, bob := own.person(t, "Ann"), own.person(t, "Bob")
		ann.isShown(bob, "Bob", bob.Identity.ImageURL)
		own.Restart(t, Setting("ALLOWED_USERS="+ann.Identity.Email))
		ann.users(func(users map[string]someone) error {
			if len(users) != 1 || users[ann.ID].Name != "Ann" {
				return fmt.Errorf("users are %+v", users)
			}
			return nil
		})
		ann.post("create-room", fields{"name": "Us", "participantIds": []string{bob.ID}}).refused("not-found")
		ann.post("invite-user", fields{"roomId": ann.newRoom(), "inviteeId": bob.ID}).refused("not-found")
	})
	t.Run("who has never signed in cannot be in a room", func(t *testing.T) {
		ann := s.person(t, "Ann")
		problem := ann.post("create-room", fields{"name": "Us", "participantIds": []string{"nobody"}}).refused("not-found")
		if len(problem.Errors) != 1 || problem.Errors[0].Field != "participantIds" {
			t.Errorf("errors are %+v", problem.Errors)
		}
		problem = ann.post("invite-user", fields{"roomId": ann.newRoom(), "inviteeId": "nobody"}).refused("not-found")
		if len(problem.Errors) != 1 || problem.Errors[0].Field != "inviteeId" {
			t.Errorf("errors are %+v", problem.Errors)
		}
	})
}

// isShown waits until somebody is shown another as they now are.
func (p *person) isShown(other *person, name, imageURL string) {
	p.t.Helper()
	p.users(func(users map[string]someone) error {
		got, listed := users[other.ID]
		if !listed {
			return errors.New("not listed")
		}
		if got.Name != name || got.ImageURL != imageURL {
			return fmt.Errorf("shown as %+v", got)
		}
		return nil
	})
}

// isShownAs waits until somebody sees themselves as they now are.
func (p *person) isShownAs(name, imageURL string) {
	p.t.Helper()
	p.isShown(p, name, imageURL)
	var me client.Profile
	if p.get("/v1/me").into(&me); me.Name != name || me.ImageURL != imageURL {
		p.t.Errorf("me is %+v", me)
	}
}
