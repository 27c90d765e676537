package arbitrage

import (
	"math/big"
	"testing"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// of makes a pair from prices, sizes and fees.
func of(ask, askSize, bid, bidSize, fee string) Pair {
	buy, sell := offered("a", "1", ask, fee, noon), offered("b", bid, "1000", fee, noon)
	buy.Ticker.Quote.AskSize, sell.Ticker.Quote.BidSize = dec(askSize), dec(bidSize)
	return pairOf(&buy, &sell, noon)
}

// The talk's numbers: a difference of 1 %, costs of 0.5 %, and 100 units that move
// the price to buy at up by 0.8 % and the price to sell at down by 0.5 %.
func TestSizeOfTheTalk(t *testing.T) {
	p := of("100", "0", "101", "0", "0.0025")
	z, err := Size(p, Impact{Buy: dec("0.008"), Sell: dec("0.005")})
	require.NoError(t, err)
	at := func(q string) decimal.Decimal {
		o, err := z.At(dec(q))
		require.NoError(t, err)
		return o.Net
	}
	assert.True(t, at("100").IsNeg(), "100 units lose: %v", at("100"))
	assert.Equal(t, "-15.536875", at("100").String())
	assert.True(t, at("10").IsPos(), "10 gain: %v", at("10"))
	last, rising, turns := decimal.Zero, true, 0
	for q := 1; q <= 200; q++ {
		o, err := z.At(decimal.MustNew(int64(q), 0))
		require.NoError(t, err)
		if up := last.Less(o.Net); up != rising {
			rising, turns = up, turns+1
		}
		last = o.Net
	}
	assert.Equal(t, 1, turns, "one maximum")
	assert.Equal(t, "38.101073", z.Best.Round(6).String())
	assert.Equal(t, "76.202146", z.BreakEven.Round(6).String(), "where both lines bend at once, twice the best")
	assert.Equal(t, "20000", z.Max.String())
}

func TestSizeBounds(t *testing.T) {
	for _, c := range []struct {
		what                 string
		p                    Pair
		impact               Impact
		best, breakEven, max string
	}{
		{"quoted sizes bound", of("100", "3", "110", "2", "0"), Impact{}, "2", "0", "2"},
		{"the other one", of("100", "1", "110", "2", "0"), Impact{}, "1", "0", "1"},
		{"not told, nothing expected", of("100", "0", "110", "2", "0"), Impact{}, "0", "0", "0"},
		{"one leg is bounded", of("100", "3", "110", "0", "0"), Impact{Sell: dec("1")}, "3", "0", "3"},
		{"the other is", of("100", "0", "110", "4", "0"), Impact{Buy: dec("1")}, "4", "0", "4"},
		// Up to 10 a unit brings 10; from there each brings 1 less.
		{"beyond the size", of("100", "10", "110", "1000", "0"), Impact{Buy: dec("1")}, "20", "37.32050807568877293", "1000"},
		// From 10 each brings 1 less, from 15 on 2 less.
		{"two bends", of("100", "10", "110", "15", "0"), Impact{Buy: dec("1"), Sell: dec("0.9090909090909090909")}, "17.5", "29.48958", "125"},
		{"does not pay", of("110", "10", "100", "15", "0"), Impact{Buy: dec("1"), Sell: dec("1")}, "0", "0", "115"},
		{"pays for nothing", of("100", "10", "100", "15", "0"), Impact{Buy: dec("1"), Sell: dec("1")}, "0", "0", "115"},
	} {
		z, err := Size(c.p, c.impact)
		require.NoError(t, err, c.what)
		assert.Equal(t, c.best, z.Best.Round(6).Trim(0).String(), c.what)
		assert.Equal(t, dec(c.breakEven).Round(5).Trim(0).String(), z.BreakEven.Round(5).Trim(0).String(), c.what)
		assert.Equal(t, c.max, z.Max.Round(6).Trim(0).String(), c.what)
		_, err = z.At(dec("1e6"))
		require.ErrorIs(t, err, ErrQuantity, c.what)
	}
}

func TestSizeRefuses(t *testing.T) {
	p := of("100", "10", "110", "15", "0")
	_, err := Size(p, Impact{Buy: dec("-1")})
	require.ErrorContains(t, err, "arbitrage: impact below zero")
	z, err := Size(p, Impact{})
	require.NoError(t, err)
	_, err = z.At(dec("-1"))
	require.ErrorIs(t, err, ErrQuantity)
	_, err = new(Sizing).At(decimal.Zero)
	require.ErrorIs(t, err, ErrQuantity)
	_, err = Size(Pair{}, Impact{})
	require.NoError(t, err)
}

// What an outcome says is what the prices say, unit by unit.
func TestOutcome(t *testing.T) {
	z, err := Size(of("100", "2", "110", "1", "0.01"), Impact{Buy: dec("1"), Sell: dec("2")})
	require.NoError(t, err)
	o, err := z.At(dec("4"))
	require.NoError(t, err)
	// 2 at 100, then 2 that cost 100 to 102: 101 each. Fee 1 %.
	assert.Equal(t, "406.02", o.Cost.String())
	// 1 at 110, then 3 that bring 110 down to 103.4: 106.7 each.
	assert.Equal(t, "425.799", o.Proceeds.String())
	assert.Equal(t, "19.779", o.Net.String())
	assert.Equal(t, "4", o.Quantity.String())
}

// The best is the best, and the break-even breaks even.
func TestSizeRandom(t *testing.T) {
	r := random(t)
	number := func(most int64) decimal.Decimal { return decimal.MustNew(r.Int64N(most), r.IntN(6)) }
	solved := 0
	for range rounds(1000) {
		p := of("100", number(100).String(), decimal.MustNew(100_000+r.Int64N(5000), 3).String(), number(100).String(), "0.001")
		z, err := Size(p, Impact{Buy: number(3), Sell: number(3)})
		require.NoError(t, err)
		if z.sell.price.Cmp(z.buy.price) <= 0 {
			require.True(t, z.Best.IsZero() && z.BreakEven.IsZero())
			continue
		}
		best := z.profit(rat(z.Best))
		require.GreaterOrEqual(t, best.Sign(), 0)
		for range 20 {
			q := mul(z.max, big.NewRat(r.Int64N(1001), 1000))
			if r.IntN(2) == 0 && z.Best.IsPos() {
				q = mul(rat(z.Best), big.NewRat(900+r.Int64N(201), 1000))
			}
			if q.Cmp(z.max) <= 0 {
				slack := mul(add(best, big.NewRat(1, 1)), big.NewRat(1, 1e15)) // Best is rounded down
				require.LessOrEqual(t, sub(z.profit(q), add(best, slack)).Sign(), 0, "%v: %v is better than %v", p, q.FloatString(9), z.Best)
			}
		}
		if z.BreakEven.IsZero() {
			require.GreaterOrEqual(t, z.profit(z.max).Sign(), 0)
			continue
		}
		solved++
		require.GreaterOrEqual(t, z.profit(rat(z.BreakEven)).Sign(), 0)
		require.Negative(t, z.profit(mul(rat(z.BreakEven), big.NewRat(1e12+1, 1e12))).Sign())
	}
	assert.Greater(t, solved, 20)
}

func TestPairOfNothing(t *testing.T) {
	p := newPair(Side{}, Side{})
	assert.True(t, p.Net.IsZero() && p.Percent.IsZero())
}
