package bitstamp

import (
	"errors"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/ticker"
)

// frame is one message of the websocket. What kind it is stands behind its data,
// so the fields of all kinds are read.
type frame struct {
	event, channel []byte
	message        []byte // of bts:error
	status         []byte // of the answer to a heartbeat

	id          uint64 // of a trade
	time        time.Time
	price, size decimal.Decimal
	bid, ask    level
	wrong       error // why price, bid or ask are not to be had, or the order key
	left        error // why a size is left out; it costs nothing else
}

// level is the first of one side of an order book.
type level struct {
	price, size decimal.Decimal // zero: the side is empty
	told        bool
}

var (
	errNoPrice = errors.New("no price, or not above zero")
	errNoSide  = errors.New("without bids or asks")
	errNoEvent = errors.New("no event")
)

// read reads a message. An error says that it is no JSON or no message, and that
// nothing of it counts.
func (f *frame) read(s *flatjson.Scanner, p []byte) error {
	*f = frame{}
	s.Reset(p)
	for key := range s.Object {
		switch string(key) {
		case "event":
			f.event = s.Text()
		case "channel":
			f.channel = s.Text()
		case "data":
			if s.Kind() == '{' { // else it is "" or null
				f.data(s)
			}
		}
	}
	if err := s.End(); err != nil {
		return err
	}
	if len(f.event) == 0 {
		return errNoEvent
	}
	return nil
}

func (f *frame) data(s *flatjson.Scanner) {
	for key := range s.Object {
		switch string(key) {
		case "id":
			f.must(s, s.Uint(&f.id))
		case "microtimestamp": // beside it timestamp is in seconds, or milliseconds
			f.must(s, s.Unix(&f.time, time.Microsecond))
		case "price_str": // price is a binary number
			f.must(s, s.Amount(&f.price))
		case "amount_str":
			f.may(s, s.Amount(&f.size))
		case "bids":
			f.side(s, &f.bid)
		case "asks":
			f.side(s, &f.ask)
		case "message":
			f.message = s.Text()
		case "status":
			f.status = s.Text()
		}
	}
}

// side reads the first level of [["77188","0.41"],...] and passes over the others.
func (f *frame) side(s *flatjson.Scanner, l *level) {
	l.told = s.Kind() == '['
	for n := range s.Array {
		if n > 0 {
			break
		}
		for i := range s.Array {
			switch i {
			case 0:
				f.must(s, s.Amount(&l.price))
			case 1:
				f.may(s, s.Amount(&l.size))
			}
		}
		if l.price.IsZero() && f.wrong == nil {
			f.wrong = errNoPrice
		}
	}
}

// must notes why a value is not to be had that the message is nothing without.
func (f *frame) must(s *flatjson.Scanner, ok bool) {
	if !ok && f.wrong == nil {
		f.wrong = s.Mismatch()
	}
}

// may notes why a size is not to be had.
func (f *frame) may(s *flatjson.Scanner, ok bool) {
	if err := s.Mismatch(); !ok && f.left == nil {
		f.left = err
	}
}

// trade makes the update of a trade.
func (f *frame) trade(u *ticker.Update) error {
	if f.wrong == nil && !f.price.IsPos() {
		f.wrong = errNoPrice
	}
	u.Groups = ticker.TradeGroup
	u.Trade = ticker.Trade{Price: f.price, Size: f.size, Stamp: ticker.Stamp{Time: f.time, Key: f.id}}
	return f.wrong
}

// quote makes the update of an order book. An empty side is told as such.
func (f *frame) quote(u *ticker.Update) error {
	if f.wrong == nil && !(f.bid.told && f.ask.told) {
		f.wrong = errNoSide
	}
	u.Groups = ticker.QuoteGroup
	u.Quote = ticker.Quote{Bid: f.bid.price, BidSize: f.bid.size, Ask: f.ask.price, AskSize: f.ask.size}
	u.Quote.Time = f.time
	if !f.time.IsZero() {
		u.Quote.Key = uint64(f.time.UnixMicro()) //nolint:gosec // it was read from a number without sign
	}
	return f.wrong
}
