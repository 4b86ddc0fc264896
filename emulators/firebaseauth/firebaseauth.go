// Package firebaseauth is as much of Firebase Authentication as it takes to sign in
// with a custom token: for development and tests, in one process with the rest. It
// speaks the REST interface under the paths that the Firebase SDKs use with
// FIREBASE_AUTH_EMULATOR_HOST and connectAuthEmulator, and makes ID tokens that are
// not signed, as Google's emulator does and as the Firestore emulator takes them.
package firebaseauth

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/rs/cors"
)

// maxBody bounds requests, in bytes. Custom claims have at most 1,000 characters.
const maxBody = 64 << 10

// Emulator keeps the accounts of one Firebase project in memory. It forgets them with
// the process; a client that is signed in then goes on with its refresh token.
type Emulator struct {
	projectID string
	now       func() time.Time

	mu       sync.Mutex
	accounts map[string]account // by uid
}

// account is what is known of somebody besides the uid.
type account struct {
	created, signedIn, refreshed time.Time
}

// New makes an emulator of a project's authentication that nobody has signed in to.
func New(projectID string, now func() time.Time) *Emulator {
	return &Emulator{projectID: projectID, now: now, accounts: map[string]account{}}
}

// Paths are those under which Handler serves, as Google's hosts are named in them: on a
// server that serves other things, too.
var Paths = []string{"/identitytoolkit.googleapis.com/", "/securetoken.googleapis.com/"}

// Handler serves the interface, to pages of any origin. What is not emulated is
// answered OPERATION_NOT_ALLOWED.
func (e *Emulator) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, serve := range map[string]func(*http.Request) (any, error){
		"POST /identitytoolkit.googleapis.com/v1/accounts:signInWithCustomToken":     e.signIn,
		"POST /identitytoolkit.googleapis.com/v1/accounts:lookup":                    e.lookUp,
		"POST /identitytoolkit.googleapis.com/v1/projects/{project}/accounts:lookup": e.adminLookUp,
		"POST /securetoken.googleapis.com/v1/token":                                  e.refresh,
		"/": func(*http.Request) (any, error) {
			return nil, refusal{http.StatusBadRequest, "OPERATION_NOT_ALLOWED : this emulator knows sign-in with custom tokens only"}
		},
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			body, err := serve(r)
			answer(w, body, err)
		})
	}
	anyOrigin := func(string) bool { return true }
	return cors.New(cors.Options{AllowOriginFunc: anyOrigin, AllowedHeaders: []string{"*"}, AllowCredentials: true}).Handler(mux)
}

// refusal is an error as Google words it: a code that SDKs know, and maybe, after a
// colon, words for developers.
type refusal struct {
	status  int
	message string
}

func (r refusal) Error() string { return r.message }

func refuse(code, format string, arguments ...any) refusal {
	return refusal{http.StatusBadRequest, code + " : " + fmt.Sprintf(format, arguments...)}
}

func answer(w http.ResponseWriter, body any, err error) {
	status := http.StatusOK
	if err != nil {
		refused, ok := err.(refusal)
		if !ok {
			refused = refusal{http.StatusInternalServerError, "INTERNAL_ERROR : " + err.Error()}
		}
		status = refused.status
		detail := map[string]string{"message": refused.message, "reason": "invalid", "domain": "global"}
		body = map[string]any{"error": map[string]any{"code": status, "message": refused.message, "errors": []any{detail}}}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // fails only when the client has gone
}

// decode reads a JSON body. What it does not know is passed over, as Google does.
func decode[T any](r *http.Request) (request T, err error) {
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		return request, refuse("INVALID_JSON", "%v", err)
	}
	return request, nil
}

// signIn is what signInWithCustomToken calls.
func (e *Emulator) signIn(r *http.Request) (any, error) {
	request, err := decode[struct{ Token string }](r)
	if err != nil {
		return nil, err
	}
	session, err := e.readCustomToken(request.Token)
	if err != nil {
		return nil, err
	}
	now := e.now()
	isNew := e.update(session.UID, func(a *account) { a.signedIn = now })
	idToken, refreshToken, err := e.issue(session)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"kind": "identitytoolkit#VerifyCustomTokenResponse", "isNewUser": isNew,
		"idToken": idToken, "refreshToken": refreshToken, "expiresIn": lifetimeInSeconds,
	}, nil
}

// refresh is what SDKs call for a new ID token before the last one ends. The account
// is made anew if need be, so that clients stay signed in while the emulator restarts.
func (e *Emulator) refresh(r *http.Request) (any, error) {
	if grant := r.PostFormValue("grant_type"); grant != "refresh_token" {
		return nil, refuse("INVALID_GRANT_TYPE", "%q is not refresh_token", grant)
	}
	session, err := e.readRefreshToken(r.PostFormValue("refresh_token"))
	if err != nil {
		return nil, err
	}
	e.update(session.UID, func(*account) {})
	idToken, refreshToken, err := e.issue(session)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"id_token": idToken, "access_token": idToken, "refresh_token": refreshToken, "expires_in": lifetimeInSeconds,
		"token_type": "Bearer", "user_id": session.UID, "project_id": e.projectID,
	}, nil
}

// lookUp is what SDKs call after every sign-in, to learn about their user.
func (e *Emulator) lookUp(r *http.Request) (any, error) {
	request, err := decode[struct{ IDToken string }](r)
	if err != nil {
		return nil, err
	}
	uid, err := e.readIDToken(request.IDToken)
	if err != nil {
		return nil, err
	}
	users := e.find(uid)
	if len(users) == 0 {
		return nil, refusal{http.StatusBadRequest, "USER_NOT_FOUND"}
	}
	return found(users), nil
}

// adminLookUp is what servers call; with an emulator, VerifyIDToken does so every time.
func (e *Emulator) adminLookUp(r *http.Request) (any, error) {
	if r.Header.Get("Authorization") != "Bearer owner" {
		return nil, refusal{http.StatusUnauthorized, "UNAUTHENTICATED : only the owner looks up others"}
	}
	if project := r.PathValue("project"); project != e.projectID {
		return nil, refuse("PROJECT_NOT_FOUND", "%q is not %q", project, e.projectID)
	}
	request, err := decode[struct{ LocalID []string }](r)
	if err != nil {
		return nil, err
	}
	if len(request.LocalID) == 0 {
		return nil, refuse("MISSING_IDENTIFIER", "accounts are looked up by localId here")
	}
	return found(e.find(request.LocalID...)), nil
}

// update changes an account, makes it first if it is not there, and tells whether it
// was made. Whatever changes it is a use of it.
func (e *Emulator) update(uid string, change func(*account)) (isNew bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.now()
	a, known := e.accounts[uid]
	if !known {
		a = account{created: now, signedIn: now}
	}
	a.refreshed = now
	change(&a)
	e.accounts[uid] = a
	return !known
}

// userInfo is an account as it is looked up.
type userInfo struct {
	LocalID       string `json:"localId"`
	CustomAuth    bool   `json:"customAuth"`
	CreatedAt     string `json:"createdAt"`     // milliseconds
	LastLoginAt   string `json:"lastLoginAt"`   // milliseconds
	LastRefreshAt string `json:"lastRefreshAt"` // RFC 3339
}

func (e *Emulator) find(uids ...string) (users []userInfo) {
	e.mu.Lock()
	defer e.mu.Unlock()
	milliseconds := func(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
	for _, uid := range uids {
		if a, ok := e.accounts[uid]; ok {
			users = append(users, userInfo{
				LocalID: uid, CustomAuth: true, CreatedAt: milliseconds(a.created), LastLoginAt: milliseconds(a.signedIn),
				LastRefreshAt: a.refreshed.UTC().Format(time.RFC3339Nano),
			})
		}
	}
	return users
}

// found leaves users out when there are none, as Google does.
func found(users []userInfo) any {
	return struct {
		Kind  string     `json:"kind"`
		Users []userInfo `json:"users,omitempty"`
	}{"identitytoolkit#GetAccountInfoResponse", users}
}
