package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/engine"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/ticker"
)

// The pace that the adapters of the tests keep.
const (
	pace  = 5
	burst = 2
)

// world is a simulated exchange and a Book that an engine keeps true with it.
type world struct {
	*testing.T
	sim   *simexchange.Server
	src   source
	book  ticker.Book
	began time.Time
	stop  context.CancelFunc
	done  chan error
}

// place is an exchange: how it speaks and who understands it.
type place struct {
	name    string
	dialect simexchange.Dialect
	source  func(exchange.Options) source
}

var (
	notebook = place{"notebook", coinblockprosim.Dialect{}, func(o exchange.Options) source {
		return coinblockpro.New(&coinblockpro.Options{Options: o})
	}}
	keyedPlace = place{"keyed", keyed.Dialect{}, func(o exchange.Options) source { return keyed.New(keyed.Variant{}, &o) }}
)

// play runs an engine on an exchange in memory, in virtual time, while f goes on.
// before, if not nil, sees the exchange before the engine does.
func play(t *testing.T, s sync, p place, before func(*simexchange.Server), f func(*world)) {
	t.Helper()
	playWith(t, s, p, simexchange.Config{Seed: 1, Rate: 3}, settings{Relist: 20 * time.Second}, before, f)
}

func playWith(t *testing.T, s sync, p place, c simexchange.Config, set settings, before func(*simexchange.Server), f func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c.Memory = true
		sim, err := simexchange.Start(c, p.dialect)
		require.NoError(t, err)
		defer sim.Close()
		if before != nil {
			before(sim)
		}
		o := sim.Options()
		o.Budget, o.MaxBody = exchange.NewBudget(pace, burst), 1<<20
		w := &world{T: t, sim: sim, src: p.source(o), began: time.Now(), done: make(chan error, 1)}
		ctx, cancel := context.WithCancel(engine.WithSeed(context.Background(), 1))
		w.stop = cancel
		go func() { w.done <- s.run(ctx, &w.book, w.src, set) }()
		defer w.end()
		f(w)
	})
}

// end cancels Run, which has a second to return.
func (w *world) end() {
	w.stop()
	at := time.Now()
	require.ErrorIs(w, <-w.done, context.Canceled)
	assert.Less(w, time.Since(at), time.Second)
}

// until waits until the status is as wanted, for ten minutes at most.
func (w *world) until(what string, is func(ticker.Status) bool) ticker.Status {
	w.Helper()
	for range 6000 {
		if st := w.book.Status(); is(st) {
			return st
		}
		time.Sleep(100 * time.Millisecond)
	}
	require.Fail(w, what, "%+v", w.book.Status())
	return ticker.Status{}
}

func live(st ticker.Status) bool { return st.State == ticker.Live }

// right waits until the Book is live, and has the exchange rest: they are equal
// then. The requests so far were never above the pace.
func (w *world) right() ticker.Status {
	w.Helper()
	w.sim.SetRate(3)
	st := w.until("live", live)
	w.sim.SetRate(0)
	time.Sleep(2 * time.Second)
	for _, m := range w.sim.Markets() {
		if _, refused := st.Refused[m.Market]; refused {
			continue
		}
		truth, _ := w.sim.Truth(m.Market)
		held, ok := w.book.Get(m.Market)
		if assert.True(w, ok, "%s is not known", m.Market) {
			assert.Zero(w, truth.Trade.Price.Cmp(held.Trade.Price), "%s is %s, not %s", m.Market, truth.Trade.Price, held.Trade.Price)
		}
	}
	tokens, last := float64(burst), w.began
	for _, r := range w.sim.Requests() {
		tokens = min(tokens+r.At.Sub(last).Seconds()*pace, burst) - 1
		last = r.At
		assert.Greater(w, tokens, -1e-6, "%s at %v is above the pace", r.Path, r.At.Sub(w.began))
	}
	return w.book.Status()
}

// prices are all that the Book holds.
func (w *world) prices() map[ticker.Market]string {
	out := make(map[ticker.Market]string)
	for t := range w.book.All() {
		out[t.Market] = t.Trade.Price.String()
	}
	return out
}
