package binance

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// maxFrame is the longest message sent, in bytes. The server is reported to fall
// silent at one of more than 4,096.
const maxFrame = 4000

// beat is a stream that is told each second, whatever the markets of a
// connection do.
const beat = "btcusdt@miniTicker"

// errShutdown says that the exchange is about to close the connection.
var errShutdown = fmt.Errorf("%s: the exchange asks to reconnect: %w", Name, exchange.ErrEnding)

// session is one connection: what it asked for, and what it reads.
type session struct {
	sub *exchange.Subscription
	in  reader
	ids int // of the requests so far
}

func newSession(sub *exchange.Subscription) exchange.Session { return &session{sub: sub} }

// request is a message to the exchange.
type request struct {
	Method string   `json:"method"`
	Params []string `json:"params"`
	ID     int      `json:"id"`
}

// Subscribe asks for the two streams of each market, many in a message; its
// number acknowledges them all.
func (s *session) Subscribe(add, drop []exchange.Listing) {
	s.ask("UNSUBSCRIBE", nil, drop)
	var first []string
	if s.ids == 0 {
		first = []string{beat}
	}
	s.ask("SUBSCRIBE", first, add)
}

func (s *session) ask(method string, streams []string, ms []exchange.Listing) {
	for len(ms) > 0 {
		s.ids++
		size := len(`{"method":"UNSUBSCRIBE","params":["",],"id":1234567890}`) + len(beat)
		for ; len(ms) > 0; ms = ms[1:] {
			name := strings.ToLower(ms[0].Symbol)
			if size += 2*len(name) + len(`"@bookTicker","@ticker",`); size > maxFrame {
				break
			}
			streams = append(streams, name+"@bookTicker", name+"@ticker")
			s.sub.Await(ms[0].Market, strconv.Itoa(s.ids))
		}
		p, err := json.Marshal(request{method, streams, s.ids})
		if err != nil {
			panic(err) // strings always marshal
		}
		s.sub.Send(p)
		streams = nil
	}
}

// Parse reads one frame.
func (s *session) Parse(frame []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
	us := append(dst, ticker.Update{})
	if s.usual(frame, &us[len(dst)]) {
		return us, true, nil
	}
	return s.anyFrame(frame, us[:len(dst)])
}

// anyFrame reads any frame.
func (s *session) anyFrame(frame []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
	if err := s.in.frame(frame); err != nil {
		return dst, false, exchange.NewFrameError(Name, "", frame, err)
	}
	switch event := string(s.in.f.at('e')); {
	case event == "serverShutdown":
		return dst, false, errShutdown
	case event == "24hrTicker", event == "" && s.in.f.quotes():
		return s.tell(frame, dst)
	case event == "24hrMiniTicker":
		return dst, true, nil
	case s.in.failed && len(s.in.id) > 0:
		s.sub.Refuse(string(s.in.id), string(s.in.msg))
	case s.in.failed:
		return dst, false, exchange.NewFrameError(Name, "", frame, errors.New("a request was not understood"))
	case len(s.in.id) > 0:
		s.sub.Ack(string(s.in.id))
	}
	return dst, false, nil
}

// tell reads the groups of a frame about one market.
func (s *session) tell(frame []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
	f := &s.in.f
	m, ok := s.sub.Market(f.at('s'))
	if !ok {
		return dst, false, exchange.NewFrameError(Name, "", frame, exchange.ErrUnknownMarket)
	}
	dst = append(dst, ticker.Update{})
	u := &dst[len(dst)-1]
	u.Market = m
	if len(f.at('e')) == 0 {
		f.quote(u, true)
	} else {
		f.day(u, true)
	}
	if u.Groups == 0 {
		dst = dst[:len(dst)-1]
	}
	if f.err != nil {
		return dst, false, exchange.NewFrameError(Name, m, frame, f.err)
	}
	return dst, true, nil
}
