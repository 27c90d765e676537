package binance

import (
	"time"

	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/ticker"
)

// Nearly all frames look alike: they begin with what says of which type they are, and
// hold every value, none of them zero. Those are read here, straight into the update.
// All others are left to wire.go, which reads any, with the keys in any order, and
// says what is wrong.

// usual reads a frame that tells one market's update. False: it is of another kind,
// and what is in u means nothing.
func (s *session) usual(frame []byte, u *ticker.Update) bool {
	r := &s.in.scan
	r.Reset(frame)
	key, _ := r.First()
	wrapped := string(key) == "stream"
	if wrapped {
		if key, _ = r.Next(); string(key) != "data" || r.Kind() != '{' {
			return false
		}
		key, _ = r.First()
	}
	var symbol []byte
	var ok bool
	switch {
	case string(key) == "u":
		symbol, ok = usualQuote(r, u)
	case string(key) == "e" && string(r.Text()) == "24hrTicker":
		symbol, ok = usualDay(r, u)
	}
	if !ok {
		return false
	}
	if wrapped {
		_, more := r.Next()
		ok = !more
	}
	if !ok || r.End() != nil || r.Mismatch() != nil {
		return false
	}
	u.Market, ok = s.sub.Market(symbol)
	return ok
}

// usualQuote reads a bookTicker, of whose keys the first has been read.
func usualQuote(r *flatjson.Scanner, u *ticker.Update) (symbol []byte, ok bool) {
	q := &u.Quote
	r.Uint(&q.Key)
	for key, more := r.Next(); more; key, more = r.Next() {
		if len(key) != 1 {
			return nil, false
		}
		switch key[0] {
		case 's':
			symbol = r.Text()
		case 'b':
			r.Amount(&q.Bid)
		case 'B':
			r.Amount(&q.BidSize)
		case 'a':
			r.Amount(&q.Ask)
		case 'A':
			r.Amount(&q.AskSize)
		case 'e', 'u':
			return nil, false
		}
	}
	u.Groups = ticker.QuoteGroup
	return symbol, q.Key > 0 && q.Bid.IsPos() && q.BidSize.IsPos() && q.Ask.IsPos() && q.AskSize.IsPos()
}

// usualDay reads a 24hrTicker, of whose keys the first has been read.
func usualDay(r *flatjson.Scanner, u *ticker.Update) (symbol []byte, ok bool) {
	t, d := &u.Trade, &u.Stats
	for key, more := r.Next(); more; key, more = r.Next() {
		if len(key) != 1 {
			return nil, false
		}
		switch key[0] {
		case 'E':
			r.Unix(&d.Time, time.Millisecond)
		case 's':
			symbol = r.Text()
		case 'c':
			r.Amount(&t.Price)
		case 'Q':
			if r.Amount(&t.Size); t.Size.IsZero() {
				return nil, false // no trades within a day: L is -1
			}
		case 'o':
			r.Amount(&d.Open)
		case 'h':
			r.Amount(&d.High)
		case 'l':
			r.Amount(&d.Low)
		case 'v':
			r.Amount(&d.Volume)
		case 'L':
			r.Uint(&t.Key)
		case 'e':
			return nil, false
		}
	}
	d.Key = t.Key
	u.Groups = ticker.TradeGroup | ticker.StatsGroup
	return symbol, t.Key > 0 && t.Price.IsPos() && t.Size.IsPos() && !d.Time.IsZero() &&
		d.Open.IsPos() && d.High.IsPos() && d.Low.IsPos() && d.Volume.IsPos()
}
