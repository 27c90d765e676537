package history

import (
	"fmt"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
	"github.com/tickersync/tickersync/ticker/arbitrage"
)

// write writes the quotes of a tape as the comments of the tables have it.
func (tp *tape) write(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	last := tp.looks[len(tp.looks)-1].at
	require.NoError(t, EnsureDays(t.Context(), pool, tp.looks[0].at, last))
	batch := &pgx.Batch{}
	batch.Queue("TRUNCATE tickersync.recorder, tickersync.series, tickersync.link, tickersync.link_life, tickersync.quote, tickersync.gap RESTART IDENTITY")
	batch.Queue("INSERT INTO tickersync.recorder (name) VALUES ('tape')")
	links, seq := 0, 0
	for i, b := range tp.books {
		link := map[uint64]int{0: 0}
		for id, lives := range b.lives {
			links++
			link[id] = links
			batch.Queue("INSERT INTO tickersync.link (recorder_id, seq, exchange, opened, quote_delay) VALUES (1, $1, $2, $3, $4)",
				links, b.name, lives[0].since, b.feed.Quote.Delay)
			for _, f := range lives {
				batch.Queue("INSERT INTO tickersync.link_life VALUES ($1, $2, $3, $4)", links, f.since, f.from, f.to)
			}
		}
		ts := map[ticker.Market]time.Time{}
		for m, market := range tapeMarkets {
			batch.Queue("INSERT INTO tickersync.series (recorder_id, exchange, market) VALUES (1, $1, $2)", b.name, string(market))
			for _, c := range b.changes {
				if c.Market != market || c.Quote.Source == ticker.NoSource {
					continue
				}
				at := c.At.Truncate(time.Microsecond)
				if !at.After(ts[market]) {
					at = ts[market].Add(time.Microsecond)
				}
				ts[market], seq = at, seq+1
				id := 0
				if c.Follows.Has(ticker.QuoteGroup) {
					id = link[c.Link]
				}
				source := c.Quote.Source
				if c.Removed {
					source = ticker.NoSource
				}
				batch.Queue(`INSERT INTO tickersync.quote (ts, as_of, seq, series_id, link_id, source, kind, bid, ask)
					VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::numeric, $9::text::numeric)`,
					at, c.Quote.AsOf, seq, i*len(tapeMarkets)+m+1, orNull(id), source, c.Quote.Kind, number(c.Quote.Bid), number(c.Quote.Ask))
			}
		}
	}
	require.NoError(t, pool.SendBatch(t.Context(), batch).Close())
}

// What SQL says of a moment of the past is what Find found in the Books then, pair
// by pair: the ages are computed from the lives of the links, and so a pair is in
// doubt only where an age is within slack of the limit.
func TestSpreadsAgreeWithFind(t *testing.T) {
	r := random(t)
	pool := fresh(t, nil)
	pairs, exact, decided := 0, 0, 0
	for range 2 {
		tp := tapeOf(t, r, 2*time.Minute)
		tp.write(t, pool)
		for _, l := range tp.looks {
			n, both := l.agree(t, pool)
			pairs, exact, decided = pairs+n, exact+both, decided+len(l.strict)
		}
	}
	t.Logf("%d pairs, %d of them with both, %d beyond any doubt", pairs, exact, decided)
	assert.Greater(t, decided, 100, "the tapes are dull")
	assert.Greater(t, exact, pairs*9/10)
}

// agree compares what SQL says of the moment with what Find found. It returns how
// many pairs that are, and how many of them Find has, too.
func (l *look) agree(t *testing.T, pool *pgxpool.Pool) (pairs, both int) {
	t.Helper()
	got, err := SpreadsAt(t.Context(), pool, l.at.Add(10*time.Microsecond), &SpreadOptions{
		Fee: decimal.MustNew(1, 3), MaxAge: 20 * time.Second, MaxApart: 8 * time.Second,
	})
	require.NoError(t, err)
	found := map[string]bool{}
	for _, s := range got {
		key := fmt.Sprintf("%s %s %s", s.Market, s.Buy.Exchange, s.Sell.Exchange)
		found[key] = true
		p, ok := l.loose[key]
		require.True(t, ok, "%v: SQL alone has %v", l.at, s)
		assertSame(t, p, s)
		if _, ok := l.exact[key]; ok {
			both++
		}
	}
	for key, p := range l.strict {
		require.True(t, found[key], "%v: Find alone has %v", l.at, p)
	}
	return len(got), both
}

// The same of Books that a Recorder writes.
func TestRecordedSpreadsAgreeWithFind(t *testing.T) {
	pool := fresh(t, nil)
	var tp tape
	actors := tp.actors(t, random(t))
	var books []*ticker.Book
	for _, a := range actors {
		books = append(books, a.book)
	}
	n := record(t, &Recorder{Pool: pool, Dir: t.TempDir()}, books...)
	eventually(t, pool, "SELECT count(*) = 1 FROM tickersync.recorder") // it has begun to follow
	for step := range 300 {
		time.Sleep(10 * time.Millisecond) // subject: what was recorded meanwhile
		if step%20 == 19 {
			tp.look(actors)
			time.Sleep(time.Millisecond)
		}
		for _, a := range actors {
			a.act()
		}
	}
	_ = n.stop()
	pairs := 0
	for _, l := range tp.looks {
		got, _ := l.agree(t, pool)
		pairs += got
	}
	assert.Greater(t, pairs, 20, "the minute was dull")
}

// assertSame compares a pair of Find and one of SQL, number by number.
func assertSame(t *testing.T, p arbitrage.Pair, s Spread) {
	t.Helper()
	spread, err := s.Spread.Decimal()
	require.NoError(t, err)
	net, err := s.Net.Decimal()
	require.NoError(t, err)
	for _, c := range [][2]decimal.Decimal{
		{p.Buy.Price, s.Buy.Price}, {p.Sell.Price, s.Sell.Price}, {p.Spread, spread}, {p.Net, net},
		{p.Percent.Round(6), s.Percent}, {p.NetPercent.Round(6), s.NetPercent},
	} {
		assert.True(t, c[0].Equal(c[1]) || c[0].Round(5).Equal(c[1].Round(5)), "%v for %v", s, p)
	}
	assert.Less(t, s.Buy.AsOf.Sub(p.Buy.AsOf).Abs(), slack)
	assert.Less(t, s.Sell.AsOf.Sub(p.Sell.AsOf).Abs(), slack)
}
