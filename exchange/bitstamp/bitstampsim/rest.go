package bitstampsim

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

const tickerPath = "/api/v2/ticker/"

// REST answers GET /api/v2/markets/, /api/v2/ticker/ and /api/v2/ticker/btcusd/,
// in whatever case. Among the markets is a perpetual.
func (d Dialect) REST(w http.ResponseWriter, r *http.Request, v *simexchange.View) {
	path := strings.ToLower(r.URL.Path)
	symbol, one := strings.CutPrefix(path, tickerPath)
	switch {
	case path == "/api/v2/markets/":
		var rows []string
		for _, m := range v.Markets() {
			rows = append(rows, writeListing(m))
		}
		rows = append(rows, `{"name":"BTC/USD-PERP","market_symbol":"btcusd-perp","base_currency":"BTC","counter_currency":"USD",`+
			`"trading":"Enabled","market_type":"PERPETUAL"}`)
		writeArray(w, rows)
	case one && strings.HasSuffix(symbol, "/"):
		if m, ok := find(v, strings.TrimSuffix(symbol, "/")); ok {
			t, _ := v.Ticker(m)
			_, _ = fmt.Fprint(w, d.writeTicker(&t, v, !d.NoNames))
			return
		}
		fallthrough // one that is not known is answered with all
	case path == tickerPath:
		var rows []string
		for _, m := range v.Markets() {
			t, _ := v.Ticker(m.Market)
			rows = append(rows, d.writeTicker(&t, v, true))
		}
		rows = append(rows, fmt.Sprintf(`{"timestamp":"%d","last":"26218","bid":"26210","ask":"26219","high":"26300","low":"25300",`+
			`"open":"25700","open_24":"25900","volume":"12.5","market_type":"PERPETUAL","pair":"BTC/USD-PERP","market":"BTC/USD-PERP"}`, v.Time().Unix()))
		writeArray(w, rows)
	default:
		d.Fail(w, r, http.StatusNotFound)
	}
}

func writeArray(w http.ResponseWriter, rows []string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprint(w, "[", strings.Join(rows, ","), "]")
}

func writeListing(m simexchange.Market) string {
	base, quote := m.Market.Split()
	trading := "Enabled"
	if !m.Trading {
		trading = "Disabled"
	}
	return fmt.Sprintf(`{"name":%q,"market_symbol":%q,"base_currency":%q,"base_decimals":8,"counter_currency":%q,"counter_decimals":2,`+
		`"minimum_order_value":"10","trading":%q,"instant_and_market_orders":"Enabled","description":"%s / %s","market_type":"SPOT"}`,
		nameOf(m.Market), symbolOf(m.Market), base, quote, trading, base, quote)
}

// writeTicker writes one ticker: whole numbers have no decimals, a change that is
// not known is null, and open is the day's, not that of 24 hours ago.
func (d Dialect) writeTicker(t *ticker.Ticker, v *simexchange.View, named bool) string {
	names := ""
	if named {
		names = fmt.Sprintf(`,"market_type":"SPOT","pair":%q,"market":%q`, nameOf(t.Market), nameOf(t.Market))
	}
	return fmt.Sprintf(`{"timestamp":"%d","open":%q,"high":%q,"low":%q,"last":%q,"volume":"%.8f","vwap":%q,"bid":%q,"ask":%q,`+
		`"side":"0","open_24":%q,"percent_change_24":null%s}`,
		v.Time().Unix(), t.Stats.Low, t.Stats.High, t.Stats.Low, t.Trade.Price, t.Stats.Volume, t.Stats.High,
		t.Quote.Bid, t.Quote.Ask, t.Stats.Open, names)
}

// nameOf turns BTC-USD into "BTC/USD".
func nameOf(m ticker.Market) string { return strings.ReplaceAll(string(m), "-", "/") }

// Fail tells a limit by a body with a code, under status 400 as a rule, without
// saying for how long. Other errors are pages or JSON, as it comes.
func (d Dialect) Fail(w http.ResponseWriter, _ *http.Request, status int) {
	switch status {
	case http.StatusTooManyRequests, http.StatusTeapot:
		if !d.Status429 {
			w.Header().Del("Retry-After")
			status = http.StatusBadRequest
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, `{"response_code":"400.002","response_explanation":"Request rejected due to exceeded rate limit"}`)
	case http.StatusNotFound:
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, `{"message":"Not found."}`)
	case http.StatusUnauthorized:
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, `{"status":"error","reason":"Missing key, signature and nonce parameters","code":"API0000"}`)
	default:
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<!DOCTYPE html><title>%s</title>", http.StatusText(status))
	}
}
