// Command google is what `make run-google` starts: the whole system on emulators of
// Google Cloud. It is run in a folder of this repository.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"boochat/emulators/local"
	"boochat/shared/config"
	"boochat/shared/telemetry"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "boochat:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	c, err := config.Load(append(append(local.GoogleDefaults, os.Environ()...), "BACKEND="+config.Google))
	if err != nil {
		return err
	}
	slog.SetDefault(telemetry.New(os.Stderr, c.OnCloudRun, c.LogLevel))
	root, err := repository()
	if err != nil {
		return err
	}
	fmt.Println("Starting the emulators, which takes some seconds.")
	g, err := local.OpenGoogle(ctx, c, root, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.Close()) }()
	return g.Serve(ctx, g.Front, func(address string) {
		fmt.Printf("\n  Boochat is at %s, on Google Cloud's emulators\n"+
			"  Firestore is at %s, Pub/Sub at %s, the project is %s\n"+
			"  What is sent to phones shows at %s (so far, nothing is)\n"+
			"  Its data is written to %s when you stop it with Ctrl+C.\n\n",
			address, g.Firestore.Host, g.PubSub.Host, c.Project, address+local.NotificationsPath, c.DataDir)
	})
}

// repository is the nearest folder above this one that has a go.mod.
func repository() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		if folder == filepath.Dir(folder) {
			return "", errors.New("this is not a folder of Boochat's repository, which has the security rules and the page's Firebase SDK; go there first")
		}
	}
}
