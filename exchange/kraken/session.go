package kraken

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/ticker"
)

// perFrame is the most symbols that one frame asks for. None is published.
const perFrame = 200

// session is one connection's talk with the exchange.
type session struct {
	sub      *exchange.Subscription
	requests []request // by req_id, the first of which is 1
	in, row  flatjson.Scanner
}

func newSession(sub *exchange.Subscription) exchange.Session { return &session{sub: sub} }

// request is a message to the exchange.
type request struct {
	Method string `json:"method"`
	Params params `json:"params"`
	ReqID  int    `json:"req_id"`
	ms     []exchange.Listing
}

type params struct {
	Channel      string   `json:"channel"`
	Symbol       []string `json:"symbol"`
	EventTrigger string   `json:"event_trigger,omitempty"`
	Snapshot     bool     `json:"snapshot,omitempty"`
}

// topic is what acknowledges a market, one for each channel.
func topic(channel, symbol string) string { return channel + " " + symbol }

// Subscribe asks for the ticker and the trades of each market.
func (s *session) Subscribe(add, drop []exchange.Listing) {
	for _, p := range []params{{Channel: "ticker", EventTrigger: "bbo"}, {Channel: "trade"}} {
		s.ask("unsubscribe", p, drop)
		p.Snapshot = true
		s.ask("subscribe", p, add)
		for _, l := range add {
			s.sub.Await(l.Market, topic(p.Channel, l.Symbol))
		}
	}
}

func (s *session) ask(method string, p params, ms []exchange.Listing) {
	for n := 0; len(ms) > 0; ms = ms[n:] {
		n = min(len(ms), perFrame)
		p.Symbol = nil
		for _, l := range ms[:n] {
			p.Symbol = append(p.Symbol, l.Symbol)
		}
		q := request{method, p, len(s.requests) + 1, ms[:n]}
		s.requests = append(s.requests, q)
		frame, err := json.Marshal(q)
		if err != nil {
			panic(err) // strings always marshal
		}
		s.sub.Send(frame)
	}
}

// message is what a frame says, before its rows are read.
type message struct {
	channel, method, symbol, err []byte
	data, result                 []byte // as they are
	id                           uint64
	answers, success             bool
}

// Parse reads one frame. Heartbeats come only while data flows.
func (s *session) Parse(frame []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
	if us, ok := s.usual(frame, dst); ok {
		return us, true, nil
	}
	return s.anyFrame(frame, dst)
}

// usual reads a frame of data in which nothing is wrong, and which says first of what
// channel it is, as the exchange writes it: its rows are read where they stand. False:
// it is another, of which nothing is told.
func (s *session) usual(frame []byte, dst []ticker.Update) ([]ticker.Update, bool) {
	r := &s.in
	r.Reset(frame)
	key, _ := r.First()
	if string(key) != "channel" {
		return dst, false
	}
	channel := string(r.Text())
	if channel != "ticker" && channel != "trade" {
		return dst, false
	}
	if key, _ = r.Next(); string(key) != "type" {
		return dst, false
	}
	if key, _ = r.Next(); string(key) != "data" {
		return dst, false
	}
	us, bad := s.rows(r, channel == "trade", dst)
	_, more := r.Next()
	ok := !more && bad.err == nil && r.End() == nil && r.Mismatch() == nil
	return us, ok
}

// anyFrame reads any frame: its channel may come last.
func (s *session) anyFrame(frame []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
	var m message
	r := &s.in
	r.Reset(frame)
	for key := range r.Object {
		switch string(key) {
		case "channel":
			m.channel = r.Text()
		case "data":
			m.data = r.Raw()
		case "method":
			m.method = r.Text()
		case "success":
			m.answers, m.success = true, r.Bool()
		case "result":
			m.result = r.Raw()
		case "symbol":
			m.symbol = r.Text()
		case "error":
			m.err = r.Text()
		case "req_id":
			r.Uint(&m.id)
		}
	}
	err := r.End()
	if err == nil {
		err = r.Mismatch()
	}
	if err != nil {
		return dst, false, exchange.NewFrameError(Name, "", frame, err)
	}
	switch string(m.channel) {
	case "ticker", "trade":
		return s.data(&m, frame, dst)
	case "heartbeat":
		return dst, true, nil
	}
	if m.answers && string(m.method) == "subscribe" {
		err = s.answer(&m, frame)
	}
	return dst, false, err // status, pong, and what is not known
}

// errUnclear is an error of which nobody can say what it is about.
var errUnclear = errors.New("an error that names neither symbol nor request")

// answer takes an answer to a subscription. There is one for each symbol and
// channel; an error names the symbol, and the request with its channel.
func (s *session) answer(m *message, frame []byte) error {
	channel, symbol := s.subject(m)
	if m.success {
		s.sub.Ack(topic(channel, symbol))
		return nil
	}
	var about request
	if 0 < m.id && m.id <= uint64(len(s.requests)) {
		about = s.requests[m.id-1]
	}
	reason := string(m.err)
	market, ok := s.sub.Market([]byte(symbol))
	switch {
	case reason == "Already subscribed":
		for _, l := range about.ms {
			if symbol == "" || symbol == l.Symbol {
				s.sub.Ack(topic(about.Params.Channel, l.Symbol))
			}
		}
	case strings.HasPrefix(reason, "EAPI:Rate limit exceeded"), strings.HasPrefix(reason, "EGeneral:Too many requests"):
		return &exchange.RateLimitError{Err: errors.New(reason)}
	case ok:
		s.sub.RefuseMarket(market, reason)
	case symbol != "": // of no market of ours
	case about.ms != nil:
		for _, l := range about.ms {
			s.sub.RefuseMarket(l.Market, reason)
		}
	default:
		return exchange.NewFrameError(Name, "", frame, errUnclear)
	}
	return nil
}

// subject returns what an answer is about. An acknowledgement says it in its
// result, an error beside it.
func (s *session) subject(m *message) (channel, symbol string) {
	symbol = string(m.symbol)
	r := &s.row
	r.Reset(m.result)
	for key := range r.Object {
		switch string(key) {
		case "channel":
			channel = string(r.Text())
		case "symbol":
			symbol = string(r.Text())
		}
	}
	return channel, symbol
}
