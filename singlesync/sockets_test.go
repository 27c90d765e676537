package singlesync_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// The same over real sockets, in real time, with the adapter's own HTTP client and
// a lost connection in between. What is left afterwards, goleak finds.
func TestRealSockets(t *testing.T) {
	sim := coinblockprosim.NewServer(simexchange.Config{Seed: 1, Rate: 100})
	defer sim.Close()
	o := coinblockpro.Options{Options: sim.Options()}
	o.HTTPClient, o.Budget = nil, exchange.NewBudget(200, 5)
	var book ticker.Book
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- singlesync.Run(ctx, &book, coinblockpro.New(&o), nil) }()
	require.NoError(t, book.WaitSynced(ctx))
	sim.Drop()
	for {
		changed := book.StatusChanged()
		if st := book.Status(); st.Reconnects > 0 && st.State == ticker.Live {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			require.NoError(t, ctx.Err())
		}
	}
	sim.SetRate(0)
	assert.Eventually(t, func() bool {
		for _, m := range sim.Markets() {
			truth, _ := sim.Truth(m.Market)
			if held, ok := book.Get(m.Market); !ok || held.Trade.Price.Cmp(truth.Trade.Price) != 0 {
				return false
			}
		}
		return true
	}, 10*time.Second, time.Millisecond)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
}
