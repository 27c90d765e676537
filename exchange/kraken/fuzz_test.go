package kraken

import (
	"encoding/json"
	"testing"

	"github.com/tickersync/tickersync/ticker"
)

// FuzzParse: it never panics, never invents and never tells of a market that was
// not asked for; what is no JSON tells nothing.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"status", "ack_trade", "refused", "ticker_snapshot", "ticker_update", "trade_snapshot", "heartbeat"} {
		f.Add(fixture(f, name))
	}
	f.Add([]byte(tickerFrame(`{"symbol":"BTC\/EUR","bid":1e-05,"ask":-2},{"symbol":"DOGE/BTC","volume":1}`)))
	f.Add([]byte(tradeFrame(`{"symbol":"BTC/EUR","price":1,"trade_id":2},{"symbol":"BTC/EUR","price":3,"trade_id":1}`)))
	f.Fuzz(func(t *testing.T, frame []byte) {
		s := newTestSession()
		us, proves, err := s.Parse(frame, nil)
		if !json.Valid(frame) && (len(us) > 0 || proves || err == nil) {
			t.Fatalf("%q is no JSON: %v", frame, show(us...))
		}
		for _, u := range us {
			check(t, frame, &u)
			if u.Groups.Has(ticker.TradeGroup) && !u.Trade.Price.IsPos() {
				t.Fatalf("%q: no price: %v", frame, show(u))
			}
		}
		if err != nil && len(err.Error()) > 2000 {
			t.Fatalf("%q: an error of %d bytes", frame, len(err.Error()))
		}
		again, _, _ := s.Parse(frame, us)
		if len(again) != 2*len(us) {
			t.Fatalf("%q: told %d updates, then %d", frame, len(us), len(again)-len(us))
		}
	})
}

// check looks at what every update owes.
func check(t *testing.T, frame []byte, u *ticker.Update) {
	empty := ticker.Ticker{Market: u.Market}
	if u.Groups.Has(ticker.TradeGroup) {
		empty.Trade = u.Trade
	}
	if u.Groups.Has(ticker.QuoteGroup) {
		empty.Quote = u.Quote
	}
	if u.Groups.Has(ticker.StatsGroup) {
		empty.Stats = u.Stats
	}
	negative := u.Quote.Bid.IsNeg() || u.Quote.Ask.IsNeg() || u.Trade.Size.IsNeg() || u.Stats.Volume.IsNeg()
	if u.Market == "" || u.Groups == 0 || empty != u.Ticker || negative {
		t.Fatalf("%q: %+v", frame, u)
	}
}

func FuzzREST(f *testing.F) {
	for _, name := range []string{"rest_pairs", "rest_pairs_old", "rest_ticker", "rest_ticker_old", "rest_error"} {
		f.Add(fixture(f, name))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := readResult(body)
		if !json.Valid(body) && err == nil {
			t.Fatalf("%q is no JSON", body)
		}
		if err != nil {
			return
		}
		ls, known := readPairs(r)
		for _, l := range ls {
			if m, ok := marketOf(l.Symbol); !ok || m != l.Market || l.RESTSymbol == "" {
				t.Fatalf("%q: %+v", body, l)
			}
		}
		us, _ := readTickers(r, known)
		for _, u := range us {
			check(t, body, &u)
		}
		if u, err := readTicker(r, "BTC-EUR", known); err == nil {
			check(t, body, &u)
		}
	})
}
