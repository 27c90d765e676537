package arbitrage

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker"
)

// Leg is one exchange that Scan watches.
type Leg struct {
	Book *ticker.Book
	Fee  decimal.Decimal // share of the amount: see Offer.Fee
}

// Scan watches any number of Books, each of one exchange, and tells the life of
// every pair that pays: opened, moved, closed. At any moment the open signals are
// the pairs that Find finds in the Books' tickers, by the Books' names, less those
// with a leg whose connection was lost and whose quote is not confirmed since.
//
// An update looks only at the legs of its own market. Markets match by base and
// quote asset; Options.SameQuote and Options.Exclude say where names mislead. Two
// Books of the same name count as one exchange.
//
// A quote grows old, and falls behind another, without any update. For each open
// signal Scan keeps the moment at which that can first be the case, looks at both
// Books then, and closes the signal as Stale at that moment if it is. An AsOf moves
// on without being told, too: where that alone decides, with no update of either
// market, it takes up to 100 ms until a signal is closed, and a second until it is
// opened.
//
// A signal is closed with the reason Gone, Stale, Down, Removed, NoBid, NoAsk,
// Warm or Ended. A caller that is slower than the markets gets the newest move of
// each signal only, but every opening and every closing, in order; when 16384
// signals wait for it, Scan looks at nothing new until it has taken one.
//
// The sequence ends with ctx or when every Book's Run has returned, after the
// closings of what was open; at once, where there is no leg. Leaving the loop is
// fine too. On return every goroutine that it started is gone. Each iteration
// scans anew. Scan panics if a leg has no Book or a fee that is not between -1
// and 1.
func Scan(ctx context.Context, legs []Leg, opts *Options) iter.Seq[Signal] {
	for _, l := range legs {
		if l.Book == nil {
			panic("arbitrage: leg without a book")
		}
		if !share(l.Fee) {
			panic("arbitrage: fee is not between -1 and 1: " + l.Fee.String())
		}
	}
	return func(yield func(Signal) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var wg sync.WaitGroup
		defer wg.Wait()
		defer cancel()
		c := &clerk{scanner: newScanner(legs, opts), news: make(chan news), left: make(chan struct{})}
		defer close(c.left)
		for _, l := range c.legs {
			wg.Go(func() { c.watch(ctx, l) })
		}
		wg.Go(c.run)
		var s Signal
		for c.out.take(&s) {
			if !yield(s) {
				return
			}
		}
	}
}

// clerk hands what the Books tell to the scanner, which one goroutine owns.
type clerk struct {
	*scanner
	news chan news
	left chan struct{} // closed when the caller has left the loop
}

// news is that something about a leg has changed.
type news struct {
	leg    *leg
	kind   kind
	market ticker.Market // if it is of one market
}

type kind uint8

const (
	told      kind = iota // look at the market
	connected             // a connection went down or came up
	ended                 // the Book is watched no longer
)

func (c *clerk) watch(ctx context.Context, l *leg) {
	for change := range l.Book.Watch(ctx) {
		n := news{leg: l, market: change.Market}
		switch {
		case change.End != nil:
			n.kind = ended
		case change.Down != nil || change.Up:
			n.kind = connected
		}
		select {
		case c.news <- n:
		case <-c.left:
			return
		}
	}
}

// run ends when every leg has ended, or the caller has left.
func (c *clerk) run() {
	defer c.out.end()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var armed time.Time
	for open := len(c.legs); open > 0; {
		if at := c.next(); !at.Equal(armed) {
			armed = at
			if at.IsZero() {
				timer.Stop()
			} else {
				timer.Reset(time.Until(at))
			}
		}
		in, clock := c.news, timer.C
		if c.out.full() {
			in, clock = nil, nil
		}
		select {
		case n := <-in:
			c.hear(n)
			if n.kind == ended {
				open--
			}
		case <-clock:
			armed = time.Time{}
			c.due(time.Now())
		case <-c.out.room:
		case <-c.left:
			return
		}
	}
}
