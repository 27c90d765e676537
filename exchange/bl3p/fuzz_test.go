package bl3p

import (
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// FuzzRead: it never panics, tells whole groups only, and says why it tells
// nothing. The best of a book that encoding/json can read is its best.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"trade.json", "orderbook.json", "orderbook_2018.json", "rest_ticker.json"} {
		f.Add(fixture(f, name))
	}
	f.Add([]byte(`{"bids":[],"asks":[{"price_int":1e5,"amount_int":null}]}`))
	l := of(f, "BTC-EUR")
	f.Fuzz(func(t *testing.T, frame []byte) {
		r := &reader{markets: []exchange.Listing{l}}
		us, err := r.read(frame, nil)
		var bad *exchange.FrameError
		if err != nil && !errors.As(err, &bad) || err == nil && len(us) != 1 || len(us) > 1 {
			t.Fatalf("%q: %v, %v", frame, us, err)
		}
		for _, u := range us {
			if u.Market != "BTC-EUR" || u.Groups == 0 || u.Groups.Has(ticker.StatsGroup) ||
				u.Groups.Has(ticker.TradeGroup) != u.Trade.Price.IsPos() ||
				!u.Groups.Has(ticker.QuoteGroup) && u.Quote != (ticker.Quote{}) {
				t.Fatalf("%q: %+v", frame, u)
			}
			if u.Groups.Has(ticker.QuoteGroup) {
				compareBook(t, frame, u.Quote)
			}
		}
	})
}

// compareBook reads the book again, as plainly as can be. It is for frames whose
// keys stand once, as encoding/json merges those that stand twice.
func compareBook(t *testing.T, frame []byte, q ticker.Quote) {
	t.Helper()
	var book struct {
		Bids, Asks []struct {
			Price json.Number `json:"price_int"`
		}
	}
	low := strings.ToLower(string(frame))
	rows := strings.Count(low, "{") - 1
	if strings.Count(low, `"bids"`) != 1 || strings.Count(low, `"asks"`) != 1 || strings.Count(low, "price_int") != rows ||
		strings.Contains(low, `\`) || json.Unmarshal(frame, &book) != nil || len(book.Bids)+len(book.Asks) != rows {
		return
	}
	var bid, ask *big.Rat
	for _, row := range book.Bids {
		if p, ok := new(big.Rat).SetString(row.Price.String()); ok && (bid == nil || p.Cmp(bid) > 0) {
			bid = p
		}
	}
	for _, row := range book.Asks {
		if p, ok := new(big.Rat).SetString(row.Price.String()); ok && (ask == nil || p.Cmp(ask) < 0) {
			ask = p
		}
	}
	for _, c := range []struct {
		want *big.Rat
		got  string
	}{{bid, q.Bid.String()}, {ask, q.Ask.String()}} {
		want := new(big.Rat)
		if c.want != nil {
			want.Quo(c.want, big.NewRat(100_000, 1))
		}
		if got, _ := new(big.Rat).SetString(c.got); got.Cmp(want) != 0 {
			t.Fatalf("%q: %v, not %v", frame, c.got, want)
		}
	}
}

// FuzzTicker: it never panics; what it tells it names, and nothing is negative.
func FuzzTicker(f *testing.F) {
	f.Add(fixture(f, "rest_ticker.json"))
	f.Add(fixture(f, "rest_error.json"))
	f.Add([]byte(`{"last":null,"bid":1e-9,"ask":"3","volume":{"24h":[]},"currency":"BTC"}`))
	l := of(f, "BTC-EUR")
	f.Fuzz(func(t *testing.T, body []byte) {
		u, err := readTicker(body, l)
		if err != nil {
			if u != (ticker.Update{}) || len(err.Error()) > 2000 {
				t.Fatalf("%q: %+v, %v", body, u, err)
			}
			return
		}
		if !json.Valid(body) || u.Market != "BTC-EUR" || !u.Groups.Has(ticker.StatsGroup) || u.Groups == ticker.StatsGroup {
			t.Fatalf("%q: %+v", body, u)
		}
		for _, d := range []string{
			u.Trade.Price.String(), u.Quote.Bid.String(), u.Quote.Ask.String(),
			u.Stats.High.String(), u.Stats.Low.String(), u.Stats.Volume.String(),
		} {
			if strings.HasPrefix(d, "-") {
				t.Fatalf("%q: %s", body, d)
			}
		}
	})
}
