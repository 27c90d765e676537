package coinblockpro_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, cfg simexchange.Config, o coinblockpro.Options) (*simexchange.Server, *coinblockpro.Source) {
	t.Helper()
	server := coinblockprosim.NewServer(cfg)
	t.Cleanup(server.Close)
	o.Options = server.Options()
	return server, coinblockpro.New(&o)
}

// TestReading goes through the adapter's three ways of knowing, in virtual time
// and over real sockets.
func TestReading(t *testing.T) {
	read := func(t *testing.T, cfg simexchange.Config) {
		ctx := context.Background()
		server, source := start(t, cfg, coinblockpro.Options{})
		ms, err := source.Markets(ctx)
		require.NoError(t, err)
		require.Len(t, ms, 45)
		assert.Equal(t, exchange.Listing{Market: "BTC-LTC", Symbol: "btc_ltc", RESTSymbol: "btc_ltc", Trading: true}, ms[0])

		stream, err := source.Connect(ctx, ms)
		require.NoError(t, err)
		defer stream.Close()
		all, err := source.Snapshot(ctx)
		require.NoError(t, err)
		require.Len(t, all, 45)
		one, err := source.Fetch(ctx, ms[7])
		require.NoError(t, err)
		for _, u := range append(all, one) {
			assert.NotZero(t, server.Versions(u.Ticker, ticker.TradeGroup))
			assert.Equal(t, ticker.TradeGroup, u.Groups)
		}

		server.Trade("ETC-DOT", "7533.094")
		server.Trade("BTC-USD", "0.00001")
		for _, want := range []ticker.Market{"ETC-DOT", "BTC-USD"} {
			us, err := stream.Read(ctx, nil)
			require.NoError(t, err)
			require.Len(t, us, 1)
			assert.Equal(t, want, us[0].Market)
			truth, _ := server.Truth(want)
			assert.True(t, truth.Trade.Price.Equal(us[0].Trade.Price))
		}
		require.NoError(t, stream.Close())
	}
	t.Run("virtual", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			read(t, simexchange.Config{Memory: true, Lag: simexchange.UpTo(time.Second), Latency: simexchange.Exactly(time.Second)})
		})
	})
	t.Run("sockets", func(t *testing.T) { read(t, simexchange.Config{}) })
}
