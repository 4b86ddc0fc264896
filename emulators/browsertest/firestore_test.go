package browsertest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"boochat/emulators/firebaseauth"
	"boochat/emulators/google"
	"boochat/emulators/googletest"
	"boochat/emulators/page"
	"boochat/shared/adapter/firebase"

	"cloud.google.com/go/firestore"
	"github.com/chromedp/chromedp"
)

const (
	firestoreRules = "../../terraform/firestore.rules"
	firebaseSDK    = "../page/firebase"
)

// firestoreStage is a page that listens to Firestore through the Firebase SDK. What the
// server would write there, the test writes.
type firestoreStage struct {
	*testing.T
	url   string
	store *firestore.Client
	cut   atomic.Bool // whether the page's way to Firestore is
	line  *httptest.Server
	token string // signs Ann in to Firebase
}

// TestPageOnFirestore has Ann's page follow what is written to Firestore, through a lost
// connection, until she has left the room.
func TestPageOnFirestore(t *testing.T) {
	s := newFirestoreStage(t)
	s.put("users/ann", fields{"id": "ann", "name": "Ann", "imageUrl": ""})
	s.put("users/bob", fields{"id": "bob", "name": "Bob", "imageUrl": ""})
	s.putRoom("garden", s.say("garden", 1, "Who brings the cake?"), "bob", "ann")
	s.put("users/ann/visits/garden", fields{"roomId": "garden", "readSequence": 0})
	w := s.openAs(t, "ann")
	w.see("room-unread-garden", "1")
	w.until(`document.querySelector(%q).hidden`, one("connection"))
	w.picture("01-rooms")

	w.click("room-garden")
	w.see("message", "Who brings the cake?")
	s.putRoom("garden", s.say("garden", 2, "I do!"), "bob", "ann")
	w.see("message", "I do!")
	s.put("presence/bob", fields{
		"id": "bob", "online": true, "until": time.Now().Add(time.Hour).UTC().Format(time.RFC3339), "readerIds": []string{"ann", "bob"},
	})
	w.until(`document.querySelector("#chat-subtitle").innerText.includes("online")`)
	w.picture("02-room")

	s.putRoom("attic", s.announce("attic", 3, "user-joined", "Bob added Ann", fields{"userId": "ann", "userName": "Ann", "actorId": "bob", "actorName": "Bob"}), "bob", "cleo", "ann")
	w.see("toast", "Bob added you to this room")
	w.picture("03-invited")

	// The browser says so: without a word of it, the SDK takes half a minute to notice.
	s.disconnect()
	w.run(`dispatchEvent(new Event("offline"))`)
	w.see("connection", "The connection is lost")
	w.picture("04-lost")
	s.putRoom("garden", s.say("garden", 3, "Can you hear me?"), "bob", "ann")
	s.connect()
	w.run(`dispatchEvent(new Event("online"))`)
	w.see("message", "Can you hear me?")
	w.until(`document.querySelector(%q).hidden`, one("connection"))
	w.inOrder()

	s.putRoom("garden", s.announce("garden", 4, "user-left", "Ann left the room", fields{"userId": "ann", "userName": "Ann"}), "bob")
	w.until(`!document.querySelector(%q)`, one("room-garden"))
	w.until(`document.querySelector("#chat-empty").innerText.includes("This room is not here")`)
	w.see("room-list", "attic")
	w.until(`document.querySelector(%q).hidden`, one("connection"))
	w.picture("05-left")
}

func newFirestoreStage(t *testing.T) *firestoreStage {
	t.Helper()
	s := &firestoreStage{T: t}
	project := googletest.Project()
	emulator := startEmulator(t, func() (*google.Emulator, error) {
		return google.StartFirestore(t.Context(), google.Rules(firestoreRules))
	})
	// An emulator that was running before has rules of its own.
	if err := emulator.SetRules(t.Context(), project, firestoreRules); err != nil {
		t.Fatal(err)
	}
	auth := httptest.NewServer(firebaseauth.New(project, time.Now).Handler())
	t.Cleanup(auth.Close)
	t.Setenv(google.FirestoreVariable, emulator.Host)
	t.Setenv("FIREBASE_AUTH_EMULATOR_HOST", hostOf(auth))
	s.connectStore(project)
	s.layLine(emulator.Host)
	site, err := page.FirebaseHandler(page.Firebase{
		ProjectID: project, APIKey: "any", AuthEmulator: hostOf(auth), FirestoreEmulator: hostOf(s.line), SDK: firebaseSDK,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.api(site))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// startEmulator starts an emulator for a test.
func startEmulator(t *testing.T, start func() (*google.Emulator, error)) *google.Emulator {
	t.Helper()
	emulator, err := start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := emulator.Stop(); err != nil {
			t.Error(err)
		}
	})
	return emulator
}

func hostOf(server *httptest.Server) string { return strings.TrimPrefix(server.URL, "http://") }

// connectStore writes as the server, and makes Ann's token as the server does.
func (s *firestoreStage) connectStore(project string) {
	s.Helper()
	var err error
	if s.store, err = firestore.NewClient(s.Context(), project); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		if err := s.store.Close(); err != nil {
			s.Error(err)
		}
	})
	if s.token, err = firebase.New(project, time.Now).FirebaseToken(s.Context(), "ann"); err != nil {
		s.Fatal(err)
	}
}

// layLine puts a line between the page and Firestore that can be cut.
func (s *firestoreStage) layLine(host string) {
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: host})
	proxy.FlushInterval = -1 // at once: the SDK waits for what a listener is sent
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	s.line = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.cut.Load() {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	s.Cleanup(s.line.Close)
	s.Cleanup(s.disconnect) // Close waits for what is being answered
}

func (s *firestoreStage) disconnect() {
	s.cut.Store(true)
	s.line.CloseClientConnections()
}

func (s *firestoreStage) connect() { s.cut.Store(false) }

// api is as much of a server as the page cannot do without: it answers a room's items
// from Firestore, and agrees with whatever the page reports.
func (s *firestoreStage) api(site http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", site)
	mux.HandleFunc("POST /v1/heartbeat", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("POST /v1/", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, `{}`) })
	mux.HandleFunc("GET /v1/rooms/{room}", func(w http.ResponseWriter, r *http.Request) {
		documents, err := s.store.Collection("rooms/"+r.PathValue("room")+"/items").OrderBy("sequence", firestore.Asc).Documents(r.Context()).GetAll()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		items := []fields{}
		for _, document := range documents {
			items = append(items, document.Data())
		}
		_ = json.NewEncoder(w).Encode(fields{"items": items}) // fails only when the page has gone
	})
	return mux
}

// openAs opens a window of somebody who is signed in to the server.
func (s *firestoreStage) openAs(t *testing.T, id string) *window {
	t.Helper()
	w := openWindow(t, id, desktop, s.url)
	session, err := json.Marshal(fields{
		"tab": id, "user": fields{"id": id, "name": "Ann", "imageUrl": ""}, "accessToken": "any", "refreshToken": "any",
		"accessTokenExpiresAt": time.Now().Add(time.Hour), "firebaseToken": s.token,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.run(fmt.Sprintf(`sessionStorage.setItem("boochat.session", %q)`, session))
	w.do(chromedp.Reload())
	return w
}

// fields are those of a document.
type fields map[string]any

// put writes a document as the server does, with a field of its own.
func (s *firestoreStage) put(path string, data fields) {
	s.Helper()
	data["_meta"] = fields{"id": path[strings.LastIndexByte(path, '/')+1:]}
	if _, err := s.store.Doc(path).Set(s.Context(), map[string]any(data)); err != nil {
		s.Fatal(err)
	}
}

// say writes a message of Bob's and gives it.
func (s *firestoreStage) say(room string, sequence int, content string) fields {
	return s.putItem(room, sequence, fields{"kind": "message", "sender": fields{"id": "bob"}, "content": content})
}

func (s *firestoreStage) announce(room string, sequence int, kind, content string, arguments fields) fields {
	return s.putItem(room, sequence, fields{"kind": "announcement", "content": content, "announcement": fields{"kind": kind, "arguments": arguments}})
}

func (s *firestoreStage) putItem(room string, sequence int, item fields) fields {
	s.Helper()
	item["id"], item["roomId"], item["sequence"] = fmt.Sprint(room, sequence), room, sequence
	item["timestamp"] = time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	s.put(fmt.Sprintf("rooms/%s/items/%d", room, sequence), item)
	return item
}

// putRoom writes a room that a last item has come to.
func (s *firestoreStage) putRoom(id string, last fields, members ...string) {
	s.Helper()
	s.put("rooms/"+id, fields{"id": id, "name": id, "imageUrl": "", "memberIds": members, "lastItem": last, "lastSequence": last["sequence"]})
}
