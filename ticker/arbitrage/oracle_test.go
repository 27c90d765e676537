package arbitrage

import (
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

// oracle decides about one pair with rational numbers, straight from the words.
func oracle(buy, sell *Offer, now time.Time, old, apart time.Duration) bool {
	b, s := &buy.Ticker.Quote, &sell.Ticker.Quote
	if buy.Exchange == sell.Exchange {
		return false
	}
	for _, q := range []*ticker.Quote{b, s} {
		if q.Bid.Sign() <= 0 || q.Ask.Sign() <= 0 || q.Source == ticker.Warm || now.Sub(q.AsOf) > old {
			return false
		}
	}
	if d := b.AsOf.Sub(s.AsOf); d > apart || -d > apart {
		return false
	}
	return profit(b.Ask, s.Bid, buy.Fee, sell.Fee).Sign() > 0
}

// exact reads a Decimal by its text.
func exact(d decimal.Decimal) *big.Rat {
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		panic(d.String())
	}
	return r
}

// profit is sell.Bid - buy.Ask - (sell.Bid*sellFee + buy.Ask*buyFee).
func profit(ask, bid, buyFee, sellFee decimal.Decimal) *big.Rat {
	r := new(big.Rat).Sub(exact(bid), exact(ask))
	r.Sub(r, new(big.Rat).Mul(exact(bid), exact(sellFee)))
	return r.Sub(r, new(big.Rat).Mul(exact(ask), exact(buyFee)))
}

// near asserts that a Decimal is the number, rounded to 19 digits.
func near(t *testing.T, want *big.Rat, got decimal.Decimal, what string) {
	t.Helper()
	if got.Coef() == 9999999999999999999 && got.Scale() == 0 {
		require.GreaterOrEqual(t, new(big.Rat).Abs(want).Cmp(exact(got.Abs())), 0, what)
		return
	}
	off := new(big.Rat).Sub(exact(got), want)
	// Half a unit of the last of 19 digits, or of 19 decimals.
	unit := big.NewRat(1, 1)
	for range decimal.MaxScale {
		unit.Quo(unit, big.NewRat(10, 1))
	}
	for whole := new(big.Rat).Abs(exact(got)); whole.Cmp(big.NewRat(1, 1)) >= 0; whole.Quo(whole, big.NewRat(10, 1)) {
		unit.Mul(unit, big.NewRat(10, 1))
	}
	require.LessOrEqual(t, off.Abs(off).Cmp(unit.Mul(unit, big.NewRat(1, 2))), 0, "%s: %v is not %s", what, got, want.FloatString(40))
}

// offers makes random offers of one market: mostly close to each other, some of
// them missing a side, stale, warm, crossed, equal, free, huge or tiny.
type offers struct {
	*rand.Rand
	base  int64
	scale int
}

func (r *offers) price() decimal.Decimal {
	if r.IntN(20) == 0 {
		return decimal.MustNew(r.Int64N(3)*r.Int64(), r.IntN(20)) // also zero; may wrap below it
	}
	return decimal.MustNew(r.base+r.Int64N(r.base/50+2), r.scale)
}

func (r *offers) fee() decimal.Decimal {
	switch r.IntN(6) {
	case 0:
		return decimal.Zero
	case 1:
		return decimal.MustNew(r.Int64N(2e18)-1e18, 18+r.IntN(2))
	case 2:
		return decimal.MustNew(-r.Int64N(100), 5)
	}
	return decimal.MustNew(r.Int64N(500), 5)
}

func (r *offers) offer(now time.Time) Offer {
	o := Offer{Exchange: string(rune('a' + r.IntN(7))), Fee: r.fee()}
	q := &o.Ticker.Quote
	o.Ticker.Market, q.Bid, q.Ask = "A-B", r.price(), r.price()
	if r.IntN(20) == 0 {
		q.Bid = decimal.Zero
	}
	if r.IntN(20) == 0 {
		q.Ask = decimal.Zero
	}
	q.Source = ticker.Source(1 + r.IntN(2))
	if r.IntN(20) == 0 {
		q.Source = ticker.Warm
	}
	q.AsOf = now.Add(-time.Duration(r.IntN(8)) * time.Second)
	if r.IntN(10) == 0 {
		q.AsOf = now.Add(-time.Duration(55+r.IntN(8)) * time.Second)
	}
	return o
}

func (r *offers) some(now time.Time) []Offer {
	r.base, r.scale = 1+r.Int64N(100_000), r.IntN(20)
	if r.IntN(4) == 0 {
		r.base = 1 + r.Int64N(9e18)
	}
	os := make([]Offer, r.IntN(15))
	for i := range os {
		if os[i] = r.offer(now); i > 0 && r.IntN(4) == 0 {
			os[i].Ticker.Quote = os[i-1].Ticker.Quote
		}
	}
	return os
}

func TestFindAgainstTheOracle(t *testing.T) {
	r := offers{Rand: random(t)}
	pairs := 0
	for range rounds(600) {
		os := r.some(noon)
		found := Find(os, noon, nil)
		pairs += len(found)
		for i := range os {
			for j := range os {
				if !oracle(&os[i], &os[j], noon, time.Minute, 5*time.Second) {
					continue
				}
				require.NotEmpty(t, found, "%v to %v", os[i], os[j])
				check(t, &os[i], &os[j], &found[0])
				found = found[1:]
			}
		}
		require.Empty(t, found)
	}
	assert.Greater(t, pairs, rounds(600), "the histories must have something to find")
}

// check computes every number of a pair anew.
func check(t *testing.T, buy, sell *Offer, p *Pair) {
	t.Helper()
	b, s := &buy.Ticker.Quote, &sell.Ticker.Quote
	require.Equal(t, Side{buy.Exchange, "A-B", b.Ask, b.AskSize, buy.Fee, b.AsOf, noon.Sub(b.AsOf)}, p.Buy)
	require.Equal(t, Side{sell.Exchange, "A-B", s.Bid, s.BidSize, sell.Fee, s.AsOf, noon.Sub(s.AsOf)}, p.Sell)
	numbers(t, p)
}

func numbers(t *testing.T, p *Pair) {
	t.Helper()
	ask, bid := exact(p.Buy.Price), exact(p.Sell.Price)
	spread, left := new(big.Rat).Sub(bid, ask), profit(p.Buy.Price, p.Sell.Price, p.Buy.Fee, p.Sell.Fee)
	near(t, spread, p.Spread, "spread")
	near(t, left, p.Net, "net")
	share := new(big.Rat).Quo(big.NewRat(100, 1), ask)
	near(t, new(big.Rat).Mul(spread, share), p.Percent, "percent")
	near(t, new(big.Rat).Mul(left, share), p.NetPercent, "net percent")
}

// FuzzFind: for any two prices and fees Find decides as the oracle does.
func FuzzFind(f *testing.F) {
	f.Add(int64(100), 0, int64(101), 0, int64(25), 4, int64(25), 4, int64(1), int64(2))
	f.Add(int64(1), 19, int64(9223372036854775807), 0, int64(1), 19, int64(0), 0, int64(-1), int64(6e9))
	f.Add(int64(9223372036854775807), 0, int64(9223372036854775807), 0, int64(-9223372036854775807), 19, int64(9223372036854775807), 19, int64(0), int64(0))
	f.Fuzz(func(t *testing.T, ask int64, askScale int, bid int64, bidScale int, buyFee int64, buyScale int, sellFee int64, sellScale int, ageA, ageB int64) {
		number := func(coef int64, scale int) decimal.Decimal {
			d, err := decimal.New(coef, scale)
			if err != nil {
				t.Skip()
			}
			return d
		}
		a := offered("a", "1", "1", "0", noon)
		a.Ticker.Quote.Ask, a.Fee, a.Ticker.Quote.AsOf = number(ask, askScale), number(buyFee, buyScale), noon.Add(-time.Duration(ageA))
		b := offered("b", "1", "1", "0", noon)
		b.Ticker.Quote.Bid, b.Fee, b.Ticker.Quote.AsOf = number(bid, bidScale), number(sellFee, sellScale), noon.Add(-time.Duration(ageB))
		one := big.NewRat(1, 1)
		fees := new(big.Rat).Abs(exact(a.Fee)).Cmp(one) < 0 && new(big.Rat).Abs(exact(b.Fee)).Cmp(one) < 0
		found := Find([]Offer{a, b}, noon, nil)
		for i := range found {
			numbers(t, &found[i])
		}
		want := 0
		for _, pair := range [][2]*Offer{{&a, &b}, {&b, &a}} {
			if fees && oracle(pair[0], pair[1], noon, time.Minute, 5*time.Second) {
				want++
			}
		}
		require.Len(t, found, want)
	})
}
