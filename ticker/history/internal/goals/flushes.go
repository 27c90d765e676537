package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

const rounds = 5

// flushes measures the recorder's rate against psql's COPY of the same rows into
// the same tables, and against a transaction a row.
func flushes(ctx context.Context, t *table, s *server, c config) error {
	rows := min(c.rows, 500_000)
	dir, err := os.MkdirTemp("", "tickersync-goals")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	raw, err := s.psqlCopies(ctx, filepath.Join(dir, "rows"), rows)
	if err != nil {
		return err
	}
	t.line(fmt.Sprintf("  psql, binary COPY of %d quotes, rows/s", rows), "", fmt.Sprintf("%.0f", raw.median()), raw.spread(), "")
	single, err := s.rowByRow(ctx, min(c.rows/10, 2000))
	if err != nil {
		return err
	}
	t.line("  one transaction a row, rows/s", "", fmt.Sprintf("%.0f", single.median()), single.spread(), "")
	return nil
}

// psqlCopies returns the rates at which psql copies rows from a file.
func (s *server) psqlCopies(ctx context.Context, file string, rows int) (r rates, err error) {
	sql := fmt.Sprintf(`\copy (SELECT now() AS ts, as_of, time, received, seq, key, epoch, series_id, link_id, source, kind, bid, bid_size, ask, ask_size
		FROM tickersync.quote LIMIT %d) TO '%s' (FORMAT binary)`, rows, file)
	if err := s.runPsql(ctx, sql); err != nil {
		return nil, err
	}
	for range rounds {
		start := time.Now()
		if err := s.runPsql(ctx, fmt.Sprintf(`\copy tickersync.quote FROM '%s' (FORMAT binary)`, file)); err != nil {
			return nil, err
		}
		r = append(r, float64(rows)/time.Since(start).Seconds())
	}
	return r, nil
}

func (s *server) runPsql(ctx context.Context, command string) error {
	if out, err := s.psql(ctx, "-c", command).CombinedOutput(); err != nil {
		return fmt.Errorf("psql: %w: %s", err, out)
	}
	return nil
}

// rowByRow returns the rates at which rows are inserted as the talk does.
func (s *server) rowByRow(ctx context.Context, rows int) (r rates, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	for range rounds {
		start := time.Now()
		for i := range rows {
			err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO tickersync.quote (ts, as_of, seq, series_id, link_id, source, kind, bid, bid_size, ask, ask_size)
					VALUES ($1, $1, $2, $3, 1, 1, 1, $4::text::numeric, $5::text::numeric, $6::text::numeric, $7::text::numeric)`,
					time.Now(), i, 1+i%series, "31415.92", "1.5", "31416.12", "2.25")
				return err
			})
			if err != nil {
				return nil, err
			}
		}
		r = append(r, float64(rows)/time.Since(start).Seconds())
	}
	return r, nil
}
