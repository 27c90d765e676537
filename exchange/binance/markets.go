package binance

import (
	"errors"
	"maps"
	"strings"
	"unicode"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/ticker"
)

// table is a list of the exchange's markets.
type table struct {
	listings []exchange.Listing
	trading  map[string]ticker.Market // by symbol, of earlier lists too
	skipped  map[string]string        // symbols that cannot be listed, and why not
}

// symbol is one market as the list has it.
type symbol struct {
	name, status, base, quote string
	barred                    bool // isSpotTradingAllowed is told, and false
}

// readList reads the answer of exchangeInfo. The names of its assets are the
// common ones; a symbol is both joined, so only the list can part them.
func readList(body []byte) (*table, error) {
	t := &table{trading: map[string]ticker.Market{}, skipped: map[string]string{}}
	var s flatjson.Scanner
	s.Reset(body)
	found := false
	at := map[ticker.Market]int{}
	for key := range s.Object {
		if string(key) != "symbols" || s.Kind() != '[' {
			continue
		}
		found = true
		for range s.Array {
			t.add(readSymbol(&s), at)
		}
	}
	if err := s.End(); err != nil {
		return nil, err
	}
	if !found {
		return nil, errors.New("no symbols")
	}
	t.follow(nil)
	return t, nil
}

// follow takes over the symbols that an earlier list had and this one lacks: a
// list that is cut short must not cut the snapshots too.
func (t *table) follow(before *table) {
	if before != nil {
		maps.Copy(t.trading, before.trading)
	}
	for _, l := range t.listings {
		if l.Trading {
			t.trading[l.RESTSymbol] = l.Market
		} else {
			delete(t.trading, l.RESTSymbol)
		}
	}
}

func readSymbol(s *flatjson.Scanner) (out symbol) {
	for key := range s.Object {
		switch string(key) {
		case "symbol":
			out.name = string(s.Text())
		case "status":
			out.status = string(s.Text())
		case "baseAsset":
			out.base = string(s.Text())
		case "quoteAsset":
			out.quote = string(s.Text())
		case "isSpotTradingAllowed":
			out.barred = s.Kind() == 'f'
		}
	}
	return out
}

// add lists a symbol, or says why not. Of two of one market that which trades is
// listed.
func (t *table) add(s symbol, at map[ticker.Market]int) {
	if !plain(s.name) || !plain(s.base) || !plain(s.quote) {
		t.skipped[s.name] = "its name or an asset's is missing, or cannot be written in a market's"
		return
	}
	l := exchange.Listing{
		Market: ticker.Market(strings.ToUpper(s.base + "-" + s.quote)),
		Symbol: s.name, RESTSymbol: s.name,
		Trading: s.status == "TRADING" && !s.barred,
	}
	i, twice := at[l.Market]
	switch {
	case !twice:
		at[l.Market] = len(t.listings)
		t.listings = append(t.listings, l)
	case l.Trading && !t.listings[i].Trading:
		t.skipped[t.listings[i].Symbol] = "same market as " + l.Symbol
		t.listings[i] = l
	default:
		t.skipped[l.Symbol] = "same market as " + t.listings[i].Symbol
	}
}

// plain reports whether a name can be part of a market's and of a stream's. It
// need not be ASCII.
func plain(name string) bool {
	return name != "" && len(name) <= 100 && !strings.ContainsFunc(name, func(r rune) bool {
		return r == '-' || r == '@' || r == '/' || r == unicode.ReplacementChar || unicode.IsSpace(r) || !unicode.IsGraphic(r)
	})
}
