// Package config reads the environment, once and in one place. Everything else is
// handed the settings it needs.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"reflect"
	"strconv"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Backends: where events and read documents live, and what carries events.
const (
	Embedded = "embedded" // SQLite files of one process
	Google   = "google"   // Firestore and Pub/Sub
)

// Place is where a system keeps what it has: all that an operator's tools need to know.
type Place struct {
	Backend string `env:"BACKEND" envDefault:"embedded" about:"where events and read documents live: embedded or google"`
	Project string `env:"GOOGLE_CLOUD_PROJECT" about:"id of the Google Cloud project, for BACKEND google"`
	DataDir string `env:"DATA_DIR" envDefault:".data" about:"where the embedded store and generated keys live"`
}

// Config is what the environment says. The tags are the documentation, too: see Settings.
type Config struct {
	Place
	Port               int        `env:"PORT" envDefault:"8080" about:"HTTP port" must:"be a whole number from 1 to 65535"`
	Host               string     `env:"HOST" about:"address to listen on; empty is all of them"`
	PublicURL          string     `env:"PUBLIC_URL" about:"where clients reach all functions, such as https://chat.example.org, for the addresses of calendars; empty is where they asked"`
	AllowedUsers       []string   `env:"ALLOWED_USERS" about:"comma-separated e-mail addresses that may sign in; case and blanks do not matter (required)"`
	GoogleClientID     string     `env:"GOOGLE_CLIENT_ID" about:"OAuth client id, the audience of accepted Google ID tokens (required)"`
	AllowedOrigins     []string   `env:"ALLOWED_ORIGINS" about:"comma-separated origins of browsers, besides the server's own"`
	RateLimit          float64    `env:"RATE_LIMIT" envDefault:"20" about:"commands per second and person, bursts of five times that; 0 switches it off" must:"be a number from 0 on"`
	FunctionTarget     string     `env:"FUNCTION_TARGET" about:"serve this one function, at every path; empty serves all"`
	TokenKeys          Secret     `env:"TOKEN_KEYS" about:"keys of the access tokens as JSON; empty makes a file in DATA_DIR" secret:"true"`
	PushAudience       string     `env:"PUSH_AUDIENCE" about:"audience of the tokens that Pub/Sub signs its pushes with; together with PUSH_SERVICE_ACCOUNT"`
	PushServiceAccount string     `env:"PUSH_SERVICE_ACCOUNT" about:"e-mail address of the service account that Pub/Sub pushes as"`
	PushUnverified     bool       `env:"PUSH_UNVERIFIED" envDefault:"false" about:"take pushes without looking at their token: only where nobody but Pub/Sub can call, as the platform sees to for a private service" must:"be true or false"`
	LogLevel           slog.Level `env:"LOG_LEVEL" envDefault:"info" about:"least severity that is logged: debug, info, warn or error" must:"be debug, info, warn or error"`
	OnCloudRun         bool       // whether the platform set K_SERVICE
}

// Address is where a person on this machine reaches the server, as a URL.
func (c Config) Address() string {
	host := c.Host
	if host == "" {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(c.Port))
}

// Secret is a value that does not print: not by fmt, slog or JSON. Convert it to a
// string to use it.
type Secret string

// String hides the value.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[secret]"
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the value from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Setting documents a variable of the environment.
type Setting struct {
	Name, Default, Meaning string
	Secret                 bool
}

// Settings lists the variables that Load reads, in the order of Config.
func Settings() []Setting {
	var settings []Setting
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		if name, ok := field.Tag.Lookup("env"); ok {
			settings = append(settings, Setting{
				Name:    name,
				Default: field.Tag.Get("envDefault"),
				Meaning: field.Tag.Get("about"),
				Secret:  field.Tag.Get("secret") == "true",
			})
		}
	}
	return settings
}

// Load makes a Config of an environment in the form of os.Environ; of two entries
// with one name the later counts, and an empty value is none. The error tells all
// that is wrong at once, a sentence a line, by the names of the variables. It
// quotes no secret.
func Load(environ []string) (Config, error) {
	variables := variablesOf(environ)
	var config Config
	problems := parseErrors(env.ParseWithOptions(&config, env.Options{Environment: variables}))
	_, config.OnCloudRun = variables["K_SERVICE"]
	problems = append(problems, config.normalize()...)
	problems = append(problems, config.emulators(variables)...)
	config.PushUnverified = config.PushUnverified || config.pushesAreEmulated(variables)
	if len(problems) > 0 {
		return Config{}, errors.Join(once(problems)...)
	}
	return config, nil
}

// LoadPlace makes a Place of an environment, whatever else is in it or missing.
func LoadPlace(environ []string) (Place, error) {
	var place Place
	if err := env.ParseWithOptions(&place, env.Options{Environment: variablesOf(environ)}); err != nil {
		return Place{}, err
	}
	return place, errors.Join(place.check()...)
}

// variablesOf gives the variables of an environment that have a value.
func variablesOf(environ []string) map[string]string {
	variables := make(map[string]string, len(environ))
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		variables[name] = value
	}
	for name, value := range variables {
		if strings.TrimSpace(value) == "" {
			delete(variables, name)
		}
	}
	return variables
}

// once leaves out what was said before: a value that cannot be parsed is also out
// of its range.
func once(problems []error) (first []error) {
	said := map[string]bool{}
	for _, problem := range problems {
		if !said[problem.Error()] {
			said[problem.Error()] = true
			first = append(first, problem)
		}
	}
	return first
}

// parseErrors says of every value that is not of its field's type what it must be,
// in place of the parser's words, which quote the value.
func parseErrors(err error) []error {
	all, ok := errors.AsType[env.AggregateError](err)
	if !ok {
		return nil
	}
	problems := make([]error, len(all.Errors))
	for i, err := range all.Errors {
		problems[i] = err
		if parse, ok := errors.AsType[env.ParseError](err); ok {
			field, _ := reflect.TypeFor[Config]().FieldByName(parse.Name)
			problems[i] = fmt.Errorf("%s must %s", field.Tag.Get("env"), field.Tag.Get("must"))
		}
	}
	return problems
}
