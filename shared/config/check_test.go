package config

import "testing"

func TestPushesOfTheEmulatorCarryNoToken(t *testing.T) {
	emulator := map[string]string{"PUBSUB_EMULATOR_HOST": "x:1"}
	for _, test := range []struct {
		config    Config
		variables map[string]string
		want      bool
	}{
		{Config{Place: Place{Backend: "google"}}, emulator, true},
		{Config{Place: Place{Backend: "google"}}, nil, false},
		{Config{Place: Place{Backend: "google"}, OnCloudRun: true}, emulator, false},
		{Config{Place: Place{Backend: "google"}, PushAudience: "a"}, emulator, false},
		{Config{Place: Place{Backend: "embedded"}}, emulator, false},
	} {
		if got := test.config.pushesAreEmulated(test.variables); got != test.want {
			t.Errorf("%+v with %v: %t", test.config, test.variables, got)
		}
	}
}
