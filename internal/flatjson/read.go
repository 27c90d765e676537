package flatjson

import (
	"errors"
	"strconv"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/exchange"
)

// The methods of this file read a number or a time, in quotation marks or not,
// into what they are given, and report whether it is so: true for null and ""
// too, which set zero; false for anything else, which sets zero and is kept for
// Mismatch. A table of fields reads well so:
//
//	case "best_bid":
//		quote = s.Amount(&u.Quote.Bid) && quote
//	case "best_bid_size":
//		s.Amount(&u.Quote.BidSize) // without it the quote is still one

// errNegative is why an amount is none.
var errNegative = errors.New("negative")

// amount is Amount for any number.
func (s *Scanner) amount(d *decimal.Decimal) bool {
	*d = decimal.Decimal{}
	text, ok := s.told("amount")
	if !ok || len(text) == 0 {
		return ok
	}
	v, err := exchange.ParseDecimal(text)
	if err == nil && text[0] == '-' { // -0, too: no exchange writes that and means zero
		err = errNegative
	}
	if err != nil {
		s.mismatch("amount", err)
		return false
	}
	*d = v
	return true
}

// uint is Uint for any number.
func (s *Scanner) uint(n *uint64) bool {
	*n = 0
	text, ok := s.told("unsigned integer")
	if !ok || len(text) == 0 {
		return ok
	}
	v, ok := whole(text)
	if !ok {
		s.mismatch("unsigned integer", nil)
		return false
	}
	*n = v
	return true
}

// Time reads a moment as RFC 3339 writes it: a string.
func (s *Scanner) Time(t *time.Time) bool {
	*t = time.Time{}
	if s.Kind() != '"' {
		null := s.Kind() == 'n'
		s.not("time")
		return null && s.err == nil
	}
	text, ok := s.text()
	if !ok || len(text) == 0 {
		return ok
	}
	v, ok := rfc3339(text)
	if !ok {
		s.mismatch("time", nil)
		return false
	}
	*t = v
	return true
}

// Unix reads a moment as a whole number of units since 1970. Zero is no moment:
// it sets the zero time.
func (s *Scanner) Unix(t *time.Time, unit time.Duration) bool {
	*t = time.Time{}
	n, ok := s.short()
	if !ok {
		text, told := s.told("time")
		if !told || len(text) == 0 {
			return told
		}
		n, ok = whole(text)
	}
	if per := uint64(time.Second / unit); ok && n/per < 1<<33 { // the year 2242
		if n > 0 {
			*t = time.Unix(int64(n/per), int64(n%per)*int64(unit)).UTC()
		}
		return true
	}
	s.mismatch("time", nil)
	return false
}

// told reads the text of a number, quoted or not; it is empty for null.
func (s *Scanner) told(what string) (text []byte, ok bool) {
	switch s.Kind() {
	case '0':
		return s.number()
	case '"':
		return s.text()
	case 'n':
		return nil, s.literal("null")
	}
	s.not(what)
	return nil, false
}

// whole reads a number of nothing but digits.
func whole(b []byte) (n uint64, ok bool) {
	if len(b) > 19 { // rare: it may not fit
		n, err := strconv.ParseUint(string(b), 10, 64)
		return n, err == nil
	}
	for _, c := range b {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + uint64(c)
	}
	return n, len(b) > 0
}
