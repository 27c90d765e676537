package bitstamp

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/ticker"
)

var (
	errRow = errors.New("the row is no ticker")
	errAll = errors.New("the answer for all markets is no array")
)

// readTickers reads the answer for all markets. Rows of no spot market are passed
// over; of what could not be read the error names the first.
func readTickers(body []byte) (us []ticker.Update, bad error) {
	var s flatjson.Scanner
	s.Reset(body)
	if s.Kind() != '[' {
		return nil, fmt.Errorf("%s: %w: %.64q", Name, errAll, body)
	}
	for range s.Array {
		r := readRow(&s)
		m, reason := marketOf(r.name, r.kind)
		switch {
		case r.name == "":
			r.bad = cmp.Or(r.bad, errRow)
		case reason != "":
			continue
		case r.u.Groups != 0:
			r.u.Market = m
			us = append(us, r.u)
		}
		if r.bad != nil && bad == nil {
			bad = exchange.NewFrameError(Name, m, []byte(r.name), r.bad)
		}
	}
	if err := s.End(); err != nil {
		return nil, fmt.Errorf("%s: the answer for all markets: %w", Name, err)
	}
	return us, bad
}

// readTicker reads the answer for one market, which may not say for which.
func readTicker(body []byte, m ticker.Market) (ticker.Update, error) {
	var s flatjson.Scanner
	s.Reset(body)
	if s.Kind() == '[' {
		return ticker.Update{}, fmt.Errorf("%w %s: %s answers with all that it knows", exchange.ErrUnknownMarket, m, Name)
	}
	r := readRow(&s)
	err := s.End()
	if told, _ := marketOf(r.name, r.kind); err == nil && r.name != "" && told != m {
		err = fmt.Errorf("the answer is about %.80q", r.name)
	}
	if err == nil && r.u.Groups == 0 {
		err = r.bad
	}
	if err != nil {
		return ticker.Update{}, fmt.Errorf("%s: %s: %w", Name, m, err)
	}
	r.u.Market = m
	if r.bad != nil {
		return r.u, exchange.NewFrameError(Name, m, body, r.bad)
	}
	return r.u, nil
}

// row is one ticker of a REST answer.
type row struct {
	name, kind string
	u          ticker.Update
	bad        error // why something of it could not be read
}

func readRow(s *flatjson.Scanner) (r row) {
	told := make(map[string]bool)
	for key := range s.Object {
		switch string(key) {
		case "pair", "market":
			r.name = cmp.Or(string(s.Text()), r.name)
		case "market_type":
			r.kind = string(s.Text())
		case "timestamp": // when the figures were made, not when the last trade was
			s.Unix(&r.u.Stats.Time, time.Second)
		default:
			if d := r.figure(string(key)); d != nil {
				told[string(key)] = s.Amount(d)
			}
		}
	}
	r.bad = s.Mismatch()
	if u := &r.u; told["last"] {
		u.Groups |= ticker.TradeGroup
	} else {
		u.Trade = ticker.Trade{}
	}
	if u := &r.u; told["bid"] && told["ask"] {
		u.Groups |= ticker.QuoteGroup
	} else {
		u.Quote = ticker.Quote{}
	}
	if u := &r.u; r.u.Groups != 0 {
		u.Groups |= ticker.StatsGroup // what of them is not told, or does not fit, is zero
	} else {
		r.bad = cmp.Or(r.bad, errRow)
	}
	return r
}

// figure returns where a number belongs; nil for those that are not wanted.
func (r *row) figure(key string) *decimal.Decimal {
	switch key {
	case "last":
		return &r.u.Trade.Price
	case "bid":
		return &r.u.Quote.Bid
	case "ask":
		return &r.u.Quote.Ask
	case "open_24": // open is the day's
		return &r.u.Stats.Open
	case "high":
		return &r.u.Stats.High
	case "low":
		return &r.u.Stats.Low
	case "volume":
		return &r.u.Stats.Volume
	}
	return nil
}

// complaint is what the exchange says instead of an answer, in its older shape or
// its newer one.
type complaint struct {
	Status  string
	Code    string
	Reason  string
	NewCode string `json:"response_code"`
	Newer   string `json:"response_explanation"`
}

func (c *complaint) Error() string {
	return fmt.Sprintf("the exchange says %.20q: %.200q", cmp.Or(c.NewCode, c.Code), cmp.Or(c.Newer, c.Reason))
}

// limits reports whether it is about too many requests: ours, the client's, the
// market's.
func (c *complaint) limits() bool {
	switch cmp.Or(c.NewCode, c.Code) {
	case "400.002", "400.067", "400.068":
		return true
	}
	return false
}

// readComplaint returns nil where a body is no complaint.
func readComplaint(body []byte) *complaint {
	var c complaint
	if json.Unmarshal(body, &c) != nil || c.Status != "error" && c.NewCode == "" {
		return nil
	}
	return &c
}
