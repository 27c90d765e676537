package coinblockprosim

import (
	"net/http"
	"strings"
	"time"

	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// NewServer starts a simulated exchange that speaks as the notebook's server
// does. It panics where it cannot listen, which a free port or memory never
// does; simexchange.Start returns an error instead.
func NewServer(cfg simexchange.Config) *simexchange.Server {
	s, err := simexchange.Start(cfg, Dialect{})
	if err != nil {
		panic("coinblockprosim: " + err.Error())
	}
	return s
}

// Dialect is how the exchange speaks. Its zero value speaks as the notebook's
// server does.
type Dialect struct {
	// JSON: frames are JSON and not Python's str() of a dict.
	JSON bool
	// Begin is how long after its opening a connection may begin to be told
	// anything: up to so much. An adapter counts with a second.
	Begin time.Duration
}

// Traits are those of an exchange that only tells last prices.
func (d Dialect) Traits() simexchange.Traits {
	var ms []ticker.Market
	for _, name := range coinblockpro.Markets() {
		ms = append(ms, market(name))
	}
	return simexchange.Traits{
		Markets:       ms,
		Feed:          ticker.Feed{Trade: ticker.Told{Kind: ticker.EveryChange, REST: true}, Settle: time.Second},
		WebSocketPath: "/ticker_feed",
	}
}

// REST answers GET /full_ticker and /single_ticker.
func (d Dialect) REST(w http.ResponseWriter, r *http.Request, v *simexchange.View) {
	var us []ticker.Ticker
	switch r.URL.Path {
	case "/full_ticker":
		for _, m := range v.Markets() {
			t, _ := v.Ticker(m.Market)
			us = append(us, t)
		}
	case "/single_ticker":
		name := r.URL.Query().Get("market")
		t, ok := v.Ticker(market(name))
		if !ok || nameOf(t.Market) != name {
			d.Fail(w, r, http.StatusNotFound)
			return
		}
		us = append(us, t)
	default:
		d.Fail(w, r, http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	p := append([]byte(nil), `{"result": `...)
	p = appendDict(p, us, '"')
	_, _ = w.Write(append(p, '}'))
}

// Fail answers as aiohttp does: the status in plain text.
func (d Dialect) Fail(w http.ResponseWriter, _ *http.Request, status int) {
	http.Error(w, http.StatusText(status), status)
}

// Connect takes a connection to /ticker_feed.
func (d Dialect) Connect(r *http.Request) (simexchange.Session, int) {
	if r.URL.Path != "/ticker_feed" {
		return nil, http.StatusNotFound
	}
	return session{d}, 0
}

type session struct{ d Dialect }

func (s session) Open(c *simexchange.Conn) {
	begin := func() { c.SubscribeAll(ticker.TradeGroup) }
	if s.d.Begin > 0 {
		c.After(time.Duration(c.Rand().Int64N(int64(s.d.Begin)+1)), begin)
		return
	}
	begin()
}

func (s session) Receive(*simexchange.Conn, []byte) {}
func (s session) Beat(*simexchange.Conn)            {}

func (s session) Tell(c *simexchange.Conn, us []ticker.Update) {
	ts := make([]ticker.Ticker, len(us))
	for i := range us {
		ts[i] = us[i].Ticker
	}
	quote := byte('\'')
	if s.d.JSON {
		quote = '"'
	}
	c.Send(appendDict(nil, ts, quote))
}

// market turns "etc_dot" into ETC-DOT.
func market(name string) ticker.Market {
	return ticker.Market(strings.ToUpper(strings.ReplaceAll(name, "_", "-")))
}

func nameOf(m ticker.Market) string {
	return strings.ToLower(strings.ReplaceAll(string(m), "-", "_"))
}
