// Command goals prints what tickersync's speed is to be, what it is on this
// machine, and whether that is enough:
//
//	go run ./cmd/goals
//
// -run names rows, -rounds says how often each side of a ratio has its turn and
// -for how long that takes, -strict makes a row that is short an error, and -quick
// only tries whether everything can be measured.
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

	"github.com/tickersync/tickersync/internal/bench"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout); {
	case err == nil, errors.Is(err, flag.ErrHelp):
	default:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // there is nothing left to stop
	}
}

// leastRounds are few enough to wait for, and enough for a median.
const leastRounds = 8

func run(ctx context.Context, args []string, w io.Writer) error {
	flags := flag.NewFlagSet("goals", flag.ContinueOnError)
	var s bench.Settings
	flags.IntVar(&s.Rounds, "rounds", 9, "how often each side has its turn, at least 8")
	flags.DurationVar(&s.For, "for", 200*time.Millisecond, "how long a turn takes")
	flags.BoolVar(&s.Quick, "quick", false, "only try whether everything can be measured")
	strict := flags.Bool("strict", false, "fail where a row is short of its goal")
	names := flags.String("run", ".", "a regular expression: which rows")
	if err := flags.Parse(args); err != nil {
		return err
	}
	re, err := regexp.Compile(*names)
	switch {
	case err != nil:
		return fmt.Errorf("goals: -run: %w", err)
	case flags.NArg() > 0:
		return fmt.Errorf("goals: what is %q?", flags.Arg(0))
	case s.Quick:
		s.Rounds, s.For = 2, 2*time.Millisecond
	case s.Rounds < leastRounds:
		return fmt.Errorf("goals: -rounds %d: at least %d", s.Rounds, leastRounds)
	case s.For <= 0:
		return fmt.Errorf("goals: -for %v is no time", s.For)
	}
	rows := slices.DeleteFunc(bench.Rows(), func(r bench.Row) bool { return !re.MatchString(r.Name) })
	if len(rows) == 0 {
		return fmt.Errorf("goals: -run %q: no row is named so", *names)
	}
	fmt.Fprintf(w, "%s, %s/%s, %d CPUs, %s; %d rounds of %v a side\n\n", time.Now().UTC().Format(time.DateTime),
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), s.Rounds, s.For)
	short, err := bench.Table(ctx, w, s, rows)
	if err != nil {
		return fmt.Errorf("goals: %w", err)
	}
	if short > 0 && *strict {
		return fmt.Errorf("goals: %d of the rows are short", short)
	}
	return nil
}
