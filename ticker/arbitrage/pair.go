package arbitrage

import (
	"container/heap"
	"errors"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// An AsOf moves without being told. Where a pair would be fit or unfit by that
// alone, it is looked at this often.
const (
	lookOpen    = 100 * time.Millisecond // while a signal is open
	lookWaiting = time.Second            // while none is, though the prices cross
)

// pair is two offers of which the prices cross, and the life of their signal.
type pair struct {
	market    *market
	buy, sell *offer
	open      bool
	signal    Signal    // the last of this life
	at        uint64    // where the queue has it
	next      time.Time // when to look at it again
	place     int       // on the agenda
}

// judge looks at both legs and tells what has become of the pair. by is the offer
// whose news it is; nil: the time has come.
func (s *scanner) judge(p *pair, by *offer, now time.Time) {
	p.buy.look()
	p.sell.look()
	why := s.why(p, now)
	switch {
	case p.open && why == Usable:
		if moved := p.moved(); moved != 0 {
			s.tell(p, Moved, moved, now)
		}
	case p.open:
		p.signal.Reason, p.open = why, false
		s.tell(p, Closed, p.moved()|p.leg(by), now)
	case why == Usable:
		s.lives++
		p.signal = Signal{ID: s.lives, Market: p.market.name, Opened: now}
		p.open, p.at = true, 0
		s.tell(p, Opened, p.leg(by), now)
	}
	if !crosses(p.buy, p.sell) {
		s.drop(p)
		return
	}
	p.next = s.again(p, now)
	heap.Fix(&s.agenda, p.place)
}

// why says why the pair is not to be relied on.
func (s *scanner) why(p *pair, now time.Time) Reason {
	buy, sell := &p.buy.quote, &p.sell.quote
	switch {
	case p.buy.unfit != Usable:
		return p.buy.unfit
	case p.sell.unfit != Usable:
		return p.sell.unfit
	case !crosses(p.buy, p.sell):
		return Gone
	case buy.AgeAt(now) > s.limit.old, sell.AgeAt(now) > s.limit.old, apart(buy.AsOf, sell.AsOf) > s.limit.apart:
		return Stale
	case s.down(p.buy, now), s.down(p.sell, now):
		return Down
	}
	return Usable
}

// down reports whether no connection carries the market, or none has confirmed the
// quote since. The Book is asked only while that can make a difference.
func (s *scanner) down(o *offer, now time.Time) bool {
	if o.leg.lost.IsZero() || now.Sub(o.leg.lost) > s.limit.old {
		return false
	}
	_, err := o.leg.Book.Quote(o.name, -1) // never fresh enough: it says what is wrong
	return errors.Is(err, ticker.ErrDown) || errors.Is(err, ticker.ErrUnconfirmed)
}

// again is when to look at the pair even if nothing is told.
func (s *scanner) again(p *pair, now time.Time) time.Time {
	if !p.open {
		return now.Add(lookWaiting)
	}
	oldest := p.buy.quote.AsOf
	if p.sell.quote.AsOf.Before(oldest) {
		oldest = p.sell.quote.AsOf
	}
	old, apart := oldest.Add(s.limit.old+1), oldest.Add(s.limit.apart+1)
	if !apart.After(now) { // the other leg has stood still, too, and may move on
		apart = now.Add(lookOpen)
	}
	if old.Before(apart) {
		return old
	}
	return apart
}

// moved says which legs have other prices or sizes than were last told.
func (p *pair) moved() (legs Legs) {
	buy, sell := &p.signal.Buy, &p.signal.Sell
	if q := &p.buy.quote; p.buy.unfit != Removed && !(q.Ask.Equal(buy.Price) && q.AskSize.Equal(buy.Size)) {
		legs |= BuyLeg
	}
	if q := &p.sell.quote; p.sell.unfit != Removed && !(q.Bid.Equal(sell.Price) && q.BidSize.Equal(sell.Size)) {
		legs |= SellLeg
	}
	return legs
}

// leg says which of its legs an offer is; none, for nil.
func (p *pair) leg(o *offer) Legs {
	switch o {
	case p.buy:
		return BuyLeg
	case p.sell:
		return SellLeg
	}
	return 0
}

// tell puts the next event of the pair's life into the queue.
func (s *scanner) tell(p *pair, e Event, moved Legs, now time.Time) {
	g := &p.signal
	g.Event, g.Moved, g.At = e, moved, now
	g.Pair = newPair(
		side(p.buy.leg.name, p.buy.name, &p.buy.quote, true, p.buy.leg.Fee, now),
		side(p.sell.leg.name, p.sell.name, &p.sell.quote, false, p.sell.leg.Fee, now),
	)
	if e == Opened || e == Moved && g.Best.Less(g.Net) {
		g.Best, g.BestAt = g.Net, now
	}
	p.at = s.out.put(g, p.at)
}

// agenda is a heap of all pairs, the one to be looked at next first.
type agenda []*pair

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].next.Before(a[j].next) }
func (a agenda) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].place, a[j].place = i, j
}

// Push adds a pair.
func (a *agenda) Push(x any) {
	p := x.(*pair)
	p.place = len(*a)
	*a = append(*a, p)
}

// Pop takes the last.
func (a *agenda) Pop() any {
	n := len(*a) - 1
	p := (*a)[n]
	(*a)[n] = nil
	*a = (*a)[:n]
	return p
}

// next is when something is due; zero: nothing is.
func (s *scanner) next() time.Time {
	if len(s.agenda) == 0 {
		return time.Time{}
	}
	return s.agenda[0].next
}

// due looks at the pairs whose moment has come.
func (s *scanner) due(now time.Time) {
	for len(s.agenda) > 0 && !s.agenda[0].next.After(now) {
		s.judge(s.agenda[0], nil, now)
	}
}
