package ticker

import (
	"slices"
	"time"

	"github.com/govalues/decimal"
)

// Differs returns the trade and quote groups of which an answer, to a request sent
// at asked, tells something else than the link has told, although the feed tells
// their changes: either it still owes them, for the feed's delay and the time that a
// frame takes, or it will never tell them. It changes nothing. An answer that may
// be older than what is held says nothing, nor does one about a market that the
// link does not own, or has neither told nor had confirmed. Values that one side
// does not report are not compared.
func (l *Link) Differs(u *Update, asked time.Time) (differ Groups) {
	b := l.b
	b.mu.Lock()
	defer b.mu.Unlock()
	n, ok := b.find(u.Market)
	if !ok || l.err != nil || !l.owns(&b.slots[n]) || !b.slots[n].expected() || b.slots[n].votes > 0 {
		return 0
	}
	s := &b.slots[n]
	for g := range groups {
		t, in := &l.told[g], u.stamp(g)
		if Groups(1<<g) == StatsGroup || !u.Groups.Has(1<<g) || !t.REST {
			continue // the figures of a day change by themselves
		}
		h := s.held(g)
		m := message{key: in.Key, epoch: in.Epoch, same: s.ticker.agrees(g, &u.Ticker), valid: asked.Add(-max(t.CacheAge, u.Age))}
		if contradicts(&h, &m, t) {
			differ |= 1 << g
		}
	}
	return differ
}

// contradicts reports whether an answer tells of a change that came after what is
// held, which the link should have told.
func contradicts(h *held, m *message, t *Told) bool {
	if !t.follows() || !h.spoken && !h.confirmed || !h.doubt.IsZero() || !m.valid.After(h.received) {
		return false
	}
	switch compare(h, m, 0) {
	case above:
		return true
	case unordered:
		return !m.same
	}
	return false
}

// agrees reports whether a group has the same values in both, as far as both
// report them.
func (t *Ticker) agrees(i int, u *Ticker) bool {
	if i == 0 {
		a, b := &t.Trade, &u.Trade
		return fits(a.Price, b.Price) && fits(a.Size, b.Size)
	}
	a, b := &t.Quote, &u.Quote
	return fits(a.Bid, b.Bid) && fits(a.BidSize, b.BidSize) && fits(a.Ask, b.Ask) && fits(a.AskSize, b.AskSize)
}

func fits(a, b decimal.Decimal) bool { return a.IsZero() || b.IsZero() || a.Equal(b) }

// Recent returns the markets that the link owns and that are known, those told
// last first: where something is most likely to have changed since.
func (l *Link) Recent() []Market {
	b := l.b
	b.mu.Lock()
	defer b.mu.Unlock()
	type spoken struct {
		m  Market
		at time.Time
	}
	var all []spoken
	for i := range b.slots {
		if s := &b.slots[i]; s.link == l && s.known && s.expected() {
			all = append(all, spoken{s.ticker.Market, s.lastWord()})
		}
	}
	slices.SortStableFunc(all, func(a, b spoken) int { return b.at.Compare(a.at) })
	ms := make([]Market, len(all))
	for i := range all {
		ms[i] = all[i].m
	}
	return ms
}
