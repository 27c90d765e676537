package simexchange

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// change is what has become different of one market in one message.
type change struct {
	m      *market
	groups ticker.Groups
}

// populate makes the markets of the start and chooses the busy ones.
func (s *Server) populate(names []ticker.Market) {
	busy := s.cfg.Busy
	if busy <= 0 || busy > len(names) {
		busy = len(names)
	}
	weights := make([]float64, len(names))
	for k, i := range s.rng.Perm(len(names))[:busy] {
		weights[i] = math.Pow(float64(k+1), -s.cfg.Skew)
	}
	for i, name := range names {
		s.add(name, weights[i], time.Time{})
	}
}

// add lists a market, with first values, from a time on.
func (s *Server) add(name ticker.Market, weight float64, at time.Time) *market {
	seed := s.cfg.Seed ^ uint64(len(s.markets)+1)<<32
	r := rand.New(rand.NewPCG(seed, 7))
	// A day's volume goes with how often the market changes, more or less.
	volume := int64((0.01 + weight) * (0.5 + r.Float64()) * 1e9)
	m := &market{
		name: name, weight: weight, rng: r, epoch: 1,
		walk:     newWalk(r, volume, s.cfg.Distinct),
		listings: []listing{{at, true, true}},
	}
	if most := s.traits.PriceDecimals; most > 0 {
		m.walk.scale = min(m.walk.scale, most)
	}
	for i := range groups {
		m.key[i] = 1000 + r.Uint64N(1_000_000)
	}
	now := time.Now()
	m.add(0, m.walk.trade(r), now)
	m.add(1, m.walk.quote(r), now)
	m.add(2, m.walk.stats(), now)
	s.markets[name] = m
	s.order = append(s.order, m)
	return m
}

// live goes on by itself: it makes a message and its successor.
func (s *Server) live(turn uint64) {
	if turn != s.turn || s.rate <= 0 {
		return
	}
	if cs := s.pick(1 + s.rng.IntN(max(s.cfg.Batch, 1))); len(cs) > 0 {
		for i := range cs {
			cs[i].groups = s.stir(cs[i].m)
		}
		s.tell(cs)
	}
	s.next()
}

func (s *Server) next() {
	turn := s.turn
	wait := time.Duration(s.rng.ExpFloat64() / s.rate * float64(time.Second))
	s.after(wait, func() { s.live(turn) })
}

// pick draws n different markets that trade, by weight.
func (s *Server) pick(n int) []change {
	var cs []change
	taken := map[*market]bool{}
	for range n {
		var total float64
		for _, m := range s.order {
			if m.trades() && !taken[m] {
				total += m.weight
			}
		}
		at := s.rng.Float64() * total
		for _, m := range s.order {
			if total == 0 || !m.trades() || taken[m] {
				continue
			}
			if at -= m.weight; at < 0 {
				taken[m] = true
				cs = append(cs, change{m: m})
				break
			}
		}
	}
	return cs
}

func (m *market) trades() bool {
	l := m.listings[len(m.listings)-1]
	return l.listed && l.trading
}

// stir makes one random change to a market: a trade, or new quotes only.
func (s *Server) stir(m *market) ticker.Groups {
	now, r := time.Now(), m.rng
	quotes := s.reported.Has(ticker.QuoteGroup)
	if quotes && r.IntN(2) == 0 {
		m.add(1, m.walk.quote(r), now)
		return ticker.QuoteGroup
	}
	g := ticker.TradeGroup
	m.add(0, m.walk.trade(r), now)
	if quotes && r.IntN(2) == 0 {
		m.add(1, m.walk.quote(r), now)
		g |= ticker.QuoteGroup
	}
	if s.reported.Has(ticker.StatsGroup) {
		m.add(2, m.walk.stats(), now)
		g |= ticker.StatsGroup
	}
	return g
}

// tell gives the changes to every connection, unless they are to be lost.
func (s *Server) tell(cs []change) {
	if s.lose.takes(cs) {
		return
	}
	cs = slices.DeleteFunc(cs, func(change) bool { return s.losing.takes() })
	for _, c := range s.conns {
		c.tell(cs)
	}
}
