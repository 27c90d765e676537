package main

import (
	"encoding/json"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker"
)

// change is one line of -json. What is not reported is left out; numbers are
// strings, so that no reader rounds them.
type change struct {
	Market  ticker.Market `json:"market,omitempty"`
	Trade   *trade        `json:"trade,omitempty"`
	Quote   *quote        `json:"quote,omitempty"`
	Stats   *stats        `json:"stats,omitempty"`
	Source  string        `json:"source,omitempty"` // of what was read last
	Removed bool          `json:"removed,omitempty"`
	Down    string        `json:"down,omitempty"`
	Up      bool          `json:"up,omitempty"`
}

type trade struct {
	Price *decimal.Decimal `json:"price,omitempty"`
	Size  *decimal.Decimal `json:"size,omitempty"`
	times
}

type quote struct {
	Bid     *decimal.Decimal `json:"bid,omitempty"`
	BidSize *decimal.Decimal `json:"bid_size,omitempty"`
	Ask     *decimal.Decimal `json:"ask,omitempty"`
	AskSize *decimal.Decimal `json:"ask_size,omitempty"`
	times
}

type stats struct {
	Open   *decimal.Decimal `json:"open,omitempty"`
	High   *decimal.Decimal `json:"high,omitempty"`
	Low    *decimal.Decimal `json:"low,omitempty"`
	Volume *decimal.Decimal `json:"volume,omitempty"`
	times
}

type times struct {
	Time *time.Time `json:"time,omitempty"` // the exchange's
	AsOf *time.Time `json:"as_of,omitempty"`
}

// line writes a change as JSON.
func line(c *ticker.Change) []byte {
	out := change{Market: c.Market, Removed: c.Removed, Up: c.Up}
	if c.Down != nil {
		out.Down = c.Down.Error()
	}
	t := &c.Ticker
	var newest ticker.Stamp
	known := func(s ticker.Stamp) bool {
		if s.Source != ticker.NoSource && !s.Received.Before(newest.Received) {
			newest = s
		}
		return s.Source != ticker.NoSource
	}
	if known(t.Trade.Stamp) {
		out.Trade = &trade{reported(t.Trade.Price), reported(t.Trade.Size), stamped(t.Trade.Stamp)}
	}
	if known(t.Quote.Stamp) {
		q := &t.Quote
		out.Quote = &quote{reported(q.Bid), reported(q.BidSize), reported(q.Ask), reported(q.AskSize), stamped(q.Stamp)}
	}
	if known(t.Stats.Stamp) {
		s := &t.Stats
		out.Stats = &stats{reported(s.Open), reported(s.High), reported(s.Low), reported(s.Volume), stamped(s.Stamp)}
	}
	if newest.Source != ticker.NoSource {
		out.Source = newest.Source.String()
	}
	b, err := json.Marshal(out)
	if err != nil {
		panic(err) // there is nothing in it that cannot be written
	}
	return b
}

func reported(d decimal.Decimal) *decimal.Decimal {
	if d.IsZero() {
		return nil
	}
	return &d
}

func stamped(s ticker.Stamp) (t times) {
	if !s.Time.IsZero() {
		t.Time = &s.Time
	}
	if !s.AsOf.IsZero() {
		asOf := s.AsOf.UTC()
		t.AsOf = &asOf
	}
	return t
}
