package coinbase

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/ticker"
)

const (
	maxNamed = 100     // products that one frame names
	maxHeld  = 1 << 12 // quotes that wait for the first heartbeat

	firstBeat = "first heartbeat" // what each product of a new connection awaits
)

// session is one connection's side of the talk.
type session struct {
	sub      *exchange.Subscription
	scan     flatjson.Scanner
	m        message
	products map[string]*product // by id
	acked    bool                // something has been acknowledged
	clock    time.Time           // the exchange's, by its last heartbeat
	repaired time.Time           // by that clock
	held     []ticker.Update     // quotes told before the first heartbeat
}

// product is what a connection keeps of one market.
type product struct {
	market ticker.Market
	told   uint64 // the newest trade that a ticker told
	due    uint64 // a newer one that a heartbeat named; 0: none
	tries  int    // to have it told
}

func newSession(sub *exchange.Subscription) exchange.Session {
	return &session{sub: sub, products: make(map[string]*product)}
}

// request is a frame to the exchange, in the one of its two forms in which the
// channels are names. Never mix them: since 2023 the exchange refuses that.
type request struct {
	Type     string   `json:"type"`
	Products []string `json:"product_ids"`
	Channels []string `json:"channels"`
}

func (s *session) send(what string, products []string, channels ...string) {
	for ids := range slices.Chunk(products, maxNamed) {
		p, err := json.Marshal(request{what, ids, channels})
		if err != nil {
			panic(err) // strings always marshal
		}
		s.sub.Send(p)
	}
}

// Subscribe asks for both channels of each market. On a new connection it is done
// with the first heartbeat: see hold.
func (s *session) Subscribe(add, drop []exchange.Listing) {
	s.send("unsubscribe", symbols(drop), "ticker", "heartbeat")
	s.send("subscribe", symbols(add), "ticker", "heartbeat")
	for _, l := range add {
		s.products[l.Symbol] = &product{market: l.Market}
		s.sub.Await(l.Market, topic("ticker", l.Symbol))
		s.sub.Await(l.Market, topic("heartbeat", l.Symbol))
		if s.clock.IsZero() {
			s.sub.Await(l.Market, firstBeat)
		}
	}
}

func symbols(ls []exchange.Listing) []string {
	var ids []string
	for _, l := range ls {
		ids = append(ids, l.Symbol)
	}
	return ids
}

func topic(channel, product string) string { return channel + " " + product }

// Parse implements exchange.Session.
func (s *session) Parse(frame []byte, dst []ticker.Update) (us []ticker.Update, proves bool, err error) {
	m := &s.m
	us = append(dst, ticker.Update{}) // which a ticker is read into
	bad, err := m.read(&s.scan, frame, &us[len(dst)].Ticker)
	switch {
	case err != nil:
		return dst, false, exchange.NewFrameError(Name, "", frame, err)
	case len(m.kind) == 0:
		return dst, false, exchange.NewFrameError(Name, "", frame, errors.Join(errors.New("no type"), bad))
	}
	switch string(m.kind) {
	case "ticker":
		return s.ticker(frame, us, bad)
	case "heartbeat":
		return s.heartbeat(frame, dst)
	case "subscriptions":
		m.eachChannel(func(channel, product string) { s.sub.Ack(topic(channel, product)) })
		s.acked = true
	case "error":
		return dst, false, s.refused(frame)
	}
	return dst, false, nil
}

// ticker takes a ticker, of which the last of us has the amounts.
func (s *session) ticker(frame []byte, us []ticker.Update, bad error) ([]ticker.Update, bool, error) {
	n := len(us) - 1
	p := s.products[string(s.m.product)]
	if p == nil {
		return us[:n], false, exchange.NewFrameError(Name, "", frame, exchange.ErrUnknownMarket)
	}
	var err error
	if bad != nil {
		err = exchange.NewFrameError(Name, p.market, frame, bad)
	}
	u := &us[n]
	s.m.tell(u)
	if u.Groups == 0 {
		return us[:n], err == nil, err
	}
	u.Market = p.market
	if u.Groups.Has(ticker.TradeGroup) {
		p.told = max(p.told, s.m.trade)
	}
	if !s.holds() {
		s.date(u)
		return us, true, err
	}
	if len(s.held) == maxHeld {
		return us[:n], false, fmt.Errorf("%d quotes and no heartbeat", maxHeld)
	}
	quote := *u
	quote.Groups &^= ticker.TradeGroup
	quote.Trade = ticker.Trade{}
	if quote.Groups != 0 {
		s.held = append(s.held, quote)
	}
	u.Groups &= ticker.TradeGroup
	u.Quote, u.Stats = ticker.Quote{}, ticker.Stats{}
	if u.Groups == 0 {
		us = us[:n]
	}
	return us, err == nil, err
}

// holds reports whether quotes are to wait for the first heartbeat. On subscribing
// the exchange sends the ticker of each product's last trade, of long ago where it
// is quiet; only a heartbeat says what time it is there. No quote may look fresher
// than it is, so Connect waits for that second. A recording waits for nothing.
func (s *session) holds() bool { return s.clock.IsZero() && len(s.sub.Awaiting()) > 0 }

// date says how old the quote of a ticker was when it was sent.
func (s *session) date(u *ticker.Update) {
	at := u.Quote.Time
	if at.IsZero() {
		at = u.Stats.Time
	}
	if !at.IsZero() && !s.clock.IsZero() {
		u.Age = max(s.clock.Sub(at), 0)
	}
}

// refused takes an error. One about a product costs that product: whether the
// exchange has dropped the rest of the frame or taken it is not documented, so the
// rest is asked for again.
func (s *session) refused(frame []byte) error {
	said := fmt.Errorf("%.100q: %.200q", s.m.text, s.m.reason)
	id, _, _ := bytes.Cut(s.m.reason, []byte(" "))
	p := s.products[string(id)]
	switch {
	case p != nil && slices.Contains(s.sub.Awaiting(), p.market):
		s.sub.RefuseMarket(p.market, string(s.m.reason))
		s.send("subscribe", s.awaiting(), "ticker", "heartbeat")
		return nil
	case p == nil && !s.acked:
		return said // whatever it is, nothing is subscribed to
	}
	return exchange.NewFrameError(Name, "", frame, said)
}

// awaiting returns the products that have no answer yet, in order.
func (s *session) awaiting() (ids []string) {
	waiting := make(map[ticker.Market]bool)
	for _, m := range s.sub.Awaiting() {
		waiting[m] = true
	}
	for id, p := range s.products {
		if waiting[p.market] {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
