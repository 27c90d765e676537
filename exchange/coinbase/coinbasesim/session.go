package coinbasesim

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// publicChannels are those that need no key.
var publicChannels = [...]string{"ticker", "ticker_batch", "matches", "heartbeat", "status", "level2_batch"}

// session is the exchange's side of one connection.
type session struct {
	d          *Dialect
	frames     *rate.Limiter
	channels   map[string]map[string]bool // the products of each
	subscribed bool
}

func newSession(d *Dialect) *session {
	return &session{d: d, frames: rate.NewLimiter(frameRate, frameRate), channels: make(map[string]map[string]bool)}
}

// Open ends a connection that does not subscribe in time.
func (s *session) Open(c *simexchange.Conn) {
	c.After(subscribeWithin, func() {
		if !s.subscribed {
			c.Drop()
		}
	})
}

// request is a frame of the client, in either of its forms.
type request struct {
	Type     string            `json:"type"`
	Products []string          `json:"product_ids"`
	Channels []json.RawMessage `json:"channels"`
}

// Receive subscribes and unsubscribes.
func (s *session) Receive(c *simexchange.Conn, frame []byte) {
	if !s.frames.Allow() {
		c.Close(1008, "ErrSlowRead")
		return
	}
	var r request
	if json.Unmarshal(frame, &r) != nil {
		refuse(c, "Malformed JSON", "")
		return
	}
	ask, reason := r.channels()
	switch {
	case r.Type != "subscribe" && r.Type != "unsubscribe":
		refuse(c, "Type has to be either subscribe or unsubscribe", "")
	case reason != "":
		refuse(c, "Failed to "+r.Type, reason)
	case r.Type == "subscribe":
		s.subscribe(c, ask)
	default:
		for channel, ids := range ask {
			for _, id := range ids {
				delete(s.channels[channel], id)
				if channel == "ticker" {
					c.Unsubscribe(ticker.Market(id), ticker.AllGroups)
				}
			}
		}
		s.acknowledge(c)
	}
}

// channels returns the products of each channel that a frame asks for, or why the
// exchange refuses it.
func (r *request) channels() (ask map[string][]string, reason string) {
	ask = make(map[string][]string)
	for _, raw := range r.Channels {
		var name string
		ids := r.Products
		if json.Unmarshal(raw, &name) != nil {
			var o struct {
				Name     string   `json:"name"`
				Products []string `json:"product_ids"`
			}
			if json.Unmarshal(raw, &o) != nil {
				return nil, "malformed channel"
			}
			if len(r.Products) > 0 && len(o.Products) == 0 {
				return nil, " is not a valid product" // both forms in one frame
			}
			name, ids = o.Name, o.Products
		}
		switch {
		case !slices.Contains(publicChannels[:], name):
			return nil, name + " is not a valid channel"
		case len(ids) == 0 && name != "status":
			return nil, "You need to specify at least one product ID for channel " + name
		}
		ask[name] = append(ask[name], ids...)
	}
	if len(ask) == 0 {
		return nil, "No channels provided"
	}
	return ask, ""
}

// subscribe adds to what the connection has.
func (s *session) subscribe(c *simexchange.Conn, ask map[string][]string) {
	s.subscribed = true
	refused := false
	for _, id := range slices.Compact(slices.Sorted(each(ask))) {
		m, listed := c.View().Market(ticker.Market(id))
		switch {
		case m.Market == "":
			refuse(c, "Failed to subscribe", id+" is not a valid product")
		case !listed:
			refuse(c, "Failed to subscribe", id+" is delisted")
		default:
			continue
		}
		if refused = true; s.d.AllOrNothing {
			return
		}
	}
	var fresh []ticker.Ticker
	for channel, ids := range ask {
		if s.channels[channel] == nil {
			s.channels[channel] = make(map[string]bool)
		}
		for _, id := range ids {
			t, listed := c.View().Told(ticker.Market(id))
			if !listed {
				continue
			}
			if s.channels[channel][id] = true; channel == "ticker" {
				c.Subscribe(t.Market, ticker.AllGroups)
				fresh = append(fresh, t)
			}
		}
	}
	s.initial(c, fresh, refused)
}

// initial sends the ticker of each product's last trade around the
// acknowledgement, which some precede.
func (s *session) initial(c *simexchange.Conn, fresh []ticker.Ticker, refused bool) {
	c.Rand().Shuffle(len(fresh), func(i, j int) { fresh[i], fresh[j] = fresh[j], fresh[i] })
	early := c.Rand().IntN(len(fresh) + 1)
	for i := range fresh {
		if i == early {
			s.acknowledge(c)
		}
		c.Send(tell(&fresh[i]))
	}
	if early == len(fresh) && (len(fresh) > 0 || !refused) {
		s.acknowledge(c)
	}
}

// acknowledge names all that the connection is subscribed to, in no order.
func (s *session) acknowledge(c *simexchange.Conn) {
	list := []object{}
	for _, name := range publicChannels {
		ids := slices.Sorted(maps.Keys(s.channels[name]))
		c.Rand().Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		if len(ids) > 0 {
			list = append(list, object{"name": name, "product_ids": ids, "account_ids": nil})
		}
	}
	c.Rand().Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	c.Send(encode(object{"type": "subscriptions", "channels": list}))
}

func refuse(c *simexchange.Conn, message, reason string) {
	o := object{"type": "error", "message": message}
	if reason != "" {
		o["reason"] = reason
	}
	c.Send(encode(o))
}

// each returns the products of all channels.
func each(ask map[string][]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, ids := range ask {
			for _, id := range ids {
				if !yield(id) {
					return
				}
			}
		}
	}
}

// Tell writes a ticker for each trade.
func (s *session) Tell(c *simexchange.Conn, us []ticker.Update) {
	for i := range us {
		c.Send(tell(&us[i].Ticker))
	}
}

// Beat writes a heartbeat for each product that has one.
func (s *session) Beat(c *simexchange.Conn) {
	for _, id := range slices.Sorted(maps.Keys(s.channels["heartbeat"])) {
		t, ok := c.View().Ticker(ticker.Market(id))
		if !ok {
			continue
		}
		last := t.Trade.Key
		if s.d.NoLastTrade {
			last = 0
		}
		c.Send(encode(object{
			"type": "heartbeat", "sequence": sequence(t.Trade.Key) + 1, "last_trade_id": last,
			"product_id": id, "time": stamp(c.Now().Truncate(time.Microsecond)),
		}))
	}
}
