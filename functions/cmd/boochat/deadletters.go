package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"boochat/shared/app"
	"boochat/shared/bus"
	"boochat/shared/event"

	"github.com/spf13/cobra"
)

func newDeadLetters() *cobra.Command {
	c := &cobra.Command{
		Use: "deadletters", Short: "Look at events that could not be handled, and have them handled again",
		Long: "Events that a function could not handle are parked with their cause. When the cause is\n" +
			"mended, by a newer program for instance, redrive them.",
	}
	c.AddCommand(newDeadLettersList(), newDeadLettersShow(), newDeadLettersRedrive())
	return c
}

// parked reads the dead letters of the place.
func parked(c *cobra.Command) ([]bus.DeadLetter, error) {
	p, err := place()
	if err != nil {
		return nil, err
	}
	return app.DeadLetters(c.Context(), p)
}

func newDeadLettersList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List them, oldest first", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			letters, err := parked(c)
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "PARKED AT\tSUBSCRIPTION\tID\tTYPE\tSTREAM\tSEQUENCE\tCAUSE")
			for _, l := range letters {
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\t%q\n", l.ParkedAt.Format(event.TimeLayout), l.Subscription, l.Event.ID, l.Event.Type, l.Event.Stream, l.Event.Sequence, l.Cause)
			}
			return table.Flush()
		},
	}
}

func newDeadLettersShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Print one with its event, as JSON, for each subscription that parked it", Args: cobra.ExactArgs(1),
		Long: "Prints the dead letters of the event with this id as JSON. Events hold what people wrote: mind who\nreads along.",
		RunE: func(c *cobra.Command, args []string) error {
			letters, err := parked(c)
			if err != nil {
				return err
			}
			encoder := json.NewEncoder(c.OutOrStdout())
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "  ")
			found := false
			for _, l := range letters {
				if l.Event.ID != args[0] {
					continue
				}
				found = true
				if err := encoder.Encode(l); err != nil {
					return err
				}
			}
			if !found {
				return noDeadLetter(args[0])
			}
			return nil
		},
	}
}

func newDeadLettersRedrive() *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use: "redrive [--all | ID]", Short: "Have one handled again, or all", Args: cobra.MaximumNArgs(1),
		Long: "Hands parked events to their functions again, oldest first, in this process. What is handled by now\n" +
			"is parked no longer; what is not stays, and the exit status is 1. On the\n" +
			"embedded backend, stop the server before.",
		RunE: func(c *cobra.Command, args []string) error {
			if all == (len(args) == 1) {
				return fmt.Errorf("say which: the ID of a dead letter, or --all")
			}
			p, err := place()
			if err != nil {
				return err
			}
			tried := 0
			handled, err := app.Redrive(c.Context(), p, func(l bus.DeadLetter) bool {
				chosen := all || l.Event.ID == args[0]
				if chosen {
					tried++
				}
				return chosen
			})
			if err == nil && tried == 0 && !all {
				return noDeadLetter(args[0])
			}
			fmt.Fprintf(c.OutOrStdout(), "%d of %d handled\n", handled, tried)
			return err
		},
	}
	c.Flags().BoolVar(&all, "all", false, "all of them")
	return c
}

func noDeadLetter(id string) error {
	return fmt.Errorf("there is no dead letter with the ID %s. `boochat deadletters list` lists them", id)
}
