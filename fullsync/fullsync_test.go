package fullsync_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/ticker"
)

func TestOneSnapshotUnderTheStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := coinblockprosim.NewServer(simexchange.Config{Memory: true, Seed: 1, Rate: 5, Busy: 22, Lag: simexchange.UpTo(50 * time.Millisecond), Latency: simexchange.UpTo(300 * time.Millisecond)})
		defer sim.Close()
		var book ticker.Book
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		src := coinblockpro.New(&coinblockpro.Options{Options: sim.Options()})
		go func() { done <- fullsync.Run(ctx, &book, src, &fullsync.Options{Audit: -1}) }()
		require.NoError(t, book.WaitSynced(ctx))
		assert.Less(t, sim.Counts().Frames, 45, "most are known before they trade")
		time.Sleep(time.Minute)
		st := book.Status()
		assert.Equal(t, 45, st.Known)
		assert.Equal(t, 1, sim.Counts().Requests)
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
	})
}
