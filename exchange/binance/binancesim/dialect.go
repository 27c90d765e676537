package binancesim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// NewServer starts a simulated exchange that speaks as Binance does. It panics
// where it cannot listen; simexchange.Start returns an error instead.
func NewServer(cfg simexchange.Config) *simexchange.Server {
	s, err := simexchange.Start(cfg, &Dialect{})
	if err != nil {
		panic("binancesim: " + err.Error())
	}
	return s
}

// Dialect is how the exchange speaks. Its zero value is ready; it is for one
// Server.
type Dialect struct {
	// Others is the weight that others on the client's address use up each minute.
	Others int

	minute time.Time // that which used is of
	used   int       // weight
}

// Traits are those that the adapter declares, with the exchange's limits.
func (d *Dialect) Traits() simexchange.Traits {
	day := ticker.Told{Kind: ticker.Throttled, Delay: time.Second, REST: true}
	return simexchange.Traits{
		Markets: []ticker.Market{
			"BTC-USDT", "ETH-BTC", "BNB-USDT", "ETH-USDT", "DOGE-USDT", "1000SATS-TRY", "币安人生-USDT",
			"BTC-EUR", "ETH-EUR", "SOL-FDUSD", "ADA-BTC", "XRP-EUR", "SHIB-USDC",
		},
		Feed:          ticker.Feed{Trade: day, Quote: ticker.Told{Kind: ticker.EveryChange, REST: true}, Stats: day},
		Heartbeat:     time.Second,
		WebSocketPath: "/stream",
		Limit:         6000.0 / 60,
		Burst:         6000,
		Weight:        weight,
		MaxAge:        24 * time.Hour,
		PingEvery:     20 * time.Second,
		PongWithin:    time.Minute,
		Halts:         true,
	}
}

func weight(r *http.Request) int {
	single := r.URL.Query().Has("symbol")
	switch r.URL.Path {
	case "/api/v3/exchangeInfo":
		return 20
	case "/api/v3/ticker/24hr":
		if single {
			return 2
		}
		return 80
	case "/api/v3/ticker/bookTicker":
		if single {
			return 2
		}
		return 4
	}
	return 1
}

// REST answers exchangeInfo, ticker/24hr and ticker/bookTicker.
func (d *Dialect) REST(w http.ResponseWriter, r *http.Request, v *simexchange.View) {
	if minute := v.Time().Truncate(time.Minute); minute.After(d.minute) {
		d.minute, d.used = minute, d.Others
	}
	d.used += weight(r)
	w.Header().Set("X-Mbx-Used-Weight-1m", strconv.Itoa(d.used))
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	switch r.URL.Path {
	case "/api/v3/exchangeInfo":
		d.write(w, info(v))
	case "/api/v3/ticker/24hr":
		d.tickers(w, r, v, day)
	case "/api/v3/ticker/bookTicker":
		d.tickers(w, r, v, book)
	default:
		d.Fail(w, r, http.StatusNotFound)
	}
}

// tickers writes those of all markets, or the one that is asked for.
func (d *Dialect) tickers(w http.ResponseWriter, r *http.Request, v *simexchange.View, row func(*ticker.Ticker, time.Time) object) {
	all := []object{}
	q := r.URL.Query()
	for _, m := range v.Markets() {
		t, _ := v.Ticker(m.Market)
		if q.Has("symbol") && q.Get("symbol") != symbol(m.Market) {
			continue
		}
		all = append(all, row(&t, v.Time()))
	}
	switch {
	case !q.Has("symbol"):
		d.write(w, all)
	case len(all) == 1:
		d.write(w, all[0])
	default:
		d.Fail(w, r, http.StatusBadRequest)
	}
}

func (d *Dialect) write(w http.ResponseWriter, body any) { _, _ = w.Write(encode(body)) }

// Fail writes {"code": ..., "msg": ...}.
func (d *Dialect) Fail(w http.ResponseWriter, _ *http.Request, status int) {
	code, msg := -1000, "An unknown error occurred while processing the request."
	switch status {
	case http.StatusTooManyRequests:
		code, msg = -1003, "Too much request weight used; current limit is 6000 request weight per 1 MINUTE."
	case http.StatusTeapot:
		code, msg = -1003, "Way too much request weight used; IP banned."
	case http.StatusBadRequest:
		code, msg = -1121, "Invalid symbol."
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	d.write(w, object{"code": code, "msg": msg})
}

// Connect takes connections to /stream and /ws, with streams in the address or
// without.
func (d *Dialect) Connect(r *http.Request) (simexchange.Session, int) {
	s := &session{streams: map[string]bool{}, wrapped: r.URL.Path == "/stream"}
	names, raw := "", strings.HasPrefix(r.URL.Path, "/ws")
	switch {
	case raw:
		names = strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/ws"), "/")
	case s.wrapped:
		names = r.URL.Query().Get("streams")
	default:
		return nil, http.StatusNotFound
	}
	if name, err := url.PathUnescape(names); err == nil && name != "" {
		s.first = strings.Split(name, "/")
	}
	return s, 0
}

type object map[string]any

func encode(v any) []byte {
	p, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("binancesim: %v", err)) // objects of text and numbers always marshal
	}
	return p
}

// symbol turns BTC-USDT into "BTCUSDT".
func symbol(m ticker.Market) string { return strings.Replace(string(m), "-", "", 1) }
