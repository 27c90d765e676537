package main

import (
	"context"
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker"
	"github.com/tickersync/tickersync/ticker/arbitrage"
)

const (
	latestSQL  = "SELECT * FROM tickersync.spreads()"
	historySQL = "SELECT * FROM tickersync.spreads_at(now())"
)

// talkSQL is the talk's query, with array_agg where it has TimescaleDB's LAST.
const talkSQL = `WITH l AS (SELECT exchange, (array_agg(bid_price ORDER BY ts DESC))[1] AS bid, (array_agg(ask_price ORDER BY ts DESC))[1] AS ask, max(ts) AS ts
	FROM talk WHERE ts > now() - interval '1 minute' GROUP BY exchange)
	SELECT a.bid - b.ask AS spread, a.exchange, b.exchange FROM l a, l b
	WHERE a.exchange <> b.exchange AND a.bid - b.ask > a.bid * 0.0025 + b.ask * 0.0025
		AND b.ts - a.ts BETWEEN interval '-5 seconds' AND interval '5 seconds'`

// spreads measures the spread query with few and with many rows in the last minute.
func spreads(ctx context.Context, t *table, s *server, c config) error {
	var latest, past [2]time.Duration
	for i, rows := range []int{347, 60_000} {
		if err := s.minute(ctx, rows); err != nil {
			return err
		}
		for _, q := range []struct {
			what, sql string
			into      *time.Duration
		}{{"spreads now", latestSQL, &latest[i]}, {"spreads at a moment, from the rows", historySQL, &past[i]}, {"  the talk's query", talkSQL, nil}} {
			d, _, err := s.timed(ctx, c.samples, q.sql)
			if err != nil {
				return err
			}
			goal, ok := "", ""
			if q.into != nil {
				*q.into = d.median()
				goal, ok = "<= 1 ms", verdict(d.median() <= time.Millisecond)
			}
			t.line(fmt.Sprintf("%s, %d rows in the minute", q.what, rows), goal, ms(d.median()), d.spread(), ok)
		}
	}
	for _, r := range []struct {
		what string
		d    [2]time.Duration
	}{{"spreads now", latest}, {"spreads at a moment, from the rows", past}} {
		x := float64(r.d[1]) / float64(r.d[0])
		t.line(r.what+", 60000 rows against 347", "<= 1.5", ratio(x), "", verdict(x <= 1.5))
	}
	return nil
}

// find measures Find on what one update concerns, beside SQL on the same data.
func find(ctx context.Context, t *table, s *server, c config) error {
	now := time.Now()
	offers := make([]arbitrage.Offer, exchanges)
	for i := range offers {
		o := &offers[i]
		o.Exchange, o.Fee = fmt.Sprintf("exchange%d", i+1), arbitrage.TalkFee
		q := ticker.Quote{Bid: decimal.MustNew(10_000_000+int64(i)*300, 3), Ask: decimal.MustNew(10_001_000+int64(i)*300, 3)}
		q.AsOf, q.Source = now, ticker.Stream
		o.Ticker = ticker.Ticker{Market: "M1-EUR", Quote: q}
	}
	const batch = 100
	var d times
	for range c.samples {
		start := time.Now()
		for range batch {
			if found := arbitrage.Find(offers, now, nil); found != nil {
				return fmt.Errorf("found %v where nothing pays", found)
			}
		}
		d = append(d, time.Since(start)/batch)
	}
	t.line("Find for one update, 8 exchanges", "<= 2 us", ms(d.median()), d.spread(), verdict(d.median() <= 2*time.Microsecond))
	if err := s.manySeries(ctx); err != nil {
		return err
	}
	for _, q := range []struct{ what, sql string }{{"spreads now, 8 exchanges x 500 markets", latestSQL}, {"  the talk's query on the same data", talkSQL}} {
		d, _, err := s.timed(ctx, max(c.samples/10, 3), q.sql)
		if err != nil {
			return err
		}
		t.line(q.what, "", ms(d.median()), d.spread(), "")
	}
	return nil
}

// manySeries makes the latest rows, and the talk's last minute, those of 500 markets.
func (s *server) manySeries(ctx context.Context) error {
	for _, sql := range []string{
		fmt.Sprintf(`INSERT INTO tickersync.series (recorder_id, exchange, market)
			SELECT 1, 'exchange' || e, 'N' || m || '-EUR' FROM generate_series(1, %d) e, generate_series(1, %d) m`, exchanges, 500-markets),
		`INSERT INTO tickersync.quote_latest (ts, as_of, seq, series_id, link_id, source, kind, bid, ask)
			SELECT now(), now(), 1, s.series_id, l.link_id, 1, 1, 10000 + 3 * random(), 10004 + 3 * random()
			FROM tickersync.series s JOIN tickersync.link l USING (exchange) WHERE s.market LIKE 'N%'`,
		"UPDATE tickersync.link SET heard = now()",
		"TRUNCATE talk",
		`INSERT INTO talk SELECT now(), s.exchange, s.market, q.bid, q.bid_size, q.ask, q.ask_size
			FROM tickersync.quote_latest q JOIN tickersync.series s USING (series_id)`,
		"ANALYZE talk, tickersync.quote_latest, tickersync.series",
	} {
		if _, err := s.pool.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}
