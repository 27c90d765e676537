package keyed

import (
	"context"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

func (s *Source) table() *exchange.WebSocket {
	return &exchange.WebSocket{
		Name:       Name,
		Options:    s.o,
		Session:    func(sub *exchange.Subscription) exchange.Session { return &client{sub} },
		FrameRate:  10,
		FrameBurst: 10,
	}
}

// Connect subscribes to the markets, and returns when each is acknowledged or
// refused.
func (s *Source) Connect(ctx context.Context, ms []exchange.Listing) (exchange.Stream, error) {
	stream, err := s.ws.Connect(ctx, ms)
	if s.v.Fixed && stream != nil {
		stream = struct{ exchange.Stream }{stream} // which is no Subscriber
	}
	return stream, err
}

// client is the adapter's side of a connection.
type client struct{ sub *exchange.Subscription }

func (c *client) Subscribe(add, drop []exchange.Listing) {
	c.ask("unsubscribe", drop)
	c.ask("subscribe", add)
	for _, l := range add {
		c.sub.Await(l.Market, l.Symbol)
	}
}

// ask names all of the markets in one frame, none if there are none.
func (c *client) ask(what string, ms []exchange.Listing) {
	m := message{Type: what}
	for _, l := range ms {
		m.Markets = append(m.Markets, l.Symbol)
	}
	if len(ms) > 0 {
		c.sub.Send(encode(m))
	}
}

func (c *client) Parse(frame []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
	m, err := parse(frame)
	if err != nil {
		return dst, false, err
	}
	switch m.Type {
	case "ticker":
		u, err := m.update()
		if err != nil {
			return dst, false, exchange.NewFrameError(Name, u.Market, frame, err)
		}
		return append(dst, u), true, nil
	case "beat":
		return dst, true, nil
	case "subscribed":
		c.sub.Ack(m.Market)
	case "refused":
		c.sub.Refuse(m.Market, m.Reason)
	}
	return dst, false, nil
}
