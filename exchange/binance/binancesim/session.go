package binancesim

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

const (
	maxStreams = 1024
	maxFrame   = 4096
	maxFrames  = 5 // in a second
	beat       = "btcusdt@miniTicker"
)

// kinds are the groups that a stream of one market tells.
var kinds = map[string]ticker.Groups{
	"bookTicker": ticker.QuoteGroup,
	"ticker":     ticker.TradeGroup | ticker.StatsGroup,
}

// session is one connection.
type session struct {
	first   []string // streams of the address
	streams map[string]bool
	wrapped bool
	stuck   bool // it was sent a message that it never reads to its end
	frames  []time.Time
}

func (s *session) Open(c *simexchange.Conn) { s.subscribe(c, s.first) }

// Receive subscribes and unsubscribes.
func (s *session) Receive(c *simexchange.Conn, frame []byte) {
	now := c.Now()
	s.frames = append(slices.DeleteFunc(s.frames, func(at time.Time) bool { return now.Sub(at) >= time.Second }), now)
	if len(s.frames) > maxFrames {
		c.Close(1008, "Too many requests")
		return
	}
	if s.stuck = s.stuck || len(frame) > maxFrame; s.stuck {
		return
	}
	var m struct {
		Method string
		Params []string
		ID     *uint64
	}
	if err := json.Unmarshal(frame, &m); err != nil {
		c.Send(encode(object{"code": 2, "msg": "Invalid request: " + err.Error()}))
		return
	}
	var result any
	switch m.Method {
	case "SUBSCRIBE":
		s.subscribe(c, m.Params)
	case "UNSUBSCRIBE":
		for _, name := range m.Params {
			delete(s.streams, name)
		}
		s.follow(c)
	case "LIST_SUBSCRIPTIONS":
		result = slices.Sorted(maps.Keys(s.streams))
	default:
		c.Send(encode(object{"error": object{"code": 2, "msg": "Invalid request: unknown variant"}, "id": m.ID}))
		return
	}
	if len(s.streams) > maxStreams {
		c.Close(1008, "Too many streams")
		return
	}
	c.Send(encode(object{"result": result, "id": m.ID}))
}

func (s *session) subscribe(c *simexchange.Conn, names []string) {
	for _, name := range names {
		s.streams[name] = true
	}
	s.follow(c)
}

// follow has told what there is a stream of. Names of what is not listed stay,
// and are told when it is.
func (s *session) follow(c *simexchange.Conn) {
	for _, m := range c.View().Markets() {
		s.Listed(c, m)
	}
}

// Listed begins a market's streams when it is listed.
func (s *session) Listed(c *simexchange.Conn, m simexchange.Market) {
	for kind, groups := range kinds {
		if s.streams[stream(m.Market, kind)] {
			c.Subscribe(m.Market, groups)
		} else {
			c.Unsubscribe(m.Market, groups)
		}
	}
}

// Tell writes a frame for each market and stream.
func (s *session) Tell(c *simexchange.Conn, us []ticker.Update) {
	for i := range us {
		t := &us[i].Ticker
		if us[i].Groups.Has(ticker.QuoteGroup) {
			s.send(c, stream(t.Market, "bookTicker"), bookTicker(t, c.Now()))
		}
		if us[i].Groups&kinds["ticker"] != 0 {
			s.send(c, stream(t.Market, "ticker"), day24(t, c.Now()))
		}
	}
}

// Beat tells the small ticker of BTCUSDT, which changes each second.
func (s *session) Beat(c *simexchange.Conn) {
	if s.streams[beat] {
		t, _ := c.View().Ticker("BTC-USDT")
		s.send(c, beat, mini("BTCUSDT", &t, c.Now()))
	}
}

func (s *session) send(c *simexchange.Conn, stream string, data object) {
	if s.wrapped {
		data = object{"stream": stream, "data": data}
	}
	c.Send(encode(data))
}

func stream(m ticker.Market, kind string) string { return strings.ToLower(symbol(m)) + "@" + kind }
