package main

import (
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker"
)

// event is a line of JSON that a process tells the one that started it.
type event struct {
	Log   string     `json:"log,omitempty"`   // a line for people
	Stand *stand     `json:"stand,omitempty"` // how its Book stands
	Seen  []sighting `json:"seen,omitempty"`  // what its Book took in since the last
	Book  []sighting `json:"book,omitempty"`  // all it holds: asked for with bookLine
	Lost  int        `json:"lost,omitempty"`  // changes that Seen lacks
}

// bookLine asks a process for its Book, on its standard input.
const bookLine = "book"

// stand is how a Book stands.
type stand struct {
	At     time.Time    `json:"at"`
	State  ticker.State `json:"state"`
	Synced bool         `json:"synced"`
	Known  int          `json:"known"`
	Total  int          `json:"total"`
	Newest time.Time    `json:"newest"` // the latest AsOf of a quote
	Oldest time.Time    `json:"oldest"` // the earliest; zero: a quote is of unknown age
	Error  string       `json:"error,omitempty"`
	// Stalled is how long the machine gave this process no time, all in all.
	Stalled time.Duration `json:"stalled"`
}

// standing reads it, as of one state.
func standing(book *ticker.Book) stand {
	for {
		s := readStanding(book)
		if book.Status().State == s.State {
			return s
		}
	}
}

func readStanding(book *ticker.Book) stand {
	st := book.Status()
	s := stand{At: time.Now(), State: st.State, Synced: st.Synced, Known: st.Known, Total: st.Total}
	if st.LastError != nil {
		s.Error = st.LastError.Error()
	}
	first := true
	for t := range book.All() {
		at := t.Quote.AsOf
		if first || at.Before(s.Oldest) {
			s.Oldest = at
		}
		if at.After(s.Newest) {
			s.Newest = at
		}
		first = false
	}
	return s
}

// unknown is the age of a quote of which none is known.
const unknown = time.Duration(1<<63 - 1)

// span is the age of the freshest quote, and of the oldest.
func (s *stand) span() (freshest, oldest time.Duration) {
	age := func(at time.Time) time.Duration {
		if at.IsZero() {
			return unknown
		}
		return s.At.Sub(at)
	}
	return age(s.Newest), age(s.Oldest)
}

// ages writes a span for people.
func ages(freshest, oldest time.Duration) string {
	switch {
	case freshest == unknown:
		return "no age known"
	case oldest == unknown:
		return "quotes " + short(freshest) + " to ? old"
	}
	return "quotes " + short(freshest) + " to " + short(oldest) + " old"
}

// sighting is one group of a market's ticker in a Book.
type sighting struct {
	Market ticker.Market   `json:"m"`
	Group  ticker.Groups   `json:"g"`
	A      decimal.Decimal `json:"a"` // price, or bid
	B      decimal.Decimal `json:"b"` // size, or ask
	At     time.Time       `json:"t"` // when the Book took it in; of event.Book, its AsOf
}

// sightings appends those of the groups that have a price.
func sightings(dst []sighting, t *ticker.Ticker, groups ticker.Groups) []sighting {
	if groups.Has(ticker.TradeGroup) && !t.Trade.Price.IsZero() {
		dst = append(dst, sighting{t.Market, ticker.TradeGroup, t.Trade.Price, t.Trade.Size, t.Trade.AsOf})
	}
	if groups.Has(ticker.QuoteGroup) && !t.Quote.Bid.IsZero() {
		dst = append(dst, sighting{t.Market, ticker.QuoteGroup, t.Quote.Bid, t.Quote.Ask, t.Quote.AsOf})
	}
	return dst
}

// ticker is one that holds the group alone.
func (s *sighting) ticker() ticker.Ticker {
	t := ticker.Ticker{Market: s.Market}
	if s.Group == ticker.TradeGroup {
		t.Trade.Price, t.Trade.Size = s.A, s.B
	} else {
		t.Quote.Bid, t.Quote.Ask = s.A, s.B
	}
	return t
}
