package config_test

import (
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"testing"

	"boochat/shared/config"
)

// required is the least that Load takes.
var required = []string{"ALLOWED_USERS=ann@example.com", "GOOGLE_CLIENT_ID=client"}

func TestDefaults(t *testing.T) {
	got, err := config.Load(required)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Config{
		Place: config.Place{Backend: "embedded", DataDir: ".data"}, Port: 8080, RateLimit: 20, LogLevel: slog.LevelInfo,
		AllowedUsers: []string{"ann@example.com"}, GoogleClientID: "client",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestEverySettingIsRead(t *testing.T) {
	got, err := config.Load([]string{
		"BACKEND=google", "GOOGLE_CLOUD_PROJECT=group", "PORT=1", "HOST=127.0.0.1", "DATA_DIR=/data",
		"ALLOWED_USERS= Ann@Example.com ,,bob@example.com", "GOOGLE_CLIENT_ID=client",
		"ALLOWED_ORIGINS=https://Chat.example.org, http://localhost:5173", "RATE_LIMIT=0.5",
		"PUBLIC_URL=https://chat.example.org:8443", "FUNCTION_TARGET=send-message", "TOKEN_KEYS={}", "PUSH_AUDIENCE=audience",
		"PUSH_SERVICE_ACCOUNT=push@example.com", "LOG_LEVEL=warn", "K_SERVICE=boochat",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Config{
		Place: config.Place{Backend: "google", Project: "group", DataDir: "/data"}, Port: 1, Host: "127.0.0.1",
		AllowedUsers: []string{"ann@example.com", "bob@example.com"}, GoogleClientID: "client",
		AllowedOrigins: []string{"https://chat.example.org", "http://localhost:5173"}, RateLimit: 0.5,
		PublicURL: "https://chat.example.org:8443", FunctionTarget: "send-message", TokenKeys: "{}", PushAudience: "audience",
		PushServiceAccount: "push@example.com", LogLevel: slog.LevelWarn, OnCloudRun: true,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestLaterEntriesCountAndEmptyOnesDoNot(t *testing.T) {
	got, err := config.Load(append(required, "PORT=1", "PORT=2", "RATE_LIMIT=", "K_SERVICE="))
	if err != nil {
		t.Fatal(err)
	}
	if got.Port != 2 || got.RateLimit != 20 || got.OnCloudRun {
		t.Errorf("got %+v", got)
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct{ entry, want string }{
		{"BACKEND=paper", `BACKEND is "paper", but this program has embedded and google`},
		{"BACKEND=google", "GOOGLE_CLOUD_PROJECT is missing: with BACKEND google it is the id of the project"},
		{"PORT=http", "PORT must be a whole number from 1 to 65535"},
		{"PORT=65536", "PORT must be a whole number from 1 to 65535"},
		{"PORT=0", "PORT must be a whole number from 1 to 65535"},
		{"PORT=-1", "PORT must be a whole number from 1 to 65535"},
		{"RATE_LIMIT=fast", "RATE_LIMIT must be a number from 0 on"},
		{"RATE_LIMIT=-1", "RATE_LIMIT must be a number from 0 on"},
		{"RATE_LIMIT=NaN", "RATE_LIMIT must be a number from 0 on"},
		{"RATE_LIMIT=+Inf", "RATE_LIMIT must be a number from 0 on"},
		{"LOG_LEVEL=loud", "LOG_LEVEL must be debug, info, warn or error"},
		{"ALLOWED_USERS=,", "ALLOWED_USERS is missing: list the e-mail addresses that may sign in, with commas between them"},
		{"ALLOWED_USERS=ann", `ALLOWED_USERS has "ann", which is not an e-mail address`},
		{"ALLOWED_USERS=Ann <ann@example.com>", `ALLOWED_USERS has "ann <ann@example.com>", which is not an e-mail address`},
		{"GOOGLE_CLIENT_ID=", "GOOGLE_CLIENT_ID is missing: it is the OAuth client id that people sign in with"},
		{"ALLOWED_ORIGINS=*", `ALLOWED_ORIGINS has "*", which is not an origin such as https://chat.example.org`},
		{"ALLOWED_ORIGINS=https://a.org/", `ALLOWED_ORIGINS has "https://a.org/", which is not an origin such as https://chat.example.org`},
		{"ALLOWED_ORIGINS=https://a.org:443", `ALLOWED_ORIGINS has "https://a.org:443", which is not an origin such as https://chat.example.org`},
		{"ALLOWED_ORIGINS=ftp://a.org", `ALLOWED_ORIGINS has "ftp://a.org", which is not an origin such as https://chat.example.org`},
		{"PUBLIC_URL=chat.example.org", `PUBLIC_URL is "chat.example.org", which is not an address such as https://chat.example.org`},
		{"PUBLIC_URL=https://a.org/", `PUBLIC_URL is "https://a.org/", which is not an address such as https://chat.example.org`},
		{"PUSH_AUDIENCE=a", "PUSH_AUDIENCE and PUSH_SERVICE_ACCOUNT go together: set both or neither"},
		{"PUSH_SERVICE_ACCOUNT=a", "PUSH_AUDIENCE and PUSH_SERVICE_ACCOUNT go together: set both or neither"},
		{"PUSH_UNVERIFIED=perhaps", "PUSH_UNVERIFIED must be true or false"},
		{"PUSH_UNVERIFIED=true", "PUSH_UNVERIFIED needs FUNCTION_TARGET: a service with all functions is open to people, too"},
	} {
		t.Run(test.entry, func(t *testing.T) {
			_, err := config.Load(append(required, test.entry))
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestPlaceNeedsNothingElse(t *testing.T) {
	got, err := config.LoadPlace([]string{"BACKEND=google", "GOOGLE_CLOUD_PROJECT=group", "PORT=none"})
	if want := (config.Place{Backend: "google", Project: "group", DataDir: ".data"}); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := config.LoadPlace([]string{"BACKEND=google"}); err == nil || err.Error() != "GOOGLE_CLOUD_PROJECT is missing: with BACKEND google it is the id of the project" {
		t.Errorf("got %v", err)
	}
}

func TestKeysOfCloudRunAreInSettings(t *testing.T) {
	_, err := config.Load(append(required, "BACKEND=google", "GOOGLE_CLOUD_PROJECT=group", "K_SERVICE=send-message"))
	if err == nil || err.Error() != "TOKEN_KEYS is missing: on Cloud Run a file would be another one in every instance" {
		t.Errorf("got %v", err)
	}
}

func TestUnverifiedPushes(t *testing.T) {
	private := append(required, "FUNCTION_TARGET=project-rooms", "PUSH_UNVERIFIED=true")
	got, err := config.Load(private)
	if err != nil || !got.PushUnverified {
		t.Errorf("a private service takes them: %t, %v", got.PushUnverified, err)
	}
	_, err = config.Load(append(private, "PUSH_AUDIENCE=a", "PUSH_SERVICE_ACCOUNT=a"))
	if want := "PUSH_UNVERIFIED and PUSH_AUDIENCE contradict each other: pushes are verified or they are not"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if got, err = config.Load(append(required, "PUBSUB_EMULATOR_HOST=x:1")); err != nil || got.PushUnverified {
		t.Errorf("the embedded backend gets no pushes from the emulator: %t, %v", got.PushUnverified, err)
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, err := config.Load([]string{"PORT=http", "LOG_LEVEL=loud", "BACKEND=paper"})
	want := []string{"PORT", "LOG_LEVEL", "BACKEND", "ALLOWED_USERS", "GOOGLE_CLIENT_ID"}
	if err == nil {
		t.Fatal("accepted")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) {
		t.Fatalf("got %d lines, want %d:\n%v", len(lines), len(want), err)
	}
	for i, name := range want {
		if !strings.HasPrefix(lines[i], name+" ") {
			t.Errorf("line %d is about something else than %s: %s", i, name, lines[i])
		}
	}
}

// Section 8 of the design: with an emulator's address set, the Firebase SDK takes
// unsigned tokens.
func TestNoEmulatorsOnCloudRun(t *testing.T) {
	emulators := append(required, "PUBSUB_EMULATOR_HOST=x:1", "FIRESTORE_EMULATOR_HOST=x:2")
	if _, err := config.Load(emulators); err != nil {
		t.Errorf("refused at home: %v", err)
	}
	_, err := config.Load(append(emulators, "K_SERVICE=boochat"))
	want := "FIRESTORE_EMULATOR_HOST is set, but emulators are not for Cloud Run (K_SERVICE is set)\n" +
		"PUBSUB_EMULATOR_HOST is set, but emulators are not for Cloud Run (K_SERVICE is set)"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	const secret = "correct horse"
	loaded, err := config.Load(append(required, "TOKEN_KEYS="+secret))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%v %+v %#v %s", loaded, loaded, loaded, loaded.TokenKeys)
	slog.New(slog.NewTextHandler(&out, nil)).Info("starting", "config", loaded, "keys", loaded.TokenKeys)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("starting", "config", loaded, "keys", loaded.TokenKeys)
	if strings.Contains(out.String(), secret) {
		t.Errorf("printed: %s", out.String())
	}
	if string(loaded.TokenKeys) != secret {
		t.Errorf("the value is %q", string(loaded.TokenKeys))
	}
}

// The example names every setting, in the order of Settings, with its meaning and
// its default, and sets nothing else.
func TestExampleIsComplete(t *testing.T) {
	example, err := os.ReadFile("../../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, setting := range config.Settings() {
		fmt.Fprintf(&want, "\n# %s\n#%s=%s\n", setting.Meaning, setting.Name, setting.Default)
	}
	_, settings, _ := strings.Cut(string(example), "\n\n")
	if got := "\n" + settings; got != want.String() {
		t.Errorf("got:\n%s\nwant:\n%s", got, want.String())
	}
}

func TestReadmeIsComplete(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, setting := range config.Settings() {
		value := ""
		if setting.Default != "" {
			value = "`" + setting.Default + "`"
		}
		row := fmt.Sprintf("| `%s` | %s | %s |\n", setting.Name, value, setting.Meaning)
		if !strings.Contains(string(readme), row) {
			t.Errorf("the README lacks the row\n%s", row)
		}
	}
}
