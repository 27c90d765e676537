package bl3p

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/ticker"
)

// The stream counts prices and amounts in parts of one with so many decimals.
const (
	priceDecimals  = 5
	amountDecimals = 8
)

var (
	errMarket  = errors.New("it is about none of the markets here")
	errNothing = errors.New("neither a trade with its price nor a book of bids and asks")
	errWhole   = errors.New("not a whole number that fits")
	errAnswer  = errors.New("answer without a ticker")
)

// reader reads the frames of one connection.
type reader struct {
	markets []exchange.Listing // those that it carries; one, but for recordings
	scan    flatjson.Scanner
	err     error // what was first found wrong with a number of the frame
}

// read reads a frame: the newest trade, or the whole order book, of which it
// tells the best bid and ask. A time or a size that cannot be read is left out; a
// side of the book that holds no offer is one that is not reported.
func (r *reader) read(frame []byte, dst []ticker.Update) ([]ticker.Update, error) {
	var u ticker.Update
	var symbol []byte
	var price, amount uint64
	var at time.Time
	var bids, asks bool
	s := &r.scan
	s.Reset(frame)
	r.err = nil
	for key := range s.Object {
		switch string(key) {
		case "marketplace":
			symbol = s.Text()
		case "price_int":
			price = r.whole()
		case "amount_int":
			amount = r.whole()
		case "date":
			s.Unix(&at, time.Second)
		case "bids":
			u.Quote.Bid, u.Quote.BidSize, bids = r.best(true)
		case "asks":
			u.Quote.Ask, u.Quote.AskSize, asks = r.best(false)
		}
	}
	if price > 0 {
		u.Groups |= ticker.TradeGroup
		u.Trade.Price, u.Trade.Size = parts(price, priceDecimals), parts(amount, amountDecimals)
		u.Trade.Time = at
	}
	if bids && asks {
		u.Groups |= ticker.QuoteGroup
	} else {
		u.Quote = ticker.Quote{}
	}
	u.Market = r.market(symbol)
	err := s.End()
	switch whole := err == nil; {
	case whole && u.Market == "":
		err = errMarket
	case whole && u.Groups != 0:
		dst = append(dst, u)
		fallthrough
	case whole:
		if err = r.err; err == nil {
			err = s.Mismatch()
		}
		if err == nil && u.Groups == 0 {
			err = errNothing
		}
	}
	if err != nil {
		return dst, exchange.NewFrameError(Name, u.Market, frame, err)
	}
	return dst, nil
}

// market returns the market that a frame names, or that of the connection where
// it names none, as the exchange's early frames did.
func (r *reader) market(symbol []byte) ticker.Market {
	for i := range r.markets {
		if l := &r.markets[i]; l.Symbol == string(symbol) || symbol == nil && len(r.markets) == 1 {
			return l.Market
		}
	}
	return ""
}

// best reads one side of a book, in whatever order, and returns its best offer;
// zero if there is none. It is false where the price of an offer cannot be read,
// since that may be the best.
func (r *reader) best(bids bool) (price, size decimal.Decimal, ok bool) {
	ok = r.scan.Kind() == '['
	var most, amount uint64
	for range r.scan.Array {
		var p, a uint64
		for key := range r.scan.Object {
			switch string(key) {
			case "price_int":
				p = r.whole()
			case "amount_int":
				a = r.whole()
			}
		}
		ok = ok && p > 0
		if most == 0 || bids && p > most || !bids && p < most {
			most, amount = p, a
		}
	}
	return parts(most, priceDecimals), parts(amount, amountDecimals), ok
}

// whole reads a whole number; zero where there is none.
func (r *reader) whole() uint64 {
	var d decimal.Decimal
	r.scan.Amount(&d)
	if d.Scale() == 0 && d.Coef() <= math.MaxInt64 {
		return d.Coef()
	}
	if r.err == nil {
		r.err = errWhole
	}
	return 0
}

// parts returns n parts of one, in as few decimals as it takes.
func parts(n uint64, decimals int) decimal.Decimal {
	return decimal.MustNew(int64(n), decimals).Trim(0) //nolint:gosec // whole has compared it
}

// The codes of errors that mean more than a failure.
const (
	unknownMarket = "UNKNOWN_MARKETPLACE"
	limitReached  = "LIMIT_REACHED"
)

// codeError is an error as the exchange writes it.
type codeError struct{ code, message string }

func (e *codeError) Error() string {
	return fmt.Sprintf("answered with the error %.40q: %.100q", e.code, e.message)
}

// readTicker reads an answer for one market. A ticker stands alone, not in a
// "data"; an error is a *codeError.
func readTicker(body []byte, l exchange.Listing) (ticker.Update, error) {
	var u ticker.Update
	var last, bid, ask bool
	var result, currency string
	said := &codeError{}
	var s flatjson.Scanner
	s.Reset(body)
	for key := range s.Object {
		switch string(key) {
		case "currency":
			currency = string(s.Text())
		case "last":
			last = s.Amount(&u.Trade.Price)
		case "bid":
			bid = s.Amount(&u.Quote.Bid)
		case "ask":
			ask = s.Amount(&u.Quote.Ask)
		case "high":
			s.Amount(&u.Stats.High)
		case "low":
			s.Amount(&u.Stats.Low)
		case "volume":
			for span := range s.Object {
				if string(span) == "24h" {
					s.Amount(&u.Stats.Volume)
				}
			}
		case "result":
			result = string(s.Text())
		case "data":
			for key := range s.Object {
				switch string(key) {
				case "code":
					said.code = string(s.Text())
				case "message":
					said.message = string(s.Text())
				}
			}
		}
	}
	base, _ := l.Market.Split()
	err := s.End()
	switch {
	case err != nil:
		return ticker.Update{}, err
	case result == "error":
		return ticker.Update{}, said
	case !last && (!bid || !ask):
		return ticker.Update{}, errAnswer
	case currency != "" && currency != base:
		return ticker.Update{}, fmt.Errorf("answer is about %.20q", currency)
	}
	u.Market, u.Groups = l.Market, ticker.StatsGroup
	if last {
		u.Groups |= ticker.TradeGroup
	}
	if bid && ask {
		u.Groups |= ticker.QuoteGroup
	} else {
		u.Quote = ticker.Quote{}
	}
	return u, nil
}
