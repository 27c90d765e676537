package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tickersync/tickersync/ticker/history"
)

const (
	exchanges = 8
	markets   = 6
	series    = exchanges * markets
	days      = 30
)

// talk is the talk's table.
const talk = `CREATE TABLE talk (ts timestamptz NOT NULL, exchange text NOT NULL, market text NOT NULL,
	bid_price numeric NOT NULL, bid_size numeric, ask_price numeric NOT NULL, ask_size numeric);
	CREATE INDEX talk_ts ON talk (ts)`

// load makes the series, and loads quotes of the days up to a minute ago.
func (s *server) load(ctx context.Context, rows int) error {
	for _, sql := range []string{
		talk,
		"INSERT INTO tickersync.recorder (name) VALUES ('goals')",
		fmt.Sprintf(`INSERT INTO tickersync.series (recorder_id, exchange, market)
			SELECT 1, 'exchange' || e, 'M' || m || '-EUR' FROM generate_series(1, %d) e, generate_series(1, %d) m ORDER BY e, m`, exchanges, markets),
		fmt.Sprintf(`INSERT INTO tickersync.link (recorder_id, seq, exchange, opened, heard)
			SELECT 1, e, 'exchange' || e, now() - interval '%d days', now() FROM generate_series(1, %d) e`, days, exchanges),
		`INSERT INTO tickersync.link_life SELECT link_id, opened, opened, now() FROM tickersync.link`,
	} {
		if _, err := s.pool.Exec(ctx, sql); err != nil {
			return err
		}
	}
	end := time.Now().Add(-time.Minute)
	begin := end.AddDate(0, 0, -days)
	if err := history.EnsureDays(ctx, s.pool, begin, end); err != nil {
		return err
	}
	if err := s.copyQuotes(ctx, "tickersync.quote", begin, end, rows); err != nil {
		return err
	}
	for _, sql := range []string{"ANALYZE", "CHECKPOINT"} {
		if _, err := s.pool.Exec(ctx, sql); err != nil && sql != "CHECKPOINT" { // which not everybody may
			return err
		}
	}
	return nil
}

// minute fills the last minute with rows, as a recorder would: with what is latest
// and what was heard.
func (s *server) minute(ctx context.Context, rows int) error {
	now := time.Now()
	if err := s.copyQuotes(ctx, "tickersync.quote", now.Add(-time.Minute), now, rows); err != nil {
		return err
	}
	for _, sql := range []string{
		`INSERT INTO tickersync.quote_latest SELECT q.* FROM tickersync.series s CROSS JOIN LATERAL (
			SELECT * FROM tickersync.quote WHERE series_id = s.series_id ORDER BY ts DESC LIMIT 1) q
			ON CONFLICT (series_id) DO UPDATE SET ts = excluded.ts, as_of = excluded.as_of, seq = excluded.seq, bid = excluded.bid, ask = excluded.ask`,
		"UPDATE tickersync.link SET heard = now()",
		"UPDATE tickersync.link_life SET heard_to = now()",
		`INSERT INTO talk SELECT q.ts, s.exchange, s.market, q.bid, q.bid_size, q.ask, q.ask_size
			FROM tickersync.quote q JOIN tickersync.series s USING (series_id) WHERE q.ts > now() - interval '1 minute' ORDER BY q.ts`,
		"ANALYZE talk",
	} {
		if _, err := s.pool.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// copyQuotes writes rows that are spread over a time evenly and over the series by chance.
func (s *server) copyQuotes(ctx context.Context, table string, begin, end time.Time, rows int) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	r, w := io.Pipe()
	go func() { w.CloseWithError(writeQuotes(w, begin, end, rows)) }()
	_, err = conn.Conn().PgConn().CopyFrom(ctx, r, "COPY "+table+
		" (ts, as_of, seq, series_id, link_id, source, kind, bid, bid_size, ask, ask_size) FROM STDIN")
	return errors.Join(err, r.Close())
}

func writeQuotes(to io.Writer, begin, end time.Time, rows int) error {
	w := bufio.NewWriterSize(to, 1<<16)
	rnd := rand.New(rand.NewPCG(1, 1))
	line := make([]byte, 0, 200)
	decimals := func(n int64) {
		line = append(line, '\t')
		line = strconv.AppendInt(line, n/1000, 10)
		line = append(line, '.')
		line = append(line, strconv.FormatInt(1000+n%1000, 10)[1:]...)
	}
	for i := range rows {
		ts := begin.Add(end.Sub(begin) / time.Duration(rows) * time.Duration(i+1)).UTC()
		at := ts.AppendFormat(line[:0], "2006-01-02 15:04:05.000000+00")
		line = append(at, '\t')
		line = append(line, at...)
		n := rnd.IntN(series)
		price := int64(10_000_000*(1+n%markets)) + rnd.Int64N(3000) // up to 3 in 10,000: below the fees
		for _, x := range []int{i + 1, n + 1, n/markets + 1, 1, 1} {
			line = append(line, '\t')
			line = strconv.AppendInt(line, int64(x), 10)
		}
		decimals(price)
		decimals(1 + rnd.Int64N(100_000))
		decimals(price + 1 + rnd.Int64N(1000))
		decimals(1 + rnd.Int64N(100_000))
		line = append(line, '\n')
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return w.Flush()
}

// timed runs a query a number of times, prepared as pgx does by default.
func (s *server) timed(ctx context.Context, n int, sql string, args ...any) (d times, rows int, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer conn.Release()
	for i := range n + 10 { // the first few plan
		start := time.Now()
		if rows, err = drain(ctx, conn.Conn(), sql, args...); err != nil {
			return nil, 0, err
		}
		if i >= 10 {
			d = append(d, time.Since(start))
		}
	}
	return d, rows, nil
}

func drain(ctx context.Context, conn *pgx.Conn, sql string, args ...any) (n int, err error) {
	rows, err := conn.Query(ctx, sql, args...)
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}
