package kraken

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/ticker"
)

// readResult returns the result of an answer, or the error that it tells: the
// status is 200 for both. Entries that begin with W are warnings.
func readResult(body []byte) ([]byte, error) {
	var s flatjson.Scanner
	s.Reset(body)
	var result []byte
	var failure error
	for key := range s.Object {
		switch string(key) {
		case "error":
			for range s.Array {
				if text := string(s.Text()); failure == nil && !strings.HasPrefix(text, "W") {
					failure = failed(text)
				}
			}
		case "result":
			result = s.Raw()
		}
	}
	if err := s.End(); err != nil {
		return nil, err
	}
	if failure == nil && (len(result) == 0 || result[0] != '{') {
		failure = fmt.Errorf("answer without result: %.64q", body)
	}
	return result, failure
}

// failed returns the error for one that the exchange names.
func failed(text string) error {
	err := fmt.Errorf("answered %.200q", text)
	is := func(codes ...string) bool {
		return slices.ContainsFunc(codes, func(c string) bool { return strings.HasPrefix(text, c) })
	}
	switch {
	case is("EGeneral:Too many requests", "EAPI:Rate limit exceeded", "EGeneral:Temporary lockout", "EService:Throttled"):
		return &exchange.RateLimitError{Err: err}
	case is("EQuery:Unknown asset pair", "EQuery:Invalid asset pair"):
		return fmt.Errorf("%w: %w", exchange.ErrUnknownMarket, err)
	case is("EGeneral:Unknown method", "EGeneral:Permission denied"):
		return exchange.Permanent(err)
	}
	return err
}

// readTickers reads the answer for all markets. Names that are not known are passed
// over, until the list has them; what could not be read is named in the error,
// beside the rest.
func readTickers(result []byte, known names) ([]ticker.Update, error) {
	var us []ticker.Update
	var bad faults
	var s flatjson.Scanner
	s.Reset(result)
	for key := range s.Object {
		m, _ := known.market(string(key))
		if m == "" {
			continue
		}
		u, err := readRow(&s)
		bad.add(m, err)
		if u.Market = m; u.Groups != 0 {
			us = append(us, u)
		}
	}
	if len(us) == 0 && bad.err == nil {
		return nil, fmt.Errorf("%s: no known market in the answer for all: %.64q", Name, result)
	}
	return us, bad.in(result)
}

// readTicker reads the answer for one market, whose name in it may be another than
// was asked with. A group that cannot be read does not cost the others.
func readTicker(result []byte, m ticker.Market, known names) (u ticker.Update, err error) {
	var s flatjson.Scanner
	s.Reset(result)
	n := 0
	for key := range s.Object {
		if told, ok := known.market(string(key)); ok && told != m {
			return u, fmt.Errorf("%s: asked for %s, answered about %.40q", Name, m, key)
		}
		u, err = readRow(&s)
		n++
	}
	switch {
	case n != 1:
		return ticker.Update{}, fmt.Errorf("%s: %d tickers in the answer for %s", Name, n, m)
	case u.Groups == 0:
		return u, fmt.Errorf("%s: %s: %w", Name, m, err)
	}
	u.Market = m
	return u, nil
}

// readRow reads one ticker. A size or statistic that does not fit is left out; the
// error is about all else that cannot be read.
func readRow(s *flatjson.Scanner) (u ticker.Update, err error) {
	var last, bid, ask, stats bool
	for key := range s.Object {
		whole := true
		switch string(key) {
		case "c":
			last = array(s, &u.Trade.Price, &u.Trade.Size)
			whole = last
		case "b":
			bid = array(s, &u.Quote.Bid, nil)
			whole = bid
		case "a":
			ask = array(s, &u.Quote.Ask, nil)
			whole = ask
		case "h":
			stats = array(s, nil, &u.Stats.High) || stats
		case "l":
			stats = array(s, nil, &u.Stats.Low) || stats
		case "v":
			stats = array(s, nil, &u.Stats.Volume) || stats
		}
		if e := s.Mismatch(); err == nil && e != nil && (!whole || !errors.Is(e, exchange.ErrInexact)) {
			err = e
		}
	}
	settle(&u.Groups, ticker.TradeGroup, last, &u.Trade)
	settle(&u.Groups, ticker.QuoteGroup, bid && ask, &u.Quote)
	settle(&u.Groups, ticker.StatsGroup, stats, &u.Stats)
	if u.Trade.Price.IsZero() {
		u.Trade.Size = decimal.Decimal{} // there was no trade
	}
	if e := s.Mismatch(); err == nil {
		err = e // it is no object
	}
	if u.Groups == 0 && err == nil {
		err = errNothing
	}
	return u, err
}

// array reads the first two elements of an array of amounts, and reports whether
// the first of those asked for is there.
func array(s *flatjson.Scanner, first, second *decimal.Decimal) (ok bool) {
	for i := range s.Array {
		switch {
		case i == 0 && first != nil:
			ok = s.Amount(first)
		case i == 1 && second != nil:
			ok = s.Amount(second) && first == nil || ok
		}
	}
	return ok
}
