package keyed

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// message is everything that the exchange sends and the client: an answer to a
// subscription, a heartbeat, a ticker.
type message struct {
	Type    string   `json:"type"` // subscribe, subscribed, refused, beat, listing, ticker
	Markets []string `json:"markets,omitempty"`
	Market  string   `json:"market,omitempty"`
	Reason  string   `json:"reason,omitempty"`
	Trade   *group   `json:"trade,omitempty"`
	Quote   *group   `json:"quote,omitempty"`
	Stats   *group   `json:"stats,omitempty"`
	Epoch   uint32   `json:"epoch,omitempty"`
	Trading bool     `json:"trading,omitempty"`
	Volume  string   `json:"volume,omitempty"`
	// Sent is when it was sent, of a ticker that may be of long ago.
	Sent time.Time `json:"sent,omitzero"`
}

// group is one group of a ticker, its values in the order of the group's fields.
type group struct {
	Key    uint64    `json:"key,omitempty"`
	Time   time.Time `json:"time"`
	Values []string  `json:"values"`
}

// write writes groups of a ticker. A quote that rides on trades has the trade's
// key, as Coinbase's has.
func (v Variant) write(t *ticker.Ticker, g ticker.Groups) message {
	m := message{Type: "ticker", Market: string(t.Market), Epoch: t.Trade.Epoch}
	trade, quote := t.Trade.Key, t.Quote.Key
	switch {
	case v.Keyless:
		trade, quote = 0, 0
	case v.Quote.Kind == ticker.OnTrade:
		quote = trade
	}
	if g.Has(ticker.TradeGroup) {
		m.Trade = writeGroup(trade, t.Trade.Time, t.Trade.Price, t.Trade.Size)
	}
	if g.Has(ticker.QuoteGroup) {
		m.Quote = writeGroup(quote, t.Quote.Time, t.Quote.Bid, t.Quote.BidSize, t.Quote.Ask, t.Quote.AskSize)
	}
	if g.Has(ticker.StatsGroup) {
		m.Stats = writeGroup(0, t.Stats.Time, t.Stats.Open, t.Stats.High, t.Stats.Low, t.Stats.Volume)
	}
	return m
}

func writeGroup(key uint64, at time.Time, values ...decimal.Decimal) *group {
	g := &group{Key: key, Time: at}
	for _, v := range values {
		g.Values = append(g.Values, v.String())
	}
	return g
}

func encode(m any) []byte {
	p, err := json.Marshal(m)
	if err != nil {
		panic(err) // the types above always marshal
	}
	return p
}

// parse reads one message of the stream.
func parse(frame []byte) (message, error) {
	var m message
	if err := json.Unmarshal(frame, &m); err != nil {
		return m, exchange.NewFrameError(Name, "", frame, err)
	}
	if m.Type == "" {
		return m, exchange.NewFrameError(Name, "", frame, errors.New("no type"))
	}
	return m, nil
}

// update reads the ticker of a message.
func (m *message) update() (ticker.Update, error) {
	var u ticker.Update
	u.Market = ticker.Market(m.Market)
	for _, g := range []struct {
		from *group
		to   *ticker.Stamp
		set  ticker.Groups
		into []*decimal.Decimal
	}{
		{m.Trade, &u.Trade.Stamp, ticker.TradeGroup, []*decimal.Decimal{&u.Trade.Price, &u.Trade.Size}},
		{m.Quote, &u.Quote.Stamp, ticker.QuoteGroup, []*decimal.Decimal{&u.Quote.Bid, &u.Quote.BidSize, &u.Quote.Ask, &u.Quote.AskSize}},
		{m.Stats, &u.Stats.Stamp, ticker.StatsGroup, []*decimal.Decimal{&u.Stats.Open, &u.Stats.High, &u.Stats.Low, &u.Stats.Volume}},
	} {
		if g.from == nil {
			continue
		}
		if len(g.from.Values) != len(g.into) {
			return u, fmt.Errorf("%d values, not %d", len(g.from.Values), len(g.into))
		}
		for i, v := range g.from.Values {
			d, err := exchange.ParseDecimal([]byte(v))
			if err != nil {
				return u, err
			}
			if !d.IsPos() {
				return u, fmt.Errorf("%s is not positive", d)
			}
			*g.into[i] = d
		}
		g.to.Key, g.to.Epoch, g.to.Time = g.from.Key, m.Epoch, g.from.Time
		u.Groups |= g.set
	}
	if !m.Sent.IsZero() && m.Quote != nil {
		u.Age = m.Sent.Sub(m.Quote.Time)
	}
	if u.Groups == 0 || u.Market == "" {
		return u, errors.New("a ticker of nothing")
	}
	return u, nil
}
