// Package google starts Google's official emulators of Firestore and Pub/Sub, which
// come with the Google Cloud CLI and need Java, and ends them again. Those named by
// FIRESTORE_EMULATOR_HOST and PUBSUB_EMULATOR_HOST are used as they run.
package google

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Environment variables that name running emulators, as host:port.
const (
	FirestoreVariable = "FIRESTORE_EMULATOR_HOST"
	PubSubVariable    = "PUBSUB_EMULATOR_HOST"
)

// Emulator is an emulator that answers.
type Emulator struct {
	Host string // host:port, as the variables want it

	process *process // nil when it was running before
	keep    *keep    // nil when nothing is kept
}

// Stop ends the emulator with everything it started, and returns when that is gone.
// One that was running before goes on. Stopping twice is no error.
func (e *Emulator) Stop() error {
	if e.process == nil {
		return nil
	}
	err := e.leaveDocuments()
	return errors.Join(err, e.process.stop())
}

// Option changes how Firestore is started.
type Option func(*options)

type options struct {
	rules string
	keep  *keep
}

// Rules has Firestore keep to the security rules in a file. Without it, everybody may
// do everything.
func Rules(path string) Option { return func(o *options) { o.rules = path } }

// StartFirestore gives a Firestore emulator that answers, with no documents, unless it
// was running before. ctx bounds the start alone. Rules that do not compile are an
// error with line and column. An emulator that was running before keeps the rules it
// has: SetRules gives a project others.
func StartFirestore(ctx context.Context, opts ...Option) (*Emulator, error) {
	var o options
	for _, option := range opts {
		option(&o)
	}
	if host := os.Getenv(FirestoreVariable); host != "" {
		return &Emulator{Host: host}, nil
	}
	jar, err := find(ctx, firestoreComponent)
	if err != nil {
		return nil, err
	}
	// The component's script does not exec Java; this is what it runs.
	args := append(strings.Fields(javaOptions), "-Duser.language=en",
		"-cp", jar, "com.google.cloud.datastore.emulator.firestore.CloudFirestore")
	if o.rules != "" {
		args = append(args, "--rules="+o.rules)
	}
	if o.keep != nil {
		args = append(args, o.keep.arguments()...)
	}
	e, err := launch(ctx, firestoreComponent, func(port string) *exec.Cmd {
		return exec.Command("java", append(args, "--host=127.0.0.1", "--port="+port)...)
	})
	if err != nil {
		return nil, err
	}
	e.keep = o.keep
	if o.rules == "" {
		return e, nil
	}
	// It compiles rules with the first request, and starts with any file.
	if err := e.SetRules(ctx, "rules-check", o.rules); err != nil {
		return nil, errors.Join(err, e.Stop())
	}
	if err := listenFirst(ctx, e.Host); err != nil {
		return nil, errors.Join(err, e.Stop())
	}
	return e, nil
}

// StartPubSub gives a Pub/Sub emulator that answers, with no topics, unless it was
// running before. ctx bounds the start alone.
func StartPubSub(ctx context.Context) (*Emulator, error) {
	if host := os.Getenv(PubSubVariable); host != "" {
		return &Emulator{Host: host}, nil
	}
	script, err := find(ctx, pubSubComponent)
	if err != nil {
		return nil, err
	}
	return launch(ctx, pubSubComponent, func(port string) *exec.Cmd {
		cmd := exec.Command(script, "--host=127.0.0.1", "--port="+port) // ends with exec java
		cmd.Env = append(os.Environ(), "JAVA_OPTS="+javaOptions)
		return cmd
	})
}

// javaOptions leave out the optimizing compiler, which takes half of the processor time
// of an emulator that lives for a minute, and pays off in one that lives for long.
const javaOptions = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"

// component is one of the CLI's parts.
type component struct {
	name, id, debian, variable string
	file                       string // that is run, below the CLI's platform
}

var (
	firestoreComponent = component{
		"Firestore", "cloud-firestore-emulator", "google-cloud-cli-firestore-emulator", FirestoreVariable,
		"cloud-firestore-emulator/cloud-firestore-emulator.jar",
	}
	pubSubComponent = component{
		"Pub/Sub", "pubsub-emulator", "google-cloud-cli-pubsub-emulator", PubSubVariable,
		"pubsub-emulator/bin/cloud-pubsub-emulator",
	}
)

// missing says how to get the emulator.
func (c component) missing(why string) error {
	return fmt.Errorf("the %s emulator is missing (%s). Install the Google Cloud CLI and Java, then run"+
		" `gcloud components install %s` (on Debian: apt-get install %s);"+
		" or run it from the container image gcr.io/google.com/cloudsdktool/google-cloud-cli:emulators"+
		" and set %s to its host:port", c.name, why, c.id, c.debian, c.variable)
}

// find gives the path of what a component runs, or says how to get it.
func find(ctx context.Context, c component) (string, error) {
	root, err := sdkRoot(ctx)
	if err != nil {
		return "", c.missing(err.Error())
	}
	if _, err := exec.LookPath("java"); err != nil {
		return "", c.missing("there is no java in PATH")
	}
	path := filepath.Join(root, "platform", filepath.FromSlash(c.file))
	if _, err := os.Stat(path); err != nil {
		return "", c.missing("there is no " + path)
	}
	return path, nil
}

// roots remembers the CLI's root, which takes the CLI seconds to tell, by the gcloud
// that was asked.
var roots sync.Map

// sdkRoot is where the Google Cloud CLI is.
func sdkRoot(ctx context.Context) (string, error) {
	gcloud, err := exec.LookPath("gcloud")
	if err != nil {
		return "", errors.New("there is no gcloud in PATH")
	}
	if root, ok := roots.Load(gcloud); ok {
		return root.(string), nil
	}
	out, err := exec.CommandContext(ctx, gcloud, "info", "--format=value(installation.sdk_root)").Output()
	if err != nil {
		return "", fmt.Errorf("gcloud info: %w", err)
	}
	root := strings.TrimSpace(string(out))
	roots.Store(gcloud, root)
	return root, nil
}
