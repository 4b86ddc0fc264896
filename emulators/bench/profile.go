package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"boochat/shared/processtest"

	"github.com/google/pprof/profile"
)

// profiledFunctions is how many functions are printed.
const profiledFunctions = 15

// profile loads a server that profiles itself with 20 rooms of 5, saves its CPU
// profile in a directory, and prints where the time goes.
func (b *bench) profile(ctx context.Context, dir string, w io.Writer) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make directory for profiles: %w", err)
	}
	file, err := filepath.Abs(filepath.Join(dir, "cpu.pprof"))
	if err != nil {
		return fmt.Errorf("name the profile: %w", err)
	}
	say("building")
	program, err := processtest.Build(b.scratch, "boochat/emulators/bench/profiled")
	if err != nil {
		return err
	}
	data, err := b.dataDir()
	if err != nil {
		return err
	}
	load := shape{20, 5}
	say("loading %s", load)
	var rate float64
	err = onServer(ctx, program, data, func(s *server) error {
		return onStage(ctx, s, load, int(b.loadFor.Seconds()*mostPerSecond), (*stage).bySocket, func(st *stage) (err error) {
			rate, err = st.closedLoop(ctx, b.loadFor)
			return err
		})
	}, "CPU_PROFILE="+file)
	if err != nil {
		return err
	}
	saved, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("open the profile: %w", err)
	}
	defer func() { _ = saved.Close() }() // it was only read
	parsed, err := profile.Parse(saved)
	if err != nil {
		return fmt.Errorf("read the profile: %w", err)
	}
	fmt.Fprintf(w, "%s, profiled: %s accepted and delivered. The profile is %s\n\n", load, perSecond.format(rate), file)
	return printHotspots(w, spent(parsed))
}

// function is a function with the time that was spent in it, in nanoseconds.
type function struct {
	pkg, name string
	self, all int64            // without and with the functions it calls
	calls     map[string]int64 // with the functions it calls directly, by full name
}

// passesOn tells a function that leaves nine tenths to one other, such as a
// middleware: the other one says where the time goes.
func (f *function) passesOn() bool {
	for _, callee := range f.calls {
		if callee*10 > f.all*9 {
			return true
		}
	}
	return false
}

// spent adds up a CPU profile by full name of function. A function that calls
// itself counts once.
func spent(p *profile.Profile) map[string]*function {
	functions := map[string]*function{}
	value := len(p.SampleType) - 1 // the first is the count of samples, the last their time
	for _, sample := range p.Sample {
		seen, edges, callee := map[string]bool{}, map[[2]string]bool{}, ""
		for _, location := range sample.Location { // the innermost first
			for _, at := range location.Line {
				name := at.Function.Name
				f := functions[name]
				if f == nil {
					f = &function{calls: map[string]int64{}}
					f.pkg, f.name = splitName(name)
					functions[name] = f
				}
				if callee == "" {
					f.self += sample.Value[value]
				} else if edge := [2]string{name, callee}; !edges[edge] && callee != name {
					edges[edge] = true
					f.calls[callee] += sample.Value[value]
				}
				if !seen[name] {
					seen[name] = true
					f.all += sample.Value[value]
				}
				callee = name
			}
		}
	}
	return functions
}

// splitName splits a full name into package and function, and leaves out the types
// that a generic function is made for.
func splitName(full string) (pkg, name string) {
	if generic := strings.IndexByte(full, '['); generic >= 0 {
		end := strings.LastIndexByte(full, ']')
		full = full[:generic] + full[end+1:]
	}
	slash := strings.LastIndexByte(full, '/') + 1
	dot := slash + max(0, strings.IndexByte(full[slash:], '.'))
	return full[:dot], strings.TrimPrefix(full[dot:], ".")
}

// printHotspots prints the functions that most time is spent in, grouped by package:
// the package of the greatest first.
func printHotspots(w io.Writer, functions map[string]*function) error {
	var total int64
	packageSelf := map[string]int64{}
	for _, f := range functions {
		total += f.self
		packageSelf[f.pkg] += f.self
	}
	hot := slices.SortedFunc(maps.Values(functions), func(x, y *function) int {
		return cmp.Or(cmp.Compare(y.all, x.all), cmp.Compare(x.name, y.name))
	})
	hot = slices.DeleteFunc(hot, (*function).passesOn)
	hot = hot[:min(len(hot), profiledFunctions)]
	rank := map[string]int{}
	for i, f := range hot {
		if _, known := rank[f.pkg]; !known {
			rank[f.pkg] = i
		}
	}
	slices.SortStableFunc(hot, func(x, y *function) int { return cmp.Compare(rank[x.pkg], rank[y.pkg]) })
	share := func(part int64) string { return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(max(total, 1))) }
	table := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintln(table, "| package\t| its own time\t| function\t| with what it calls\t| its own\t|\n| ---\t| ---\t| ---\t| ---\t| ---\t|")
	last := ""
	for _, f := range hot {
		pkg, own := "", ""
		if f.pkg != last {
			pkg, own, last = f.pkg, share(packageSelf[f.pkg]), f.pkg
		}
		fmt.Fprintf(table, "| %s\t| %s\t| %s\t| %s\t| %s\t|\n", pkg, own, f.name, share(f.all), share(f.self))
	}
	return table.Flush()
}
