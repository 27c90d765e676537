package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/tickersync/tickersync/ticker/history"
)

// config is what is to be measured.
type config struct {
	rows                int
	away                time.Duration
	postgres, timescale string
	samples, rounds     int // queries timed, and rates taken, for one number
}

func main() {
	c := config{samples: 300, rounds: 5}
	flag.IntVar(&c.rows, "rows", 15_000_000, "quotes to load")
	flag.DurationVar(&c.away, "away", time.Minute, "how long the database is away")
	flag.StringVar(&c.postgres, "postgres", "", "URL of a server to measure on; none: a private one")
	flag.StringVar(&c.timescale, "timescale", "", "URL of a server with TimescaleDB to compare with; none: not measured")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, os.Stdout, c); err != nil {
		fmt.Fprintln(os.Stderr, "goals:", err)
		stop()
		os.Exit(1)
	}
}

// measure measures everything and prints it.
func measure(ctx context.Context, out io.Writer, c config) (err error) {
	s, err := newServer(ctx, c.postgres, history.Auto)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.describe(ctx, out); err != nil {
		return err
	}
	start := time.Now()
	if err := s.load(ctx, c.rows); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d rows loaded in %v\n\n", c.rows, time.Since(start).Round(time.Second))
	t := table{out: out}
	t.head()
	for _, part := range []func(context.Context, *table, *server, config) error{spreads, find, flushes, outage, layouts} {
		if err := part(ctx, &t, s, c); err != nil {
			return err
		}
	}
	return nil
}
