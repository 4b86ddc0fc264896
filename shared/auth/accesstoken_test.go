package auth_test

import (
	"encoding/base64"
	"strings"
	"sync"
	"testing"
	"time"

	"boochat/shared/auth"
)

var ann = auth.Claims{UserID: "108234567890123456789", Email: "ann@example.com", SessionID: "session-1"}

func newAccessTokens(t testing.TB, keys auth.Keys, now func() time.Time) *auth.AccessTokens {
	t.Helper()
	tokens, err := auth.NewAccessTokens(keys, now)
	if err != nil {
		t.Fatalf("make access tokens: %v", err)
	}
	return tokens
}

func issue(t testing.TB, tokens *auth.AccessTokens, claims auth.Claims) string {
	t.Helper()
	token, _, err := tokens.Issue(claims)
	if err != nil {
		t.Fatalf("issue: %v", err)
	}
	return token
}

// wantRefused verifies twice, because a first look could leave something behind.
func wantRefused(t *testing.T, tokens *auth.AccessTokens, token string) {
	t.Helper()
	for range 2 {
		claims, expiresAt, err := tokens.Verify(token)
		wantInvalid(t, err)
		if claims != (auth.Claims{}) || !expiresAt.IsZero() {
			t.Errorf("refused with claims %+v until %v", claims, expiresAt)
		}
	}
}

func TestAccessToken(t *testing.T) {
	clock := newClock()
	clock.advance(999 * time.Millisecond)
	keys := auth.NewKeys(noon)
	issuer := newAccessTokens(t, keys, clock.now)
	token, expiresAt, err := issuer.Issue(ann)
	if err != nil || !expiresAt.Equal(noon.Add(15*time.Minute)) {
		t.Fatalf("issued until %v, error %v, want 15 minutes in whole seconds", expiresAt, err)
	}
	for name, tokens := range map[string]*auth.AccessTokens{
		"where it was made":  issuer,
		"in another process": newAccessTokens(t, keys, clock.now),
	} {
		for _, look := range []string{"first", "second"} {
			claims, until, err := tokens.Verify(token)
			if err != nil || claims != ann || !until.Equal(expiresAt) {
				t.Errorf("%s, %s look: %+v until %v, error %v", name, look, claims, until, err)
			}
		}
	}
}

// D-2: a token ends when it says so, whether or not it was seen before.
func TestAccessTokenExpires(t *testing.T) {
	clock := newClock()
	keys := auth.NewKeys(noon)
	tokens, fresh := newAccessTokens(t, keys, clock.now), newAccessTokens(t, keys, clock.now)
	token := issue(t, tokens, ann)
	clock.advance(auth.AccessTokenLifetime - time.Second)
	if _, _, err := tokens.Verify(token); err != nil {
		t.Errorf("a second before its end: %v", err)
	}
	clock.advance(time.Second)
	wantRefused(t, tokens, token)
	wantRefused(t, fresh, token)
}

// D-3: equal claims do not show.
func TestAccessTokensOfEqualClaimsDiffer(t *testing.T) {
	tokens := newAccessTokens(t, auth.NewKeys(noon), newClock().now)
	first, second := strings.Split(issue(t, tokens, ann), "."), strings.Split(issue(t, tokens, ann), ".")
	for i, part := range map[int]string{2: "nonces", 3: "ciphertexts", 4: "tags"} {
		if first[i] == second[i] {
			t.Errorf("both have the same %s", part)
		}
	}
	for _, part := range append(first, second...) {
		if data, err := base64.RawURLEncoding.DecodeString(part); err != nil || strings.Contains(string(data), ann.Email) {
			t.Errorf("a part of the token can be read, or is not base64: %v", err)
		}
	}
}

func TestAccessTokenNeedsAllClaims(t *testing.T) {
	tokens := newAccessTokens(t, auth.NewKeys(noon), newClock().now)
	for _, claims := range []auth.Claims{
		{Email: ann.Email, SessionID: ann.SessionID},
		{UserID: ann.UserID, SessionID: ann.SessionID},
		{UserID: ann.UserID, Email: ann.Email},
	} {
		if _, _, err := tokens.Issue(claims); err == nil {
			t.Errorf("issued for %+v", claims)
		}
	}
}

func TestAccessTokensNeedKeys(t *testing.T) {
	if _, err := auth.NewAccessTokens(auth.Keys{}, newClock().now); err == nil {
		t.Error("no error without keys")
	}
}

// Old tokens outlive a rotation, their key does not outlive them: not even for
// somebody who stole it and makes tokens that have not expired.
func TestAccessTokenAfterRotation(t *testing.T) {
	clock := newClock()
	old := auth.NewKeys(noon)
	oldTokens := newAccessTokens(t, old, clock.now)
	before := issue(t, oldTokens, ann)
	rotated := old.Rotate(noon)
	tokens := newAccessTokens(t, rotated, clock.now)
	if claims, _, err := tokens.Verify(before); err != nil || claims != ann {
		t.Errorf("a token from before the rotation: %+v, error %v", claims, err)
	}
	wantRefused(t, oldTokens, issue(t, tokens, ann)) // its kid is unknown there

	clock.advance(auth.AccessTokenLifetime)
	stolen := issue(t, oldTokens, ann)
	wantRefused(t, tokens, stolen)
	wantRefused(t, newAccessTokens(t, rotated.Rotate(clock.now()), clock.now), stolen)
	if _, _, err := tokens.Verify(issue(t, tokens, ann)); err != nil {
		t.Errorf("a token of the new key: %v", err)
	}
}

func TestAccessTokensConcurrently(t *testing.T) {
	tokens := newAccessTokens(t, auth.NewKeys(noon), newClock().now)
	shared := issue(t, tokens, ann)
	var requests sync.WaitGroup
	for range 8 {
		requests.Go(func() {
			for range 20 {
				token, _, err := tokens.Issue(ann)
				if err != nil {
					t.Errorf("issue: %v", err)
				}
				for _, token := range []string{token, shared} {
					if claims, _, err := tokens.Verify(token); err != nil || claims != ann {
						t.Errorf("verify: %+v, error %v", claims, err)
					}
				}
			}
		})
	}
	requests.Wait()
}

func BenchmarkIssueAccessToken(b *testing.B) {
	tokens := newAccessTokens(b, auth.NewKeys(noon), newClock().now)
	b.ReportAllocs()
	for b.Loop() {
		issue(b, tokens, ann)
	}
}

func BenchmarkVerifyAccessTokenCold(b *testing.B) {
	keys := auth.NewKeys(noon)
	tokens := newAccessTokens(b, keys, newClock().now)
	const more = 8192 // than are remembered
	unseen := make([]string, more)
	for i := range unseen {
		unseen[i] = issue(b, tokens, ann)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, _, err := tokens.Verify(unseen[i%more]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyAccessTokenWarm(b *testing.B) {
	tokens := newAccessTokens(b, auth.NewKeys(noon), newClock().now)
	token := issue(b, tokens, ann)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := tokens.Verify(token); err != nil {
			b.Fatal(err)
		}
	}
}
