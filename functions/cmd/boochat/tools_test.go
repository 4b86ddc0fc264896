package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"boochat/functions"
	"boochat/shared/adapter/sqlite"
	"boochat/shared/bus"
	"boochat/shared/catalogue"
	"boochat/shared/config"
	"boochat/shared/event"
	"boochat/shared/eventstore"
	"boochat/shared/room"
	"boochat/shared/view"
)

// seed leaves a room with a message in a directory.
func seed(t *testing.T, dir string) {
	t.Helper()
	store, err := sqlite.OpenEventStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	rooms := eventstore.NewRepository(store, sqlite.NewBus(store), catalogue.Events, room.New, time.Now)
	for id, decide := range map[string]func(*room.Room) ([]any, error){
		"kitchen": func(r *room.Room) ([]any, error) {
			return r.Create(room.Person{ID: "ann", Name: "Ann"}, "Kitchen", "", nil)
		},
		"hall": func(r *room.Room) ([]any, error) {
			return r.Create(room.Person{ID: "ann", Name: "Ann"}, "Hall", "", nil)
		},
	} {
		if _, err := rooms.Execute(t.Context(), room.Stream(id), eventstore.Command{ID: "create-" + id, Actor: "ann"}, decide); err != nil {
			t.Fatal(err)
		}
	}
	post := func(r *room.Room) ([]any, error) { return r.Post("ann", "m", "Is there tea?") }
	if _, err := rooms.Execute(t.Context(), room.Stream("kitchen"), eventstore.Command{ID: "post", Actor: "ann"}, post); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// said runs a program that is to end well, and gives what it says.
func said(t *testing.T, dir string, arguments ...string) string {
	t.Helper()
	code, output := run(t, []string{"DATA_DIR=" + dir}, arguments...)
	if code != 0 {
		t.Errorf("boochat %s ended with exit code %d:\n%s", strings.Join(arguments, " "), code, output)
	}
	return output
}

func TestHelp(t *testing.T) {
	output := said(t, t.TempDir(), "--help")
	for _, command := range []string{"serve", "functions", "settings", "events", "deadletters", "rebuild", "verify", "rotate-keys"} {
		if !strings.Contains(output, "\n  "+command+" ") {
			t.Errorf("help does not list %s:\n%s", command, output)
		}
		if help := said(t, t.TempDir(), command, "--help"); !strings.Contains(help, "Usage:\n  boochat "+command) {
			t.Errorf("help of %s is:\n%s", command, help)
		}
	}
	refused(t, nil, []string{"sing"}, `unknown command "sing"`)
	refused(t, nil, []string{"serve", "--loud"}, "unknown flag: --loud")
}

func TestFunctions(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(said(t, t.TempDir(), "functions")), "\n")
	if len(lines) != len(functions.Table)+1 {
		t.Errorf("there are %d lines for %d functions", len(lines), len(functions.Table))
	}
	for i, f := range functions.Table {
		for _, part := range []string{f.Name + " ", string(f.Kind), f.Method + " " + f.Path, f.Topic, f.Summary} {
			if !strings.Contains(lines[i+1], part) {
				t.Errorf("the line of %s lacks %q: %s", f.Name, part, lines[i+1])
			}
		}
	}
}

func TestSettings(t *testing.T) {
	output := said(t, t.TempDir(), "settings")
	for _, s := range config.Settings() {
		if !strings.Contains(output, "\n"+s.Name+" ") || !strings.Contains(output, s.Meaning) {
			t.Errorf("%s is not listed with its meaning:\n%s", s.Name, output)
		}
	}
}

func TestEvents(t *testing.T) {
	dir := t.TempDir()
	seed(t, dir)
	if got, want := said(t, dir, "events"), "       1  room_hall\n       2  room_kitchen\n"; got != want {
		t.Errorf("streams are\n%s, want\n%s", got, want)
	}
	output := said(t, dir, "events", "room_kitchen")
	if lines := strings.Split(strings.TrimSpace(output), "\n"); len(lines) != 2 || !strings.Contains(lines[1], "Is there tea?") {
		t.Fatalf("events are\n%s", output)
	}
	for i, line := range strings.Split(strings.TrimSpace(output), "\n") {
		var e event.Envelope
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Sequence != int64(i)+1 || e.Stream != "room_kitchen" {
			t.Errorf("line %d is %s (%v)", i+1, line, err)
		}
	}
	for _, arguments := range [][]string{{"--after", "1"}, {"--limit", "1"}} {
		if lines := strings.Count(said(t, dir, append([]string{"events", "room_kitchen"}, arguments...)...), "\n"); lines != 1 {
			t.Errorf("events %v gives %d lines, want 1", arguments, lines)
		}
	}
	refused(t, []string{"DATA_DIR=" + dir}, []string{"events", "room_cellar"}, "stream room_cellar has no event", "`boochat events` lists the streams")
}

func TestVerifyAndRebuild(t *testing.T) {
	dir := t.TempDir()
	seed(t, dir)
	if got := said(t, dir, "verify"); !strings.Contains(got, "no difference: the read documents are what 3 events make of them") {
		t.Errorf("verify says %s", got)
	}
	tamper(t, dir)
	refused(t, []string{"DATA_DIR=" + dir}, []string{"verify"}, "rooms/kitchen/items/2", "1 documents differ", "`boochat rebuild` makes them right")
	if got := said(t, dir, "rebuild"); !strings.Contains(got, "rebuilt from 3 events") {
		t.Errorf("rebuild says %s", got)
	}
	if got := said(t, dir, "verify"); !strings.Contains(got, "no difference") {
		t.Errorf("verify says %s", got)
	}
}

// tamper changes a read document behind the system's back.
func tamper(t *testing.T, dir string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "views-*.db"))
	if err != nil || len(found) != 1 {
		t.Fatalf("read documents are %v (%v)", found, err)
	}
	views, err := sqlite.OpenViews(found[0])
	if err != nil {
		t.Fatal(err)
	}
	write := view.Write{Path: "rooms/kitchen/items/2", Data: []byte(`{"content":"There is no tea."}`), Scope: "rooms/kitchen", Blind: true}
	if _, err := views.Write(t.Context(), []view.Write{write}); err != nil {
		t.Fatal(err)
	}
	if err := views.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDeadLetters(t *testing.T) {
	dir := t.TempDir()
	seed(t, dir)
	park(t, dir)
	if got := said(t, dir, "deadletters", "list"); strings.Count(got, "\n") != 5 || !strings.Contains(got, "PARKED AT") || !strings.Contains(got, `"it was a bad day"`) {
		t.Errorf("the list is\n%s", got)
	}
	environment := []string{"DATA_DIR=" + dir}
	var letter bus.DeadLetter
	if err := json.Unmarshal([]byte(said(t, dir, "deadletters", "show", "unreadable-7")), &letter); err != nil || string(letter.Event.Data) == "" {
		t.Errorf("shown is %+v (%v)", letter, err)
	}
	refused(t, environment, []string{"deadletters", "show", "8"}, "there is no dead letter with the ID 8")
	refused(t, environment, []string{"deadletters", "redrive", "8"}, "there is no dead letter with the ID 8")
	refused(t, environment, []string{"deadletters", "redrive"}, "say which")
	refused(t, environment, []string{"deadletters", "redrive", "--all", "8"}, "say which")

	list := said(t, dir, "events", "room_kitchen")
	var post event.Envelope
	if err := json.Unmarshal([]byte(strings.Split(list, "\n")[1]), &post); err != nil {
		t.Fatal(err)
	}
	if got := said(t, dir, "deadletters", "redrive", post.ID); got != "1 of 1 handled\n" {
		t.Errorf("redrive says %s", got)
	}
	if got := said(t, dir, "verify"); !strings.Contains(got, "no difference") {
		t.Errorf("verify says %s", got)
	}
	refused(t, environment, []string{"deadletters", "redrive", "--all"}, "0 of 3 handled",
		"unreadable-7 of project-rooms stays parked: it holds no event", "from-tomorrow of project-rooms stays parked", "from-ashore of project-ships stays parked: there is no such subscription any more")
	if got := said(t, dir, "deadletters", "list"); strings.Count(got, "\n") != 4 {
		t.Errorf("the list is\n%s", got)
	}
}

// park leaves dead letters in a directory: of a message that can be handled by now, of
// another for a function that is no more, of an event from a newer program, and of no
// event.
func park(t *testing.T, dir string) {
	t.Helper()
	store, err := sqlite.OpenEventStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	posts, err := store.Load(t.Context(), "room_kitchen", 1, 1)
	if err != nil || len(posts) != 1 {
		t.Fatalf("events are %v, %v", posts, err)
	}
	gone := posts[0]
	gone.ID = "from-ashore"
	newer := posts[0]
	newer.ID, newer.Version, newer.Sequence = "from-tomorrow", 99, 3
	letters := []bus.DeadLetter{
		{Subscription: "project-rooms", Event: posts[0], Cause: "it was a bad day", ParkedAt: time.Now()},
		{Subscription: "project-ships", Event: gone, Cause: "it sank", ParkedAt: time.Now()},
		{Subscription: "project-rooms", Event: newer, Cause: "too new", ParkedAt: time.Now()},
		bus.Unreadable("project-rooms", "7", json.RawMessage(`{"message":{}}`), errors.New("no event"), time.Now()),
	}
	for _, letter := range letters {
		if err := store.Park(t.Context(), letter); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestRotateKeys(t *testing.T) {
	dir := t.TempDir()
	said(t, dir, "rotate-keys")
	path := filepath.Join(dir, "keys.json")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	output := said(t, dir, "rotate-keys")
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(before) == string(after) || !strings.Contains(output, "restart the server to use them") {
		t.Errorf("keys have changed: %t; the program says %s", string(before) != string(after), output)
	}
	var keys struct{ Signing, Encryption []struct{ Secret string } }
	if err := json.Unmarshal(after, &keys); err != nil || len(keys.Signing) < 2 || len(keys.Encryption) != len(keys.Signing) {
		t.Errorf("the old keys are gone (%v)", err)
	}
	for _, key := range append(keys.Signing, keys.Encryption...) {
		if strings.Contains(output, key.Secret) {
			t.Error("the program says a key")
		}
	}
}

func TestToolsWithoutALog(t *testing.T) {
	for _, command := range []string{"events", "verify", "rebuild", "deadletters list", "deadletters show x", "deadletters redrive --all"} {
		t.Run(command, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "nothing-here")
			refused(t, []string{"DATA_DIR=" + dir}, strings.Fields(command), filepath.Join(dir, "events.db"), "check that it exists")
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Errorf("the directory was made (%v)", err)
			}
		})
	}
}
