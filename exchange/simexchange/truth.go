package simexchange

import (
	"math/rand/v2"
	"slices"
	"sort"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker"
)

// Values are those of one group, in the order of its fields: price and size;
// bid, its size, ask, its size; open, high, low, volume.
type Values [4]decimal.Decimal

// Moment is one version of one group of one market.
type Moment struct {
	Version uint64    // 1 is the first; each change adds one
	Time    time.Time // when it became true, by our clock
	Key     uint64    // its order key
	Epoch   uint32    // the count that the key belongs to
	Values  Values
}

// Market is how a market is listed.
type Market struct {
	Market  ticker.Market
	Trading bool
	Volume  decimal.Decimal // of the last 24 hours, in base currency; zero unless Config.Volumes
}

const groups = 3 // trade, quote, stats

// index returns the position of the lowest group of the set.
func index(g ticker.Groups) int {
	switch {
	case g.Has(ticker.TradeGroup):
		return 0
	case g.Has(ticker.QuoteGroup):
		return 1
	}
	return 2
}

func valuesOf(t *ticker.Ticker, i int) Values {
	switch i {
	case 0:
		return Values{t.Trade.Price, t.Trade.Size}
	case 1:
		return Values{t.Quote.Bid, t.Quote.BidSize, t.Quote.Ask, t.Quote.AskSize}
	}
	return Values{t.Stats.Open, t.Stats.High, t.Stats.Low, t.Stats.Volume}
}

// put writes the moment's values and stamp into a ticker.
func (m *Moment) put(t *ticker.Ticker, i int, skew time.Duration) {
	v, s := m.Values, ticker.Stamp{Time: m.Time.Add(skew), Key: m.Key, Epoch: m.Epoch}
	switch i {
	case 0:
		t.Trade = ticker.Trade{Price: v[0], Size: v[1], Stamp: s}
	case 1:
		t.Quote = ticker.Quote{Bid: v[0], BidSize: v[1], Ask: v[2], AskSize: v[3], Stamp: s}
	default:
		t.Stats = ticker.Stats{Open: v[0], High: v[1], Low: v[2], Volume: v[3], Stamp: s}
	}
}

// fits reports whether values that a client holds may be these. A zero is not
// reported and fits anything; nothing reported fits nothing.
func (v Values) fits(held Values) bool {
	reported := false
	for i, h := range held {
		if h.IsZero() {
			continue
		}
		reported = true
		if h.Cmp(v[i]) != 0 {
			return false
		}
	}
	return reported
}

// listing is how a market was listed from a moment on.
type listing struct {
	at              time.Time
	listed, trading bool
}

// market is the truth of one market, and all it ever was.
type market struct {
	name     ticker.Market
	weight   float64
	listings []listing
	history  [groups][]Moment
	key      [groups]uint64
	epoch    uint32
	walk     walk
	rng      *rand.Rand
}

// at returns the last of the group's versions at a time; the first, before it.
func (m *market) at(i int, t time.Time) *Moment {
	h := m.history[i]
	if last := &h[len(h)-1]; !last.Time.After(t) {
		return last
	}
	n := sort.Search(len(h), func(k int) bool { return h[k].Time.After(t) })
	return &h[max(n-1, 0)]
}

func (m *market) listing(t time.Time) listing {
	for _, l := range slices.Backward(m.listings) {
		if !l.at.After(t) {
			return l
		}
	}
	return listing{}
}

// add makes a new version.
func (m *market) add(i int, v Values, now time.Time) {
	m.key[i] += 1 + m.rng.Uint64N(3)
	version := uint64(1)
	if n := len(m.history[i]); n > 0 {
		version += m.history[i][n-1].Version
	}
	m.history[i] = append(m.history[i], Moment{
		Version: version, Time: now, Key: m.key[i], Epoch: m.epoch, Values: v,
	})
}

// ticker returns all groups as they were at a time.
func (m *market) ticker(t time.Time, skew time.Duration) ticker.Ticker {
	out := ticker.Ticker{Market: m.name}
	for i := range groups {
		m.at(i, t).put(&out, i, skew)
	}
	return out
}
