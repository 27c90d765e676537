package arbitrage

import (
	"container/heap"
	"slices"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// scanner knows the quotes of every leg, and the pairs of which the prices cross.
// One goroutine owns it.
type scanner struct {
	legs    []*leg
	markets map[ticker.Market]*market
	same    map[string]string // quote asset to the name of those that count as one
	exclude []string
	limit   ages
	agenda  agenda
	spare   []*pair
	lives   uint64
	out     *queue
}

// leg is one exchange.
type leg struct {
	Leg
	name   string
	offers map[ticker.Market]*offer
	lost   time.Time // when a connection was last heard to go down or come up
	ended  bool
}

// market is what is one market on several exchanges.
type market struct {
	name   ticker.Market
	offers []*offer
	pairs  []*pair
}

// offer is one market of one leg.
type offer struct {
	leg    *leg
	market *market // nil: excluded
	name   ticker.Market
	quote  ticker.Quote
	unfit  Reason // why it is not used, but for its age
	net    net    // if it is fit
}

func newScanner(legs []Leg, opts *Options) *scanner {
	s := &scanner{markets: map[ticker.Market]*market{}, same: map[string]string{}, limit: opts.ages(), out: newQueue()}
	for _, l := range legs {
		s.legs = append(s.legs, &leg{Leg: l, offers: map[ticker.Market]*offer{}})
	}
	if opts != nil {
		s.exclude = opts.Exclude
		for _, quotes := range opts.SameQuote {
			for _, q := range quotes {
				s.same[q] = quotes[0]
			}
		}
	}
	return s
}

func (s *scanner) hear(n news) {
	now := time.Now()
	switch n.kind {
	case told:
		s.update(n.leg, n.market, now)
	case connected:
		n.leg.lost = now
		s.all(n.leg, now)
	case ended:
		n.leg.ended = true
		s.all(n.leg, now)
	}
}

// update looks at one market after one leg's news.
func (s *scanner) update(l *leg, name ticker.Market, now time.Time) {
	o := l.offers[name]
	if o == nil {
		o = s.add(l, name)
	}
	m := o.market
	if m == nil {
		return
	}
	o.look()
	for _, p := range m.offers {
		if p.leg.name != l.name {
			s.meet(m, o, p)
			s.meet(m, p, o)
		}
	}
	for i := len(m.pairs) - 1; i >= 0; i-- { // judge may drop it
		if p := m.pairs[i]; p.buy == o || p.sell == o {
			s.judge(p, o, now)
		}
	}
}

// all looks at the pairs of a leg.
func (s *scanner) all(l *leg, now time.Time) {
	for _, p := range slices.Clone(s.agenda) {
		switch l {
		case p.buy.leg:
			s.judge(p, p.buy, now)
		case p.sell.leg:
			s.judge(p, p.sell, now)
		}
	}
}

// add makes the offer of a market that is seen for the first time.
func (s *scanner) add(l *leg, name ticker.Market) *offer {
	if l.name == "" {
		l.name = l.Book.Name()
	}
	o := &offer{leg: l, name: name}
	l.offers[name] = o
	base, quote := name.Split()
	if slices.Contains(s.exclude, base) || slices.Contains(s.exclude, quote) {
		return o
	}
	if one, ok := s.same[quote]; ok && one != quote {
		name = ticker.Market(base + "-" + one)
	}
	o.market = s.markets[name]
	if o.market == nil {
		o.market = &market{name: name}
		s.markets[name] = o.market
	}
	o.market.offers = append(o.market.offers, o)
	return o
}

// look reads the newest quote from the Book: what a Watch tells may have been
// overtaken on its way here.
func (o *offer) look() {
	if o.leg.ended {
		o.unfit = Ended
		return
	}
	t, ok := o.leg.Book.Get(o.name)
	if !ok {
		o.unfit = Removed
		return
	}
	o.quote = t.Quote
	o.unfit = fit(&o.quote, o.leg.Fee)
	if o.unfit == Usable {
		o.net = netOf(o.quote.Bid, o.quote.Ask, o.leg.Fee)
	}
}

// crosses reports whether buying at one and selling at the other pays.
func crosses(buy, sell *offer) bool {
	return buy.unfit == Usable && sell.unfit == Usable && sell.net.sold.more(buy.net.bought)
}

// meet takes notice of a pair of which the prices cross.
func (s *scanner) meet(m *market, buy, sell *offer) {
	if !crosses(buy, sell) {
		return
	}
	for _, p := range m.pairs {
		if p.buy == buy && p.sell == sell {
			return
		}
	}
	p := s.blank()
	*p = pair{market: m, buy: buy, sell: sell}
	m.pairs = append(m.pairs, p)
	heap.Push(&s.agenda, p)
}

// blank returns a pair that was dropped, or a new one.
func (s *scanner) blank() *pair {
	n := len(s.spare) - 1
	if n < 0 {
		return new(pair)
	}
	p := s.spare[n]
	s.spare = s.spare[:n]
	return p
}

// drop forgets a pair of which the prices no longer cross.
func (s *scanner) drop(p *pair) {
	i := slices.Index(p.market.pairs, p)
	p.market.pairs = slices.Delete(p.market.pairs, i, i+1)
	heap.Remove(&s.agenda, p.place)
	s.spare = append(s.spare, p)
}
