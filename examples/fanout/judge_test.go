package main

import (
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"

	"github.com/tickersync/tickersync/ticker"
)

// counting is an exchange of which each price of every market is its own version,
// and one comes each second.
type counting struct{ began time.Time }

func (counting) Find(t ticker.Ticker, g ticker.Groups, _ uint64) (uint64, bool) {
	price := t.Trade.Price
	if g == ticker.QuoteGroup {
		price = t.Quote.Bid
	}
	v, _, ok := price.Int64(0)
	return uint64(v), ok && v < 1000 //nolint:gosec // they are small
}

func (c counting) VersionAt(_ ticker.Market, _ ticker.Groups, at time.Time) uint64 {
	return uint64(max(at.Sub(c.began)/time.Second, 1)) //nolint:gosec // they are small
}

func testJudge() (*judge, time.Time) {
	at := time.Now()
	return newJudge(counting{at}), at
}

func sees(g ticker.Groups, price int64, at time.Time) []sighting {
	return []sighting{{Market: "BTC-EUR", Group: g, A: decimal.MustNew(price, 0), At: at}}
}

func TestStepsBack(t *testing.T) {
	j, at := testJudge()
	steps := func(g ticker.Groups, prices ...int64) {
		for _, p := range prices {
			j.read("r", sees(g, p, at))
		}
	}
	steps(ticker.TradeGroup, 5, 4) // not synced yet
	steps(ticker.QuoteGroup, 5, 4)
	assert.Zero(t, j.keyed+j.once+j.again)
	j.passes("collector", at)
	steps(ticker.TradeGroup, 5, 6, 6, 5)
	assert.Equal(t, 1, j.keyed, "a trade, which has a key")
	steps(ticker.QuoteGroup, 5, 6, 5)
	assert.Equal(t, []int{0, 1}, []int{j.once, j.again}, "a quote, without a take-over")
	j.passes("", at)
	steps(ticker.QuoteGroup, 6, 5, 6, 5)
	assert.Equal(t, []int{1, 2}, []int{j.once, j.again}, "a quote, twice in a take-over")
	j.passes("standby", at)
	j.passes("", at)
	steps(ticker.QuoteGroup, 6, 5)
	assert.Equal(t, []int{2, 2}, []int{j.once, j.again}, "a quote, once in the next")
	steps(ticker.QuoteGroup, 1000)
	assert.Equal(t, 1, j.foreign)
}

func TestRelayDelay(t *testing.T) {
	j, at := testJudge()
	ms := func(n int) time.Time { return at.Add(time.Duration(n) * time.Millisecond) }
	j.published("collector", sees(ticker.TradeGroup, 1, ms(-10)))
	j.read("r", sees(ticker.TradeGroup, 1, ms(-5)))
	j.passes("collector", at)
	j.read("r", sees(ticker.TradeGroup, 3, ms(25))) // before its publisher's word is here
	j.published("collector", sees(ticker.TradeGroup, 2, ms(10)))
	j.published("collector", sees(ticker.TradeGroup, 3, ms(20)))
	j.published("collector", sees(ticker.TradeGroup, 3, ms(24))) // told again
	j.settle(ms(1000))
	assert.Zero(t, j.delays.n, "its publisher may tell yet")
	j.settle(ms(2100))
	assert.Equal(t, 1, j.delays.n)
	assert.InDelta(t, 5*time.Millisecond, j.delays.quantile(0.5), float64(delayStep))

	// What came while nobody published, and what the stand-by had before its time, has
	// no delay of the relay's.
	j.passes("", ms(3000))
	j.published("standby", sees(ticker.TradeGroup, 4, ms(3010)))
	j.read("r", sees(ticker.TradeGroup, 4, ms(5500)))
	j.passes("standby", ms(5600))
	j.published("standby", sees(ticker.TradeGroup, 5, ms(5550)))
	j.read("r", sees(ticker.TradeGroup, 5, ms(5610)))
	j.settle(ms(9000))
	assert.Equal(t, 1, j.delays.n)
	j.settle(ms(30_000))
	for _, vs := range j.told {
		assert.Empty(t, vs)
	}
}

func TestStale(t *testing.T) {
	j, at := testJudge()
	sec := func(n float64) time.Time { return at.Add(time.Duration(n * float64(time.Second))) }
	j.holds(sees(ticker.QuoteGroup, 7, sec(7.9)), 0)
	j.holds(sees(ticker.QuoteGroup, 7, sec(8.2)), 0) // within the grace
	j.holds(sees(ticker.QuoteGroup, 7, sec(8.4)), 200*time.Millisecond)
	j.holds(sees(ticker.QuoteGroup, 7, time.Time{}), 0) // of unknown age
	assert.Equal(t, []int{3, 0}, []int{j.looked, j.stale})
	j.holds(sees(ticker.QuoteGroup, 7, sec(8.4)), 0)
	assert.Equal(t, []int{4, 1}, []int{j.looked, j.stale})
}

func TestRight(t *testing.T) {
	j, at := testJudge()
	held := append(sees(ticker.QuoteGroup, 8, at), sees(ticker.TradeGroup, 7, at)...)
	held = append(held, sees(ticker.TradeGroup, 1000, at)...)
	assert.Equal(t, 1, j.right(held, at.Add(8*time.Second)))
}
