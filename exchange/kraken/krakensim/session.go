package krakensim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// session is the exchange's side of one connection.
type session struct {
	d     *Dialect
	subs  map[string]bool // channel and symbol
	spoke bool            // since the last beat
}

// channels are those that can be subscribed to, and what they tell.
var channels = map[string]ticker.Groups{"trade": ticker.TradeGroup, "ticker": ticker.QuoteGroup | ticker.StatsGroup}

const rfc3339 = "2006-01-02T15:04:05.000000Z"

// Open says hello, and ends the connection in a minute if nothing is subscribed to.
func (s *session) Open(c *simexchange.Conn) {
	s.send(c, `{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":13834774380200032777}]}`)
	s.expire(c)
}

func (s *session) expire(c *simexchange.Conn) {
	c.After(subscribeIn, func() {
		if len(s.subs) == 0 {
			c.Drop()
			return
		}
		s.expire(c)
	})
}

func (s *session) send(c *simexchange.Conn, format string, args ...any) {
	s.spoke = true
	c.Send(fmt.Appendf(nil, format, args...))
}

// request is what a client sends.
type request struct {
	Method string `json:"method"`
	Params struct {
		Channel      any      `json:"channel"`
		Symbol       []string `json:"symbol"`
		EventTrigger string   `json:"event_trigger"`
		Snapshot     *bool    `json:"snapshot"`
	} `json:"params"`
	ReqID *uint64 `json:"req_id"`
}

// Receive subscribes, unsubscribes and answers pings.
func (s *session) Receive(c *simexchange.Conn, frame []byte) {
	var q request
	if err := json.Unmarshal(frame, &q); err != nil {
		s.refuse(c, &q, "", "Malformed request")
		return
	}
	channel, _ := q.Params.Channel.(string)
	_, known := channels[channel]
	switch {
	case q.Method == "ping":
		at := c.Now().UTC().Format(rfc3339)
		s.send(c, `{"method":"pong"%s,"time_in":%q,"time_out":%q}`, q.id(), at, at)
	case q.Method != "subscribe" && q.Method != "unsubscribe":
		s.refuse(c, &q, "", "Unsupported method")
	case channel == "":
		s.refuse(c, &q, "", "Channel field must be a string")
	case !known:
		s.refuse(c, &q, "", "Unsupported channel")
	case q.Params.EventTrigger != "" && (channel != "ticker" || q.Params.EventTrigger != "bbo" && q.Params.EventTrigger != "trades"):
		s.refuse(c, &q, "", "Unsupported event_trigger")
	default:
		for _, name := range q.Params.Symbol {
			s.one(c, &q, channel, name)
		}
	}
}

func (q *request) id() string {
	if q.ReqID == nil {
		return ""
	}
	return fmt.Sprintf(`,"req_id":%d`, *q.ReqID)
}

// one answers for one symbol.
func (s *session) one(c *simexchange.Conn, q *request, channel, name string) {
	m := market(name)
	_, listed := c.View().Market(m)
	key := channel + " " + name
	switch on := q.Method == "subscribe"; {
	case !listed:
		s.refuse(c, q, name, "Currency pair not supported "+name)
		return
	case on && s.subs[key]:
		s.refuse(c, q, name, "Already subscribed")
		return
	case !on && !s.subs[key]:
		s.refuse(c, q, name, "Subscription Not Found")
		return
	case !on:
		delete(s.subs, key)
		c.Unsubscribe(m, channels[channel])
		s.acknowledge(c, q, channel, name, false)
		return
	}
	s.subs[key] = true
	// By default tickers are told on trades: then quotes are not.
	if channel != "ticker" || q.Params.EventTrigger == "bbo" {
		c.Subscribe(m, channels[channel])
	}
	snapshot := channel == "ticker"
	if q.Params.Snapshot != nil {
		snapshot = *q.Params.Snapshot
	}
	s.acknowledge(c, q, channel, name, snapshot)
	if t, _ := c.View().Ticker(m); snapshot && channel == "ticker" {
		s.send(c, `{"channel":"ticker","type":"snapshot","data":[%s]}`, s.ticker(&t))
	} else if snapshot {
		before := t // the last trades, the newest at the end
		before.Trade.Key--
		before.Trade.Price = before.Stats.Open // an old one, of which nobody should hear
		s.send(c, `{"channel":"trade","type":"snapshot","data":[%s,%s]}`, trade(&before), trade(&t))
	}
}

func (s *session) acknowledge(c *simexchange.Conn, q *request, channel, name string, snapshot bool) {
	at := c.Now().UTC().Format(rfc3339)
	trigger := ""
	if channel == "ticker" {
		trigger = fmt.Sprintf(`"event_trigger":%q,`, cmp.Or(q.Params.EventTrigger, "trades"))
	}
	s.send(c, `{"method":%q,"result":{"channel":%q,%s"snapshot":%v,"symbol":%q},"success":true,"time_in":%q,"time_out":%q%s}`,
		q.Method, channel, trigger, snapshot, name, at, at, q.id())
}

func (s *session) refuse(c *simexchange.Conn, q *request, name, why string) {
	about := ""
	if name != "" {
		about = fmt.Sprintf(`"symbol":%q,`, name)
	}
	at := c.Now().UTC().Format(rfc3339)
	s.send(c, `{"error":%q,"method":%q,"success":false,%s"time_in":%q,"time_out":%q%s}`, why, q.Method, about, at, at, q.id())
}

// Tell writes tickers when quotes change and trades when there are some, in
// either order.
func (s *session) Tell(c *simexchange.Conn, us []ticker.Update) {
	var trades []string
	tickersFirst := c.Rand().IntN(2) == 0
	tell := func() {
		for i := range us {
			if us[i].Groups.Has(ticker.QuoteGroup) {
				s.send(c, `{"channel":"ticker","type":"update","data":[%s]}`, s.ticker(&us[i].Ticker))
			}
		}
	}
	for i := range us {
		if us[i].Groups.Has(ticker.TradeGroup) {
			trades = append(trades, trade(&us[i].Ticker))
		}
	}
	if tickersFirst {
		tell()
	}
	if len(trades) > 0 {
		s.send(c, `{"channel":"trade","type":"update","data":[%s]}`, strings.Join(trades, ","))
	}
	if !tickersFirst {
		tell()
	}
}

// Beat comes while there is a subscription, and nothing else.
func (s *session) Beat(c *simexchange.Conn) {
	if !s.spoke && len(s.subs) > 0 {
		c.Send([]byte(`{"channel":"heartbeat"}`))
	}
	s.spoke = false
}

func (s *session) ticker(t *ticker.Ticker) string {
	change, err := t.Trade.Price.Sub(t.Stats.Open)
	if err != nil {
		panic(err) // prices of the simulation always fit
	}
	at := ""
	if !s.d.NoTimes {
		at = fmt.Sprintf(`,"timestamp":%q`, t.Quote.Time.UTC().Format(rfc3339))
	}
	return fmt.Sprintf(`{"symbol":%q,"bid":%v,"bid_qty":%v,"ask":%v,"ask_qty":%v,"last":%v,"volume":%v,"vwap":%v,"low":%v,"high":%v,`+
		`"change":%v,"change_pct":0.17,"trades":38144%s}`, symbol(t.Market), t.Quote.Bid, t.Quote.BidSize, t.Quote.Ask, t.Quote.AskSize,
		t.Trade.Price, t.Stats.Volume, t.Trade.Price, t.Stats.Low, t.Stats.High, change, at)
}

func trade(t *ticker.Ticker) string {
	return fmt.Sprintf(`{"symbol":%q,"side":"buy","price":%v,"qty":%v,"ord_type":"limit","trade_id":%d,"timestamp":%q}`,
		symbol(t.Market), t.Trade.Price, t.Trade.Size, t.Trade.Key, t.Trade.Time.UTC().Format(rfc3339))
}
