package simexchange

import (
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// View is the truth of one moment, as an answer is written from it. Its tickers'
// stamps hold Time, by the exchange's clock, Key and Epoch.
type View struct {
	s       *Server
	at      time.Time // by our clock
	missing *fault    // lists that are too short
}

// Time returns the moment of the view, by the exchange's clock.
func (v *View) Time() time.Time { return v.at.Add(v.s.cfg.ClockSkew) }

// Markets returns the markets that the exchange lists, in its order.
func (v *View) Markets() []Market {
	var out []Market
	for _, m := range v.s.order {
		if l := m.listing(v.at); l.listed {
			out = append(out, v.market(m, l))
		}
	}
	if v.missing != nil && v.missing.take("") {
		out = out[:max(len(out)-v.missing.size, 0)]
	}
	return out
}

func (v *View) market(m *market, l listing) Market {
	out := Market{Market: m.name, Trading: l.trading}
	if v.s.cfg.Volumes {
		out.Volume = m.at(2, v.at).Values[3]
	}
	return out
}

// Market returns how one market is listed; false if it is not.
func (v *View) Market(name ticker.Market) (Market, bool) {
	m := v.s.markets[name]
	if m == nil {
		return Market{}, false
	}
	l := m.listing(v.at)
	return v.market(m, l), l.listed
}

// Ticker returns all groups of one market; false if it is not listed.
func (v *View) Ticker(name ticker.Market) (ticker.Ticker, bool) {
	m := v.s.markets[name]
	if m == nil || !m.listing(v.at).listed {
		return ticker.Ticker{}, false
	}
	return m.ticker(v.at, v.s.cfg.ClockSkew), true
}

// Told returns the ticker as the stream told it last: groups that ride on trades
// are as they were at the last trade.
func (v *View) Told(name ticker.Market) (ticker.Ticker, bool) {
	if _, ok := v.Ticker(name); !ok {
		return ticker.Ticker{}, false
	}
	return v.s.toldOf(v.s.markets[name], v.at), true
}

// toldOf is the ticker of a market as the stream told it last, at a time.
func (s *Server) toldOf(m *market, at time.Time) ticker.Ticker {
	t, traded := m.ticker(at, s.cfg.ClockSkew), m.at(0, at).Time
	for i := range groups {
		if s.told[i].Kind == ticker.OnTrade {
			m.at(i, traded).put(&t, i, s.cfg.ClockSkew)
		}
	}
	return t
}
