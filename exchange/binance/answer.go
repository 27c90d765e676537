package binance

import (
	"errors"
	"fmt"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/ticker"
)

// maxBad is how many bad rows an error names.
const maxBad = 8

// readTickers reads REST's 24 hour tickers of the markets that trade. What is
// about others is passed over; a bad row is named in the error beside the others.
func readTickers(body []byte, trading map[string]ticker.Market) ([]ticker.Update, error) {
	var all, one flatjson.Scanner
	all.Reset(body)
	if all.Kind() != '[' {
		return nil, fmt.Errorf("%s: answer holds no tickers: %q", Name, body[:min(len(body), 64)])
	}
	us := make([]ticker.Update, 0, len(trading))
	var bad []error
	spoilt := 0
	for range all.Array {
		row := all.Raw()
		one.Reset(row)
		u, known, err := readTicker(&one, trading)
		if u.Groups != 0 {
			us = append(us, u)
		}
		if known && err != nil {
			if spoilt++; spoilt <= maxBad {
				bad = append(bad, exchange.NewFrameError(Name, u.Market, row, err))
			}
		}
	}
	switch err := all.End(); {
	case err != nil:
		return nil, fmt.Errorf("%s: tickers: %w", Name, err)
	case len(us) == 0 && spoilt == 0:
		return nil, fmt.Errorf("%s: answer holds no listed market's ticker", Name)
	}
	if spoilt > maxBad {
		bad = append(bad, fmt.Errorf("and %d more", spoilt-maxBad))
	}
	return us, errors.Join(bad...)
}

// readTicker reads one row; known is false for what is to be passed over.
func readTicker(s *flatjson.Scanner, trading map[string]ticker.Market) (u ticker.Update, known bool, err error) {
	var f fields
	for key := range s.Object {
		if c, ok := letters[string(key)]; ok {
			f.text[c-'A'] = s.Number()
		}
	}
	if f.at('s') == nil {
		return u, true, errors.New("no symbol")
	}
	if u.Market, known = trading[string(f.at('s'))]; known {
		f.quote(&u, false)
		f.day(&u, false)
	}
	return u, known, f.err
}

// letters are what the stream calls the fields of REST's 24 hour ticker.
var letters = map[string]byte{
	"symbol": 's', "lastPrice": 'c', "lastQty": 'Q', "lastId": 'L', "closeTime": 'E',
	"bidPrice": 'b', "bidQty": 'B', "askPrice": 'a', "askQty": 'A',
	"openPrice": 'o', "highPrice": 'h', "lowPrice": 'l', "volume": 'v',
}
