package singlesync_test

import (
	"bytes"
	"context"
	"fmt"
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
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// start runs a Book until it is synced on an exchange of n markets, of which half
// trade, and returns what that took.
func start(t *testing.T, book *ticker.Book, seed uint64, n int) (c cost) {
	t.Helper()
	var names []string
	var markets []ticker.Market
	for i := range n {
		names = append(names, fmt.Sprintf("a%d_x", i))
		markets = append(markets, ticker.Market(fmt.Sprintf("A%d-X", i)))
	}
	sim := coinblockprosim.NewServer(simexchange.Config{
		Seed: seed, Memory: true, Markets: markets, Rate: 100, Busy: n / 2,
		Latency: simexchange.Exactly(100 * time.Millisecond),
	})
	defer sim.Close()
	o := coinblockpro.Options{Options: sim.Options(), Markets: names}
	o.Budget = exchange.NewBudget(50, 1)
	ctx, cancel := context.WithCancel(engine.WithSeed(t.Context(), seed))
	defer cancel()
	done := make(chan error, 1)
	began := time.Now()
	go func() { done <- singlesync.Run(ctx, book, coinblockpro.New(&o), nil) }()
	require.NoError(t, book.WaitSynced(ctx))
	c.requests, c.time = sim.Counts().Requests, time.Since(began)
	time.Sleep(10 * time.Second)
	assert.Equal(t, ticker.Live, book.Status().State)
	for tk := range book.All() {
		assert.NotEqual(t, ticker.Warm, tk.Trade.Source)
		truth, _ := sim.Truth(tk.Market)
		assert.True(t, truth.Trade.Price.Equal(tk.Trade.Price), tk.Market)
	}
	cancel()
	<-done
	return c
}

// TestRestart: what a file told is read at once and refused as fresh, and costs no
// request more than a cold start in the same history of the exchange.
func TestRestart(t *testing.T) {
	const n = 1000
	seeds := 5
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) {
			var before, book ticker.Book
			cold := start(t, &before, uint64(seed), n)
			var file bytes.Buffer
			_, err := before.WriteTo(&file)
			require.NoError(t, err)
			size := file.Len()
			time.Sleep(500 * time.Millisecond) // the program is back soon
			_, err = book.ReadFrom(&file)
			require.NoError(t, err)
			readable, refused := 0, 0
			for tk := range before.All() {
				if w, ok := book.Get(tk.Market); ok && w.Trade.Price == tk.Trade.Price && w.Trade.AsOf.Equal(tk.Trade.AsOf) {
					readable++
				}
				if _, err := book.Trade(tk.Market, time.Hour); assert.ErrorIs(t, err, ticker.ErrWarm) {
					refused++
				}
			}
			assert.Equal(t, n, readable)
			warm := start(t, &book, uint64(seed), n)
			t.Logf("seed %d: %d tickers read at once from %d bytes, %d refused as fresh; synced after %d requests in %v, from a cold start %d in %v",
				seed, readable, size, refused, warm.requests, warm.time, cold.requests, cold.time)
			assert.LessOrEqual(t, warm.requests, cold.requests)
		})
	}
}

// TestRestartAsksTheOldestFirst: of what a file told the oldest is asked for first,
// but for what nobody knows.
func TestRestartAsksTheOldestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := coinblockprosim.NewServer(simexchange.Config{Memory: true, Markets: []ticker.Market{"A-X", "B-X", "C-X", "D-X"}})
		defer sim.Close()
		var book ticker.Book
		for i, ms := range [][]string{{"a_x"}, {"c_x"}, {"b_x"}} { // each was last known a minute after the one before
			if i > 0 {
				time.Sleep(time.Minute)
			}
			o := coinblockpro.Options{Options: sim.Options(), Markets: ms}
			var one ticker.Book
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- singlesync.Run(ctx, &one, coinblockpro.New(&o), nil) }()
			require.NoError(t, one.WaitSynced(ctx))
			cancel()
			<-done
			var file bytes.Buffer
			_, err := one.WriteTo(&file)
			require.NoError(t, err)
			_, err = book.ReadFrom(&file)
			require.NoError(t, err)
		}
		asked := len(sim.Requests())
		o := coinblockpro.Options{Options: sim.Options(), Markets: []string{"a_x", "b_x", "c_x", "d_x"}}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- singlesync.Run(ctx, &book, coinblockpro.New(&o), nil) }()
		require.NoError(t, book.WaitSynced(ctx))
		cancel()
		<-done
		var order []string
		for _, r := range sim.Requests()[asked:] {
			order = append(order, r.Path[len("/single_ticker?market="):])
		}
		assert.Equal(t, []string{"d_x", "a_x", "c_x", "b_x"}, order)
	})
}
