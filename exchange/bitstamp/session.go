package bitstamp

import (
	"fmt"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/ticker"
)

// ErrReconnect comes from a Stream when the exchange is about to close the
// connection, and asks to open another. It wraps exchange.ErrEnding.
var ErrReconnect = fmt.Errorf("bitstamp: the exchange asks to reconnect: %w", exchange.ErrEnding)

// The channels of a market, before its symbol.
const (
	tradesChannel = "live_trades_"
	bookChannel   = "order_book_"
)

// session is the talk on one connection.
type session struct {
	sub     *exchange.Subscription
	open    map[string]bool // the channels that the exchange has acknowledged
	waiting map[string]bool // those asked for that have no answer yet
	refused int             // errors since, which do not say of what
	reason  string          // the last of them
	scanner flatjson.Scanner
	frame   frame
}

func newSession(sub *exchange.Subscription) exchange.Session {
	return &session{sub: sub, open: map[string]bool{}, waiting: map[string]bool{}}
}

// Subscribe asks for two channels of each market, a channel a frame. It lets go
// first: a connection may carry no more than it does.
func (s *session) Subscribe(add, drop []exchange.Listing) {
	for _, l := range drop {
		for _, channel := range channels(l) {
			if s.open[channel] || s.waiting[channel] {
				s.send("bts:unsubscribe", channel)
			}
			delete(s.open, channel)
			delete(s.waiting, channel)
		}
	}
	for _, l := range add {
		for _, channel := range channels(l) {
			if len(l.Symbol) > maxSymbol { // the frame would end the connection
				s.sub.RefuseMarket(l.Market, "its symbol is too long")
				break
			}
			s.sub.Await(l.Market, channel)
			s.waiting[channel] = true
			s.send("bts:subscribe", channel)
		}
	}
}

func channels(l exchange.Listing) [2]string {
	return [2]string{tradesChannel + l.Symbol, bookChannel + l.Symbol}
}

func (s *session) send(event, channel string) {
	s.sub.Send(fmt.Appendf(nil, `{"event":%q,"data":{"channel":%q}}`, event, channel))
}

// Parse reads one frame.
func (s *session) Parse(p []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
	f := &s.frame
	if err := f.read(&s.scanner, p); err != nil {
		return dst, false, exchange.NewFrameError(Name, "", p, err)
	}
	switch string(f.event) {
	case "trade":
		return s.tell(p, dst, tradesChannel, (*frame).trade)
	case "data":
		return s.tell(p, dst, bookChannel, (*frame).quote)
	case "bts:subscription_succeeded":
		s.acknowledged(string(f.channel))
	case "bts:heartbeat":
		return dst, string(f.status) == "success", nil
	case "bts:request_reconnect":
		return dst, false, ErrReconnect
	case "bts:error":
		if len(s.waiting) == 0 {
			return dst, false, exchange.NewFrameError(Name, "", p, fmt.Errorf("the exchange reports %.100q", f.message))
		}
		s.refused++
		s.reason = string(f.message)
		s.settle()
	}
	return dst, false, nil
}

// tell appends the update that a frame of a channel makes.
func (s *session) tell(p []byte, dst []ticker.Update, channel string, read func(*frame, *ticker.Update) error) ([]ticker.Update, bool, error) {
	f := &s.frame
	if len(f.channel) < len(channel) || string(f.channel[:len(channel)]) != channel {
		return dst, false, nil // a channel that was not asked for
	}
	m, ok := s.sub.Market(f.channel[len(channel):])
	if !ok {
		return dst, false, exchange.NewFrameError(Name, "", p, fmt.Errorf("%w: %.100q", exchange.ErrUnknownMarket, f.channel))
	}
	dst = append(dst, ticker.Update{Ticker: ticker.Ticker{Market: m}})
	if err := read(f, &dst[len(dst)-1]); err != nil {
		return dst[:len(dst)-1], false, exchange.NewFrameError(Name, m, p, err)
	}
	if f.left != nil {
		return dst, true, exchange.NewFrameError(Name, m, p, f.left)
	}
	return dst, true, nil
}

func (s *session) acknowledged(channel string) {
	if !s.waiting[channel] {
		return
	}
	delete(s.waiting, channel)
	s.open[channel] = true
	s.sub.Ack(channel)
	s.settle()
}

// settle finds the channels that were refused: an error does not name its
// channel, but each channel has one answer, so when no more are left than there
// were errors, it is those.
func (s *session) settle() {
	if s.refused < len(s.waiting) {
		return
	}
	for channel := range s.waiting {
		s.sub.Refuse(channel, s.reason)
	}
	clear(s.waiting)
	s.refused = 0
}
