package bitstampsim

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// RequestReconnect is the frame with which the exchange asks for a new connection,
// some seconds before it ends this one. Send it with Server.Inject.
const RequestReconnect = `{"event":"bts:request_reconnect","channel":"","data":""}`

const (
	tradesChannel = "live_trades_"
	bookChannel   = "order_book_"
)

// session is one connection.
type session struct {
	d        Dialect
	channels map[string]bool
}

func (s *session) Open(*simexchange.Conn) {}

// Beat does nothing: a heartbeat is an answer here.
func (s *session) Beat(*simexchange.Conn) {}

// Receive takes a frame of the client.
func (s *session) Receive(c *simexchange.Conn, frame []byte) {
	if len(frame) > MaxFrame {
		c.Close(1009, "read limited at 513 bytes")
		return
	}
	var m struct {
		Event string
		Data  struct{ Channel string }
	}
	if json.Unmarshal(frame, &m) != nil {
		s.fail(c, "Incorrect JSON format.")
		return
	}
	kind, symbol, ok := split(m.Data.Channel)
	switch {
	case m.Event == "bts:heartbeat":
		c.Send([]byte(`{"event":"bts:heartbeat","channel":"","data":{"status":"success"}}`))
	case m.Event != "bts:subscribe" && m.Event != "bts:unsubscribe":
		s.fail(c, "Bad subscription string.")
	case !ok:
		s.fail(c, "Invalid channel provided.")
	case m.Event == "bts:subscribe":
		s.subscribe(c, m.Data.Channel, kind, symbol)
	default:
		delete(s.channels, m.Data.Channel)
		if m, ok := find(c.View(), symbol); ok {
			c.Unsubscribe(m, groupOf(kind))
		}
		s.answer(c, "bts:unsubscription_succeeded", m.Data.Channel)
	}
}

// channel is what a channel looks like: the symbol need not exist.
var channel = regexp.MustCompile(`^(live_trades|order_book|diff_order_book|detail_order_book|live_orders|funding_rate)_([a-z0-9-]+)$`)

func split(name string) (kind, symbol string, ok bool) {
	m := channel.FindStringSubmatch(name)
	if m == nil {
		return "", "", false
	}
	return m[1] + "_", m[2], true
}

func groupOf(kind string) ticker.Groups {
	switch kind {
	case tradesChannel:
		return ticker.TradeGroup
	case bookChannel:
		return ticker.QuoteGroup
	}
	return 0
}

func (s *session) subscribe(c *simexchange.Conn, name, kind, symbol string) {
	if s.channels[name] = true; len(s.channels) > MaxChannels {
		c.Drop()
		return
	}
	if m, ok := find(c.View(), symbol); ok && groupOf(kind) != 0 {
		c.Subscribe(m, groupOf(kind))
	}
	s.answer(c, "bts:subscription_succeeded", name)
}

func (s *session) answer(c *simexchange.Conn, event, channel string) {
	s.after(c, fmt.Appendf(nil, `{"event":%q,"channel":%q,"data":{}}`, event, channel))
}

// fail answers a frame that was not understood, without saying which.
func (s *session) fail(c *simexchange.Conn, message string) {
	s.after(c, fmt.Appendf(nil, `{"event":"bts:error","channel":"","data":{"code":null,"message":%q}}`, message))
}

// after sends an answer; all take as long, and so keep their order.
func (s *session) after(c *simexchange.Conn, p []byte) {
	if s.d.AckAfter > 0 {
		c.After(s.d.AckAfter, func() { c.Send(p) })
		return
	}
	c.Send(p)
}

// Tell writes a frame for each channel.
func (s *session) Tell(c *simexchange.Conn, us []ticker.Update) {
	for i := range us {
		t := &us[i].Ticker
		if us[i].Groups.Has(ticker.TradeGroup) {
			c.Send(writeTrade(t))
		}
		if us[i].Groups.Has(ticker.QuoteGroup) {
			c.Send(writeBook(t))
		}
	}
}

// writeTrade writes a frame of live_trades. Its JSON numbers are the nearest
// binary ones; the strings beside them are exact.
func writeTrade(t *ticker.Ticker) []byte {
	price, _ := t.Trade.Price.Float64()
	size, _ := t.Trade.Size.Float64()
	at := t.Trade.Time
	return fmt.Appendf(nil, `{"data":{"id":%d,"timestamp":"%d","amount":%v,"amount_str":"%.8f","price":%v,"price_str":%q,`+
		`"type":%d,"microtimestamp":"%d","buy_order_id":%d,"sell_order_id":%d},"channel":%q,"event":"trade"}`,
		t.Trade.Key, at.Unix(), size, t.Trade.Size, price, t.Trade.Price,
		t.Trade.Key%2, at.UnixMicro(), 1_900_000_000_000_000+t.Trade.Key, 1_900_000_000_000_001+t.Trade.Key,
		tradesChannel+symbolOf(t.Market))
}

// writeBook writes a frame of order_book: the truth in the first level, and some
// below it. A side that has no price is empty.
func writeBook(t *ticker.Ticker) []byte {
	at := t.Quote.Time
	p := fmt.Appendf(nil, `{"data":{"timestamp":"%d","microtimestamp":"%d","bids":`, at.Unix(), at.UnixMicro())
	p = appendSide(p, t.Quote.Bid, t.Quote.BidSize, "0.000000000001")
	p = append(p, `,"asks":`...)
	p = appendSide(p, t.Quote.Ask, t.Quote.AskSize, "99999999999999")
	return fmt.Appendf(p, `},"channel":%q,"event":"data"}`, bookChannel+symbolOf(t.Market))
}

func appendSide(p []byte, price, size decimal.Decimal, last string) []byte {
	if price.IsZero() {
		return append(p, "[]"...)
	}
	return fmt.Appendf(p, `[[%q,"%.8f"],[%q,"250.00000000"]]`, price, size, last)
}

// find finds the market of a symbol, which does not show where its assets part.
func find(v *simexchange.View, symbol string) (ticker.Market, bool) {
	symbol = strings.ToUpper(symbol)
	for i := range symbol {
		if m, ok := v.Market(ticker.Market(symbol[:i] + "-" + symbol[i:])); ok {
			return m.Market, true
		}
	}
	return "", false
}

// symbolOf turns BTC-USD into "btcusd".
func symbolOf(m ticker.Market) string { return strings.ToLower(strings.ReplaceAll(string(m), "-", "")) }
