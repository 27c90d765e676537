package ticker

import (
	"time"

	"github.com/govalues/decimal"
)

// past are the last values that a stream has told of a group before the one that
// is held, as hashes. A cache that is older than its exchange declares answers one
// of them: that is no mismatch.
type past struct {
	next int
	was  [pastValues]was
}

type was struct{ prices, sizes, until uint32 } // until: Unix seconds

const (
	pastValues = 16
	// oldest is how long a value may be past and still come from a cache.
	oldest = 10 * time.Minute
)

// remember notes a group's value, which another has just replaced.
func (p *past) remember(i int, t *Ticker, now time.Time) {
	prices, sizes := hashes(i, t)
	p.was[p.next] = was{prices, sizes, uint32(now.Unix())}
	p.next = (p.next + 1) % pastValues
}

// had reports whether the value is one of the past, and was the present one not
// long before the given moment.
func (p *past) had(i int, t *Ticker, at time.Time) bool {
	prices, sizes := hashes(i, t)
	for _, w := range p.was {
		if w.prices == prices && (w.sizes == sizes || w.sizes == 0 || sizes == 0) && int64(w.until) >= at.Add(-oldest).Unix() {
			return true
		}
	}
	return false
}

// hashes are those of a trade or quote; zero where nothing is reported.
func hashes(i int, t *Ticker) (prices, sizes uint32) {
	if i == 0 {
		return hash(t.Trade.Price), hash(t.Trade.Size)
	}
	return hash(t.Quote.Bid, t.Quote.Ask), hash(t.Quote.BidSize, t.Quote.AskSize)
}

// hash tells equal numbers from others, whatever their trailing zeros.
func hash(ds ...decimal.Decimal) uint32 {
	var h uint64
	for _, d := range ds {
		if !d.IsZero() {
			d = d.Trim(0)
			h = (h ^ d.Coef() ^ uint64(d.Scale())<<56) * 0x9e3779b97f4a7c15 //nolint:gosec // a hash
		}
		h ^= h >> 29
	}
	return uint32(h ^ h>>32) //nolint:gosec // a hash
}

// remember notes the value of a group that another is about to replace.
func (s *slot) remember(i int, by *Ticker, now time.Time) {
	if i < 2 && s.ticker.stamp(i).Source.told() && !s.ticker.same(i, by) {
		s.audited().past[i].remember(i, &s.ticker, now)
	}
}
