package ticker

import (
	"time"

	"github.com/govalues/decimal"
)

// past are the last values that a stream has told of a trade and a quote before
// those that are held. A cache that is older than its exchange declares answers one
// of them: that is no mismatch.
//
// Nothing is kept where a group has order keys, which say more, until an answer
// comes that has none: that one answer is not judged.
//
// There is one for each market that is told, so a value takes four bytes: 13 bits
// of a hash of its prices, 9 of its sizes, and 10 of the second until which it was
// held. Where a wrong value happens to look like a past one, one time in 2^18 (in
// 2^9 where sizes are not told or equal), it is found later: a past value counts for ten
// minutes.
type past struct {
	was      [2][pastValues]uint32 // rings
	newest   uint32                // the latest of their seconds, in Unix time
	first, n [2]uint8              // of what the rings hold
}

const (
	pastValues = 16
	// oldest is how long a value may be past and still come from a cache.
	oldest = 10 * time.Minute

	sizeBits   = 9
	secondBits = 10 // 17 minutes: what is older is dropped before
	seconds    = 1<<secondBits - 1
)

// remember notes a group's value, which another has just replaced.
func (p *past) remember(i int, t *Ticker, now time.Time) {
	until := uint32(now.Unix()) //nolint:gosec // until 2106
	if until > p.newest {
		p.drop(until)
		p.newest = until
	}
	if p.newest-until > uint32(oldest/time.Second) {
		return
	}
	if p.n[i] == pastValues {
		p.pop(i)
	}
	p.was[i][(p.first[i]+p.n[i])%pastValues] = digest(i, t)<<secondBits | until&seconds
	p.n[i]++
}

// drop forgets what is too old at the given second to be asked for again.
func (p *past) drop(second uint32) {
	for i := range p.was {
		for p.n[i] > 0 && second-p.until(p.was[i][p.first[i]]) > uint32(oldest/time.Second)+1 {
			p.pop(i)
		}
	}
}

func (p *past) pop(i int) {
	p.first[i] = (p.first[i] + 1) % pastValues
	p.n[i]--
}

// until is the second until which a value was held.
func (p *past) until(was uint32) uint32 { return p.newest - (p.newest-was)&seconds }

// had reports whether the value is one of the past, and was the present one not
// long before the given moment.
func (p *past) had(i int, t *Ticker, at time.Time) bool {
	const sizes = 1<<sizeBits - 1
	value, since := digest(i, t), at.Add(-oldest).Unix()
	for k := range p.n[i] {
		was := p.was[i][(p.first[i]+k)%pastValues]
		differ := was>>secondBits ^ value
		if was>>secondBits&sizes == 0 || value&sizes == 0 {
			differ &^= sizes // one side does not tell them
		}
		if differ == 0 && int64(p.until(was)) >= since {
			return true
		}
	}
	return false
}

// digest is a hash of a trade or quote.
func digest(i int, t *Ticker) uint32 {
	if i == 0 {
		return hash(t.Trade.Price, decimal.Decimal{}, 32-secondBits-sizeBits)<<sizeBits | hash(t.Trade.Size, decimal.Decimal{}, sizeBits)
	}
	return hash(t.Quote.Bid, t.Quote.Ask, 32-secondBits-sizeBits)<<sizeBits | hash(t.Quote.BidSize, t.Quote.AskSize, sizeBits)
}

// hash tells two numbers from others, whatever their trailing zeros, by so many
// bits; zero where nothing is reported.
func hash(a, b decimal.Decimal, bits int) uint32 {
	h := (digits(a)*0x9e3779b97f4a7c15 ^ digits(b)) * 0xd6e8feb86659fd93
	h = (h ^ h>>32) * 0xd6e8feb86659fd93
	return uint32(h >> (64 - bits)) //nolint:gosec // a hash
}

// digits are the last bits of the number of units of 1e-19 in d.
func digits(d decimal.Decimal) uint64 {
	return d.Coef() * powers[decimal.MaxScale-d.Scale()]
}

// powers are those of ten.
var powers = [decimal.MaxScale + 1]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// remember notes the value of a group that another is about to replace.
func (s *slot) remember(i int, by *Ticker, now time.Time) {
	if i < 2 && s.ticker.stamp(i).Source.told() && !s.ticker.same(i, by) {
		s.audited().past.remember(i, &s.ticker, now)
	}
}
