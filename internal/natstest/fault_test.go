package natstest_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/natskv"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/internal/natstest"
	"github.com/tickersync/tickersync/ticker"
)

// scene is a simulated exchange, collectors "a" and "b", and a Book that is read at the
// far end of NATS.
type scene struct {
	*testing.T
	ctx   context.Context
	sim   *simexchange.Server
	a, b  *collector
	far   ticker.Book
	lost  error // what ended the reader
	seen  map[spot]uint64
	steps map[spot]int // back
	mu    sync.Mutex   // guards seen and steps
}

type spot struct {
	m ticker.Market
	g ticker.Groups
}

// newScene starts the exchange and makes the collectors, which connect as connect
// says. The reader reads from now on, and all ends with the test.
func newScene(t *testing.T, v keyed.Variant, cfg simexchange.Config, connect func(who string) (*nats.Conn, *natstest.Proxy)) *scene {
	t.Helper()
	s := &scene{T: t, sim: keyed.NewServer(v, cfg), seen: map[spot]uint64{}, steps: map[spot]int{}}
	t.Cleanup(s.sim.Close)
	ctx, cancel := context.WithCancel(t.Context())
	s.ctx = ctx
	var wg sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		for _, c := range []*collector{s.a, s.b} {
			if c.stop != nil {
				c.stop()
			}
		}
		wg.Wait()
	})
	s.a, s.b = s.collector("a", v, connect), s.collector("b", v, connect)
	nc, _ := connect("reader")
	src := natskv.NewSource(natstest.JetStream(t, nc), bucket, nil)
	wg.Go(func() { s.lost = fullsync.Run(ctx, &s.far, src, nil) })
	wg.Go(s.watch)
	return s
}

func (s *scene) collector(id string, v keyed.Variant, connect func(who string) (*nats.Conn, *natstest.Proxy)) *collector {
	o := s.sim.Options()
	o.Budget = exchange.NewBudget(100, 10)
	c := &collector{t: s.T, id: id}
	c.engine = func(ctx context.Context, book *ticker.Book) error {
		return fullsync.Run(ctx, book, keyed.New(v, &o), nil)
	}
	c.connect = func() (nc *nats.Conn) {
		nc, c.proxy = connect(id)
		return nc
	}
	return c
}

// watch counts how often a value at the far end steps back.
func (s *scene) watch() {
	for c := range s.far.Watch(s.ctx) {
		if c.Market == "" || c.Removed {
			continue
		}
		s.mu.Lock()
		for _, g := range []ticker.Groups{ticker.TradeGroup, ticker.QuoteGroup} {
			at := spot{c.Market, g}
			v, had := s.sim.Find(c.Ticker, g, 1)
			assert.True(s, had, "%s group %d never was: %v", c.Market, g, c.Ticker)
			if v < s.seen[at] {
				s.steps[at]++
			}
			s.seen[at] = v
		}
		s.mu.Unlock()
	}
}

// until waits in steps of 10 ms.
func (s *scene) until(most time.Duration, what string, happened func() bool) time.Duration {
	s.Helper()
	at := time.Now()
	for !happened() {
		require.Less(s, time.Since(at), most, "%s: %+v", what, s.far.Status())
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(at)
}

// published reports whether the far Book is live and is told by someone.
func (s *scene) published(by string) func() bool {
	return func() bool {
		st := s.far.Status()
		return st.State == ticker.Live && (by == "" || st.Origin.Name == by)
	}
}

// honest looks at every AsOf at the far end: what is held is no older than it says.
func (s *scene) honest(lag time.Duration) (newest time.Time) {
	s.Helper()
	for t := range s.far.All() {
		for g, st := range map[ticker.Groups]ticker.Stamp{ticker.TradeGroup: t.Trade.Stamp, ticker.QuoteGroup: t.Quote.Stamp} {
			if st.AsOf.After(newest) {
				newest = st.AsOf
			}
			need := s.sim.VersionAt(t.Market, g, st.AsOf.Add(-lag))
			_, ok := s.sim.Find(t, g, need)
			assert.True(s, ok, "%s group %d is older than its AsOf says, %v ago", t.Market, g, st.Age())
		}
	}
	return newest
}

// whole looks at whether the far Book is the exchange, which rests.
func (s *scene) whole() {
	s.Helper()
	for _, m := range s.sim.Markets() {
		t, ok := s.far.Get(m.Market)
		require.True(s, ok, "%s is lost", m.Market)
		for _, g := range []ticker.Groups{ticker.TradeGroup, ticker.QuoteGroup} {
			_, same := s.sim.Find(t, g, s.sim.VersionAt(m.Market, g, time.Now()))
			assert.True(s, same, "%s group %d is %+v", m.Market, g, t)
		}
	}
}
