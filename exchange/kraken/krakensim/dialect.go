package krakensim

import (
	"fmt"
	"net/http"
	"time"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// NewServer starts a simulated Kraken with its documented limits. It panics where
// it cannot listen, which a free port or memory never does; simexchange.Start
// returns an error instead.
func NewServer(cfg simexchange.Config) *simexchange.Server {
	s, err := simexchange.Start(cfg, &Dialect{})
	if err != nil {
		panic("krakensim: " + err.Error())
	}
	return s
}

// Dialect is how Kraken speaks. Its zero value has the documented limits. It
// belongs to one Server.
type Dialect struct {
	// AnyPace: REST requests and connections are not limited.
	AnyPace bool
	// OldNames: assetVersion is not heeded, and lists do not tell the status of
	// online pairs. So older answers are.
	OldNames bool
	// NoTimes: tickers have no timestamp, as they had none at first.
	NoTimes bool

	connects []time.Time // of the last 10 minutes
	banned   time.Time   // until then
}

// The limits.
const (
	maxConnects   = 150
	connectWindow = 10 * time.Minute
	subscribeIn   = time.Minute
	restBurst     = 3
)

// Traits are those of the exchange: quotes and trades as they happen, the day's
// figures with the quotes.
func (d *Dialect) Traits() simexchange.Traits {
	every := ticker.Told{Kind: ticker.EveryChange, REST: true}
	t := simexchange.Traits{
		Markets: []ticker.Market{
			"BTC-USD", "DOGE-EUR", "ETH-BTC", "AAVE-EUR", "DOGE-BTC", "BTC-EUR", "USDT-USD", "ETH-USD",
			"ADA-ETH", "EUR-USD", "LTC-EUR", "XRP-USD", "1INCH-USD", "ETH2.S-ETH",
		},
		Feed: ticker.Feed{
			Trade: every, Quote: every,
			Stats: ticker.Told{Kind: ticker.OnTrade, REST: true},
		},
		Heartbeat:     time.Second,
		RESTPath:      "/0",
		WebSocketPath: "/v2",
		Halts:         true,
	}
	if !d.AnyPace {
		t.Limit, t.Burst = 1, restBurst
	}
	return t
}

// Connect takes connections to /v2. The one above the limit is refused, and for
// the next 10 minutes all are.
func (d *Dialect) Connect(r *http.Request) (simexchange.Session, int) {
	now := time.Now()
	if !d.AnyPace {
		for len(d.connects) > 0 && now.Sub(d.connects[0]) >= connectWindow {
			d.connects = d.connects[1:]
		}
		d.connects = append(d.connects, now)
		if len(d.connects) > maxConnects {
			d.banned, d.connects = now.Add(connectWindow), nil
		}
		if now.Before(d.banned) {
			return nil, http.StatusTooManyRequests
		}
	}
	if r.URL.Path != "/v2" {
		return nil, http.StatusNotFound
	}
	return &session{d: d, subs: map[string]bool{}}, 0
}

// Fail writes an error in the exchange's own shape, which for most comes with
// status 200. What is none of its own comes from the proxy in front of it.
func (d *Dialect) Fail(w http.ResponseWriter, r *http.Request, status int) {
	text := map[int]string{
		http.StatusBadRequest:          "EQuery:Unknown asset pair",
		http.StatusUnauthorized:        "EGeneral:Permission denied",
		http.StatusNotFound:            "EGeneral:Unknown method",
		http.StatusTeapot:              "EGeneral:Temporary lockout",
		http.StatusTooManyRequests:     "EGeneral:Too many requests",
		http.StatusInternalServerError: "EGeneral:Internal error",
		http.StatusServiceUnavailable:  "EService:Unavailable",
	}[status]
	if text == "" || r.Header.Get("Upgrade") != "" {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<!DOCTYPE html><title>api.kraken.com | %d</title>", status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"error":[%q]}`, text)
}
