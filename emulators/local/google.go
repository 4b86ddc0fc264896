package local

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"boochat/emulators/fcm"
	"boochat/emulators/firebaseauth"
	"boochat/emulators/google"
	"boochat/emulators/page"
	"boochat/shared/config"
)

// GoogleDefaults are Defaults for the system on Google Cloud's emulators. Projects
// named demo-… are known to Google's libraries as ones that are not in the cloud.
var GoogleDefaults = append(slices.Clone(Defaults), "GOOGLE_CLOUD_PROJECT=demo-boochat", "DATA_DIR=.data/google")

// NotificationsPath is where a Google shows what was sent to phones.
const NotificationsPath = "/local/fcm/"

// Google is the running system on emulators of Google Cloud: Google's own of Firestore
// and Pub/Sub, and of what has no small one, those of this repository. Close it.
type Google struct {
	*Local
	Firestore, PubSub *google.Emulator

	clock chan struct{} // closed when the clock has stopped
	stop  context.CancelFunc
}

// OpenGoogle starts the system, and such emulators as are not named by
// FIRESTORE_EMULATOR_HOST and PUBSUB_EMULATOR_HOST, which takes some seconds. root is
// the folder of this repository: the security rules and the Firebase SDK are there.
// Firestore's documents are kept in DATA_DIR from one Close to the next OpenGoogle.
// Pub/Sub pushes to the address of the settings, so that has to be served.
func OpenGoogle(ctx context.Context, c config.Config, root string, now func() time.Time) (*Google, error) {
	g := &Google{}
	if err := g.open(ctx, c, root, now); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	return g, nil
}

func (g *Google) open(ctx context.Context, c config.Config, root string, now func() time.Time) error {
	if err := g.startEmulators(ctx, c, filepath.Join(root, "terraform/firestore.rules")); err != nil {
		return err
	}
	c.PushUnverified = true // Pub/Sub's emulator signs nothing
	host := strings.TrimPrefix(c.Address(), "http://")
	for variable, value := range map[string]string{
		google.FirestoreVariable: g.Firestore.Host, google.PubSubVariable: g.PubSub.Host, "FIREBASE_AUTH_EMULATOR_HOST": host,
	} {
		if err := os.Setenv(variable, value); err != nil { // where Google's libraries look
			return err
		}
	}
	site, err := page.FirebaseHandler(page.Firebase{
		ProjectID: c.Project, APIKey: "any", AuthEmulator: host, FirestoreEmulator: g.Firestore.Host,
		SDK: filepath.Join(root, "emulators/page/firebase"),
	})
	if err != nil {
		return err
	}
	if g.Local, err = open(ctx, c, site, now); err != nil {
		return err
	}
	auth := firebaseauth.New(c.Project, now).Handler()
	for _, path := range firebaseauth.Paths {
		g.Front.Handle(path, auth)
	}
	g.Front.Handle(NotificationsPath, http.StripPrefix(strings.TrimSuffix(NotificationsPath, "/"), fcm.New(now).Handler()))
	if err := Provision(ctx, c.Project, c.Address()); err != nil {
		return err
	}
	ctx, g.stop = context.WithCancel(ctx)
	g.clock = make(chan struct{})
	go func() {
		defer close(g.clock)
		runClock(ctx, c.Address(), time.Minute)
	}()
	return nil
}

func (g *Google) startEmulators(ctx context.Context, c config.Config, rules string) (err error) {
	g.Firestore, err = google.StartFirestore(ctx, google.Rules(rules), google.Keep(c.Project, c.DataDir))
	if err != nil {
		return err
	}
	// One that was running before has rules of its own.
	if err := g.Firestore.SetRules(ctx, c.Project, rules); err != nil {
		return err
	}
	g.PubSub, err = google.StartPubSub(ctx)
	return err
}

// Close ends the system and the emulators that were started for it.
func (g *Google) Close() error {
	var errs []error
	if g.stop != nil {
		g.stop()
		<-g.clock
	}
	if g.Local != nil {
		errs = append(errs, g.Local.Close())
	}
	for _, emulator := range []*google.Emulator{g.PubSub, g.Firestore} {
		if emulator != nil {
			errs = append(errs, emulator.Stop())
		}
	}
	return errors.Join(errs...)
}
