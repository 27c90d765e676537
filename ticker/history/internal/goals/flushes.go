package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

// flushes measures the recorder's rate against psql's COPY of the same rows into
// the same tables, and against a transaction a row, in turns.
func flushes(ctx context.Context, t *table, s *server, c config) error {
	dir, err := os.MkdirTemp("", "tickersync-goals")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	rows := min(max(c.rows, 20_000), 300_000) // of which the first flush is not counted
	var recorder, psql, single rates
	for i := range c.rounds {
		name := fmt.Sprintf("flush%d", i)
		r, err := s.record(ctx, name, filepath.Join(dir, name), rows)
		if err != nil {
			return err
		}
		recorder = append(recorder, r)
		if r, err = s.psqlCopy(ctx, name, filepath.Join(dir, "rows"), rows); err != nil {
			return err
		}
		psql = append(psql, r)
		if r, err = s.rowByRow(ctx, min(c.rows/10, 2000)); err != nil {
			return err
		}
		single = append(single, r)
	}
	for _, l := range []struct {
		what string
		r    rates
	}{
		{"recorder, flushes of 10000 quotes from the spool, rows/s", recorder},
		{fmt.Sprintf("psql, binary COPY of the same %d quotes, rows/s", rows), psql}, {"a transaction a quote, rows/s", single},
	} {
		t.line("  "+l.what, "", fmt.Sprintf("%.0f", l.r.median()), l.r.spread(), "")
	}
	x := recorder.median() / psql.median()
	t.line("recorder's rate against psql's", ">= 0.6", ratio(x), "", verdict(x >= 0.6))
	x = recorder.median() / single.median()
	t.line("recorder's rate against a transaction a quote", ">= 50", ratio(x), "", verdict(x >= 50))
	return nil
}

// record returns the rate at which a recorder writes what it spooled while the
// database was away.
func (s *server) record(ctx context.Context, name, dir string, rows int) (rate float64, err error) {
	var g gate
	g.close()
	f, err := newSource(ctx, s, &g, name, dir)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.stop()) }()
	if err := f.fill(ctx, rows); err != nil {
		return 0, err
	}
	g.open()
	begin, first, err := f.written(ctx, 1)
	if err != nil {
		return 0, err
	}
	end, last, err := f.written(ctx, uint64(rows))
	if err != nil {
		return 0, err
	}
	return float64(last-first) / end.Sub(begin).Seconds(), nil
}

// psqlCopy returns the rate at which psql copies what a recorder wrote, from a file.
func (s *server) psqlCopy(ctx context.Context, exchange, file string, rows int) (rate float64, err error) {
	err = s.runPsql(ctx, fmt.Sprintf(`\copy (SELECT q.* FROM tickersync.quote q JOIN tickersync.series USING (series_id)
		WHERE exchange = '%s' ORDER BY q.ts) TO '%s' (FORMAT binary)`, exchange, file))
	if err != nil {
		return 0, err
	}
	start := time.Now()
	if err := s.runPsql(ctx, fmt.Sprintf(`\copy tickersync.quote FROM '%s' (FORMAT binary)`, file)); err != nil {
		return 0, err
	}
	return float64(rows) / time.Since(start).Seconds(), nil
}

func (s *server) runPsql(ctx context.Context, command string) error {
	if out, err := s.psql(ctx, "-c", command).CombinedOutput(); err != nil {
		return fmt.Errorf("psql: %w: %s", err, out)
	}
	return nil
}

// rowByRow returns the rate at which rows are inserted as the talk does.
func (s *server) rowByRow(ctx context.Context, rows int) (rate float64, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Release()
	start := time.Now()
	for i := range rows {
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO tickersync.quote (ts, as_of, seq, series_id, link_id, source, kind, bid, bid_size, ask, ask_size)
				VALUES ($1, $1, $2, $3, 1, 1, 1, $4::text::numeric, $5::text::numeric, $6::text::numeric, $7::text::numeric)`,
				time.Now(), i, 1+i%series, "31415.92", "1.5", "31416.12", "2.25")
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	return float64(rows) / time.Since(start).Seconds(), nil
}
