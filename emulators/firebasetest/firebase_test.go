// Package firebasetest runs a client of Boochat in Node, with the real Firebase SDK,
// against the official Firestore emulator with the security rules, and our emulator of
// Firebase Authentication.
package firebasetest

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"boochat/emulators/firebaseauth"
	"boochat/emulators/google"
	"boochat/emulators/googletest"
)

const (
	patience = 5 * time.Minute // for everything, on a machine that is busy
	client   = "../page/firebase"
	rules    = "../../terraform/firestore.rules"
)

func TestClientInNode(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	project := googletest.Project()
	firestore, err := google.StartFirestore(ctx, google.Rules(rules))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := firestore.Stop(); err != nil {
			t.Error(err)
		}
	}()
	// An emulator that was running before has rules of its own.
	if err := firestore.SetRules(ctx, project, rules); err != nil {
		t.Fatal(err)
	}
	auth := httptest.NewServer(firebaseauth.New(project, time.Now).Handler())
	defer auth.Close()

	node := exec.CommandContext(ctx, "node", "--test", "client.test.mjs")
	node.Dir = client
	node.Env = append(os.Environ(), "GOOGLE_CLOUD_PROJECT="+project, google.FirestoreVariable+"="+firestore.Host,
		"FIREBASE_AUTH_EMULATOR_HOST="+strings.TrimPrefix(auth.URL, "http://"))
	if out, err := node.CombinedOutput(); err != nil {
		t.Fatalf("%v; the tests need Node.js, and the packages that .ci/install installs\n%s", err, out)
	}
}
