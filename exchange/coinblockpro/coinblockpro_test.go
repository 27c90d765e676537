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

// TestMarkets: the 45, those named, or those that the exchange has.
func TestMarkets(t *testing.T) {
	cfg := simexchange.Config{Memory: true}
	synctest.Test(t, func(t *testing.T) {
		_, source := start(t, cfg, coinblockpro.Options{Markets: []string{"etc_dot", "btc_ltc"}})
		ms, err := source.Markets(t.Context())
		require.NoError(t, err)
		require.Len(t, ms, 2)
		us, err := source.Snapshot(t.Context())
		require.NoError(t, err)
		assert.Len(t, us, 2, "others are passed over")
	})
	synctest.Test(t, func(t *testing.T) {
		server, source := start(t, cfg, coinblockpro.Options{ReadList: true})
		server.List("NEW-COIN")
		server.Delist("BTC-LTC")
		ms, err := source.Markets(t.Context())
		require.NoError(t, err)
		require.Len(t, ms, 45)
		assert.Equal(t, exchange.Listing{Market: "BTC-ETH", Symbol: "btc_eth", RESTSymbol: "btc_eth", Trading: true}, ms[0])
		assert.Equal(t, "new_coin", ms[44].RESTSymbol)
		server.Fail(1, simexchange.Status(500))
		_, err = source.Markets(t.Context())
		require.Error(t, err)
		server.Fail(1, simexchange.Body(200, "", `{"result": {"btc_eth": 1, "etc_dot": -1, "X": 2}}`))
		ms, err = source.Markets(t.Context())
		require.NoError(t, err, "a bad row costs itself only")
		assert.Len(t, ms, 1)
	})
	source := coinblockpro.New(&coinblockpro.Options{Markets: []string{"ETC-DOT", "btc_ltc"}})
	_, err := source.Markets(t.Context())
	require.ErrorContains(t, err, `"ETC-DOT" is not spelled as a market`)
	assert.True(t, exchange.IsPermanent(err))
	_, err = source.Connect(t.Context(), nil)
	assert.True(t, exchange.IsPermanent(err))
	assert.Equal(t, "coinblockpro", source.Name())
}

// TestStream: unknown markets, whole frames of junk and rows that are none.
func TestStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, source := start(t, simexchange.Config{Memory: true}, coinblockpro.Options{})
		ms, err := source.Markets(t.Context())
		require.NoError(t, err)
		stream, err := source.Connect(t.Context(), ms)
		require.NoError(t, err)
		defer stream.Close()
		synctest.Wait()
		server.List("NEW-COIN")
		server.Tick("NEW-COIN", "BTC-LTC")
		server.Inject([]byte("{'btc_ltc': nan}"))
		server.Inject([]byte("{}"))
		us, err := stream.Read(t.Context(), nil)
		require.ErrorIs(t, err, exchange.ErrUnknownMarket)
		require.Len(t, us, 1)
		assert.Equal(t, ticker.Market("BTC-LTC"), us[0].Market)
		us, err = stream.Read(t.Context(), nil)
		var bad *exchange.FrameError
		require.ErrorAs(t, err, &bad)
		require.Empty(t, us)
		us, err = stream.Read(t.Context(), nil)
		require.NoError(t, err)
		require.Empty(t, us)
	})
}

// TestBadAnswers: each is a failed request, and says why.
func TestBadAnswers(t *testing.T) {
	for body, want := range map[string]string{
		"":                           "unexpected end of JSON",
		"{}":                         "answer without result",
		`{"RESULT": {"btc_ltc": 1}}`: "answer without result",
		`{"result": []}`:             "no dict",
		`{"result": {"btc_ltc": 1`:   "unexpected end of JSON",
		`{"result": {}}`:             "holds 0 markets",
		`{"result": {"btc_ltc": 1, "btc_ltc": 2}}`: "holds 2 markets",
		`{"result": {"btc_eth": 1}}`:               `unknown market "btc_eth"`,
		`{"result": {"btc_ltc": "1"}}`:             "no number",
		`{"result": {"btc_ltc": 0}}`:               "not positive",
		`{'result': {'btc_ltc': 1}}`:               "invalid character",
		"<html>":                                   "HTML",
	} {
		synctest.Test(t, func(t *testing.T) {
			server, source := start(t, simexchange.Config{Memory: true}, coinblockpro.Options{})
			server.Fail(1, simexchange.Body(200, "", body))
			_, err := source.Fetch(t.Context(), exchange.Listing{Market: "BTC-LTC", RESTSymbol: "btc_ltc"})
			assert.ErrorContains(t, err, want)
			assert.ErrorContains(t, err, "coinblockpro: ")
		})
	}
}

// TestPace: two requests a second, unless the program says otherwise.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, source := start(t, simexchange.Config{Memory: true}, coinblockpro.Options{})
		begin := time.Now()
		for range 11 {
			_, err := source.Snapshot(t.Context())
			require.NoError(t, err)
		}
		assert.Equal(t, 5*time.Second, time.Since(begin))
		o := coinblockpro.Options{Options: server.Options()}
		o.Budget = exchange.NewBudget(1000, 1000)
		for range 100 {
			_, err := coinblockpro.New(&o).Snapshot(t.Context())
			require.NoError(t, err)
		}
		assert.Equal(t, 5*time.Second, time.Since(begin))
		assert.Len(t, server.Requests(), 111)
	})
}
