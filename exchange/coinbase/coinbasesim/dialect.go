package coinbasesim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// The exchange's limits.
const (
	restRate, restBurst       = 10, 15
	connectRate, connectBurst = 8, 20
	frameRate                 = 100
	subscribeWithin           = 5 * time.Second
)

// NewServer starts a simulated exchange. It panics where it cannot listen, which a
// free port or memory never does; simexchange.Start returns an error instead.
func NewServer(cfg simexchange.Config) *simexchange.Server {
	s, err := simexchange.Start(cfg, &Dialect{})
	if err != nil {
		panic("coinbasesim: " + err.Error())
	}
	return s
}

// Dialect is how the exchange speaks. Give each server one of its own. Its zero
// value is what is thought to be true today.
type Dialect struct {
	// AllOrNothing: one bad product and a subscription is ignored entirely, as was
	// said in 2017. Otherwise the others are subscribed to.
	AllOrNothing bool
	// NoLastTrade: heartbeats do not know the last trade, as in 2019 and 2020.
	NoLastTrade bool
	// Gone is the status for delisted products. If zero, 404; it was 400 once.
	Gone int

	connects *rate.Limiter
}

// Traits are those of an exchange that tells quotes with trades only.
func (d *Dialect) Traits() simexchange.Traits {
	return simexchange.Traits{
		Markets: []ticker.Market{
			"BTC-USD", "BTC-EUR", "ETH-USD", "BTCAUCTION-USD", "ETH-BTC", "SOL-USD", "SOL-EUR", "DOGE-USD",
			"1INCH-USD", "XLM-EUR", "ADA-GBP", "USDT-USDC",
		},
		Feed: ticker.Feed{
			Trade: ticker.Told{Kind: ticker.EveryChange, REST: true},
			Quote: ticker.Told{Kind: ticker.OnTrade, REST: true},
			Stats: ticker.Told{Kind: ticker.OnTrade},
		},
		Heartbeat: time.Second,
		Limit:     restRate, Burst: restBurst,
		Halts:     true,
		Unordered: true,
	}
}

type object map[string]any

func encode(v any) []byte {
	p, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of strings and numbers always marshal
	}
	return p
}

// REST answers GET /products and /products/BTC-USD/ticker.
func (d *Dialect) REST(w http.ResponseWriter, r *http.Request, v *simexchange.View) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if r.UserAgent() == "" {
		complain(w, http.StatusBadRequest, "User-Agent header is required.")
		return
	}
	if r.URL.Path == "/products" {
		_, _ = w.Write(encode(products(v)))
		return
	}
	id, ok := strings.CutPrefix(r.URL.Path, "/products/")
	id, isTicker := strings.CutSuffix(id, "/ticker")
	m, listed := v.Market(ticker.Market(id))
	switch {
	case !ok || !isTicker || m.Market == "":
		complain(w, http.StatusNotFound, "NotFound")
	case !listed:
		complain(w, cmp.Or(d.Gone, http.StatusNotFound), "Not allowed for delisted products")
	default:
		t, _ := v.Ticker(m.Market)
		_, _ = w.Write(encode(object{
			"trade_id": t.Trade.Key, "price": t.Trade.Price.String(), "size": t.Trade.Size.String(), "time": stamp(t.Trade.Time),
			"bid": t.Quote.Bid.String(), "ask": t.Quote.Ask.String(), "volume": t.Stats.Volume.String(),
			"rfq_volume": "0.5", "conversions_volume": "0.00",
		}))
	}
}

func products(v *simexchange.View) []object {
	list := []object{}
	for _, m := range v.Markets() {
		base, quote := m.Market.Split()
		list = append(list, object{
			"id": m.Market, "base_currency": strings.TrimSuffix(base, "AUCTION"), "quote_currency": quote,
			"quote_increment": "0.01", "base_increment": "0.00000001", "display_name": base + "/" + quote,
			"min_market_funds": "1", "post_only": false, "limit_only": false, "cancel_only": false,
			"trading_disabled": !m.Trading, "status": "online", "status_message": nil, "auction_mode": false,
		})
	}
	return list
}

func complain(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	_, _ = w.Write(encode(object{"message": message}))
}

// Fail writes {"message": ...}.
func (d *Dialect) Fail(w http.ResponseWriter, _ *http.Request, status int) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	complain(w, status, http.StatusText(status))
}

// Connect takes connections at the pace that the exchange allows.
func (d *Dialect) Connect(r *http.Request) (simexchange.Session, int) {
	if d.connects == nil {
		d.connects = rate.NewLimiter(connectRate, connectBurst)
	}
	switch {
	case r.URL.Path != "" && r.URL.Path != "/":
		return nil, http.StatusNotFound
	case !d.connects.Allow():
		return nil, http.StatusTooManyRequests
	}
	return newSession(d), 0
}

// stamp writes a time as the exchange does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// tell writes the ticker of a market's last trade.
func tell(t *ticker.Ticker) []byte {
	side := "buy"
	if t.Trade.Key%2 == 0 {
		side = "sell"
	}
	// By hand, for the order of the fields.
	return fmt.Appendf(nil, `{"type":"ticker","sequence":%d,"product_id":%q,"price":%q,"open_24h":%q,"volume_24h":%q,`+
		`"low_24h":%q,"high_24h":%q,"volume_30d":%q,"best_bid":%q,"best_bid_size":%q,"best_ask":%q,"best_ask_size":%q,`+
		`"side":%q,"time":%q,"trade_id":%d,"last_size":%q}`,
		sequence(t.Trade.Key), t.Market, t.Trade.Price, t.Stats.Open, t.Stats.Volume,
		t.Stats.Low, t.Stats.High, t.Stats.Volume, t.Quote.Bid, t.Quote.BidSize, t.Quote.Ask, t.Quote.AskSize,
		side, stamp(t.Trade.Time), t.Trade.Key, t.Trade.Size)
}

// sequence rises with trades, and is never consecutive.
func sequence(trade uint64) uint64 { return 7*trade + 1<<33 }
