package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"boochat/shared/app"
	"boochat/shared/auth"
	"boochat/shared/config"
	"boochat/shared/event"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
)

// place is where the tools work. They need no other settings.
func place() (config.Place, error) { return config.LoadPlace(os.Environ()) }

func newRebuild() *cobra.Command {
	return &cobra.Command{
		Use: "rebuild", Short: "Make the read documents anew from the event log, and switch to them", Args: cobra.NoArgs,
		Long: "Makes the read documents anew from the event log in DATA_DIR, beside the ones in use, and then\n" +
			"switches to them. A server that runs on the directory takes them over within seconds; clients\n" +
			"begin anew and lose nothing. Without one, the next start does. With BACKEND google it puts right,\n" +
			"in Firestore, what differs.",
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := place()
			if err != nil {
				return err
			}
			began := time.Now()
			bar := newBar(c.ErrOrStderr(), "rebuilding")
			if err := app.Rebuild(c.Context(), p, bar.tell); err != nil {
				return err
			}
			took := time.Since(began)
			fmt.Fprintf(c.OutOrStdout(), "rebuilt from %d events in %s (%.0f per second)\n", bar.total, took.Round(time.Millisecond), float64(bar.total)/took.Seconds())
			return nil
		},
	}
}

func newVerify() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Compare the read documents with what the event log makes of them", Args: cobra.NoArgs,
		Long: "Makes the read documents anew from the event log, in a temporary place, and compares\n" +
			"them byte for byte with the ones in use. Every difference is listed, and the exit status is 1 when\n" +
			"there is one. It may run beside a server.",
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := place()
			if err != nil {
				return err
			}
			bar := newBar(c.ErrOrStderr(), "verifying")
			differences, err := app.Verify(c.Context(), p, bar.tell)
			if err != nil {
				return err
			}
			for _, d := range differences {
				fmt.Fprintf(c.OutOrStdout(), "%s\n  in use:  %s\n  rebuilt: %s\n", d.Path, orNone(d.Live), orNone(d.Rebuilt))
			}
			if len(differences) > 0 {
				return fmt.Errorf("%d documents differ. `boochat rebuild` makes them right", len(differences))
			}
			fmt.Fprintf(c.OutOrStdout(), "no difference: the read documents are what %d events make of them\n", bar.total)
			return nil
		},
	}
}

func orNone(data string) string {
	if data == "" {
		return "none"
	}
	return data
}

func newEvents() *cobra.Command {
	var after int64
	var limit int
	c := &cobra.Command{
		Use: "events [STREAM]", Short: "Look at the events of a stream, or list the streams", Args: cobra.MaximumNArgs(1),
		Long: "Prints the events of a stream as CloudEvents, one JSON object a line. Without a stream\n" +
			"it lists the streams with their newest version. Events hold what people wrote: mind who reads along.",
		Example: "  boochat events\n  boochat events room_01923e5a-6f0e-7c7b-9d37-0f1c7a8f5f3e --after 100 --limit 20",
		RunE: func(c *cobra.Command, args []string) (err error) {
			p, err := place()
			if err != nil {
				return err
			}
			log, err := app.OpenLog(c.Context(), p)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, log.Close()) }()
			if len(args) == 0 {
				return printStreams(c.Context(), c.OutOrStdout(), log, limit)
			}
			return printEvents(c.Context(), c.OutOrStdout(), log, event.Stream(args[0]), after, limit)
		},
	}
	c.Flags().Int64Var(&after, "after", 0, "begin after this version of the stream")
	c.Flags().IntVar(&limit, "limit", 1000, "print at most so many")
	return c
}

func printStreams(ctx context.Context, w io.Writer, log app.Log, limit int) error {
	heads, err := log.Streams(ctx, "", limit)
	for _, head := range heads {
		fmt.Fprintf(w, "%8d  %s\n", head.Version, head.Stream)
	}
	if len(heads) == limit {
		fmt.Fprintf(w, "… perhaps more: raise --limit\n")
	}
	return err
}

func printEvents(ctx context.Context, w io.Writer, log app.Log, stream event.Stream, after int64, limit int) error {
	events, err := log.Load(ctx, stream, after, limit)
	if err != nil {
		return err
	}
	if len(events) == 0 {
		return fmt.Errorf("stream %s has no event after %d. `boochat events` lists the streams", stream, after)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	for _, e := range events {
		if err := encoder.Encode(e); err != nil {
			return err
		}
	}
	return nil
}

func newRotateKeys() *cobra.Command {
	return &cobra.Command{
		Use: "rotate-keys", Short: "Make new keys for access tokens", Args: cobra.NoArgs,
		Long: "Puts new keys for access tokens in front of the ones in DATA_DIR, which go on being accepted for as\n" +
			"long as tokens they made may live. Restart the server to have it use them; nobody is signed out.",
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := place()
			if err != nil {
				return err
			}
			path := filepath.Join(p.DataDir, "keys.json")
			keys, err := auth.LoadOrCreateKeys(path, time.Now())
			if err != nil {
				return err
			}
			if err := keys.Rotate(time.Now()).Save(path); err != nil {
				return err
			}
			fmt.Fprintln(c.OutOrStdout(), "new keys are in", path, "— restart the server to use them")
			return nil
		},
	}
}

// bar shows progress on a terminal, and keeps quiet elsewhere.
type bar struct {
	*progressbar.ProgressBar
	total int64
}

func newBar(w io.Writer, what string) *bar {
	return &bar{ProgressBar: progressbar.NewOptions64(1,
		progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("events"), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetVisibility(isTerminal(w)))}
}

func (b *bar) tell(done, total int64) {
	if total != b.total {
		b.total = total
		b.ChangeMax64(total)
	}
	_ = b.Set64(done) // a bar that cannot be drawn is no reason to stop
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
