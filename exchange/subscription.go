package exchange

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// Subscription is what a Session has asked of the exchange on one connection, and
// what it was answered. Make one with NewSubscription to test a Session; the
// others come from WebSocket. Its methods are for the methods of its Session.
type Subscription struct {
	markets map[string]ticker.Market // by the exchange's symbol
	asked   map[ticker.Market]*asked // those that have no answer yet
	topics  map[string][]*asked
	asking  []*asking
	frames  [][]byte
	writing bool          // a frame is no longer in frames, but not yet written
	wake    chan struct{} // has room for one; there may be frames
	moved   time.Time     // when the exchange last answered, or a frame was written
	err     error
}

// maxFrames is how many frames may wait to be written.
const maxFrames = 1 << 14

// NewSubscription returns a Subscription that knows the markets by their Symbols
// and awaits nothing.
func NewSubscription(ms ...Listing) *Subscription {
	s := &Subscription{
		markets: make(map[string]ticker.Market, len(ms)),
		asked:   map[ticker.Market]*asked{},
		topics:  map[string][]*asked{},
		wake:    make(chan struct{}, 1),
	}
	s.know(ms)
	return s
}

func (s *Subscription) know(ms []Listing) {
	for _, l := range ms {
		s.markets[l.Symbol] = l.Market
	}
}

// Market returns the market that the exchange calls so on the websocket, of all
// that the connection was ever asked to carry. It does not allocate.
func (s *Subscription) Market(symbol []byte) (ticker.Market, bool) {
	m, ok := s.markets[string(symbol)]
	return m, ok
}

// Send has a frame sent, after those before it and at the exchange's pace. The
// frame must not be changed afterwards.
func (s *Subscription) Send(frame []byte) {
	if len(s.frames) == maxFrames {
		s.err = fmt.Errorf("exchange: %d frames wait to be sent", maxFrames)
		return
	}
	s.frames = append(s.frames, frame)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Frames takes the frames given to Send, for tests of a Session.
func (s *Subscription) Frames() [][]byte {
	fs := s.frames
	s.frames = nil
	return fs
}

// Await says that a market being added is acknowledged when Ack has been called
// with the topic, and with every other that is awaited for it. A topic is any
// name: a channel, a symbol, the number of a request. Many markets may await one.
func (s *Subscription) Await(m ticker.Market, topic string) {
	a := s.asked[m]
	if a == nil || slices.Contains(a.topics, topic) {
		return
	}
	a.topics = append(a.topics, topic)
	s.topics[topic] = append(s.topics[topic], a)
}

// Ack says that the exchange has acknowledged a topic. One that nothing awaits is
// passed over.
func (s *Subscription) Ack(topic string) {
	for _, a := range s.answered(topic) {
		if len(a.topics) == 0 {
			s.settle(a, "")
		}
	}
}

// Refuse says that the exchange has refused a topic, and so each market that
// awaits it.
func (s *Subscription) Refuse(topic, reason string) {
	for _, a := range s.answered(topic) {
		s.settle(a, cmp.Or(reason, "refused"))
	}
}

// RefuseMarket says that the exchange has refused a market. One that awaits
// nothing is passed over.
func (s *Subscription) RefuseMarket(m ticker.Market, reason string) {
	if a := s.asked[m]; a != nil {
		s.moved = time.Now()
		s.settle(a, cmp.Or(reason, "refused"))
	}
}

// Awaiting returns the markets that have no answer yet, in no order.
func (s *Subscription) Awaiting() []ticker.Market {
	ms := make([]ticker.Market, 0, len(s.asked))
	for m := range s.asked {
		ms = append(ms, m)
	}
	return ms
}
