// Command goals prints what carrying a Book over NATS is to cost, what it costs on
// this machine, and whether that is good enough:
//
//	go run ./cmd/goals
//
// Servers, collectors and readers are processes of their own: this program, started
// again. -run names rows, -rounds says how often each is measured and -for how long
// that takes; -strict makes a row that is short an error, and -quick only tries
// whether everything can be measured.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"slices"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if len(os.Args) > 1 && os.Args[1] == roleFlag {
		err = child(ctx, os.Args[2:], os.Stdin, os.Stdout)
	} else {
		err = run(ctx, os.Args[1:], os.Stdout)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // there is nothing left to stop
	}
}

// settings say how much to measure.
type settings struct {
	rounds  int           // how often
	turn    time.Duration // how long one takes
	markets int
	quick   bool // only whether it can be measured
}

func run(ctx context.Context, args []string, w io.Writer) error {
	flags := flag.NewFlagSet("goals", flag.ContinueOnError)
	s := settings{}
	flags.IntVar(&s.rounds, "rounds", 9, "how often each row is measured, at least 3")
	flags.DurationVar(&s.turn, "for", time.Second, "how long a measurement takes, where that can be chosen")
	flags.IntVar(&s.markets, "markets", 5000, "how many there are, where that can be chosen")
	flags.BoolVar(&s.quick, "quick", false, "only try whether everything can be measured")
	strict := flags.Bool("strict", false, "fail where a row is short of its goal")
	names := flags.String("run", ".", "a regular expression: which groups of rows")
	if err := flags.Parse(args); err != nil {
		return err
	}
	re, err := regexp.Compile(*names)
	switch {
	case err != nil:
		return fmt.Errorf("goals: -run: %w", err)
	case flags.NArg() > 0:
		return fmt.Errorf("goals: what is %q?", flags.Arg(0))
	case s.quick:
		s.rounds, s.turn, s.markets = 1, 50*time.Millisecond, 200
	case s.rounds < 3:
		return fmt.Errorf("goals: -rounds %d: at least 3", s.rounds)
	case s.turn <= 0:
		return fmt.Errorf("goals: -for %v is no time", s.turn)
	case s.markets < 1:
		return fmt.Errorf("goals: -markets %d: at least one", s.markets)
	}
	gs := slices.DeleteFunc(groups(), func(g group) bool { return !re.MatchString(g.name) })
	if len(gs) == 0 {
		return fmt.Errorf("goals: -run %q: no rows are named so", *names)
	}
	fmt.Fprintf(w, "%s, %s/%s, %d CPUs, %s; %d rounds, %d markets\n\n", time.Now().UTC().Format(time.DateTime),
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), s.rounds, s.markets)
	short, err := table(ctx, w, s, gs)
	if err != nil {
		return fmt.Errorf("goals: %w", err)
	}
	if short > 0 && *strict {
		return fmt.Errorf("goals: %d of the rows are short", short)
	}
	return nil
}

// groups are all rows, in the order of the table.
func groups() []group {
	return []group{
		{"delay", delay},
		{"rate", rate},
		{"flood", flood},
		{"join", join},
		{"readers", readersAgree},
		{"takeover", takeOver},
		{"cluster", clusterHeals},
		{"scale", scale},
		{"scale-replicas", scaleCluster},
	}
}
