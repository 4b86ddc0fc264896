package app_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the repository, seen from this package.
const root = "../.."

// forbidden says which packages may not import which, not even by way of others
// of ours, and why.
var forbidden = []struct{ from, what, why string }{
	{"boochat/shared/room", "boochat/shared/", "rooms decide: state and a request in, events or a refusal out"},
	{"boochat/shared/meetup", "boochat/shared/", "meetups decide: state and a request in, events or a refusal out"},
	{"boochat/shared/visit", "boochat/shared/", "visits decide: state and a request in, events or a refusal out"},
	{"boochat/shared/user", "boochat/shared/", "users decide: state and a request in, events or a refusal out"},
	{"boochat/shared/event", "boochat/", "what has happened knows nobody"},
	{"boochat/functions/command", "boochat/shared/adapter", "functions know ports, never adapters"},
	{"boochat/functions/query", "boochat/shared/adapter", "functions know ports, never adapters"},
	{"boochat/functions/trigger", "boochat/shared/adapter", "functions know ports, never adapters"},
	{"boochat/functions", "boochat/shared/adapter", "functions know ports, never adapters"},
	{"boochat/shared/eventstore", "boochat/shared/adapter", "ports do not know who implements them"},
	{"boochat/shared/bus", "boochat/shared/adapter", "ports do not know who implements them"},
	{"boochat/shared/view", "boochat/shared/adapter", "ports do not know who implements them"},
	{"boochat/shared/calendar", "boochat/shared/adapter", "calendars are written from documents, wherever these are"},
	{"boochat/shared/realtime", "boochat/shared/adapter", "the hub knows ports, never adapters"},
}

// allowed are the exceptions: what every aggregate speaks in.
var allowed = map[string]bool{"boochat/shared/event": true}

func TestImportsPointOneWay(t *testing.T) {
	packages := dependencies(t)
	for _, rule := range forbidden {
		deps, found := packages[rule.from]
		if !found {
			t.Errorf("there is no package %s: correct the rule", rule.from)
		}
		for _, dep := range deps {
			if dep != rule.from && strings.HasPrefix(dep, rule.what) && !allowed[dep] {
				t.Errorf("%s imports %s, but %s", rule.from, dep, rule.why)
			}
		}
	}
	for name, deps := range packages {
		if strings.HasPrefix(name, "boochat/emulators") {
			continue
		}
		for _, dep := range deps {
			if strings.HasPrefix(dep, "boochat/emulators") {
				t.Errorf("%s imports %s, but what is deployed never imports what is for development", name, dep)
			}
		}
	}
}

// dependencies gives, for each of our packages, all packages it is made of.
func dependencies(t *testing.T) map[string][]string {
	t.Helper()
	list := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Deps " "}}`, "./...")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		packages[fields[0]] = fields[1:]
	}
	return packages
}

// clients are what adapters alone import: by the beginning of the client's name, the
// adapter. What is for development may speak to the real thing beside it.
var clients = map[string]string{
	"zombiezen.com/go/sqlite":       "boochat/shared/adapter/sqlite",
	"cloud.google.com/go/firestore": "boochat/shared/adapter/firestore",
	"cloud.google.com/go/pubsub":    "boochat/shared/adapter/pubsub",
	"firebase.google.com/go":        "boochat/shared/adapter/firebase",
}

func TestOnlyAdaptersImportTheirClients(t *testing.T) {
	list := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if strings.HasPrefix(fields[0], "boochat/emulators") {
			continue
		}
		for _, dep := range fields[1:] {
			for client, adapter := range clients {
				if strings.HasPrefix(dep, client) && fields[0] != adapter && !strings.HasPrefix(fields[0], adapter+"/") {
					t.Errorf("%s imports %s: only %s may", fields[0], dep, adapter)
				}
			}
		}
	}
}

func TestTopLevel(t *testing.T) {
	agreed := []string{
		"functions", "shared", "emulators", "terraform", "docker-compose.yml", "go.mod", "go.sum", "Makefile",
		"README.md", "LICENSE", "staticcheck.conf", "bin",
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); !strings.HasPrefix(name, ".") && !slices.Contains(agreed, name) {
			t.Errorf("%s is at the top level, where only %s belong", name, strings.Join(agreed, ", "))
		}
	}
}

func TestNamesSaySomething(t *testing.T) {
	empty := []string{"util", "utils", "common", "helper", "helpers", "misc"}
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Name() == ".git" || entry.Name() == "node_modules" {
			return filepath.SkipDir
		}
		name, _, _ := strings.Cut(entry.Name(), ".")
		if slices.Contains(empty, name) {
			t.Errorf("%s: name it for what it gives", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestZonesAreAskedForInOnePlace, which knows the names that are good anywhere.
func TestZonesAreAskedForInOnePlace(t *testing.T) {
	for _, folder := range []string{"shared", "functions"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, _ os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || path == filepath.Join(root, "shared/zone/database.go") {
				return err
			}
			source, err := os.ReadFile(path)
			if strings.Contains(string(source), "time.LoadLocation(") {
				t.Errorf("%s asks for a zone: zone.Location does it", path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// What a zone's name may be, and that there is a database of zones on every machine, is
// seen to in one place.
func TestZonesComeFromOnePlace(t *testing.T) {
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, filepath.Join(root, "shared", "zone")) {
			return err
		}
		source, err := os.ReadFile(path)
		if bytes.Contains(source, []byte("time.LoadLocation(")) {
			t.Errorf("%s loads a time zone: ask zone.Location for it", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
