package google

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// helperVariable has the test program be a program that starts an emulator, says its
// process group, and waits to be killed.
const helperVariable = "START_AND_WAIT"

func TestMain(m *testing.M) {
	switch os.Getenv(helperVariable) {
	case "firestore":
		startAndWait(StartFirestore(context.Background()))
	case "pubsub":
		startAndWait(StartPubSub(context.Background()))
	}
	os.Exit(m.Run())
}

func startAndWait(e *Emulator, err error) {
	if err != nil {
		println(err.Error())
		os.Exit(1)
	}
	os.Stdout.WriteString(strconv.Itoa(e.process.group) + "\n")
	select {}
}

// alone has a test start its own emulators, whatever is running.
func alone(t *testing.T) {
	t.Setenv(FirestoreVariable, "")
	t.Setenv(PubSubVariable, "")
}

func starters() map[string]func(context.Context) (*Emulator, error) {
	return map[string]func(context.Context) (*Emulator, error){
		"firestore": func(ctx context.Context) (*Emulator, error) { return StartFirestore(ctx) },
		"pubsub":    StartPubSub,
	}
}

// TestAreInstalled says what is missing on this machine, before all the tests that need it.
func TestAreInstalled(t *testing.T) {
	for _, c := range []component{firestoreComponent, pubSubComponent} {
		if os.Getenv(c.variable) != "" {
			continue
		}
		if _, err := find(t.Context(), c); err != nil {
			t.Error(err)
		}
	}
}

// TestKeepsDocuments stops Firestore and starts it again, killed in between.
func TestKeepsDocuments(t *testing.T) {
	alone(t)
	folder := t.TempDir()
	for _, c := range []struct {
		write, end string
		want       []string
	}{
		{"first", "stop", nil}, {"second", "kill", []string{"first"}}, {"third", "stop", []string{"first"}}, {"", "stop", []string{"first", "third"}},
	} {
		e, err := StartFirestore(t.Context(), Keep("demo-kept", folder))
		if err != nil {
			t.Fatal(err)
		}
		documents := "http://" + e.Host + "/v1/projects/demo-kept/databases/(default)/documents/words"
		got := owner(t, http.MethodGet, documents)
		for _, word := range []string{"first", "second", "third"} {
			if strings.Contains(got, "/words/"+word) != slices.Contains(c.want, word) {
				t.Errorf("before %q, there is: %s", c.write, got)
			}
		}
		if c.write != "" {
			owner(t, http.MethodPatch, documents+"/"+c.write)
		}
		if c.end == "kill" {
			err = e.process.stop()
		} else {
			err = e.Stop()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// owner asks the emulator as the one who may do everything.
func owner(t *testing.T, method, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer owner")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s was answered %d %s (%v)", method, answer.StatusCode, body, err)
	}
	return string(body)
}

func TestStartsAnswersAndStopsWithNothingLeft(t *testing.T) {
	alone(t)
	for name, start := range starters() {
		t.Run(name, func(t *testing.T) {
			e, err := start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !answers(t.Context(), e.Host) {
				t.Error("does not answer")
			}
			if err := e.Stop(); err != nil {
				t.Error(err)
			}
			if members := groupMembers(t, e.process.group); len(members) > 0 {
				t.Errorf("left: %v", members)
			}
			if _, err := net.Dial("tcp", e.Host); err == nil {
				t.Error("somebody listens on its port")
			}
			if err := e.Stop(); err != nil {
				t.Errorf("second stop: %v", err)
			}
		})
	}
}

// TestEndsWithItsParent kills the process that started an emulator, which then has no
// chance of cleaning up.
func TestEndsWithItsParent(t *testing.T) {
	alone(t)
	for name := range starters() {
		t.Run(name, func(t *testing.T) {
			parent := exec.Command(os.Args[0])
			parent.Env = append(os.Environ(), helperVariable+"="+name)
			parent.Stderr = os.Stderr
			out, err := parent.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := parent.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(out).ReadString('\n')
			if err != nil {
				t.Fatalf("the parent said %q: %v", line, err)
			}
			group, err := strconv.Atoi(strings.TrimSpace(line))
			if err != nil {
				t.Fatal(err)
			}
			if len(groupMembers(t, group)) == 0 {
				t.Fatal("no emulator before the kill")
			}
			if err := parent.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = parent.Wait()
			waitFor(t, "the group's end", func() bool { return len(groupMembers(t, group)) == 0 })
		})
	}
}

func TestStopKillsWhatDoesNotEndByItself(t *testing.T) {
	p, err := start(exec.Command("sh", "-c", `trap "" TERM; sleep 600 & echo up; while :; do sleep 600; done`))
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the process", func() bool { return p.output.String() == "up" })
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	if members := groupMembers(t, p.group); len(members) > 0 {
		t.Errorf("left: %v", members)
	}
}

func TestUsesEmulatorsThatRun(t *testing.T) {
	t.Setenv(FirestoreVariable, "localhost:1")
	t.Setenv(PubSubVariable, "localhost:2")
	for name, start := range starters() {
		e, err := start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if want := map[string]string{"firestore": "localhost:1", "pubsub": "localhost:2"}[name]; e.Host != want {
			t.Errorf("%s at %s, want %s", name, e.Host, want)
		}
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
	}
}

func TestSaysHowToGetWhatIsMissing(t *testing.T) {
	alone(t)
	empty := t.TempDir()
	root := t.TempDir()
	program := func(directory, name, script string) {
		if err := os.WriteFile(filepath.Join(directory, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	noJava, noComponent := t.TempDir(), t.TempDir()
	program(noJava, "gcloud", "echo "+root)
	program(noComponent, "gcloud", "echo "+root)
	program(noComponent, "java", "exit 1")
	for _, c := range []struct{ path, why string }{
		{empty, "there is no gcloud in PATH"},
		{noJava, "there is no java in PATH"},
		{noComponent, "there is no " + root},
	} {
		t.Setenv("PATH", c.path)
		for name, start := range starters() {
			_, err := start(t.Context())
			if err == nil {
				t.Fatalf("%s started without being there", name)
			}
			for _, want := range []string{c.why, "gcloud components install", "google-cloud-cli:emulators", "EMULATOR_HOST"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %q does not say %q", name, err, want)
				}
			}
		}
	}
}

func TestTriesAnotherPort(t *testing.T) {
	alone(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, takenPort, _ := net.SplitHostPort(taken.Addr().String())
	for name, file := range map[string]string{
		"firestore": "cloud-firestore-emulator/cloud_firestore_emulator",
		"pubsub":    "pubsub-emulator/bin/cloud-pubsub-emulator",
	} {
		t.Run(name, func(t *testing.T) {
			script, err := find(t.Context(), component{name: name, file: file})
			if err != nil {
				t.Fatal(err)
			}
			attempts := 0
			e, err := launch(t.Context(), component{name: name}, func(port string) *exec.Cmd {
				if attempts++; attempts == 1 {
					port = takenPort
				}
				return exec.Command(script, "--host=127.0.0.1", "--port="+port)
			})
			if err != nil {
				t.Fatal(err)
			}
			if attempts != 2 {
				t.Errorf("%d attempts", attempts)
			}
			// Firestore's own script stays as Java's parent: both have to go.
			if err := e.Stop(); err != nil {
				t.Error(err)
			}
			if members := groupMembers(t, e.process.group); len(members) > 0 {
				t.Errorf("left: %v", members)
			}
		})
	}
}

func TestErrorsTellWhatTheEmulatorSaid(t *testing.T) {
	_, err := launch(t.Context(), firestoreComponent, func(string) *exec.Cmd { return exec.Command("sh", "-c", "echo no luck today >&2") })
	if err == nil || !strings.Contains(err.Error(), "no luck today") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = launch(ctx, firestoreComponent, func(string) *exec.Cmd { return exec.Command("sh", "-c", "echo thinking; sleep 600") })
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "thinking") {
		t.Errorf("got %v", err)
	}
}

func TestFirestoreKeepsToItsRules(t *testing.T) {
	alone(t)
	rules := filepath.Join(t.TempDir(), "firestore.rules")
	write := func(body string) {
		t.Helper()
		if err := os.WriteFile(rules, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("rules_version = '2';\nservice cloud.firestore {\n  allow reed;\n}\n")
	if e, err := StartFirestore(t.Context(), Rules(rules)); err == nil {
		t.Error("started with rules that do not compile", e.Stop())
	} else if !strings.Contains(err.Error(), rules) || !regexp.MustCompile(`L3:\d+`).MatchString(err.Error()) {
		t.Errorf("does not say file, line and column: %v", err)
	}

	write("rules_version = '2';\nservice cloud.firestore {\n  match /databases/{d}/documents/open/{id} { allow read; }\n}\n")
	e, err := StartFirestore(t.Context(), Rules(rules))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
	}()
	status := func(project, document string) int {
		t.Helper()
		response, err := http.Get("http://" + e.Host + "/v1/projects/" + project + "/databases/(default)/documents/" + document)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		_, _ = io.Copy(io.Discard, response.Body)
		return response.StatusCode
	}
	if got := status("p-one", "open/a"); got != http.StatusNotFound {
		t.Errorf("allowed read: %d", got)
	}
	if got := status("p-one", "closed/a"); got != http.StatusForbidden {
		t.Errorf("refused read: %d", got)
	}

	write("rules_version = '2';\nservice cloud.firestore {\n  match /databases/{d}/documents/closed/{id} { allow read; }\n}\n")
	if err := e.SetRules(t.Context(), "p-two", rules); err != nil {
		t.Fatal(err)
	}
	if got := status("p-two", "closed/a"); got != http.StatusNotFound {
		t.Errorf("read that the project's own rules allow: %d", got)
	}
	if got := status("p-one", "closed/a"); got != http.StatusForbidden {
		t.Errorf("another project got the rules too: %d", got)
	}
}

// groupMembers gives the processes of a group that have not ended.
func groupMembers(t *testing.T, group int) []string {
	t.Helper()
	out, err := exec.Command("ps", "-eo", "pgid=,stat=,pid=,args=").Output()
	if err != nil {
		t.Fatal(err)
	}
	var members []string
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) > 2 && fields[0] == strconv.Itoa(group) && !strings.HasPrefix(fields[1], "Z") {
			members = append(members, line)
		}
	}
	return members
}

func waitFor(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !happened(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
