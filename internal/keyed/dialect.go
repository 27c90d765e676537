package keyed

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// Dialect is how the exchange speaks: the same Variant as the adapter's.
type Dialect struct{ Variant }

// NewServer starts a simulated exchange of that variant. It panics where it
// cannot listen.
func NewServer(v Variant, cfg simexchange.Config) *simexchange.Server {
	s, err := simexchange.Start(cfg, Dialect{v})
	if err != nil {
		panic("keyed: " + err.Error())
	}
	return s
}

// Traits are the variant's, with a heartbeat each second.
func (d Dialect) Traits() simexchange.Traits {
	return simexchange.Traits{
		Markets:       []ticker.Market{"BTC-EUR", "BTC-USD", "ETH-BTC", "ETH-EUR", "ETH-USD", "DOGE-EUR"},
		Feed:          d.feed(),
		Heartbeat:     time.Second,
		WebSocketPath: "/stream",
		Unordered:     !d.Keyless,
		Halts:         true,
	}
}

// REST answers GET /markets, /tickers and /ticker.
func (d Dialect) REST(w http.ResponseWriter, r *http.Request, v *simexchange.View) {
	all := []message{}
	switch r.URL.Path {
	case "/markets":
		for _, m := range v.Markets() {
			out := message{Market: string(m.Market), Trading: m.Trading}
			if !m.Volume.IsZero() {
				out.Volume = m.Volume.String()
			}
			all = append(all, out)
		}
	case "/tickers":
		for _, m := range v.Markets() {
			t, _ := v.Ticker(m.Market)
			all = append(all, d.write(&t, ticker.AllGroups))
		}
	case "/ticker":
		t, ok := v.Ticker(ticker.Market(r.URL.Query().Get("market")))
		if !ok {
			d.Fail(w, r, http.StatusNotFound)
			return
		}
		_, _ = w.Write(encode(d.write(&t, ticker.AllGroups)))
		return
	default:
		d.Fail(w, r, http.StatusNotFound)
		return
	}
	_, _ = w.Write(encode(all))
}

// Fail writes {"error": ...}.
func (d Dialect) Fail(w http.ResponseWriter, _ *http.Request, status int) {
	w.WriteHeader(status)
	_, _ = w.Write(encode(map[string]string{"error": http.StatusText(status)}))
}

// Connect takes connections to /stream.
func (d Dialect) Connect(r *http.Request) (simexchange.Session, int) {
	if r.URL.Path != "/stream" {
		return nil, http.StatusNotFound
	}
	return session{d}, 0
}

type session struct{ Dialect }

func (s session) Open(*simexchange.Conn) {}

// Receive subscribes, market by market, and ends subscriptions.
func (s session) Receive(c *simexchange.Conn, frame []byte) {
	var m message
	switch err := json.Unmarshal(frame, &m); {
	case err == nil && m.Type == "subscribe":
	case err == nil && m.Type == "unsubscribe":
		for _, name := range m.Markets {
			c.Unsubscribe(ticker.Market(name), ticker.AllGroups)
			c.Send(encode(message{Type: "unsubscribed", Market: name}))
		}
		return
	default:
		c.Send(encode(message{Type: "refused", Reason: "not understood"}))
		return
	}
	for _, name := range m.Markets {
		market, ok := c.View().Market(ticker.Market(name))
		if !ok || !market.Trading {
			c.Send(encode(message{Type: "refused", Market: name, Reason: "no such market"}))
			continue
		}
		c.Subscribe(market.Market, ticker.TradeGroup|ticker.QuoteGroup)
		c.Send(encode(message{Type: "subscribed", Market: name}))
		if s.Initial {
			t, _ := c.View().Told(market.Market)
			first := s.write(&t, ticker.TradeGroup|ticker.QuoteGroup)
			first.Sent = c.Now()
			c.Send(encode(first))
		}
	}
}

func (s session) Tell(c *simexchange.Conn, us []ticker.Update) {
	for i := range us {
		c.Send(encode(s.write(&us[i].Ticker, us[i].Groups)))
	}
}

func (s session) Beat(c *simexchange.Conn) { c.Send(encode(message{Type: "beat"})) }

// Listed tells of a change of the list; the adapter takes it for a frame of an
// unknown type.
func (s session) Listed(c *simexchange.Conn, m simexchange.Market) {
	c.Send(encode(message{Type: "listing", Market: string(m.Market), Trading: m.Trading}))
}
