package bitstamp_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/bitstamp/bitstampsim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

func TestTrapUnknownSymbolAnswersAllMarkets(t *testing.T) {
	bubble(t, bitstampsim.Dialect{}, simexchange.Config{}, func(w *world) {
		_, err := w.src.Fetch(w.Context(), listing("FOO-XYZ"))
		require.ErrorIs(w, err, exchange.ErrUnknownMarket)
		u, err := w.src.Fetch(w.Context(), listing("BTC-USD"))
		require.NoError(w, err)
		assert.Equal(w, ticker.Market("BTC-USD"), u.Market)
	})
}

func TestTrapPathIgnoresCase(t *testing.T) {
	bubble(t, bitstampsim.Dialect{}, simexchange.Config{}, func(w *world) {
		u, err := w.src.Fetch(w.Context(), exchange.Listing{Market: "BTC-USD", RESTSymbol: "BTCUSD"})
		require.NoError(w, err)
		assert.Equal(w, ticker.Market("BTC-USD"), u.Market)
		w.sim.Fail(1, simexchange.Body(http.StatusNotFound, "text/html", "<html>Not Found</html>")) // as other paths answer
		_, err = w.src.Fetch(w.Context(), listing("BTC-USD"))
		require.ErrorIs(w, err, exchange.ErrUnknownMarket)
	})
}

// TestTrapEdgeCache: a cache that says nothing of its age.
func TestTrapEdgeCache(t *testing.T) {
	bubble(t, bitstampsim.Dialect{}, simexchange.Config{}, func(w *world) {
		w.sim.CacheREST(3*time.Second, false)
		time.Sleep(time.Minute)
		w.sim.Trade("BTC-USD", "70000")
		time.Sleep(time.Second)
		book := w.run()
		require.NoError(w, book.WaitSynced(w.Context()))
		got, ok := book.Get("BTC-USD")
		require.True(w, ok)
		assert.NotEqual(w, "70000", got.Trade.Price.String())
		assert.Greater(w, got.Trade.Age(), 3*time.Second, "it does not look fresh")
		time.Sleep(20 * time.Second)
		got, _ = book.Get("BTC-USD")
		assert.Equal(w, "70000", got.Trade.Price.String())
		w.sim.Trade("BTC-USD", "70001")
		time.Sleep(time.Second)
		w.sim.Drop() // the answer that follows is older than the trade
		time.Sleep(2 * time.Second)
		got, _ = book.Get("BTC-USD")
		assert.Equal(w, "70001", got.Trade.Price.String())
	})
}

func TestTrapLimitIsToldByStatus400(t *testing.T) {
	for _, d := range []bitstampsim.Dialect{{}, {Status429: true}} {
		bubble(t, d, simexchange.Config{}, func(w *world) {
			w.sim.Fail(1, simexchange.Limited(""))
			_, err := w.src.Snapshot(w.Context())
			var limit *exchange.RateLimitError
			require.ErrorAs(w, err, &limit)
			at := time.Now()
			_, err = w.src.Snapshot(w.Context())
			require.NoError(w, err)
			assert.GreaterOrEqual(w, time.Since(at), time.Second, "the budget was paused")
		})
	}
}

func TestTrapErrorInAnAnswerWithStatus200(t *testing.T) {
	bubble(t, bitstampsim.Dialect{}, simexchange.Config{}, func(w *world) {
		w.sim.Fail(1, simexchange.Body(http.StatusOK, "application/json", `{"status":"error","reason":"maintenance","code":"API0098"}`))
		_, err := w.src.Fetch(w.Context(), listing("BTC-USD"))
		require.ErrorContains(w, err, `the exchange says "API0098": "maintenance"`)
		assert.False(w, exchange.IsPermanent(err))
	})
}

func TestTrapTheOlderListOfMarkets(t *testing.T) {
	bubble(t, bitstampsim.Dialect{}, simexchange.Config{}, func(w *world) {
		w.sim.Fail(1, simexchange.Status(http.StatusNotFound), "/markets/")
		_, err := w.src.Markets(w.Context())
		require.Error(w, err) // this dialect has no older one
		rs := w.sim.Requests()
		assert.Equal(w, "/api/v2/trading-pairs-info/", rs[len(rs)-1].Path)
	})
}
