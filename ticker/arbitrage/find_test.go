package arbitrage

import (
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestFind(t *testing.T) {
	offers := []Offer{
		offered("kraken", "100.9", "101", "0.0025", noon),
		offered("binance", "99", "100", "0.0025", noon),
		offered("coinbase", "101.5", "102", "0", noon),
	}
	found := Find(offers, noon, nil)
	require.Len(t, found, 3)
	names := func(p Pair) string { return p.Buy.Exchange + " to " + p.Sell.Exchange }
	assert.Equal(t, "kraken to coinbase", names(found[0]))
	assert.Equal(t, "binance to kraken", names(found[1]))
	assert.Equal(t, "binance to coinbase", names(found[2]))

	p := found[1]
	assert.Equal(t, Side{
		Exchange: "binance", Market: "A-B", Price: dec("100"), Size: dec("3"), Fee: dec("0.0025"),
		AsOf: noon.Add(-time.Second), Age: time.Second,
	}, p.Buy)
	assert.Equal(t, dec("2"), p.Sell.Size, "that of the bid")
	assert.Equal(t, "0.9", p.Spread.String())
	assert.Equal(t, "0.9", p.Percent.String())
	assert.Equal(t, "0.39775", p.Net.String(), "0.9 - 100.9*0.0025 - 100*0.0025")
	assert.Equal(t, "0.39775", p.NetPercent.String())
}

// What pays nothing is no pair: the inequality is strict.
func TestFindIsStrict(t *testing.T) {
	at := func(bid string) []Offer {
		return []Offer{offered("a", "1", "100", "0.0025", noon), offered("b", bid, "200", "0.0025", noon)}
	}
	// 100*1.0025/0.9975 = 100.501253132832080...
	assert.Empty(t, Find(at("100.50125313283208"), noon, nil))
	assert.Len(t, Find(at("100.50125313283209"), noon, nil), 1)
	free := []Offer{offered("a", "1", "100", "0", noon), offered("b", "100", "200", "0", noon)}
	assert.Empty(t, Find(free, noon, nil), "free and equal")
	free[1].Ticker.Quote.Bid = dec("100.0000000000000001")
	assert.Len(t, Find(free, noon, nil), 1)
	free[0].Fee = dec("-0.001")
	free[1].Ticker.Quote.Bid = dec("99.95")
	assert.Len(t, Find(free, noon, nil), 1, "an exchange that pays")
}

// Products of 19 digits by 19 digits: a Decimal would round the difference away.
func TestFindBeyondADecimal(t *testing.T) {
	sell := offered("b", "9999999999999999999", "9999999999999999999", "0.0000000000000000001", noon)
	buy := offered("a", "1", "9999999999999999998", "0", noon)
	// The fee is 0.9999999999999999999 of a unit: less than the spread of 1.
	assert.Len(t, Find([]Offer{buy, sell}, noon, nil), 1)
	// Both fees together are more than it.
	buy.Fee = sell.Fee
	assert.Empty(t, Find([]Offer{buy, sell}, noon, nil))

	tiny := []Offer{
		offered("a", "0.0000000000000000001", "0.0000000000000000001", "0.9999999999999999999", noon),
		offered("b", "0.0000000000000000002", "0.0000000000000000002", "0", noon),
	}
	require.Len(t, Find(tiny, noon, nil), 1, "by a 10^38th")
	assert.Equal(t, "0", Find(tiny, noon, nil)[0].Net.String(), "too small for a Decimal")
}

func TestFindOfOneExchange(t *testing.T) {
	offers := []Offer{offered("a", "99", "100", "0", noon), offered("a", "110", "111", "0", noon)}
	assert.Empty(t, Find(offers, noon, nil))
	assert.Empty(t, Find(nil, noon, nil))
	assert.Empty(t, Find(offers[:1], noon, nil))
	crossed := []Offer{offered("a", "110", "100", "0", noon), offered("b", "90", "120", "0", noon)}
	assert.Empty(t, Find(crossed, noon, nil), "a crossed quote makes no pair with itself")
}

func TestWhy(t *testing.T) {
	for _, c := range []struct {
		change func(o *Offer)
		want   Reason
	}{
		{func(*Offer) {}, Usable},
		{func(o *Offer) { o.Ticker.Quote.Bid = decimal.Zero }, NoBid},
		{func(o *Offer) { o.Ticker.Quote.Ask = decimal.Zero }, NoAsk},
		{func(o *Offer) { o.Ticker.Quote.Bid = dec("-1") }, NoBid},
		{func(o *Offer) { o.Ticker.Quote.Source = ticker.Warm }, Warm},
		{func(o *Offer) { o.Ticker.Quote.Source = ticker.REST }, Usable},
		{func(o *Offer) { o.Ticker.Quote.AsOf = noon.Add(-time.Minute) }, Usable},
		{func(o *Offer) { o.Ticker.Quote.AsOf = noon.Add(-time.Minute - 1) }, Stale},
		{func(o *Offer) { o.Ticker.Quote.AsOf = time.Time{} }, Stale},
		{func(o *Offer) { o.Ticker.Quote.AsOf = noon.Add(time.Second) }, Usable},
		{func(o *Offer) { o.Fee = dec("1") }, BadFee},
		{func(o *Offer) { o.Fee = dec("-1") }, BadFee},
		{func(o *Offer) { o.Fee = dec("0.5") }, Usable},
	} {
		o := offered("a", "100", "101", "0", noon)
		c.change(&o)
		assert.Equal(t, c.want, o.Why(noon, nil))
		for _, bid := range []string{"300", "0.00001"} { // it would buy here, or sell
			other := offered("b", bid, bid, "0", noon)
			other.Ticker.Quote.AsOf = noon.Add(-time.Minute)
			found := Find([]Offer{o, other}, noon, &Options{MaxApart: time.Hour})
			assert.Equal(t, c.want == Usable, len(found) == 1, "%v, %s", c.want, bid)
		}
	}
	assert.Equal(t, "no bid", NoBid.String())
	assert.Equal(t, "bad fee", BadFee.String())
	assert.Equal(t, "unknown", Reason(99).String())
}

func TestAges(t *testing.T) {
	buy, sell := offered("a", "99", "100", "0", noon), offered("b", "110", "111", "0", noon)
	find := func(ageA, ageB time.Duration, o *Options) int {
		buy.Ticker.Quote.AsOf, sell.Ticker.Quote.AsOf = noon.Add(-ageA), noon.Add(-ageB)
		return len(Find([]Offer{buy, sell}, noon, o))
	}
	assert.Equal(t, 1, find(0, 5*time.Second, nil))
	assert.Equal(t, 0, find(0, 5*time.Second+1, nil))
	assert.Equal(t, 0, find(5*time.Second+1, 0, nil))
	assert.Equal(t, 1, find(time.Minute, 55*time.Second, &Options{}))
	assert.Equal(t, 0, find(time.Minute+1, 55*time.Second+1, nil))
	assert.Equal(t, 1, find(2*time.Minute, time.Minute, &Options{MaxAge: 2 * time.Minute, MaxApart: time.Minute}))
	assert.Equal(t, 0, find(time.Second, time.Second, &Options{MaxAge: time.Second - 1}))
	assert.Equal(t, 0, find(time.Second, 0, &Options{MaxApart: time.Second - 1}))
}

func TestTalkFee(t *testing.T) { assert.Equal(t, "0.0025", TalkFee.String()) }
