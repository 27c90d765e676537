package arbitrage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

var follows = ticker.Feed{Quote: ticker.Told{Kind: ticker.EveryChange, REST: true}}

// place is one exchange of a test.
type place struct {
	*testing.T
	ticker.Book
	keeper *ticker.Keeper
	link   *ticker.Link
}

// Name is the Book's, not the test's.
func (p *place) Name() string { return p.Book.Name() }

func open(t *testing.T, name string, ms ...ticker.Market) *place {
	t.Helper()
	if len(ms) == 0 {
		ms = []ticker.Market{"A-B"}
	}
	p := &place{T: t}
	var err error
	p.keeper, err = p.Keep(name)
	require.NoError(t, err)
	p.list(ms...)
	p.link = p.Link(ms, follows)
	return p
}

func (p *place) list(ms ...ticker.Market) {
	var ls []ticker.Listed
	for _, m := range ms {
		ls = append(ls, ticker.Listed{Market: m, Trading: true})
	}
	p.keeper.List(ls, time.Now())
}

// quote tells a bid and an ask of A-B, of size 1.
func (p *place) quote(bid, ask string) { p.quoteOf("A-B", dec(bid), dec(ask), decimal.One) }

func (p *place) quoteOf(m ticker.Market, bid, ask, size decimal.Decimal) {
	u := ticker.Update{Groups: ticker.QuoteGroup, Ticker: ticker.Ticker{Market: m}}
	u.Quote.Bid, u.Quote.Ask, u.Quote.BidSize, u.Quote.AskSize = bid, ask, size, size
	require.NoError(p, p.link.Stream([]ticker.Update{u}, time.Now()))
}

// heard is a heartbeat: what is known is still so.
func (p *place) heard() { p.link.Heard(time.Now()) }

// down loses the connection, and up opens another one.
func (p *place) down() { p.link.Close(errors.New("reset")) }

func (p *place) up(ms ...ticker.Market) { p.link = p.Link(ms, follows) }

// ear hears the signals of a scan, and writes them down.
type ear struct {
	start  time.Time
	mu     sync.Mutex // the race detector does not know that virtual time orders what happens
	heard  []Signal
	last   map[uint64]Signal // of each life that is open
	hold   chan struct{}     // not nil: it is stuck at its next signal
	cancel context.CancelFunc
	done   chan struct{}
}

func listen(t *testing.T, opts *Options, ps ...*place) *ear {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	e := &ear{start: time.Now(), last: map[uint64]Signal{}, cancel: cancel, done: make(chan struct{})}
	var legs []Leg
	for _, p := range ps {
		legs = append(legs, Leg{&p.Book, decimal.Zero})
	}
	go func() {
		defer close(e.done)
		for s := range Scan(ctx, legs, opts) {
			e.hear(s)
			if e.hold != nil {
				<-e.hold
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-e.done
		for _, p := range ps {
			if p.keeper != nil {
				p.keeper.End(nil)
			}
		}
	})
	synctest.Wait()
	return e
}

func (e *ear) hear(s Signal) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, s)
	e.last[s.ID] = s
	if s.Event == Closed {
		delete(e.last, s.ID)
	}
}

// open returns the last signal of each life that is open.
func (e *ear) open() []Signal {
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Collect(maps.Values(e.last))
}

// signals returns what was heard since it was last asked.
func (e *ear) signals() []Signal {
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.heard
	e.heard = nil
	return s
}

// said returns the same in words: event, who to buy from and sell to, the spread,
// the leg that moved, the reason.
func (e *ear) said() string {
	var lines []string
	for _, s := range e.signals() {
		line := fmt.Sprintf("%v %v>%v %v %v", s.Event, s.Buy.Exchange, s.Sell.Exchange, s.Spread, s.Moved)
		if s.Event == Closed {
			line += " " + s.Reason.String()
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, ", ")
}

// at lets time pass until so many seconds after the ear began.
func (e *ear) at(s float64) { time.Sleep(time.Until(e.moment(s))) }

func (e *ear) moment(s float64) time.Time {
	return e.start.Add(time.Duration(s * float64(time.Second)))
}
