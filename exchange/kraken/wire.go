package kraken

import (
	"errors"
	"fmt"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/ticker"
)

var errNothing = errors.New("a row that tells nothing")

// data reads the rows of a data frame, apart from the frame.
func (s *session) data(m *message, frame []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
	r := &s.row
	r.Reset(m.data)
	us, bad := s.rows(r, string(m.channel) == "trade", dst)
	bad.add("", r.Mismatch())
	bad.add("", r.End())
	return us, bad.err == nil || len(us) > len(dst), bad.in(frame)
}

// rows appends what the rows of a data frame tell. Trades of one market that
// follow each other are one update, of the newest: a snapshot has 50.
func (s *session) rows(r *flatjson.Scanner, trades bool, dst []ticker.Update) (us []ticker.Update, bad faults) {
	first := len(dst)
	for range r.Array {
		dst = append(dst, ticker.Update{})
		n := len(dst) - 1
		u := &dst[n]
		var err error
		if trades {
			err = s.trade(r, u)
		} else {
			err = s.ticker(r, u)
		}
		bad.add(u.Market, err)
		switch {
		case u.Groups == 0:
			dst = dst[:n]
		case trades && n > first && dst[n-1].Market == u.Market:
			if u.Trade.Key >= dst[n-1].Trade.Key {
				dst[n-1] = *u
			}
			dst = dst[:n]
		}
	}
	return dst, bad
}

// ticker reads a row of the ticker channel. It is never partial, so a quote of
// which one side is missing is none; a side that is zero or null is empty.
func (s *session) ticker(r *flatjson.Scanner, u *ticker.Update) error {
	var symbol []byte
	var at time.Time
	var bid, ask, stats bool
	for key, ok := r.First(); ok; key, ok = r.Next() {
		switch string(key) {
		case "symbol":
			symbol = r.Text()
		case "bid":
			bid = r.Amount(&u.Quote.Bid)
		case "ask":
			ask = r.Amount(&u.Quote.Ask)
		case "high":
			stats = r.Amount(&u.Stats.High) || stats
		case "low":
			stats = r.Amount(&u.Stats.Low) || stats
		case "volume":
			stats = r.Amount(&u.Stats.Volume) || stats
		case "timestamp":
			r.Time(&at)
		}
	}
	settle(&u.Groups, ticker.QuoteGroup, bid && ask, &u.Quote)
	settle(&u.Groups, ticker.StatsGroup, stats, &u.Stats)
	if bid && ask {
		u.Quote.Time = at
	}
	if stats {
		u.Stats.Time = at
	}
	return s.end(r, u, symbol)
}

// trade reads a row of the trade channel.
func (s *session) trade(r *flatjson.Scanner, u *ticker.Update) error {
	var symbol []byte
	priced, keyed := false, true
	for key, ok := r.First(); ok; key, ok = r.Next() {
		switch string(key) {
		case "symbol":
			symbol = r.Text()
		case "price":
			priced = r.Amount(&u.Trade.Price)
		case "qty":
			r.Amount(&u.Trade.Size)
		case "trade_id":
			keyed = r.Uint(&u.Trade.Key)
		case "timestamp":
			r.Time(&u.Trade.Time)
		}
	}
	settle(&u.Groups, ticker.TradeGroup, priced && keyed && u.Trade.Price.IsPos(), &u.Trade)
	return s.end(r, u, symbol)
}

// end names the market of a row that has been read, and says what is wrong with
// it. A row of no known market tells nothing.
func (s *session) end(r *flatjson.Scanner, u *ticker.Update, symbol []byte) error {
	err := r.Mismatch()
	m, ok := s.sub.Market(symbol)
	u.Market = m
	switch {
	case !ok:
		u.Groups = 0
		if err == nil {
			err = fmt.Errorf("%w %.40q", exchange.ErrUnknownMarket, symbol)
		}
	case err == nil && u.Groups == 0:
		err = errNothing
	}
	return err
}

// settle names a group as told, or empties it.
func settle[T any](told *ticker.Groups, g ticker.Groups, whole bool, group *T) {
	if whole {
		*told |= g
		return
	}
	var zero T
	*group = zero
}

// faults are what could not be read of one message.
type faults struct {
	market ticker.Market // of the first
	err    error         // the first
	more   int
}

func (f *faults) add(m ticker.Market, err error) {
	switch {
	case err == nil:
	case f.err == nil:
		f.market, f.err = m, err
	default:
		f.more++
	}
}

// in returns the error for the message; nil if all could be read.
func (f *faults) in(message []byte) error {
	switch {
	case f.err == nil:
		return nil
	case f.more > 0:
		f.err = fmt.Errorf("%w, and %d more", f.err, f.more)
	}
	return exchange.NewFrameError(Name, f.market, message, f.err)
}
