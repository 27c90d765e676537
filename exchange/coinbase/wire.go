package coinbase

import (
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/ticker"
)

// message is any frame of the feed. What it holds of the frame's bytes is good
// until the next.
type message struct {
	kind, product  []byte
	text, reason   []byte // of an error
	channels       []byte // of an acknowledgement: JSON
	trade, newest  uint64 // trade_id of a ticker, last_trade_id of a heartbeat
	time           time.Time
	told, positive fields
}

// fields is a set of a ticker's fields.
type fields uint16

const (
	price fields = 1 << iota
	lastSize
	bid
	bidSize
	ask
	askSize
	open
	high
	low
	volume

	bothSides = bid | ask
	day       = open | high | low | volume
)

// read reads a frame, in one pass: the type may come last. bad is the first of the
// values that could not be read, err that the frame is no JSON. The amounts of a
// ticker go into t.
func (m *message) read(s *flatjson.Scanner, frame []byte, t *ticker.Ticker) (bad, err error) {
	*m = message{}
	s.Reset(frame)
	for key, ok := s.First(); ok; key, ok = s.Next() {
		switch string(key) {
		case "type":
			m.kind = s.Text()
		case "product_id":
			m.product = s.Text()
		case "trade_id":
			s.Uint(&m.trade)
		case "time":
			s.Time(&m.time)
		case "price":
			m.amount(s, price, &t.Trade.Price)
		case "last_size":
			m.amount(s, lastSize, &t.Trade.Size)
		case "best_bid":
			m.amount(s, bid, &t.Quote.Bid)
		case "best_bid_size":
			m.amount(s, bidSize, &t.Quote.BidSize)
		case "best_ask":
			m.amount(s, ask, &t.Quote.Ask)
		case "best_ask_size":
			m.amount(s, askSize, &t.Quote.AskSize)
		case "open_24h":
			m.day(s, open, &t.Stats.Open)
		case "high_24h":
			m.day(s, high, &t.Stats.High)
		case "low_24h":
			m.day(s, low, &t.Stats.Low)
		case "volume_24h":
			m.day(s, volume, &t.Stats.Volume)
		case "last_trade_id":
			s.Uint(&m.newest)
		case "channels":
			m.channels = s.Raw()
		case "message":
			m.text = s.Text()
		case "reason":
			m.reason = s.Text()
		}
	}
	bad = s.Mismatch()
	return bad, s.End()
}

// amount reads a field; one that cannot be read is not told.
func (m *message) amount(s *flatjson.Scanner, f fields, d *decimal.Decimal) {
	if s.Amount(d) {
		m.told |= f
	}
	if d.IsPos() {
		m.positive |= f
	}
}

// day reads one of the day's figures; one that cannot be read is told and zero,
// which is not reported.
func (m *message) day(s *flatjson.Scanner, f fields, d *decimal.Decimal) {
	m.amount(s, f, d)
	m.told |= f
}

// groups returns what a ticker tells, which can be nothing. Without a trade id it has no
// place in an order, and without a time nobody knows how old its quote is.
func (m *message) groups() (g ticker.Groups) {
	if m.trade == 0 {
		return 0
	}
	if m.positive&price != 0 {
		g |= ticker.TradeGroup
	}
	if m.time.IsZero() {
		return g
	}
	if m.told&bothSides == bothSides && m.positive&bothSides != 0 {
		g |= ticker.QuoteGroup
	}
	if m.told&day == day && m.positive&day != 0 {
		g |= ticker.StatsGroup
	}
	return g
}

// tell makes an update of the amounts that were read into it.
func (m *message) tell(u *ticker.Update) {
	stamp := ticker.Stamp{Time: m.time, Key: m.trade}
	u.Groups = m.groups()
	u.Trade.Stamp, u.Quote.Stamp, u.Stats.Stamp = stamp, stamp, stamp
	if !u.Groups.Has(ticker.TradeGroup) {
		u.Trade = ticker.Trade{}
	}
	if !u.Groups.Has(ticker.QuoteGroup) {
		u.Quote = ticker.Quote{}
	}
	if !u.Groups.Has(ticker.StatsGroup) {
		u.Stats = ticker.Stats{}
	}
}

// eachChannel yields the channel and product of each subscription that an
// acknowledgement names.
func (m *message) eachChannel(yield func(channel, product string)) {
	var s, ids flatjson.Scanner
	s.Reset(m.channels)
	for range s.Array {
		var name string
		var products []byte
		for key := range s.Object {
			switch string(key) {
			case "name":
				name = string(s.Text())
			case "product_ids":
				products = s.Raw()
			}
		}
		ids.Reset(products)
		for range ids.Array {
			yield(name, string(ids.Text()))
		}
	}
}
