package bitstampsim

import (
	"net/http"
	"time"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// The limits of a connection: what is beyond ends it.
const (
	MaxFrame    = 512  // bytes of a client's frame
	MaxChannels = 1024 // channels
)

// Heartbeat is how often a client is to ask for a heartbeat.
const Heartbeat = 15 * time.Second

// NewServer starts a simulated Bitstamp. It panics where it cannot listen, which a
// free port or memory never does; simexchange.Start returns an error instead.
func NewServer(cfg simexchange.Config) *simexchange.Server {
	s, err := simexchange.Start(cfg, Dialect{})
	if err != nil {
		panic("bitstampsim: " + err.Error())
	}
	return s
}

// Dialect is how Bitstamp speaks. The zero value acknowledges at once.
type Dialect struct {
	// AckAfter is how long an acknowledgement takes. 6.3 seconds were seen, and
	// less than 150 ms. What changes meanwhile is told before it.
	AckAfter time.Duration
	// Status429: a limit is told by status 429, not 400.
	Status429 bool
	// Unordered allows Server.Shuffle and Server.Echo, to try the order keys. The
	// real one's frames keep their order.
	Unordered bool
	// NoNames: the answer for one market does not say for which, as in 2022.
	NoNames bool
}

// Traits are those of 2026, with a few of the markets.
func (d Dialect) Traits() simexchange.Traits {
	return simexchange.Traits{
		Markets: []ticker.Market{
			"BTC-USD", "BTC-EUR", "ETH-BTC", "ETH-USD", "XRP-EUR", "DOGE-USD", "GBP-USD", "EUR-USD", "1INCH-EUR",
		},
		Feed: ticker.Feed{
			Trade: ticker.Told{Kind: ticker.EveryChange, REST: true},
			Quote: ticker.Told{Kind: ticker.Throttled, Delay: 250 * time.Millisecond, REST: true},
			Stats: ticker.Told{Kind: ticker.Never, REST: true},
		},
		Heartbeat: Heartbeat, // it sends none by itself: see session.Beat
		Limit:     10_000.0 / 600, Burst: 400,
		MaxAge:    90 * 24 * time.Hour,
		PingEvery: 54 * time.Second, PongWithin: 54 * time.Second,
		Halts:     true,
		Unordered: d.Unordered,
	}
}

// Connect takes every path, as the real one does.
func (d Dialect) Connect(*http.Request) (simexchange.Session, int) {
	return &session{d: d, channels: map[string]bool{}}, 0
}
