package faults_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

const (
	// promised is the age that the readers ask for.
	promised = time.Second
	// readEvery is how often they read every market.
	readEvery = 10 * time.Millisecond
)

// readers ask a Book for fresh prices all the time, and compare what they get with
// what was true.
type readers struct {
	r     *rig
	end   chan struct{}
	wg    sync.WaitGroup
	fresh atomic.Int64 // prices that were read as fresh
	stale atomic.Int64 // of those, superseded for longer than that, or invented
	mu    sync.Mutex
	worst time.Duration // how much too old
	first string        // the first of them
}

func startReaders(r *rig) *readers {
	rs := &readers{r: r, end: make(chan struct{})}
	rs.wg.Go(func() {
		tick := time.NewTicker(readEvery)
		defer tick.Stop()
		for {
			for _, m := range r.cfg.Markets {
				rs.read(m)
			}
			select {
			case <-rs.end:
				return
			case <-tick.C:
			}
		}
	})
	return rs
}

func (rs *readers) stop() {
	close(rs.end)
	rs.wg.Wait()
}

// read reads one market's quote and trade.
func (rs *readers) read(m ticker.Market) {
	at := time.Now()
	if q, err := rs.r.book.Quote(m, promised); err == nil {
		rs.judge(at, ticker.Ticker{Market: m, Quote: q}, ticker.QuoteGroup)
	}
	at = time.Now()
	if t, err := rs.r.book.Trade(m, promised); err == nil {
		rs.judge(at, ticker.Ticker{Market: m, Trade: t}, ticker.TradeGroup)
	}
}

// judge counts a price that was read as fresh. Each price comes once in the
// exchange's history, so what is held has one version: it must be no older than
// the one that was true when the promise begins. What the machine kept from everybody
// is no part of it.
func (rs *readers) judge(at time.Time, held ticker.Ticker, g ticker.Groups) {
	rs.fresh.Add(1)
	from := at.Add(-promised - tolerance - rs.r.machine.Since(at.Add(-3*promised)))
	if _, ok := rs.r.sim.Find(held, g, rs.r.sim.VersionAt(held.Market, g, from)); ok {
		return
	}
	rs.stale.Add(1)
	rs.mu.Lock()
	defer rs.mu.Unlock()
	late := time.Duration(-1)
	if v, ok := rs.r.sim.Find(held, g, 1); ok {
		if next := rs.r.sim.History(held.Market, g); int(v) < len(next) { //nolint:gosec // versions are counted from 1
			late = at.Sub(next[v].Time) - promised
		}
	}
	if late > rs.worst || rs.first == "" {
		rs.worst = max(late, rs.worst)
	}
	if rs.first == "" {
		s := held.Quote.Stamp
		if g == ticker.TradeGroup {
			s = held.Trade.Stamp
		}
		rs.first = fmt.Sprintf("%s at %s: superseded %v ago, read as %v old (-1ns: never true); source %v, told at %s",
			held.Market, at.Format("05.000"), late+promised, s.Age(), s.Source, s.Received.Format("05.000"))
	}
}
