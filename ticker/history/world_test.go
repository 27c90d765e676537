package history

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

// world is a random recorded past, kept here as well as in a database, so that
// what SQL answers can be computed a second time. Its times are multiples of 100 ms.
type world struct {
	begin, end time.Time
	series     []wseries
	links      []wlink
	gaps       []wgap
}

type wseries struct {
	recorder         int
	exchange, market string
	rows             []wrow // by ts
}

type wrow struct {
	ts, asOf           time.Time
	link               int // 0: none
	source             ticker.Source
	bid, ask           decimal.Decimal
	bidSize, askSize   decimal.Decimal
	key                uint64
	exchangeTime, read time.Time // zero: not told, ts
}

type wlink struct {
	recorder int
	exchange string
	delay    time.Duration
	lives    []life
}

type wgap struct {
	recorder     int
	exchange     string // "": all
	link         bool   // of one link only
	since, until time.Time
}

const tick = 100 * time.Millisecond

func randomWorld(r *rand.Rand, end time.Time) *world {
	w := &world{end: end.UTC().Truncate(tick)}
	w.begin = w.end.Add(-10 * time.Minute)
	moment := func() time.Time { return w.begin.Add(time.Duration(r.Int64N(int64(w.end.Sub(w.begin)/tick))) * tick) }
	for recorder := 1; recorder <= 2; recorder++ {
		for e := range 4 {
			if recorder == 2 && e > 1 {
				continue // the others have one recorder
			}
			exchange := fmt.Sprintf("e%d", e)
			first := len(w.links)
			for range 1 + r.IntN(3) {
				w.links = append(w.links, wlink{recorder, exchange, time.Duration(r.IntN(3)) * time.Second, w.lives(r)})
			}
			for m := range 3 {
				s := wseries{recorder, exchange, fmt.Sprintf("M%d-EUR", m), nil}
				for range r.IntN(40) {
					s.rows = append(s.rows, randomRow(r, moment(), first, len(w.links)))
				}
				slices.SortFunc(s.rows, func(a, b wrow) int { return a.ts.Compare(b.ts) })
				s.rows = slices.CompactFunc(s.rows, func(a, b wrow) bool { return a.ts.Equal(b.ts) })
				w.series = append(w.series, s)
			}
			for range r.IntN(3) {
				g := wgap{recorder: recorder, since: moment(), link: r.IntN(4) == 0, exchange: []string{"", exchange}[r.IntN(2)]}
				if r.IntN(3) > 0 {
					g.until = g.since.Add(time.Duration(r.IntN(600)) * tick)
				}
				w.gaps = append(w.gaps, g)
			}
		}
	}
	return w
}

// lives are those of a link that is silent for a while now and then.
func (w *world) lives(r *rand.Rand) (lives []life) {
	at := w.begin.Add(time.Duration(r.IntN(1200)) * tick)
	for at.Before(w.end) && r.IntN(8) > 0 {
		from := at.Add(-time.Duration(r.IntN(20)) * tick)
		to := from.Add(time.Duration(r.IntN(1500)) * tick)
		if to.After(w.end) {
			break
		}
		lives = append(lives, life{at, from, to})
		at = at.Add(to.Sub(from)).Add(time.Duration(1+r.IntN(300)) * tick)
	}
	return lives
}

func randomRow(r *rand.Rand, ts time.Time, first, links int) wrow {
	row := wrow{ts: ts, asOf: ts.Add(-time.Duration(r.IntN(80)) * tick), source: ticker.Source(r.IntN(12))}
	switch {
	case row.source == ticker.NoSource:
		return row
	case row.source > ticker.Warm:
		row.source = ticker.Stream
	}
	if r.IntN(4) > 0 {
		row.link = first + 1 + r.IntN(links-first)
	}
	side := func(about int64) decimal.Decimal {
		if r.IntN(12) == 0 {
			return decimal.Zero
		}
		return decimal.MustNew(about+r.Int64N(1000), r.IntN(3))
	}
	row.bid, row.ask = side(99_500), side(99_800)
	row.bidSize, row.askSize = side(1), side(1)
	row.key = r.Uint64()
	if r.IntN(2) == 0 {
		row.exchangeTime, row.read = ts.Add(-time.Second), ts.Add(-tick)
	}
	return row
}

// write writes the world to a database without series, whose ids are then those of
// the world counted from 1.
func (w *world) write(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	ctx := t.Context()
	_, err := pool.Exec(ctx, `TRUNCATE tickersync.recorder, tickersync.series, tickersync.link, tickersync.link_life,
		tickersync.quote, tickersync.quote_latest, tickersync.gap RESTART IDENTITY`)
	require.NoError(t, err)
	require.NoError(t, EnsureDays(ctx, pool, w.begin, w.end))
	var batch pgx.Batch
	exec := func(sql string, args ...any) { batch.Queue(sql, args...) }
	exec("INSERT INTO tickersync.recorder (name) VALUES ('one'), ('two')")
	for i, l := range w.links {
		var heard time.Time
		for _, f := range l.lives {
			exec("INSERT INTO tickersync.link_life VALUES ($1, $2, $3, $4)", i+1, f.since, f.from, f.to)
			heard = f.to
		}
		exec("INSERT INTO tickersync.link (recorder_id, seq, exchange, opened, heard, quote_delay) VALUES ($1, $2, $3, $4, $5, $6)",
			l.recorder, i, l.exchange, w.begin, orNull(heard), l.delay)
	}
	for _, g := range w.gaps {
		exec("INSERT INTO tickersync.gap (recorder_id, seq, exchange, link_id, since, until, reason) VALUES ($1, 1, $2, $3, $4, $5, 'down')",
			g.recorder, orNull(g.exchange), orNull(map[bool]int{true: 1}[g.link]), g.since, orNull(g.until))
	}
	var rows [][]any
	for i, s := range w.series {
		exec("INSERT INTO tickersync.series (recorder_id, exchange, market) VALUES ($1, $2, $3)", s.recorder, s.exchange, s.market)
		for n, q := range s.rows {
			rows = append(rows, []any{
				q.ts, q.asOf, orNull(q.exchangeTime), orNull(q.read), int64(n), int64(q.key), i + 1, orNull(q.link), int16(q.source), int16(1),
				number(q.bid), number(q.bidSize), number(q.ask), number(q.askSize),
			})
		}
	}
	columns := []string{"ts", "as_of", "time", "received", "seq", "key", "series_id", "link_id", "source", "kind", "bid", "bid_size", "ask", "ask_size"}
	require.NoError(t, pool.SendBatch(ctx, &batch).Close())
	_, err = pool.CopyFrom(ctx, pgx.Identifier{"tickersync", "quote"}, columns, pgx.CopyFromRows(rows))
	require.NoError(t, err)
	_, err = pool.Exec(ctx, `INSERT INTO tickersync.quote_latest SELECT DISTINCT ON (series_id) * FROM tickersync.quote ORDER BY series_id, seq DESC`)
	require.NoError(t, err)
}

func orNull[V comparable](v V) any {
	var zero V
	if v == zero {
		return nil
	}
	return v
}

func number(d decimal.Decimal) any {
	if d.IsZero() {
		return nil
	}
	return d.String()
}

// known is a quote as it was known at a moment.
type known struct {
	wrow
	exchange, market string
	asOf             time.Time
}

// heard is what a link had been heard to say; zero: nothing.
func (w *world) heard(link int, at time.Time) (heard time.Time) {
	for _, f := range w.links[link-1].lives {
		if !f.since.After(at) {
			heard = f.at(at)
		}
	}
	return heard
}

// quote is what a series knew at a moment.
func (w *world) quote(s *wseries, at time.Time, heard func(link int, at time.Time) time.Time) (k known, ok bool) {
	for _, row := range s.rows {
		if !row.ts.After(at) {
			k = known{row, s.exchange, s.market, row.asOf}
		}
	}
	if k.source == ticker.NoSource {
		return k, false
	}
	if k.link != 0 {
		if h := heard(k.link, at); !h.IsZero() && h.Add(-w.links[k.link-1].delay).After(k.asOf) {
			k.asOf = h.Add(-w.links[k.link-1].delay)
		}
	}
	return k, true
}

// quotes are the freshest of each exchange and market at a moment.
func (w *world) quotes(at time.Time, heard func(link int, at time.Time) time.Time) (all []known) {
	for i := range w.series {
		if k, ok := w.quote(&w.series[i], at, heard); ok {
			all = append(all, k)
		}
	}
	slices.SortStableFunc(all, func(a, b known) int {
		return cmp.Or(cmp.Compare(a.exchange, b.exchange), cmp.Compare(a.market, b.market), b.asOf.Compare(a.asOf))
	})
	return slices.CompactFunc(all, func(a, b known) bool { return a.exchange == b.exchange && a.market == b.market })
}
