package history

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

// worlds calls f with a number of random worlds, each in the database, too. They
// end now, or some of them shortly after midnight.
func worlds(t *testing.T, n int, now bool, f func(t *testing.T, r *rand.Rand, w *world, tx pgx.Tx)) {
	t.Helper()
	if testing.Short() {
		n = (n + 1) / 2
	}
	r := random(t)
	pool := fresh(t, nil)
	for range n {
		end := time.Now().UTC()
		if !now && r.IntN(2) == 0 {
			end = end.Truncate(24 * time.Hour).Add(time.Duration(r.IntN(600)) * time.Second)
		}
		w := randomWorld(r, end)
		w.write(t, pool)
		require.NoError(t, pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
			f(t, r, w, tx)
			return nil
		}))
		if t.Failed() {
			return
		}
	}
}

func randomOptions(r *rand.Rand) *SpreadOptions {
	return &SpreadOptions{
		Fees:     map[string]decimal.Decimal{"e1": decimal.MustNew(r.Int64N(20), 4), "e2": decimal.Zero},
		Fee:      decimal.MustNew(r.Int64N(20), 4),
		MaxAge:   time.Duration(r.IntN(60)) * time.Second,
		MaxApart: time.Duration(r.IntN(20)) * time.Second,
	}
}

// pays is the condition of a pair, in exact arithmetic.
func pays(buy, sell known, o *SpreadOptions) (net *big.Rat, ok bool) {
	rat := func(d decimal.Decimal) *big.Rat {
		r, _ := new(big.Rat).SetString(d.String())
		return r
	}
	fee := func(exchange string) *big.Rat {
		if f, ok := o.Fees[exchange]; ok {
			return rat(f)
		}
		return rat(o.Fee)
	}
	net = new(big.Rat).Sub(rat(sell.bid), rat(buy.ask))
	net.Sub(net, new(big.Rat).Mul(rat(sell.bid), fee(sell.exchange)))
	net.Sub(net, new(big.Rat).Mul(rat(buy.ask), fee(buy.exchange)))
	return net, net.Sign() > 0
}

// expected are the spreads of quotes at a moment, keyed by market and exchanges.
func expected(quotes []known, at time.Time, o *SpreadOptions) map[string]*big.Rat {
	maxAge, maxApart := o.MaxAge, o.MaxApart
	if maxAge == 0 {
		maxAge = time.Minute
	}
	if maxApart == 0 {
		maxApart = 5 * time.Second
	}
	usable := func(k known) bool {
		return !k.bid.IsZero() && !k.ask.IsZero() && k.source != ticker.Warm && at.Sub(k.asOf) <= maxAge
	}
	all := map[string]*big.Rat{}
	for _, buy := range quotes {
		for _, sell := range quotes {
			if buy.market != sell.market || buy.exchange == sell.exchange || !usable(buy) || !usable(sell) ||
				buy.asOf.Sub(sell.asOf).Abs() > maxApart {
				continue
			}
			if net, ok := pays(buy, sell, o); ok {
				all[buy.market+" "+buy.exchange+" "+sell.exchange] = net
			}
		}
	}
	return all
}

func assertSpreads(t *testing.T, want map[string]*big.Rat, got []Spread) {
	t.Helper()
	require.Len(t, got, len(want))
	for _, s := range got {
		net, ok := want[string(s.Market)+" "+s.Buy.Exchange+" "+s.Sell.Exchange]
		require.True(t, ok, "%v", s)
		said, ok := new(big.Rat).SetString(string(s.Net))
		require.True(t, ok, s.Net)
		assert.Zero(t, said.Cmp(net), "%s, not %s", said, net)
	}
}

func TestSpreadsAtARandomMoment(t *testing.T) {
	found := 0
	worlds(t, 8, false, func(t *testing.T, r *rand.Rand, w *world, tx pgx.Tx) {
		for range 20 {
			at := w.begin.Add(time.Duration(r.Int64N(int64(w.end.Sub(w.begin)))))
			at = at.Truncate(time.Duration(1+99*r.IntN(2)) * time.Millisecond)
			o := randomOptions(r)
			got, err := SpreadsAt(t.Context(), tx, at, o)
			require.NoError(t, err)
			assertSpreads(t, expected(w.quotes(at, w.heard), at, o), got)
			found += len(got)
		}
	})
	assert.Greater(t, found, 10, "the worlds are dull")
}

func TestSpreadsNow(t *testing.T) {
	found := 0
	worlds(t, 8, true, func(t *testing.T, r *rand.Rand, w *world, tx pgx.Tx) {
		now := one[time.Time](t, tx, "SELECT now()")
		last := func(link int, _ time.Time) (heard time.Time) {
			if lives := w.links[link-1].lives; len(lives) > 0 {
				heard = lives[len(lives)-1].to
			}
			return heard
		}
		for range 10 {
			o := randomOptions(r)
			o.MaxAge *= 10
			got, err := Spreads(t.Context(), tx, o)
			require.NoError(t, err)
			assertSpreads(t, expected(w.quotes(now, last), now, o), got)
			found += len(got)
		}
	})
	assert.Positive(t, found, "the worlds are dull")
}

func TestSpreadsDuring(t *testing.T) {
	found := 0
	worlds(t, 6, false, func(t *testing.T, r *rand.Rand, w *world, tx pgx.Tx) {
		o := randomOptions(r)
		window := Window{Since: w.begin.Add(time.Duration(r.IntN(1000)) * tick), Step: time.Duration(1+r.IntN(99)) * 70 * time.Millisecond}
		window.Until = window.Since.Add(time.Duration(r.IntN(3000)) * tick)
		got, err := SpreadsDuring(t.Context(), tx, window, o)
		require.NoError(t, err)
		found += len(got)
		assertBest(t, tx, window, o, got)
		for at := window.Since; at.Before(window.Until); at = at.Add(window.Step) {
			n := slices.IndexFunc(got, func(s Spread) bool { return !s.At.Equal(at) })
			if n < 0 {
				n = len(got)
			}
			assertSpreads(t, expected(w.quotes(at, w.heard), at, o), got[:n])
			got = got[n:]
		}
		assert.Empty(t, got)
	})
	assert.Greater(t, found, 10, "the worlds are dull")
}

// assertBest compares BestSpreads with what SpreadsDuring returned.
func assertBest(t *testing.T, tx pgx.Tx, w Window, o *SpreadOptions, all []Spread) {
	t.Helper()
	key := func(s Spread) string { return string(s.Market) + " " + s.Buy.Exchange + " " + s.Sell.Exchange }
	want := map[string]*BestSpread{}
	for _, s := range all {
		b := want[key(s)]
		if b == nil {
			b = &BestSpread{Spread: s, First: s.At}
			want[key(s)] = b
		}
		if b.NetPercent.Less(s.NetPercent) {
			b.Spread = s
		}
		b.Steps, b.Last = b.Steps+1, s.At
	}
	got, err := BestSpreads(t.Context(), tx, w, o)
	require.NoError(t, err)
	require.Len(t, got, len(want))
	for i, b := range got {
		assert.Equal(t, *want[key(b.Spread)], b)
		assert.True(t, i == 0 || !got[i-1].NetPercent.Less(b.NetPercent))
	}
}

func TestCoverage(t *testing.T) {
	covered, not := 0, 0
	worlds(t, 8, false, func(t *testing.T, r *rand.Rand, w *world, tx pgx.Tx) {
		s := w.series[r.IntN(len(w.series))]
		maxAge := time.Duration(1+r.IntN(15)) * time.Second
		span := Span{w.begin.Add(time.Duration(r.IntN(1000)) * tick), w.end.Add(-time.Duration(r.IntN(1000)) * tick)}
		got, err := Coverage(t.Context(), tx, s.exchange, ticker.Market(s.market), span, maxAge)
		require.NoError(t, err)
		for i, g := range got {
			assert.True(t, g.Since.Before(g.Until) && !g.Since.Before(span.Since) && !g.Until.After(span.Until), "%v", g)
			assert.True(t, i == 0 || got[i-1].Until.Before(g.Since), "%v", got)
		}
		// Between the multiples of a tick, so that ends need no thought.
		for at := span.Since.Add(tick / 2); at.Before(span.Until); at = at.Add(7 * tick) {
			want := w.covered(s.exchange, s.market, at, maxAge)
			said := slices.ContainsFunc(got, func(g Span) bool { return !g.Since.After(at) && at.Before(g.Until) })
			require.Equal(t, want, said, "%v", at)
			if said {
				covered++
			} else {
				not++
			}
		}
	})
	assert.Positive(t, covered)
	assert.Positive(t, not)
}

func (w *world) covered(exchange, market string, at time.Time, maxAge time.Duration) bool {
	for i := range w.series {
		s := &w.series[i]
		k, ok := w.quote(s, at, w.heard)
		if s.exchange != exchange || s.market != market || !ok || at.Sub(k.asOf) > maxAge {
			continue
		}
		if !slices.ContainsFunc(w.gaps, func(g wgap) bool {
			return g.recorder == s.recorder && !g.link && (g.exchange == "" || g.exchange == exchange) &&
				!at.Before(g.since) && (g.until.IsZero() || at.Before(g.until))
		}) {
			return true
		}
	}
	return false
}
