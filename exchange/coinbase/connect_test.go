package coinbase_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinbase"
	"github.com/tickersync/tickersync/exchange/coinbase/coinbasesim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

func list(t *testing.T, src *coinbase.Source, more ...string) []exchange.Listing {
	t.Helper()
	ls, err := src.Markets(t.Context())
	require.NoError(t, err)
	for _, id := range more {
		ls = append(ls, exchange.Listing{Market: ticker.Market(id), Symbol: id, RESTSymbol: id, Trading: true})
	}
	return ls
}

// read reads until each market's price is told, and returns the newest.
func read(t *testing.T, s exchange.Stream, n int) map[ticker.Market]string {
	t.Helper()
	prices := make(map[ticker.Market]string)
	for len(prices) < n {
		us, err := s.Read(t.Context(), nil)
		require.NoError(t, err)
		for _, u := range us {
			if u.Groups.Has(ticker.TradeGroup) {
				prices[u.Market] = u.Trade.Price.String()
			}
		}
	}
	return prices
}

// TestOneBadProduct costs itself, whether the exchange ignores the rest of the
// frame or takes it.
func TestOneBadProduct(t *testing.T) {
	for _, allOrNothing := range []bool{false, true} {
		bubble(t, &coinbasesim.Dialect{AllOrNothing: allOrNothing}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, src *coinbase.Source) {
			ls := list(t, src, "GIBBERISH-USD", "NOPE-EUR")
			server.Delist("DOGE-USD")
			s, err := src.Connect(t.Context(), ls)
			var refused *exchange.RefusedError
			require.ErrorAs(t, err, &refused)
			assert.Equal(t, map[ticker.Market]string{
				"GIBBERISH-USD": "GIBBERISH-USD is not a valid product", "NOPE-EUR": "NOPE-EUR is not a valid product",
				"DOGE-USD": "DOGE-USD is delisted",
			}, refused.Markets)
			defer s.Close()
			assert.Len(t, read(t, s, len(ls)-3), len(ls)-3)
		})
	}
}

// TestEveryProductBad is an error, not a connection that carries nothing.
func TestEveryProductBad(t *testing.T) {
	for _, allOrNothing := range []bool{false, true} {
		bubble(t, &coinbasesim.Dialect{AllOrNothing: allOrNothing}, simexchange.Config{}, func(t *testing.T, _ *simexchange.Server, src *coinbase.Source) {
			ls := list(t, src, "GIBBERISH-USD", "NOPE-EUR")
			s, err := src.Connect(t.Context(), ls[len(ls)-2:])
			if s != nil {
				defer s.Close()
			}
			var refused *exchange.RefusedError
			require.ErrorAs(t, err, &refused)
			assert.Len(t, refused.Markets, 2)
		})
	}
}

// TestTickersBeforeTheAcknowledgement come out of the Stream, whose first message
// the acknowledgement is not.
func TestTickersBeforeTheAcknowledgement(t *testing.T) {
	for seed := range uint64(20) {
		bubble(t, &coinbasesim.Dialect{}, simexchange.Config{Seed: seed}, func(t *testing.T, server *simexchange.Server, src *coinbase.Source) {
			ls := list(t, src)
			s, err := src.Connect(t.Context(), ls)
			require.NoError(t, err)
			defer s.Close()
			for m, price := range read(t, s, len(ls)) {
				truth, _ := server.Truth(m)
				assert.Equal(t, truth.Trade.Price.Trim(0).String(), price)
			}
		})
	}
}

// TestListedLater: a product is subscribed to on the open connection.
func TestListedLater(t *testing.T) {
	bubble(t, &coinbasesim.Dialect{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, src *coinbase.Source) {
		ls := list(t, src)
		s, err := src.Connect(t.Context(), ls)
		require.NoError(t, err)
		defer s.Close()
		server.List("NEW-USD")
		subscribed := make(chan error, 1)
		go func() {
			subscribed <- s.(exchange.Subscriber).Subscribe(t.Context(), list(t, src)[len(ls):], ls[:1])
		}()
		prices := read(t, s, len(ls)+1)
		assert.Contains(t, prices, ticker.Market("NEW-USD"))
		require.NoError(t, <-subscribed)
	})
}

// TestUserAgentIsRequired, and always sent; a status of 400 for want of it makes no
// market unknown.
func TestUserAgentIsRequired(t *testing.T) {
	bubble(t, &coinbasesim.Dialect{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, src *coinbase.Source) {
		list(t, src)
		o := server.Options()
		o.HTTPClient = &http.Client{Transport: nameless{server.Client().Transport}}
		_, err := coinbase.New(&o).Fetch(t.Context(), exchange.Listing{Market: "BTC-USD", RESTSymbol: "BTC-USD"})
		require.ErrorContains(t, err, "User-Agent header is required.")
		require.NotErrorIs(t, err, exchange.ErrUnknownMarket)
		assert.False(t, exchange.IsPermanent(err))
	})
}

type nameless struct{ http.RoundTripper }

func (n nameless) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header["User-Agent"] = nil
	return n.RoundTripper.RoundTrip(r)
}

// TestDelistedProduct: it is unknown, with either status.
func TestDelistedProduct(t *testing.T) {
	for _, status := range []int{400, 404} {
		bubble(t, &coinbasesim.Dialect{Gone: status}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, src *coinbase.Source) {
			server.Delist("DOGE-USD")
			for _, id := range []string{"DOGE-USD", "NOSUCH-USD"} {
				_, err := src.Fetch(t.Context(), exchange.Listing{Market: ticker.Market(id), RESTSymbol: id})
				require.ErrorIs(t, err, exchange.ErrUnknownMarket)
			}
			assert.Equal(t, status, server.Requests()[0].Status)
		})
	}
}

// TestPaces: requests, connections and frames keep below what the exchange takes.
func TestPaces(t *testing.T) {
	bubble(t, &coinbasesim.Dialect{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, src *coinbase.Source) {
		began := time.Now()
		for range 100 {
			_, err := src.Fetch(t.Context(), exchange.Listing{Market: "BTC-USD", RESTSymbol: "BTC-USD"})
			require.NoError(t, err)
		}
		assert.InDelta(t, 10, time.Since(began).Seconds(), 0.001)
		for range 40 {
			s, err := src.Connect(t.Context(), list(t, src)[:1])
			require.NoError(t, err)
			require.NoError(t, s.Close())
		}
		assert.Equal(t, 40, server.Counts().Opened)
		assert.Zero(t, server.Counts().Limited)

		var many []string
		for i := range 3000 {
			many = append(many, fmt.Sprintf("A%d-USD", i))
			server.List(ticker.Market(many[i]))
		}
		s, err := src.Connect(t.Context(), list(t, src))
		require.NoError(t, err)
		defer s.Close()
		assert.Len(t, read(t, s, 3012), 3012)
	})
}

// TestSharding: the engine spreads products over connections.
func TestSharding(t *testing.T) {
	var ms []ticker.Market
	for i := range 450 {
		ms = append(ms, ticker.Market(fmt.Sprintf("A%d-USD", i)))
	}
	bubble(t, &coinbasesim.Dialect{}, simexchange.Config{Markets: ms, Rate: 100}, func(t *testing.T, server *simexchange.Server, src *coinbase.Source) {
		keep(t, src, nil, func(book *ticker.Book) {
			require.NoError(t, book.WaitSynced(t.Context()))
			time.Sleep(time.Minute)
			assert.Equal(t, 5, server.Counts().Open)
			assert.Less(t, len(server.Requests()), 20, "the stream tells them all on subscribing")
			assert.Equal(t, 450, book.Status().Known)
		})
	})
}

// TestConnectEndsWithItsContext while the exchange says nothing.
func TestConnectEndsWithItsContext(t *testing.T) {
	bubble(t, &coinbasesim.Dialect{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, src *coinbase.Source) {
		ls := list(t, src)
		server.Mute(true)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := src.Connect(ctx, ls)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = src.Connect(t.Context(), ls)
		require.ErrorContains(t, err, "coinbase: subscription not acknowledged within 5s")
		synctest.Wait()
	})
}
