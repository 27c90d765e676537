package bl3psim

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// The exchange allows so many requests in so much time.
const (
	limit  = 600
	within = 10 * time.Minute
)

// NewServer starts a simulated BL3P. It panics where it cannot listen, which a
// free port or memory never does; simexchange.Start returns an error instead.
func NewServer(cfg simexchange.Config) *simexchange.Server {
	s, err := simexchange.Start(cfg, &Dialect{})
	if err != nil {
		panic("bl3psim: " + err.Error())
	}
	return s
}

// Dialect is how BL3P speaks. It counts requests, so each server needs its own.
type Dialect struct {
	// OK: errors are answered with status 200.
	OK bool
	// Old: frames name neither their market nor how many offers a row is, as in 2018.
	Old bool
	// Begin is how long after its opening a socket may begin to tell: up to so
	// much, each for itself. An adapter counts with a second.
	Begin time.Duration

	calls []time.Time // of the last ten minutes
}

// Traits are those of 2018, when there were two markets.
func (d *Dialect) Traits() simexchange.Traits {
	all := ticker.Told{Kind: ticker.EveryChange, REST: true}
	return simexchange.Traits{
		Markets:       []ticker.Market{"BTC-EUR", "LTC-EUR"},
		Feed:          ticker.Feed{Trade: all, Quote: all, Stats: ticker.Told{Kind: ticker.Never, REST: true}},
		RESTPath:      "/1",
		WebSocketPath: "/1",
		Fixed:         true,
		PriceDecimals: 5,
		Limit:         rate.Every(within / limit), Burst: limit, // REST counts its window itself
	}
}

// REST answers GET /1/BTCEUR/ticker.
func (d *Dialect) REST(w http.ResponseWriter, r *http.Request, v *simexchange.View) {
	now := v.Time()
	for len(d.calls) > 0 && now.Sub(d.calls[0]) >= within {
		d.calls = d.calls[1:]
	}
	if len(d.calls) == limit {
		d.fail(w, http.StatusTooManyRequests, "LIMIT_REACHED")
		return
	}
	d.calls = append(d.calls, now)
	m, call, ok := split(r)
	t, listed := v.Ticker(m)
	switch {
	case !ok || call != "ticker":
		d.fail(w, http.StatusNotFound, "UNKNOWN_PATH")
		return
	case !listed:
		d.fail(w, http.StatusNotFound, "UNKNOWN_MARKETPLACE")
		return
	}
	base, _ := m.Split()
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"currency":%q,"last":%v,"bid":%v,"ask":%v,"high":%v,"low":%v,"timestamp":%d,"volume":{"24h":%v,"30d":1831.35737737}}`,
		base, t.Trade.Price.Trim(0), t.Quote.Bid.Trim(0), t.Quote.Ask.Trim(0), t.Stats.High.Trim(0), t.Stats.Low.Trim(0), now.Unix(), t.Stats.Volume.Trim(0))
}

// Fail writes {"result":"error","data":...}, with status 200 if the Dialect says so.
func (d *Dialect) Fail(w http.ResponseWriter, _ *http.Request, status int) {
	code := "UNKNOWN_ERROR"
	switch status {
	case http.StatusTooManyRequests, http.StatusTeapot:
		code = "LIMIT_REACHED"
	case http.StatusBadRequest:
		code = "UNKNOWN_PATH"
	case http.StatusNotFound:
		code = "UNKNOWN_MARKETPLACE"
	}
	d.fail(w, status, code)
}

func (d *Dialect) fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	if !d.OK {
		w.WriteHeader(status)
	}
	_, _ = fmt.Fprintf(w, `{"result":"error","data":{"code":%q,"message":%q}}`, code, http.StatusText(status))
}

// Admit refuses sockets of markets that do not exist.
func (d *Dialect) Admit(r *http.Request, v *simexchange.View) int {
	m, call, ok := split(r)
	if !ok || call != "trades" && call != "orderbook" {
		return http.StatusBadRequest
	}
	if _, listed := v.Market(m); !listed {
		return http.StatusNotFound
	}
	return 0
}

// Connect takes /1/BTCEUR/trades and /1/BTCEUR/orderbook.
func (d *Dialect) Connect(r *http.Request) (simexchange.Session, int) {
	m, call, _ := split(r)
	g := ticker.TradeGroup
	if call == "orderbook" {
		g = ticker.QuoteGroup
	}
	return &session{d: d, market: m, group: g}, 0
}

// split reads a path like /1/BTCEUR/ticker; false for any other.
func split(r *http.Request) (m ticker.Market, call string, ok bool) {
	parts := strings.Split(r.URL.Path, "/")
	if len(parts) != 4 || parts[1] != "1" {
		return "", "", false
	}
	base, ok := strings.CutSuffix(parts[2], "EUR")
	return ticker.Market(base + "-EUR"), parts[3], ok
}
