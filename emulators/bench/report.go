package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"
)

// row is one measure. A value of 0 was not measured, a goal or a figure of the
// first Boochat that is 0 does not exist.
type row struct {
	measure     string
	shown       string // "" shows the value
	value       float64
	unit        unit
	goal, first float64
}

// unit is what figures are in.
type unit struct {
	format       func(float64) string
	moreIsBetter bool
}

var (
	perSecond = unit{format: func(v float64) string { return grouped(int(v+0.5)) + "/s" }, moreIsBetter: true}
	megabytes = unit{format: func(v float64) string { return fmt.Sprintf("%.0f MB", v/1e6) }}
	seconds   = unit{format: formatSeconds}
)

func formatSeconds(v float64) string {
	switch {
	case v < 0.01:
		return fmt.Sprintf("%.2f ms", v*1e3)
	case v < 0.1:
		return fmt.Sprintf("%.1f ms", v*1e3)
	case v < 1:
		return fmt.Sprintf("%.0f ms", v*1e3)
	default:
		return fmt.Sprintf("%.1f s", v)
	}
}

// grouped writes a number that is not negative with a comma at every thousand.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// tail is a row that shows percentiles, and compares the 99th.
func tail(measure string, times []time.Duration, goal, first float64) row {
	at := func(p int) float64 { return percentile(times, p).Seconds() }
	return row{
		measure: measure, value: at(99), unit: seconds, goal: goal, first: first,
		shown: fmt.Sprintf("p50 %s, p95 %s, p99 %s", formatSeconds(at(50)), formatSeconds(at(95)), formatSeconds(at(99))),
	}
}

// percentile is the time that p of a hundred of the times do not exceed (nearest rank).
func percentile(times []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[max(0, (len(sorted)*p+99)/100-1)]
}

// report is the table.
type report struct{ rows []row }

// add adds a row, unless its measure could not be taken here.
func (r *report) add(one row) {
	if one.value != 0 {
		r.rows = append(r.rows, one)
	}
}

// print writes the table in Markdown, aligned.
func (r *report) print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	line := func(cells ...string) {
		for _, cell := range cells {
			fmt.Fprintf(table, "| %s\t", cell)
		}
		fmt.Fprintln(table, "|")
	}
	line("measure", "Boochat", "goal", "x goal", "first Boochat", "x first")
	line("---", "---", "---", "---", "---", "---")
	for _, one := range r.rows {
		shown := one.shown
		if shown == "" {
			shown = one.unit.format(one.value)
		}
		goal, ofGoal := one.against(one.goal)
		first, ofFirst := one.against(one.first)
		line(one.measure, shown, goal, ofGoal, first, ofFirst)
	}
	fmt.Fprint(table, "\nx is how many times better: below 1 is worse. Of percentiles the last is compared, of a query the median.\n"+
		"The first Boochat's latency was measured at 10/s, its throughput from empty rooms.\n")
	return table.Flush()
}

// against gives another figure and how many times better than it the value is.
func (one row) against(other float64) (figure, times string) {
	if other == 0 {
		return "", ""
	}
	better := other / one.value
	if one.unit.moreIsBetter {
		better = one.value / other
	}
	return one.unit.format(other), fmt.Sprintf("%.3g", better)
}
