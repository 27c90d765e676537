package singlesync_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBackfillUnderTheStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := coinblockprosim.NewServer(simexchange.Config{Memory: true, Seed: 1, Rate: 5, Busy: 22, Lag: simexchange.UpTo(50 * time.Millisecond), Latency: simexchange.UpTo(300 * time.Millisecond)})
		defer sim.Close()
		var book ticker.Book
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		src := coinblockpro.New(&coinblockpro.Options{Options: sim.Options()})
		go func() { done <- singlesync.Run(ctx, &book, src, &singlesync.Options{Audit: -1}) }()
		require.NoError(t, book.WaitSynced(ctx))
		time.Sleep(10 * time.Second)
		st := book.Status()
		assert.Equal(t, 45, st.Known)
		assert.Equal(t, ticker.Live, st.State)
		assert.Less(t, sim.Counts().Requests, 45, "the busy ones come by themselves")
		assert.Equal(t, sim.Counts().Requests, st.Backfill.Fetched)
		assert.InDelta(t, coinblockpro.DefaultRate, st.Backfill.Pace, 0)
		n := sim.Counts().Requests
		time.Sleep(10 * time.Second)
		assert.Equal(t, n, sim.Counts().Requests, "when all are known the fetching stops")
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
	})
}
