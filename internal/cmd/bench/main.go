// Command bench measures the service as its user meets it: the built program,
// over HTTP, on a database of its own.
//
//	bench            measure, print the table and write it into docs/performance.md
//	bench -quick     seconds instead of minutes: tells that everything runs, not how fast
//
// Where REFERENCE_DIR (default ../shared/bench) holds the reference stack, both
// are measured in one run, in turns, and the medians are compared. Without it the
// service is measured alone, and docs/performance.md stays as it is.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// settings is the command line.
type settings struct {
	plan
	reference string // folder of the reference stack
	only      string // a part by its name; empty for all
	report    string // file whose marked part the table replaces; empty for none
}

func parse(args []string) (settings, error) {
	var s settings
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	quick := f.Bool("quick", false, "a few seconds, to see that everything runs; the reference is left out")
	rounds := f.Int("rounds", 0, "rounds of each measurement; 0 is 5, or 1 with -quick")
	f.StringVar(&s.only, "only", "", "measure one `part`: starts, requests, tasks, queue, stages or search; the report stays as it is, but for that of searches")
	f.StringVar(&s.report, "report", "docs/performance.md", "`file` whose marked part the table replaces; empty for none")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	s.plan, s.reference = full, cmp.Or(os.Getenv("REFERENCE_DIR"), "../shared/bench")
	if *quick {
		s.plan, s.reference, s.report = quickly, "", ""
	}
	if *rounds > 0 {
		s.rounds = *rounds
	}
	return s, nil
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	s, err := parse(args)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	b := &bench{plan: s.plan, only: s.only, out: out}
	if b.subjects, err = subjects(ctx, s, work, out); err != nil {
		return err
	}
	if err := b.measure(ctx, work); err != nil {
		return err
	}
	if s.only == "search" {
		return b.report(s, "search", b.searchMarkdown())
	}
	table := b.markdown()
	if s.only != "" {
		s.report = ""
	}
	return b.report(s, "bench", table)
}

// report prints a table, and puts it into the report where both services were measured.
func (b *bench) report(s settings, mark, table string) error {
	b.say("\n%s", table)
	if len(b.subjects) < 2 || s.report == "" {
		return nil
	}
	return replaceMarked(s.report, mark, table)
}

// subjects are the services to be measured: ours, and the reference where it is.
func subjects(ctx context.Context, s settings, work string, out io.Writer) ([]*subject, error) {
	own, err := build(ctx, work)
	if err != nil {
		return nil, err
	}
	list := []*subject{own.subject()}
	if s.reference == "" {
		return list, nil
	}
	ref, err := findReference(ctx, s.reference, work, out)
	if err != nil {
		_, _ = fmt.Fprintf(out, "without the reference: %v\n", err) // to the terminal: nobody else to tell
		return list, nil
	}
	return append(list, ref.subject()), nil
}
