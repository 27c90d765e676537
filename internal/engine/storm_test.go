package engine_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/engine"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/ticker"
)

const (
	shards       = 50
	connectRate  = 0.8
	connectBurst = 8
)

// returning is how long fifty connections take to come back: what the back-off of
// the outage may wait at the most, a shard's own, and the pace.
const returning = 30*time.Second + 30*time.Second + time.Duration((shards-connectBurst)/connectRate*float64(time.Second))

// crowd plays an exchange of fifty connections, of two markets each.
func crowd(t *testing.T, s sync, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var ms []ticker.Market
		for i := range 2 * shards {
			ms = append(ms, ticker.Market(fmt.Sprintf("M%d-EUR", i)))
		}
		v := keyed.Variant{PerConnection: 2}
		sim, err := simexchange.Start(simexchange.Config{Seed: 1, Rate: 3, Markets: ms, Memory: true}, keyed.Dialect{Variant: v})
		require.NoError(t, err)
		defer sim.Close()
		o := sim.Options()
		o.Budget, o.Connects = exchange.NewBudget(pace, burst), exchange.NewBudget(connectRate, connectBurst)
		w := &world{T: t, sim: sim, src: keyed.New(v, &o), began: time.Now(), done: make(chan error, 1)}
		ctx, cancel := context.WithCancel(engine.WithSeed(context.Background(), 1))
		w.stop = cancel
		go func() { w.done <- s.run(ctx, &w.book, w.src, settings{}) }()
		w.until("live", live)
		f(w)
		w.end()
		spread(t, sim.Attempts(), w.began)
	})
}

// spread looks at connections in any window: never more than the burst and what
// the rate adds, as the exchange counts them.
func spread(t *testing.T, attempts []time.Time, began time.Time) {
	t.Helper()
	tokens, last := float64(connectBurst), began
	for _, at := range attempts {
		tokens = min(tokens+at.Sub(last).Seconds()*connectRate, connectBurst) - 1
		last = at
		assert.Greater(t, tokens, -1e-6, "a connection at %v is above the pace", at.Sub(began))
	}
}

// since counts the connections that were tried since a moment.
func (w *world) since(at time.Time) (n int) {
	for _, a := range w.sim.Attempts() {
		if !a.Before(at) {
			n++
		}
	}
	return n
}

// back waits until all connections are, and the Book is right.
func (w *world) back() time.Duration {
	w.Helper()
	at := time.Now()
	w.until("back", func(st ticker.Status) bool { return st.Connections == shards })
	d := time.Since(at)
	w.until("live", live)
	w.right()
	return d
}

// After a common outage the connections come back spread, and all of them in time,
// whatever the outage looked like; while it lasts, it is probed as if there were one.
func TestStorm(t *testing.T) {
	outage := func(w *world, s sync, d time.Duration, begins, ends func()) {
		begins()
		w.sim.Drop()
		at := time.Now()
		time.Sleep(d)
		assert.LessOrEqual(w, w.since(at), connectBurst+3+int(d/(10*time.Second)), "probes in %v", d)
		ends()
		asked := w.sim.Counts().Requests
		back := w.back()
		assert.LessOrEqual(w, back, returning)
		if s.name == "fullsync" {
			assert.LessOrEqual(w, w.sim.Counts().Requests-asked, 2+int(back/(5*time.Second)), "one snapshot serves several connections")
		}
		assert.Equal(w, shards, w.book.Status().Reconnects)
	}
	for _, s := range both {
		for _, d := range []time.Duration{10 * time.Second, 10 * time.Minute, 3 * time.Hour} {
			if testing.Short() && d > time.Minute {
				continue
			}
			t.Run(fmt.Sprint(s.name, "/no route/", d), func(t *testing.T) {
				crowd(t, s, func(w *world) {
					outage(w, s, d, func() { w.sim.Refuse(true, true) }, func() { w.sim.Refuse(false, false) })
				})
			})
			t.Run(fmt.Sprint(s.name, "/503/", d), func(t *testing.T) {
				crowd(t, s, func(w *world) {
					outage(w, s, d, func() { w.sim.FailConnect(-1, simexchange.Status(503)) }, func() { w.sim.FailConnect(0, simexchange.Failure{}) })
				})
			})
		}
		t.Run(s.name+"/a moment", func(t *testing.T) {
			crowd(t, s, func(w *world) {
				w.sim.Drop()
				assert.LessOrEqual(w, w.back(), returning)
			})
		})
	}
}

// A connection that is refused as one too many stops all of them for as long as
// the exchange says.
func TestStormLimited(t *testing.T) {
	for _, s := range both {
		t.Run(s.name, func(t *testing.T) {
			crowd(t, s, func(w *world) {
				w.sim.FailConnect(1, simexchange.Limited("120"))
				w.sim.Drop()
				w.until("refused", func(ticker.Status) bool { return w.sim.Counts().Limited > 0 })
				time.Sleep(time.Second) // what was under way
				at := time.Now()
				time.Sleep(118 * time.Second)
				assert.Zero(w, w.since(at))
				assert.LessOrEqual(w, w.back(), returning)
			})
		})
	}
}

// One connection that fails again and again does not hold up the others.
func TestOneBadConnection(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			src := &fake{feed: everyTrade()}
			src.feed.PerConnection, src.feed.Connects = 1, exchange.NewBudget(1, 5)
			good := make(chan *tape, 100)
			src.connect = func(_ context.Context, ms []exchange.Listing) (exchange.Stream, error) {
				if ms[0].Market == "B-X" {
					return nil, fmt.Errorf("no such stream")
				}
				tp := newTape()
				good <- tp
				return tp, nil
			}
			w := start(t, s, src)
			defer w.end()
			for i := range 5 {
				tp := <-good
				time.Sleep(10 * time.Minute)
				at := time.Now()
				tp.fail <- fmt.Errorf("lost")
				w.until("back", func(st ticker.Status) bool { return st.Reconnects == i+1 })
				assert.LessOrEqual(w, time.Since(at), 2*time.Second)
			}
		})
	}
}
