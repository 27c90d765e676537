package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tickersync/tickersync/ticker/history"
)

// layouts compares native partitions with hypertables, both on the server with
// TimescaleDB.
func layouts(ctx context.Context, t *table, _ *server, c config) (err error) {
	const what = "native partitions against hypertables"
	if c.timescale == "" {
		t.line(what, ">= 0.9", "not run", "-timescale names none", "")
		return nil
	}
	native, err := newServer(ctx, c.timescale, history.Native)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, native.close()) }()
	hyper, err := newServer(ctx, c.timescale, history.Timescale)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hyper.close()) }()
	return compare(ctx, t, what, native, hyper, c)
}

// compare loads two servers in turns, and asks both.
func compare(ctx context.Context, t *table, what string, a, b *server, c config) error {
	var rate [2]rates
	var latency [2]times
	for i, s := range []*server{a, b} {
		if err := s.load(ctx, c.rows/10); err != nil {
			return err
		}
		if err := s.minute(ctx, 60_000); err != nil {
			return err
		}
		d, _, err := s.timed(ctx, c.samples, historySQL)
		if err != nil {
			return err
		}
		latency[i] = d
	}
	for range c.rounds {
		for i, s := range []*server{a, b} {
			start := time.Now()
			if err := s.copyQuotes(ctx, "tickersync.quote", start.Add(-time.Minute), start, min(c.rows, 200_000)); err != nil {
				return err
			}
			rate[i] = append(rate[i], float64(min(c.rows, 200_000))/time.Since(start).Seconds())
		}
	}
	x := rate[0].median() / rate[1].median()
	t.line(what+": COPY", ">= 0.9", ratio(x), fmt.Sprintf("%.0f and %.0f rows/s", rate[0].median(), rate[1].median()), verdict(x >= 0.9))
	x = float64(latency[1].median()) / float64(latency[0].median())
	t.line(what+": spreads at a moment", ">= 0.9", ratio(x), ms(latency[0].median())+" and "+ms(latency[1].median()), verdict(x >= 0.9))
	return nil
}
