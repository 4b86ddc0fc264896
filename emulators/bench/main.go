// Command bench measures Boochat as its users meet it: the real program in a
// process of its own, loaded over HTTP and WebSockets from this one, on one
// machine. It prints a table with ratios to the goals and to the first Boochat. The
// Google backend is measured on Google's emulators, which are much slower than what
// they stand for: its figures are for comparing one state of this code with another.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"boochat/shared/config"
	"boochat/shared/processtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	backend := flag.String("backend", "embedded", "the backend to measure: embedded, or google on Google's emulators")
	quick := flag.Bool("quick", false, "loads of 2 s and rooms of up to 10,000 items, in place of 10 s and 1,000,000")
	profiles := flag.String("profile", "", "measure nothing but where the server spends its time under 20 rooms of 5, and save its CPU profile in this directory")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "Measures Boochat on this machine and prints a table: five minutes, or one with --quick.")
		flag.PrintDefaults()
	}
	flag.Parse()
	switch {
	case flag.NArg() > 0:
		return fmt.Errorf("%q is not understood. --help tells what is", flag.Arg(0))
	case *backend != config.Embedded && *backend != config.Google:
		return fmt.Errorf("there is no backend %q to measure, only embedded and google", *backend)
	case *backend != config.Embedded && *profiles != "":
		return errors.New("only the embedded backend is profiled")
	}
	scratch, err := os.MkdirTemp("", "boochat-bench-")
	if err != nil {
		return fmt.Errorf("make a directory to work in: %w", err)
	}
	b := &bench{scratch: scratch, loadFor: 10 * time.Second, starts: 10, startItems: 100_000, roomItems: []int{100, 10_000, 1_000_000}, meetups: 1_000}
	if *quick {
		b.loadFor, b.startItems, b.roomItems, b.meetups = 2*time.Second, 10_000, []int{100, 10_000}, 200
	}
	switch {
	case *profiles != "":
		err = b.profile(ctx, *profiles, os.Stdout)
	case *backend == config.Google:
		err = b.measureGoogle(ctx, "terraform/firestore.rules", os.Stdout)
	default:
		err = b.measure(ctx, os.Stdout)
	}
	return errors.Join(err, os.RemoveAll(scratch))
}

// bench is one run of the benchmarks.
type bench struct {
	scratch    string        // directory that is removed in the end
	loadFor    time.Duration // how long each load lasts
	starts     int           // how often starting is measured
	startItems int           // items in the directory that starting is measured on
	roomItems  []int         // sizes of the rooms that are read, rising
	meetups    int           // how many are listed, and how many have something due

	program  string // file of the local system, which is what is measured
	deployed string // file of the program that is deployed
	report   report
}

// step is one of the benchmarks.
type step struct {
	name string
	run  func(context.Context) error
}

// measure runs all benchmarks of the embedded backend and prints the table.
func (b *bench) measure(ctx context.Context, w io.Writer) error {
	return b.take(ctx, w, []step{
		{"building", b.build}, {"starting", b.starting}, {"throughput", b.throughput}, {"latency", b.latency}, {"reading and rebuilding", b.reading},
		{"planning meetups", b.planning}, {"what is due", b.timers},
	})
}

// take runs steps and prints the table: as far as it got, if one fails.
func (b *bench) take(ctx context.Context, w io.Writer, steps []step) error {
	var failed error
	for i, step := range steps {
		say("%d of %d: %s", i+1, len(steps), step.name)
		if err := step.run(ctx); err != nil {
			failed = fmt.Errorf("%s: %w", step.name, err)
			break
		}
	}
	return errors.Join(failed, b.report.print(w))
}

// build builds what is measured, and weighs what is deployed.
func (b *bench) build(context.Context) (err error) {
	if b.program, err = processtest.Build(b.scratch, "boochat/emulators/cmd/local"); err != nil {
		return err
	}
	if b.deployed, err = processtest.Build(b.scratch, "boochat/functions/cmd/boochat", "-trimpath", "-ldflags=-s -w"); err != nil {
		return err
	}
	info, err := os.Stat(b.deployed)
	if err != nil {
		return fmt.Errorf("weigh the program: %w", err)
	}
	b.report.add(row{measure: "size of the deployed program", value: float64(info.Size()), unit: megabytes, goal: goalImage})
	return nil
}

// dataDir makes a fresh data directory.
func (b *bench) dataDir() (string, error) {
	dir, err := os.MkdirTemp(b.scratch, "data-")
	if err != nil {
		return "", fmt.Errorf("make data directory: %w", err)
	}
	return dir, nil
}

// say tells on standard error what is under way.
func say(format string, arguments ...any) { fmt.Fprintf(os.Stderr, format+"\n", arguments...) }
