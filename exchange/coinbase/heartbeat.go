package coinbase

import (
	"fmt"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

const (
	maxTries  = 3           // to have a missed ticker told
	repairGap = time.Second // between two that are asked for
)

// heartbeat proves that data flows, and tells the exchange's time. One that names a
// newer trade than the tickers did proves nothing of its product.
func (s *session) heartbeat(frame []byte, dst []ticker.Update) (us []ticker.Update, proves bool, err error) {
	p := s.products[string(s.m.product)]
	if p == nil || s.m.time.IsZero() {
		return dst, false, nil
	}
	s.clock = s.m.time
	for i := range s.held {
		s.date(&s.held[i])
	}
	dst = append(dst, s.held...)
	s.held = nil
	s.sub.Ack(firstBeat)
	if !p.misses(s.m.newest) {
		return dst, p.due == 0, nil
	}
	if s.clock.Sub(s.repaired).Abs() < repairGap {
		return dst, false, nil // with its next heartbeat
	}
	return dst, false, s.repair(p, string(s.m.product), frame)
}

// misses reports whether a ticker was missed, when a heartbeat has named the newest
// trade: one that an earlier heartbeat named has still not been told. A single
// heartbeat may have overtaken the ticker. Zero says nothing: for years all were.
func (p *product) misses(newest uint64) bool {
	switch {
	case newest <= p.told || p.tries == maxTries:
		p.due = 0
	case p.due == 0 || p.due <= p.told:
		p.due = newest
	default:
		return true
	}
	if p.told >= newest {
		p.tries = 0
	}
	return false
}

// repair subscribes to a product's tickers anew: the exchange then sends that of
// the last trade. So a missed ticker costs neither the connection nor the other
// products. Where that does not help a few times, the heartbeats of the product
// count something that tickers do not tell, and are believed no more until a
// ticker has reached them.
func (s *session) repair(p *product, id string, frame []byte) error {
	err := fmt.Errorf("a ticker was missed: trade %d is named, the last told is %d", p.due, p.told)
	p.due, s.repaired = 0, s.clock
	p.tries++
	s.send("unsubscribe", []string{id}, "ticker")
	s.send("subscribe", []string{id}, "ticker")
	return exchange.NewFrameError(Name, p.market, frame, err)
}
