package exchange

import (
	"fmt"
	"slices"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// asking is one call of Connect or Subscribe, and what came of it.
type asking struct {
	left    map[ticker.Market]*asked
	acked   int
	refused map[ticker.Market]string
	done    chan struct{} // closed when nothing is left, and all frames are written
}

func (by *asking) isDone() bool {
	select {
	case <-by.done:
		return true
	default:
		return false
	}
}

// asked is a market whose answer is awaited.
type asked struct {
	market ticker.Market
	topics []string // those still to be acknowledged
	by     *asking
}

// ask has a session ask for the markets.
func (s *Subscription) ask(session Session, add, drop []Listing) *asking {
	by := &asking{left: map[ticker.Market]*asked{}, refused: map[ticker.Market]string{}, done: make(chan struct{})}
	s.know(add)
	for _, l := range slices.Concat(add, drop) {
		if before := s.asked[l.Market]; before != nil {
			s.remove(before) // this asking is the one that counts
		}
	}
	for _, l := range add {
		a := &asked{market: l.Market, by: by}
		s.asked[l.Market], by.left[l.Market] = a, a
	}
	s.moved = time.Now()
	session.Subscribe(add, drop)
	for _, a := range by.left {
		if len(a.topics) == 0 {
			s.settle(a, "")
		}
	}
	s.asking = append(s.asking, by)
	s.check()
	return by
}

// answered returns those that awaited the topic, which they do no longer.
func (s *Subscription) answered(topic string) []*asked {
	as := s.topics[topic]
	delete(s.topics, topic)
	for _, a := range as {
		a.topics = slices.DeleteFunc(a.topics, func(t string) bool { return t == topic })
	}
	s.moved = time.Now()
	return as
}

// settle ends the waiting for a market.
func (s *Subscription) settle(a *asked, refused string) {
	s.remove(a)
	if refused == "" {
		a.by.acked++
	} else {
		a.by.refused[a.market] = plain(refused, maxReason)
	}
	s.check()
}

// remove has nobody wait for a market.
func (s *Subscription) remove(a *asked) {
	delete(s.asked, a.market)
	delete(a.by.left, a.market)
	for _, topic := range a.topics {
		as := slices.DeleteFunc(s.topics[topic], func(other *asked) bool { return other == a })
		if s.topics[topic] = as; len(as) == 0 {
			delete(s.topics, topic)
		}
	}
}

// check ends the askings that have nothing to wait for any more.
func (s *Subscription) check() {
	if len(s.frames) > 0 || s.writing {
		return
	}
	s.asking = slices.DeleteFunc(s.asking, func(by *asking) bool {
		if len(by.left) > 0 {
			return false
		}
		close(by.done)
		return true
	})
}

// late reports whether nothing has moved for so long, and if not when to look
// again. While frames wait for their turn nothing is late.
func (s *Subscription) late(within time.Duration) (again time.Duration, late bool) {
	if len(s.frames) > 0 || s.writing {
		return within, false
	}
	again = within - time.Since(s.moved)
	return again, again <= 0
}

// result ends an asking and returns its error. What is still left is refused if
// anything was acknowledged; otherwise the whole is in doubt.
func (s *Subscription) result(by *asking, within time.Duration) error {
	defer s.forget(by)
	switch late := len(by.left); {
	case late == 0 || by.acked > 0:
	case len(by.refused) == 0:
		return fmt.Errorf("subscription not acknowledged within %v", within)
	default: // its text only: it is not the others' fault
		return fmt.Errorf("%d markets not acknowledged within %v, and %v", late, within, &RefusedError{by.refused})
	}
	for m := range by.left {
		by.refused[m] = "not acknowledged"
	}
	if len(by.refused) > 0 {
		return &RefusedError{by.refused}
	}
	return nil
}

// forget ends an asking: answers that come now are passed over.
func (s *Subscription) forget(by *asking) {
	for _, a := range by.left {
		s.remove(a)
	}
	s.asking = slices.DeleteFunc(s.asking, func(other *asking) bool { return other == by })
}

// take takes the next frame, which sent then reports.
func (s *Subscription) take() (frame []byte, ok bool) {
	if len(s.frames) == 0 {
		return nil, false
	}
	frame, s.frames, s.writing = s.frames[0], s.frames[1:], true
	return frame, true
}

// sent says that the frame taken has been written.
func (s *Subscription) sent() {
	s.writing, s.moved = false, time.Now()
	s.check()
}
