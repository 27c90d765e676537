package binance

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/ticker"
)

// fields are the values of one message as text, by the letters that the stream
// uses for keys, where b and B are two. Those of REST are read into the same.
type fields struct {
	text ['z' - 'A' + 1][]byte
	err  error // the first thing that could not be read
}

func (f *fields) at(letter byte) []byte { return f.text[letter-'A'] }

// set keeps the value of a key of one letter; others are passed over.
func (f *fields) set(key []byte, s *flatjson.Scanner) {
	if len(key) == 1 && 'A' <= key[0] && key[0] <= 'z' {
		f.text[key[0]-'A'] = s.Number() // which reads strings, too
	}
}

// quotes reports whether a message without a type is a bookTicker.
func (f *fields) quotes() bool {
	return f.at('u') != nil && f.at('b') != nil && f.at('a') != nil
}

// quote reads the best bid and ask. A side of the book that is empty is told as
// zero: not reported.
func (f *fields) quote(u *ticker.Update, keyed bool) {
	var q ticker.Quote
	ok := f.price('b', &q.Bid) && f.price('a', &q.Ask)
	if ok = ok && f.size('B', &q.BidSize) && f.size('A', &q.AskSize); ok && keyed {
		q.Key, ok = f.whole('u')
	}
	if ok {
		u.Quote, u.Groups = q, u.Groups|ticker.QuoteGroup
	}
}

// day reads the last trade and the statistics. The id of the last trade is the key
// of both. Where there was no trade within the day it is -1: then the stream says
// nothing of the last one, and REST that it is not known.
func (f *fields) day(u *ticker.Update, stream bool) {
	var key uint64
	traded := string(f.at('L')) != "-1"
	if traded {
		var ok bool
		if key, ok = f.whole('L'); !ok {
			return
		}
	}
	var t ticker.Trade
	if f.price('c', &t.Price) && f.size('Q', &t.Size) && (!stream || traded && !t.Price.IsZero()) {
		t.Key = key
		u.Trade, u.Groups = t, u.Groups|ticker.TradeGroup
	}
	var s ticker.Stats
	if f.millis('E', &s.Time) && f.size('o', &s.Open) && f.size('h', &s.High) && f.size('l', &s.Low) && f.size('v', &s.Volume) {
		s.Key = key
		u.Stats, u.Groups = s, u.Groups|ticker.StatsGroup
	}
}

var errNegative = errors.New("negative")

// price reads an amount that its group cannot do without.
func (f *fields) price(letter byte, d *decimal.Decimal) bool {
	err := f.amount(letter, d)
	return err == nil || f.fail(letter, err)
}

// size reads an amount that is left out where it does not fit a decimal.
func (f *fields) size(letter byte, d *decimal.Decimal) bool {
	err := f.amount(letter, d)
	return err == nil || f.fail(letter, err) || errors.Is(err, exchange.ErrInexact)
}

func (f *fields) amount(letter byte, d *decimal.Decimal) (err error) {
	if *d, err = exchange.ParseDecimal(f.at(letter)); err == nil && d.IsNeg() {
		err = errNegative
	}
	return err
}

// millis reads a time; zero is none.
func (f *fields) millis(letter byte, t *time.Time) bool {
	n, ok := f.whole(letter)
	if ok && n >= 1<<43 { // the year 2248
		return f.fail(letter, strconv.ErrRange)
	}
	if n > 0 {
		*t = time.UnixMilli(int64(n)).UTC() //nolint:gosec // it was compared
	}
	return ok
}

// whole reads an id.
func (f *fields) whole(letter byte) (uint64, bool) {
	n, err := strconv.ParseUint(string(f.at(letter)), 10, 64)
	return n, err == nil || f.fail(letter, errors.Unwrap(err))
}

// fail keeps the first error.
func (f *fields) fail(letter byte, err error) bool {
	if f.err == nil {
		f.err = fmt.Errorf("%c is %q: %w", letter, f.at(letter)[:min(len(f.at(letter)), 40)], err)
	}
	return false
}

// reader reads the frames of one connection.
type reader struct {
	scan    flatjson.Scanner
	f       fields
	id, msg []byte // of an answer to a request
	failed  bool
}

// frame reads a message, within {"stream": ..., "data": ...} or not.
func (r *reader) frame(p []byte) error {
	r.scan.Reset(p)
	r.f, r.id, r.msg, r.failed = fields{}, nil, nil, false
	for key := range r.scan.Object {
		switch string(key) {
		case "data":
			for key := range r.scan.Object {
				r.f.set(key, &r.scan)
			}
		case "error":
			r.failed = true
			for key := range r.scan.Object {
				if string(key) == "msg" {
					r.msg = r.scan.Text()
				}
			}
		case "code":
			r.failed = true
		case "id":
			r.id = r.scan.Number()
		default:
			r.f.set(key, &r.scan)
		}
	}
	return r.scan.End()
}
