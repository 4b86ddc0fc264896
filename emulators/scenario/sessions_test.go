package scenario

import (
	"testing"

	"boochat/emulators/scenario/client"
)

// refreshed goes on with a session.
func (p *person) refreshed(refreshToken, key string) *person {
	p.t.Helper()
	next := *p
	next.Token = ""
	var session client.Session
	next.repeat("refresh", fields{"refreshToken": refreshToken}, key).want(200, shapeSession).into(&session)
	next.Session, next.Token = session, session.AccessToken
	return &next
}

// isSignedIn checks whether somebody's access token is good.
func (p *person) isSignedIn(want bool) {
	p.t.Helper()
	if a := p.get("/v1/me"); want {
		a.want(200, shapeProfile)
	} else {
		a.refused("unauthenticated")
	}
}

func testSessions(t *testing.T, s *suite) {
	t.Run("a refresh token is good once, and its reuse ends the session", func(t *testing.T) {
		ann := s.person(t, "Ann")
		second := ann.refreshed(ann.RefreshToken, newID())
		third := second.refreshed(second.RefreshToken, newID())
		if ann.RefreshToken == second.RefreshToken || second.RefreshToken == third.RefreshToken {
			t.Error("a refresh token came twice")
		}
		ann.isSignedIn(true) // until it ends by itself
		ann.post("refresh", fields{"refreshToken": ann.RefreshToken}).refused("unauthenticated")
		for _, stolen := range []*person{ann, second, third} {
			stolen.isSignedIn(false)
			stolen.post("refresh", fields{"refreshToken": stolen.RefreshToken}).refused("unauthenticated")
		}
	})
	t.Run("a lost answer of refresh can be asked for again", func(t *testing.T) {
		ann := s.person(t, "Ann")
		key := newID()
		lost, again := ann.refreshed(ann.RefreshToken, key), ann.refreshed(ann.RefreshToken, key)
		if lost.RefreshToken != again.RefreshToken {
			t.Error("a repeat gives another refresh token")
		}
		lost.isSignedIn(true)
		again.isSignedIn(true)
		next := again.refreshed(again.RefreshToken, newID())
		ann.repeat("refresh", fields{"refreshToken": ann.RefreshToken}, key).refused("unauthenticated")
		next.isSignedIn(false) // that was a reuse
	})
	t.Run("without its key the repeat of a refresh is a reuse", func(t *testing.T) {
		ann := s.person(t, "Ann")
		next := ann.refreshed(ann.RefreshToken, newID())
		ann.repeat("refresh", fields{"refreshToken": ann.RefreshToken}, "").refused("unauthenticated")
		next.isSignedIn(false)
	})
	t.Run("refresh takes nothing but refresh tokens", func(t *testing.T) {
		ann := s.person(t, "Ann")
		for _, token := range []string{"", "x", ann.AccessToken, ann.RefreshToken + "A", ann.RefreshToken[1:]} {
			s.nobody(t).post("refresh", fields{"refreshToken": token}).refused("unauthenticated")
		}
		ann.refreshed(ann.RefreshToken, newID()).isSignedIn(true)
	})
	t.Run("sign-out ends this session, its tokens and its socket", func(t *testing.T) {
		ann := s.person(t, "Ann")
		phone := s.signIn(t, ann.Identity)
		onLaptop, onPhone := ann.listen(), phone.listen()
		onLaptop.current()
		onPhone.current()
		ann.post("sign-out", nil).want(204, "")
		ann.isSignedIn(false)
		ann.post("refresh", fields{"refreshToken": ann.RefreshToken}).refused("unauthenticated")
		ann.post("sign-out", nil).refused("unauthenticated")
		onLaptop.endsWith(4401)
		phone.isSignedIn(true)
		phone.post("update-profile", fields{"name": "Annie"})
		onPhone.shows("users/"+ann.ID, `"Annie"`)
	})
	t.Run("sign-out-everywhere ends all sessions of one person", func(t *testing.T) {
		ann, bob := s.person(t, "Ann"), s.person(t, "Bob")
		phone := s.signIn(t, ann.Identity)
		onPhone := phone.listen()
		onPhone.current()
		ann.post("sign-out-everywhere", fields{}).want(204, "")
		for _, p := range []*person{ann, phone} {
			p.isSignedIn(false)
			p.post("refresh", fields{"refreshToken": p.RefreshToken}).refused("unauthenticated")
		}
		onPhone.endsWith(4401)
		bob.isSignedIn(true)
		s.signIn(t, ann.Identity).isSignedIn(true)
	})
}
