package faults_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/stalls"
	"github.com/tickersync/tickersync/ticker"
)

// The count of stale prices must be able to fail: here the Book is told that all is
// well while it misses what the exchange has.
func TestStalePricesAreNoticed(t *testing.T) {
	machine := stalls.New(hiccup)
	defer machine.Stop()
	r := build(t, "stale", setup{cfg: simexchange.Config{Busy: 1}}, machine)
	defer r.close()
	r.sim.SetRate(0)
	m := r.cfg.Markets[0]
	truth, _ := r.sim.Truth(m)
	l := r.book.Link([]ticker.Market{m}, ticker.Feed{Trade: ticker.Told{Kind: ticker.EveryChange}, Quote: ticker.Told{Kind: ticker.EveryChange}})
	tell := func(tk ticker.Ticker) {
		assert.NoError(t, l.Stream([]ticker.Update{{Ticker: tk, Groups: ticker.TradeGroup | ticker.QuoteGroup}}, time.Now()))
	}
	rs := &readers{r: r}
	tell(truth)
	rs.read(m)
	assert.Equal(t, int64(2), rs.fresh.Load())
	assert.Zero(t, rs.stale.Load(), "it is true")
	r.sim.Trade(m, "31415.92")
	l.Heard(time.Now())
	rs.read(m)
	assert.Zero(t, rs.stale.Load(), "it is not true any more, but no older than promised")
	_, ok := until(30*time.Second, func() bool {
		l.Heard(time.Now())
		rs.read(m)
		return rs.stale.Load() == 1 // the trade
	})
	require.True(t, ok)
	invented := truth
	invented.Quote.Bid = truth.Quote.Ask
	tell(invented)
	rs.read(m)
	assert.GreaterOrEqual(t, rs.stale.Load(), int64(2), "the bid never was true")
	assert.NotZero(t, r.lost(time.Second))
}
