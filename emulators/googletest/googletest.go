// Package googletest gives tests Google's emulators: one of each for all tests of a
// package, each of which takes a project of its own.
package googletest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"boochat/emulators/google"
)

// startWithin bounds the start of an emulator, on a machine that is busy.
const startWithin = 2 * time.Minute

// Need is an emulator that tests need.
type Need struct {
	variable string
	start    func(context.Context) (*google.Emulator, error)
}

// Firestore is Google's emulator of it.
func Firestore(opts ...google.Option) Need {
	return Need{google.FirestoreVariable, func(ctx context.Context) (*google.Emulator, error) { return google.StartFirestore(ctx, opts...) }}
}

// PubSub is Google's emulator of it.
func PubSub() Need { return Need{google.PubSubVariable, google.StartPubSub} }

// Main is a TestMain: it runs the tests of a package while emulators answer that the
// environment names. That one is missing fails them all, with a sentence.
func Main(m *testing.M, needs ...Need) {
	stop, err := Start(needs...)
	code := 1
	if err == nil {
		code = m.Run()
		err = stop()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// Start starts emulators and names them in the environment.
func Start(needs ...Need) (stop func() error, err error) {
	var running []*google.Emulator
	stop = func() error {
		var errs []error
		for _, e := range running {
			errs = append(errs, e.Stop())
		}
		return errors.Join(errs...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	for _, need := range needs {
		e, err := need.start(ctx)
		if err == nil {
			running = append(running, e)
			err = os.Setenv(need.variable, e.Host)
		}
		if err != nil {
			return nil, errors.Join(err, stop())
		}
	}
	return stop, nil
}

// Project names a project with nothing in it.
func Project() string {
	var random [4]byte
	_, _ = rand.Read(random[:]) // it never fails: it ends the program instead
	return "p-" + hex.EncodeToString(random[:])
}
