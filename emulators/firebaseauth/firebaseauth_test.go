package firebaseauth

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/auth"
	"github.com/golang-jwt/jwt/v5"
)

const project = "demo-boochat"

// stage is a running emulator, with a clock to turn and a server's client for it.
type stage struct {
	*testing.T
	url   string
	admin *auth.Client
	clock time.Time
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{T: t, clock: time.Now()}
	server := httptest.NewServer(New(project, func() time.Time { return s.clock }).Handler())
	t.Cleanup(server.Close)
	s.url = server.URL
	t.Setenv("FIREBASE_AUTH_EMULATOR_HOST", strings.TrimPrefix(server.URL, "http://"))
	app, err := firebase.NewApp(t.Context(), &firebase.Config{ProjectID: project})
	if err == nil {
		s.admin, err = app.Auth(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tokens are what signing in and refreshing answer.
type tokens struct{ idToken, refreshToken string }

func (s *stage) customToken(uid string, claims map[string]any) string {
	s.Helper()
	token, err := s.admin.CustomTokenWithClaims(s.Context(), uid, claims)
	if err != nil {
		s.Fatal(err)
	}
	return token
}

func (s *stage) signIn(uid string, claims map[string]any) tokens {
	s.Helper()
	status, body := s.post("/identitytoolkit.googleapis.com/v1/accounts:signInWithCustomToken?key=any",
		map[string]any{"token": s.customToken(uid, claims), "returnSecureToken": true})
	if status != http.StatusOK || body["expiresIn"] != "3600" {
		s.Fatalf("signing in was answered %d %v", status, body)
	}
	return tokens{body["idToken"].(string), body["refreshToken"].(string)}
}

func (s *stage) refresh(token string) (status int, body map[string]any) {
	s.Helper()
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	request, err := http.NewRequestWithContext(s.Context(), http.MethodPost, s.url+"/securetoken.googleapis.com/v1/token?key=any", strings.NewReader(form.Encode()))
	if err != nil {
		s.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.do(request)
}

func (s *stage) post(path string, body any) (status int, answer map[string]any) {
	s.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		s.Fatal(err)
	}
	request, err := http.NewRequestWithContext(s.Context(), http.MethodPost, s.url+path, bytes.NewReader(data))
	if err != nil {
		s.Fatal(err)
	}
	return s.do(request)
}

func (s *stage) do(request *http.Request) (status int, body map[string]any) {
	s.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		s.Fatal(err)
	}
	return response.StatusCode, body
}

// refused checks for an error with a code that SDKs know.
func (s *stage) refused(code string, status int, body map[string]any) {
	s.Helper()
	problem, _ := body["error"].(map[string]any)
	message, _ := problem["message"].(string)
	if got, _, _ := strings.Cut(message, " : "); status < 400 || got != code || problem["code"] != float64(status) {
		s.Errorf("answered %d %v, want %s", status, body, code)
	}
}

func TestServersTokenSignsIn(t *testing.T) {
	s := newStage(t)
	signedIn := s.signIn("ann", map[string]any{"group": "friends"})
	token, err := s.admin.VerifyIDToken(t.Context(), signedIn.idToken)
	if err != nil {
		t.Fatal(err)
	}
	if token.UID != "ann" || token.Claims["group"] != "friends" || token.Firebase.SignInProvider != "custom" {
		t.Errorf("the ID token says %+v", token)
	}
	if left := token.Expires - token.IssuedAt; left != 3600 {
		t.Errorf("the ID token lives %d s", left)
	}
	status, body := s.post("/identitytoolkit.googleapis.com/v1/accounts:lookup", map[string]string{"idToken": signedIn.idToken})
	users, _ := body["users"].([]any)
	if status != http.StatusOK || len(users) != 1 || users[0].(map[string]any)["localId"] != "ann" {
		t.Errorf("looking up was answered %d %v", status, body)
	}
}

func TestServerKnowsWhoHasSignedIn(t *testing.T) {
	s := newStage(t)
	s.signIn("ann", nil)
	if user, err := s.admin.GetUser(t.Context(), "ann"); err != nil || user.UserMetadata.CreationTimestamp != s.clock.UnixMilli() {
		t.Errorf("ann is %+v, %v", user, err)
	}
	if _, err := s.admin.GetUser(t.Context(), "bob"); !auth.IsUserNotFound(err) {
		t.Errorf("bob, who never signed in, gives %v", err)
	}
}

func TestRefreshedTokenIsTheSameSession(t *testing.T) {
	s := newStage(t)
	signedIn := s.signIn("ann", map[string]any{"group": "friends"})
	first, err := s.admin.VerifyIDToken(t.Context(), signedIn.idToken)
	if err != nil {
		t.Fatal(err)
	}
	s.clock = s.clock.Add(time.Second)
	status, body := s.refresh(signedIn.refreshToken)
	if status != http.StatusOK || body["user_id"] != "ann" || body["expires_in"] != "3600" || body["id_token"] != body["access_token"] {
		t.Fatalf("refreshing was answered %d %v", status, body)
	}
	again, err := s.admin.VerifyIDToken(t.Context(), body["id_token"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if again.Claims["group"] != "friends" || again.AuthTime != first.AuthTime || again.Expires != first.Expires+1 {
		t.Errorf("refreshed: %+v, was %+v", again, first)
	}
}

// A browser that is signed in stays so while the emulator is restarted.
func TestRefreshTokenOutlivesTheEmulator(t *testing.T) {
	old := newStage(t).signIn("ann", nil)
	s := newStage(t)
	status, body := s.post("/identitytoolkit.googleapis.com/v1/accounts:lookup", map[string]string{"idToken": old.idToken})
	s.refused("USER_NOT_FOUND", status, body)
	status, body = s.refresh(old.refreshToken)
	if status != http.StatusOK {
		t.Fatalf("refreshing was answered %d %v", status, body)
	}
	if _, err := s.admin.VerifyIDToken(t.Context(), body["id_token"].(string)); err != nil {
		t.Error(err)
	}
}

func TestRefusesOtherCustomTokens(t *testing.T) {
	s := newStage(t)
	claims := func(change string, to any) jwt.MapClaims {
		c := jwt.MapClaims{"aud": customTokenAudience, "uid": "ann", "exp": s.clock.Add(time.Hour).Unix()}
		c[change] = to
		return c
	}
	unsigned := func(c jwt.MapClaims) string {
		token, err := jwt.NewWithClaims(jwt.SigningMethodNone, c).SignedString(jwt.UnsafeAllowNoneSignatureType)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims("uid", "ann")).SignedString([]byte("a key"))
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"no token":                    "",
		"not a token":                 "ann",
		"another audience":            unsigned(claims("aud", project)),
		"nobody":                      unsigned(claims("uid", "")),
		"a uid that is not text":      unsigned(claims("uid", 7)),
		"a uid of 129 characters":     unsigned(claims("uid", strings.Repeat("a", 129))),
		"ended":                       unsigned(claims("exp", s.clock.Unix()-1)),
		"without an end":              unsigned(claims("exp", nil)),
		"signed, so meant for Google": signed,
		"an unsigned one with a rest": unsigned(claims("uid", "ann")) + "rest",
		"an ID token, not a custom":   s.signIn("ann", nil).idToken,
	} {
		t.Run(name, func(t *testing.T) {
			status, body := s.post("/identitytoolkit.googleapis.com/v1/accounts:signInWithCustomToken", map[string]string{"token": token})
			(&stage{T: t}).refused("INVALID_CUSTOM_TOKEN", status, body)
		})
	}
}

func TestRefusesWhatItDidNotMake(t *testing.T) {
	s := newStage(t)
	signedIn := s.signIn("ann", nil)
	status, body := s.refresh("not ours")
	s.refused("INVALID_REFRESH_TOKEN", status, body)
	status, body = s.refresh(signedIn.idToken)
	s.refused("INVALID_REFRESH_TOKEN", status, body)
	_, elsewhere, err := New("another", time.Now).issue(session{Project: "another", UID: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	status, body = s.refresh(elsewhere)
	s.refused("INVALID_REFRESH_TOKEN", status, body)
	status, body = s.post("/securetoken.googleapis.com/v1/token", nil)
	s.refused("INVALID_GRANT_TYPE", status, body)

	const lookUp = "/identitytoolkit.googleapis.com/v1/accounts:lookup"
	status, body = s.post(lookUp, map[string]string{"idToken": s.customToken("ann", nil)})
	s.refused("INVALID_ID_TOKEN", status, body)
	s.clock = s.clock.Add(lifetime + time.Second)
	status, body = s.post(lookUp, map[string]string{"idToken": signedIn.idToken})
	s.refused("INVALID_ID_TOKEN", status, body)
	status, body = s.post(lookUp, "not an object")
	s.refused("INVALID_JSON", status, body)

	status, body = s.post("/identitytoolkit.googleapis.com/v1/projects/"+project+"/accounts:lookup", map[string][]string{"localId": {"ann"}})
	s.refused("UNAUTHENTICATED", status, body)
	status, body = s.post("/identitytoolkit.googleapis.com/v1/accounts:signUp", map[string]bool{"returnSecureToken": true})
	s.refused("OPERATION_NOT_ALLOWED", status, body)
}

func TestAdminLookUpIsOfOneProject(t *testing.T) {
	s := newStage(t)
	s.signIn("ann", nil)
	app, err := firebase.NewApp(t.Context(), &firebase.Config{ProjectID: "another"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := app.Auth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if user, err := other.GetUser(t.Context(), "ann"); err == nil {
		t.Errorf("another project has %+v", user)
	}
	if _, err := s.admin.GetUserByEmail(t.Context(), "ann@example.com"); err == nil {
		t.Error("people are found by e-mail addresses, which the emulator does not know")
	}
}

// A page of any origin may ask, with the headers that the SDK adds.
func TestPagesOfAnyOriginMayAsk(t *testing.T) {
	s := newStage(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, s.url+"/securetoken.googleapis.com/v1/token", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Origin", "http://localhost:8080")
	request.Header.Set("Access-Control-Request-Method", "POST")
	request.Header.Set("Access-Control-Request-Headers", "content-type,x-client-version,x-firebase-client")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	if got := response.Header.Get("Access-Control-Allow-Origin"); response.StatusCode != http.StatusNoContent || got != "http://localhost:8080" {
		t.Errorf("answered %d for origin %q", response.StatusCode, got)
	}
	if got := response.Header.Get("Access-Control-Allow-Headers"); got != "content-type,x-client-version,x-firebase-client" {
		t.Errorf("allows the headers %q", got)
	}
}
