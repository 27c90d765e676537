package coinbase_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinbase"
	"github.com/tickersync/tickersync/exchange/coinbase/coinbasesim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// bubble runs f in virtual time, on a simulated exchange.
func bubble(t *testing.T, d *coinbasesim.Dialect, cfg simexchange.Config, f func(*testing.T, *simexchange.Server, *coinbase.Source)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg.Memory = true
		server, err := simexchange.Start(cfg, d)
		require.NoError(t, err)
		defer server.Close()
		o := server.Options()
		f(t, server, coinbase.New(&o))
	})
}

// keep keeps a Book in a bubble until f returns.
func keep(t *testing.T, src *coinbase.Source, o *singlesync.Options, f func(book *ticker.Book)) {
	t.Helper()
	var book ticker.Book
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- singlesync.Run(ctx, &book, src, o) }()
	f(&book)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
}

// TestOldSnapshotTickers: the tickers that come on subscribing are of long ago, and
// their quotes do not look fresh, whichever clock is ahead. Nothing else is known
// of the connection then: the very first frame is such a ticker.
func TestOldSnapshotTickers(t *testing.T) {
	for _, skew := range []time.Duration{-time.Hour, 0, time.Hour} {
		cfg := simexchange.Config{ClockSkew: skew, Markets: []ticker.Market{"ABC-USD", "XYZ-BTC"}, Lag: simexchange.Exactly(100 * time.Millisecond)}
		bubble(t, &coinbasesim.Dialect{}, cfg, func(t *testing.T, server *simexchange.Server, src *coinbase.Source) {
			server.Trade("ABC-USD", "5")
			traded := time.Now()
			time.Sleep(30 * time.Second)
			server.Trade("XYZ-BTC", "6")
			time.Sleep(77 * time.Second)
			server.Quote("ABC-USD", "3", "4") // which the stream does not tell
			keep(t, src, nil, func(book *ticker.Book) {
				require.NoError(t, book.WaitSynced(t.Context()))
				got, ok := book.Get("ABC-USD")
				require.True(t, ok)
				assert.Equal(t, "5", got.Trade.Price.String())
				assert.Less(t, got.Trade.Age(), 2*time.Second, "nothing was traded since: that is fresh")
				assert.WithinDuration(t, traded, got.Quote.AsOf, 200*time.Millisecond)
				assert.GreaterOrEqual(t, got.Quote.Age(), 107*time.Second)
				assert.GreaterOrEqual(t, got.Stats.Age(), 107*time.Second)
				_, err := book.Quote("ABC-USD", time.Minute)
				var stale *ticker.StaleError
				require.ErrorAs(t, err, &stale)
				assert.Len(t, server.Requests(), 1, "the list: the stream told every market, so none is asked for")
			})
		})
	}
}

// TestRESTHasANewerQuoteOfTheSameTrade, and a ticker of that trade sent anew does
// not take it back.
func TestRESTHasANewerQuoteOfTheSameTrade(t *testing.T) {
	bubble(t, &coinbasesim.Dialect{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, src *coinbase.Source) {
		server.Trade("ETH-USD", "5")
		keep(t, src, &singlesync.Options{Refresh: 3 * time.Second}, func(book *ticker.Book) {
			require.NoError(t, book.WaitSynced(t.Context()))
			server.Quote("ETH-USD", "4", "6")
			time.Sleep(7 * time.Second)
			check := func() {
				got, _ := book.Get("ETH-USD")
				truth, _ := server.Truth("ETH-USD")
				assert.Equal(t, "4", got.Quote.Bid.String())
				assert.Equal(t, truth.Trade.Key, got.Quote.Key)
				assert.Equal(t, truth.Trade.Key, got.Trade.Key)
				assert.Equal(t, ticker.REST, got.Quote.Source)
				assert.Equal(t, ticker.Stream, got.Trade.Source)
			}
			check()
			server.Drop()
			time.Sleep(5 * time.Second)
			check()
		})
	})
}

// TestRESTWithALowerTradeID: an answer behind the stream is normal, and changes
// nothing.
func TestRESTWithALowerTradeID(t *testing.T) {
	bubble(t, &coinbasesim.Dialect{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, src *coinbase.Source) {
		keep(t, src, &singlesync.Options{Refresh: 2 * time.Second}, func(book *ticker.Book) {
			require.NoError(t, book.WaitSynced(t.Context()))
			time.Sleep(20 * time.Second)
			server.CacheREST(10*time.Second, false)
			for i := range 40 {
				server.Trade("ETH-USD", []string{"5", "7"}[i%2])
				time.Sleep(500 * time.Millisecond)
				got, _ := book.Get("ETH-USD")
				truth, _ := server.Truth("ETH-USD")
				require.Equal(t, truth.Trade.Key, got.Trade.Key)
				require.True(t, truth.Trade.Price.Equal(got.Trade.Price))
			}
		})
	})
}

// TestMissedTickerIsRepaired: the heartbeats reveal it, and the product is
// subscribed to anew; without them only the audit could know.
func TestMissedTickerIsRepaired(t *testing.T) {
	bubble(t, &coinbasesim.Dialect{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, src *coinbase.Source) {
		keep(t, src, nil, func(book *ticker.Book) {
			require.NoError(t, book.WaitSynced(t.Context()))
			server.Lose(1, "ETH-USD")
			server.Trade("ETH-USD", "5.5")
			time.Sleep(2500 * time.Millisecond)
			got, _ := book.Get("ETH-USD")
			assert.Equal(t, "5.5", got.Trade.Price.String())
			assert.ErrorContains(t, book.Status().LastError, "a ticker was missed")
			assert.Equal(t, 1, server.Counts().Opened, "on the same connection")
			assert.Len(t, server.Requests(), 1)
		})
	})
}

// TestQuoteAge: with Options.Refresh no quote of N markets is older than the
// package comment says.
func TestQuoteAge(t *testing.T) {
	for _, n := range []int{5, 150} {
		var ms []ticker.Market
		for i := range n {
			ms = append(ms, ticker.Market(rune('A'+i%26))+ticker.Market(rune('A'+i/26))+"-USD")
		}
		cfg := simexchange.Config{Markets: ms, Latency: simexchange.Exactly(200 * time.Millisecond)}
		bubble(t, &coinbasesim.Dialect{}, cfg, func(t *testing.T, server *simexchange.Server, src *coinbase.Source) {
			const refresh = 2 * time.Second
			keep(t, src, &singlesync.Options{Refresh: refresh}, func(book *ticker.Book) {
				require.NoError(t, book.WaitSynced(t.Context()))
				time.Sleep(2 * time.Minute) // nothing is traded all the time
				most := max(refresh, time.Duration(float64(n)/coinbase.DefaultRate*float64(time.Second))) + 2*time.Second
				var oldest time.Duration
				for range 60 {
					time.Sleep(time.Second)
					for _, m := range ms {
						got, _ := book.Get(m)
						oldest = max(oldest, got.Quote.Age())
					}
				}
				t.Logf("%d markets: %v", n, oldest)
				assert.Less(t, oldest, most)
			})
			assert.Zero(t, server.Counts().Limited)
		})
	}
}

// TestQuoteAgeOfReadMarkets: they go first, and count alone.
func TestQuoteAgeOfReadMarkets(t *testing.T) {
	var ms []ticker.Market
	for i := range 150 {
		ms = append(ms, ticker.Market(rune('A'+i%26))+ticker.Market(rune('A'+i/26))+"-USD")
	}
	bubble(t, &coinbasesim.Dialect{}, simexchange.Config{Markets: ms, Latency: simexchange.Exactly(200 * time.Millisecond)}, func(t *testing.T, _ *simexchange.Server, src *coinbase.Source) {
		keep(t, src, &singlesync.Options{Refresh: 4 * time.Second}, func(book *ticker.Book) {
			require.NoError(t, book.WaitSynced(t.Context()))
			var oldest time.Duration
			for n := range 600 {
				time.Sleep(200 * time.Millisecond)
				for _, m := range ms[70:75] {
					if got, _ := book.Get(m); n > 200 {
						oldest = max(oldest, got.Quote.Age())
					}
				}
			}
			t.Log(oldest)
			assert.Less(t, oldest, 6*time.Second)
		})
	})
}

// TestSilentStall: a socket that is open and says nothing is cut, although it pongs.
func TestSilentStall(t *testing.T) {
	bubble(t, &coinbasesim.Dialect{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, src *coinbase.Source) {
		keep(t, src, nil, func(book *ticker.Book) {
			require.NoError(t, book.WaitSynced(t.Context()))
			time.Sleep(time.Hour) // no trade anywhere is no stall
			assert.Equal(t, 1, server.Counts().Opened)
			server.Mute(true)
			time.Sleep(18 * time.Second)
			assert.NotEqual(t, ticker.Live, book.Status().State)
			server.Unmute()
			time.Sleep(time.Minute)
			assert.Equal(t, ticker.Live, book.Status().State)
		})
	})
}

// TestNeverTradedProduct: what neither the stream nor REST can tell is refused
// until it trades, and keeps nobody from being synced.
func TestNeverTradedProduct(t *testing.T) {
	bubble(t, &coinbasesim.Dialect{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, src *coinbase.Source) {
		server.Fail(1, simexchange.Body(200, "", `{"trade_id":0,"price":"0","size":"0","bid":"1","ask":"2","volume":"0"}`))
		_, err := src.Fetch(t.Context(), exchange.Listing{Market: "ETH-USD", RESTSymbol: "ETH-USD"})
		require.ErrorIs(t, err, exchange.ErrUnknownMarket)
	})
}
