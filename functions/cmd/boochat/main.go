// Command boochat serves the functions, all of them or the one that
// FUNCTION_TARGET names, and holds the operator's tools.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"
	"time"

	"boochat/functions"
	"boochat/shared/app"
	"boochat/shared/auth"
	"boochat/shared/config"
	"boochat/shared/telemetry"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := newRoot().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "boochat:", err)
		os.Exit(1)
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "boochat",
		Short: "A chat and meetups server for private groups",
		Long: "Boochat is a chat and meetups server for private groups.\nWithout a command it serves. Settings come from the environment: `boochat settings` lists them.\n\n" +
			"The other commands work on what BACKEND names: with embedded, the default, on DATA_DIR; with google, on\n" +
			"Firestore in GOOGLE_CLOUD_PROJECT, or on the emulator that FIRESTORE_EMULATOR_HOST names.",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(c *cobra.Command, _ []string) error { return serve(c.Context()) },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(
		&cobra.Command{
			Use: "serve", Short: "Serve all functions, or the one that FUNCTION_TARGET names", Args: cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error { return serve(c.Context()) },
		},
		&cobra.Command{
			Use: "functions", Short: "List the functions", Args: cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error { return listFunctions(c) },
		},
		&cobra.Command{
			Use: "settings", Short: "List the settings and what they mean", Args: cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error { return listSettings(c) },
		},
		newEvents(), newDeadLetters(), newRebuild(), newVerify(), newRotateKeys(),
	)
	return root
}

func serve(ctx context.Context) (err error) {
	c, err := config.Load(os.Environ())
	if err != nil {
		return err
	}
	slog.SetDefault(telemetry.New(os.Stderr, c.OnCloudRun, c.LogLevel))
	a, err := app.Open(ctx, c, auth.GoogleKeys(ctx, &http.Client{Timeout: 10 * time.Second}), time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return a.Serve(ctx, a.Handler(""), func(address string) { slog.Info("ready", "address", address) })
}

func listFunctions(c *cobra.Command) error {
	table := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tKIND\tANSWERS TO\tTOPIC\tDOES")
	for _, f := range functions.Table {
		fmt.Fprintf(table, "%s\t%s\t%s %s\t%s\t%s\n", f.Name, f.Kind, f.Method, f.Path, f.Topic, f.Summary)
	}
	return table.Flush()
}

func listSettings(c *cobra.Command) error {
	table := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tDEFAULT\tMEANING")
	for _, s := range config.Settings() {
		fmt.Fprintf(table, "%s\t%s\t%s\n", s.Name, s.Default, s.Meaning)
	}
	return table.Flush()
}
