package simexchange

import (
	"fmt"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker"
)

// Tick makes one random change to each of the markets, told in one message; to
// one market that changes by itself, if none is given. It panics on an unknown
// market.
func (s *Server) Tick(ms ...ticker.Market) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var cs []change
	for _, name := range ms {
		cs = append(cs, change{m: s.market(name)})
	}
	if len(ms) == 0 {
		cs = s.pick(1)
	}
	for i := range cs {
		cs[i].groups = s.stir(cs[i].m)
	}
	if len(cs) > 0 {
		s.tell(cs)
	}
}

// Set makes one change by hand: each update's groups become as it says, and all
// is told in one message. Stamps are not read. It panics on an unknown market.
func (s *Server) Set(us ...ticker.Update) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var cs []change
	for i := range us {
		u := &us[i]
		m := s.market(u.Market)
		for k := range groups {
			if u.Groups.Has(1 << k) {
				m.add(k, valuesOf(&u.Ticker, k), time.Now())
			}
		}
		if u.Groups.Has(ticker.TradeGroup) {
			m.walk.set(u.Trade.Price)
		}
		cs = append(cs, change{m, u.Groups})
	}
	s.tell(cs)
}

// Trade makes one trade at a price, of size 1. It panics on an unknown market
// and on what is no number.
func (s *Server) Trade(m ticker.Market, price string) {
	u := ticker.Update{Ticker: ticker.Ticker{Market: m}, Groups: ticker.TradeGroup}
	u.Trade.Price, u.Trade.Size = decimal.MustParse(price), decimal.MustNew(1, 0)
	s.Set(u)
}

// Quote sets bid and ask, both of size 1. It panics as Trade does.
func (s *Server) Quote(m ticker.Market, bid, ask string) {
	u := ticker.Update{Ticker: ticker.Ticker{Market: m}, Groups: ticker.QuoteGroup}
	u.Quote.Bid, u.Quote.BidSize = decimal.MustParse(bid), decimal.MustNew(1, 0)
	u.Quote.Ask, u.Quote.AskSize = decimal.MustParse(ask), decimal.MustNew(1, 0)
	s.Set(u)
}

// SetRate changes how many messages a second the exchange has to tell; at zero
// it rests.
func (s *Server) SetRate(perSecond float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rate = perSecond
	s.turn++
	if s.rate > 0 {
		s.next()
	}
}

// List lists a market and has it trade: a new one, or one that was delisted.
func (s *Server) List(name ticker.Market) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.markets[name] == nil {
		s.listed(s.add(name, 1, time.Now()))
		return
	}
	s.list(name, true, true)
}

// Delist takes markets from the exchange's list. They change no more.
func (s *Server) Delist(ms ...ticker.Market) { s.relist(ms, false, false) }

// Halt stops trading on markets, which stay listed.
func (s *Server) Halt(ms ...ticker.Market) { s.relist(ms, true, false) }

// Resume has halted markets trade again.
func (s *Server) Resume(ms ...ticker.Market) { s.relist(ms, true, true) }

func (s *Server) relist(ms []ticker.Market, listed, trading bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range ms {
		s.list(m, listed, trading)
	}
}

func (s *Server) list(name ticker.Market, listed, trading bool) {
	m := s.market(name)
	m.listings = append(m.listings, listing{time.Now(), listed, trading})
	s.listed(m)
}

// listed lets the sessions that care know.
func (s *Server) listed(m *market) {
	v := &View{s: s, at: time.Now()}
	for _, c := range slices.Clone(s.conns) {
		if w, ok := c.session.(ListWatcher); ok {
			w.Listed(c, v.market(m, m.listings[len(m.listings)-1]))
		}
	}
}

// RestartKeys has the order keys of markets, or of all if none is given, begin
// again from 1. Named: the exchange says so, by a new epoch.
func (s *Server) RestartKeys(named bool, ms ...ticker.Market) {
	s.mu.Lock()
	defer s.mu.Unlock()
	restart := func(m *market) {
		m.key = [groups]uint64{}
		if named {
			m.epoch++
		}
	}
	for _, name := range ms {
		restart(s.market(name))
	}
	if len(ms) == 0 {
		for _, m := range s.order {
			restart(m)
		}
	}
}

func (s *Server) market(name ticker.Market) *market {
	m := s.markets[name]
	if m == nil {
		panic(fmt.Sprintf("simexchange: no market %q", name))
	}
	return m
}
