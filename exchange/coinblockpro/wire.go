package coinblockpro

import (
	"errors"
	"fmt"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// parse appends the prices of one frame to dst: a flat dict of market to number,
// as Python's str() or as JSON writes it, and nothing else. A frame that is
// spoilt anywhere gives nothing. A row that is well written but of an unknown
// market, or whose price cannot be one, costs that row, and is named in the
// error beside the others.
func parse(frame []byte, dst []ticker.Update, known names) ([]ticker.Update, error) {
	s := scanner{b: frame, us: dst}
	if missing := s.dict(known); missing != "" {
		return dst, exchange.NewFrameError(Name, "", frame, fmt.Errorf("no %s at byte %d", missing, s.i))
	}
	switch {
	case len(s.bad) == 0:
		return s.us, nil
	case len(s.bad) == 1:
		return s.us, exchange.NewFrameError(Name, s.market, frame, s.bad[0])
	case s.more > 0:
		s.bad = append(s.bad, fmt.Errorf("and %d more", s.more))
	}
	return s.us, exchange.NewFrameError(Name, "", frame, errors.Join(s.bad...))
}

// maxBad is how many of a frame's bad rows an error names.
const maxBad = 8

// scanner reads a dict byte by byte. It allocates for errors only.
type scanner struct {
	b      []byte
	i      int
	us     []ticker.Update
	bad    []error       // rows that cannot be read, the first maxBad
	more   int           // how many more there are
	market ticker.Market // of the last of those, if it is known
}

// dict reads the whole frame; it returns what it missed, if anything.
func (s *scanner) dict(known names) (missing string) {
	if !s.take('{') {
		return "dict"
	}
	if !s.take('}') {
		for {
			if missing = s.row(known); missing != "" {
				return missing
			}
			if s.take('}') {
				break
			}
			if !s.take(',') {
				return "comma or closing brace"
			}
		}
	}
	if s.space(); s.i < len(s.b) {
		return "end"
	}
	return ""
}

func (s *scanner) row(known names) (missing string) {
	name, ok := s.quoted()
	if !ok {
		return "quoted name without escapes"
	}
	if !s.take(':') {
		return "colon"
	}
	s.space()
	start := s.i
	for s.i < len(s.b) && isNumber[s.b[s.i]] {
		s.i++
	}
	price, err := exchange.ParseDecimal(s.b[start:s.i])
	switch {
	case err == nil && !price.IsPos():
		err = errors.New("price is not positive")
	case err != nil && !errors.Is(err, exchange.ErrInexact):
		s.i = start
		return "number"
	}
	m, ok := known.market(name)
	switch {
	case ok:
	case known.only:
		return ""
	default:
		err = fmt.Errorf("%w %q", exchange.ErrUnknownMarket, name[:min(len(name), 40)])
	}
	if err != nil {
		s.spoil(m, err)
		return ""
	}
	s.us = append(s.us, ticker.Update{Groups: ticker.TradeGroup})
	u := &s.us[len(s.us)-1]
	u.Market, u.Trade.Price = m, price
	return ""
}

func (s *scanner) spoil(m ticker.Market, err error) {
	if len(s.bad) == maxBad {
		s.more++
		return
	}
	s.bad, s.market = append(s.bad, err), m
}

// isNumber holds the bytes of which numbers are made.
var isNumber = [256]bool{
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true,
	'.': true, '-': true, '+': true, 'e': true, 'E': true,
}

// quoted reads what is between two quotation marks of a kind.
func (s *scanner) quoted() ([]byte, bool) {
	s.space()
	if s.i == len(s.b) || s.b[s.i] != '\'' && s.b[s.i] != '"' {
		return nil, false
	}
	for k := s.i + 1; k < len(s.b) && s.b[k] != '\\'; k++ {
		if s.b[k] == s.b[s.i] {
			name := s.b[s.i+1 : k]
			s.i = k + 1
			return name, true
		}
	}
	return nil, false
}

// take goes past a byte, if it is the next but for spaces.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.i == len(s.b) || s.b[s.i] != c {
		return false
	}
	s.i++
	return true
}

func (s *scanner) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\t' || s.b[s.i] == '\r' || s.b[s.i] == '\n') {
		s.i++
	}
}
