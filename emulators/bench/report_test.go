package main

import (
	"strings"
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	var hundred []time.Duration
	for i := 100; i >= 1; i-- {
		hundred = append(hundred, time.Duration(i))
	}
	for _, test := range []struct {
		name  string
		times []time.Duration
		p     int
		want  time.Duration
	}{
		{"the median of a hundred", hundred, 50, 50},
		{"the 99th of a hundred", hundred, 99, 99},
		{"the greatest", hundred, 100, 100},
		{"of one", []time.Duration{7}, 99, 7},
		{"the median of three", []time.Duration{3, 1, 2}, 50, 2},
		{"the tail of ten is the greatest", hundred[:10], 99, 100},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := percentile(test.times, test.p); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestPrint(t *testing.T) {
	var r report
	r.add(row{measure: "speed", value: 10_000, unit: perSecond, goal: 5_000, first: 100})
	r.add(row{measure: "time", value: 0.2, unit: seconds, goal: 0.1, shown: "p50 0.1 s, p99 0.2 s"})
	r.add(row{measure: "memory where it cannot be read", value: 0, unit: megabytes})
	var printed strings.Builder
	if err := r.print(&printed); err != nil {
		t.Fatal(err)
	}
	table, _, _ := strings.Cut(printed.String(), "\n\n")
	want := strings.Join([]string{
		"| measure | Boochat              | goal    | x goal | first Boochat | x first |",
		"| ---     | ---                  | ---     | ---    | ---           | ---     |",
		"| speed   | 10,000/s             | 5,000/s | 2      | 100/s         | 100     |",
		"| time    | p50 0.1 s, p99 0.2 s | 100 ms  | 0.5    |               |         |",
	}, "\n")
	if table != want {
		t.Errorf("got\n%s\nwant\n%s", table, want)
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1_000: "1,000", 1_234_567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
