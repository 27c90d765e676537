package kraken_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/kraken"
	"github.com/tickersync/tickersync/exchange/kraken/krakensim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// bubble runs f in virtual time with an adapter on a simulated exchange that has
// the documented limits.
func bubble(t *testing.T, d *krakensim.Dialect, f func(*testing.T, *simexchange.Server, *kraken.Source)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server, err := simexchange.Start(simexchange.Config{Memory: true, Distinct: true}, d)
		require.NoError(t, err)
		defer server.Close()
		o := server.Options()
		f(t, server, kraken.New(&o))
	})
}

func connect(t *testing.T, src *kraken.Source, ms ...exchange.Listing) exchange.Stream {
	t.Helper()
	if ms == nil {
		var err error
		ms, err = src.Markets(t.Context())
		require.NoError(t, err)
	}
	s, err := src.Connect(t.Context(), ms)
	require.NoError(t, err)
	return s
}

// until reads until an update fits.
func until(t *testing.T, s exchange.Stream, fits func(u *ticker.Update) bool) ticker.Update {
	t.Helper()
	for {
		us, err := s.Read(t.Context(), nil)
		require.NoError(t, err)
		for i := range us {
			if fits(&us[i]) {
				return us[i]
			}
		}
	}
}

func TestTrapSpellings(t *testing.T) {
	for _, old := range []bool{false, true} {
		bubble(t, &krakensim.Dialect{OldNames: old}, func(t *testing.T, server *simexchange.Server, src *kraken.Source) {
			ls, err := src.Markets(t.Context())
			require.NoError(t, err)
			require.Len(t, ls, 14) // and no dark pools
			assert.Equal(t, exchange.Listing{Market: "DOGE-BTC", Symbol: "DOGE/BTC", RESTSymbol: "XDGXBT", Trading: true}, ls[4])
			us, err := src.Snapshot(t.Context())
			require.NoError(t, err)
			require.Len(t, us, 14)
			for i, l := range ls {
				assert.Equal(t, l.Market, us[i].Market)
				u, err := src.Fetch(t.Context(), l)
				require.NoError(t, err)
				assert.Equal(t, us[i].Ticker, u.Ticker)
			}
		})
	}
	// A wsname is refused, symbol by symbol, and the refusal is not missed.
	bubble(t, &krakensim.Dialect{}, func(t *testing.T, server *simexchange.Server, src *kraken.Source) {
		s, err := src.Connect(t.Context(), []exchange.Listing{
			{Market: "BTC-EUR", Symbol: "XBT/EUR"}, {Market: "ETH-USD", Symbol: "ETH/USD"}, {Market: "DOGE-EUR", Symbol: "XDG/EUR"},
		})
		var refused *exchange.RefusedError
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, map[ticker.Market]string{
			"BTC-EUR": "Currency pair not supported XBT/EUR", "DOGE-EUR": "Currency pair not supported XDG/EUR",
		}, refused.Markets)
		until(t, s, func(u *ticker.Update) bool { return u.Market == "ETH-USD" })
		require.NoError(t, s.Close())
	})
}

// TestTrapSnapshotBeforeList: with names as of today no list is needed; with old
// ones the error says that no name is known.
func TestTrapSnapshotBeforeList(t *testing.T) {
	bubble(t, &krakensim.Dialect{}, func(t *testing.T, _ *simexchange.Server, src *kraken.Source) {
		us, err := src.Snapshot(t.Context())
		require.NoError(t, err)
		assert.Len(t, us, 14)
	})
	bubble(t, &krakensim.Dialect{OldNames: true}, func(t *testing.T, _ *simexchange.Server, src *kraken.Source) {
		_, err := src.Snapshot(t.Context())
		require.ErrorContains(t, err, "no known market")
	})
}

func TestTrapErrorsWithStatus200(t *testing.T) {
	bubble(t, &krakensim.Dialect{}, func(t *testing.T, server *simexchange.Server, src *kraken.Source) {
		_, err := src.Fetch(t.Context(), exchange.Listing{Market: "NO-NO", RESTSymbol: "NONO"})
		require.ErrorIs(t, err, exchange.ErrUnknownMarket)
		assert.Equal(t, http.StatusOK, server.Requests()[0].Status)
		server.Fail(1, simexchange.Status(http.StatusServiceUnavailable))
		_, err = src.Snapshot(t.Context())
		require.ErrorContains(t, err, "EService:Unavailable")
		server.Fail(1, simexchange.Status(520))
		_, err = src.Snapshot(t.Context())
		var status *exchange.StatusError
		require.ErrorAs(t, err, &status)
		assert.Equal(t, 520, status.Status)
	})
}

// TestTrapLimitWithStatus200: it pauses the budget as a 429 would, longer each time.
func TestTrapLimitWithStatus200(t *testing.T) {
	bubble(t, &krakensim.Dialect{}, func(t *testing.T, server *simexchange.Server, src *kraken.Source) {
		server.Fail(3, simexchange.Limited(""))
		var at []time.Duration
		for start := time.Now(); ; {
			_, err := src.Snapshot(t.Context())
			if at = append(at, time.Since(start)); err == nil {
				break
			}
			var limit *exchange.RateLimitError
			require.ErrorAs(t, err, &limit)
		}
		assert.Equal(t, []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second}, at)
		assert.Equal(t, 3, server.Counts().Limited)
	})
}

// TestTrapOneRequestASecond: the default budget keeps below the limit.
func TestTrapOneRequestASecond(t *testing.T) {
	bubble(t, &krakensim.Dialect{}, func(t *testing.T, server *simexchange.Server, src *kraken.Source) {
		start := time.Now()
		for range 30 {
			_, err := src.Snapshot(t.Context())
			require.NoError(t, err)
		}
		assert.Equal(t, 29*time.Second, time.Since(start))
	})
}

// TestTrapTickersBeforeTheLastAcknowledgement: they come out of the Stream first.
func TestTrapTickersBeforeTheLastAcknowledgement(t *testing.T) {
	bubble(t, &krakensim.Dialect{}, func(t *testing.T, server *simexchange.Server, src *kraken.Source) {
		s := connect(t, src)
		defer s.Close()
		told := map[ticker.Market]ticker.Groups{}
		start := time.Now()
		for len(told) < 14 || told["ETH2.S-ETH"] != ticker.AllGroups {
			us, err := s.Read(t.Context(), nil)
			require.NoError(t, err)
			for _, u := range us {
				told[u.Market] |= u.Groups
			}
		}
		for m, g := range told {
			assert.Equal(t, ticker.AllGroups, g, m)
		}
		assert.Zero(t, time.Since(start))
	})
}

// TestTrapQuotesWithoutTrades: on a market without trades the quote moves, since
// the ticker is triggered by bbo.
func TestTrapQuotesWithoutTrades(t *testing.T) {
	bubble(t, &krakensim.Dialect{}, func(t *testing.T, server *simexchange.Server, src *kraken.Source) {
		s := connect(t, src)
		defer s.Close()
		server.Quote("BTC-EUR", "1.5", "2.5")
		u := until(t, s, func(u *ticker.Update) bool { return u.Quote.Bid.String() == "1.5" })
		assert.Equal(t, ticker.QuoteGroup|ticker.StatsGroup, u.Groups)
		assert.Zero(t, u.Quote.BidSize) // of which nobody says whether it is as new
		assert.Zero(t, u.Quote.AskSize)
		assert.Zero(t, u.Stats.Open)
		answer, err := src.Fetch(t.Context(), exchange.Listing{Market: "BTC-EUR", RESTSymbol: "XBTEUR"})
		require.NoError(t, err)
		assert.Equal(t, u.Quote.Bid, answer.Quote.Bid)
		assert.Zero(t, answer.Quote.BidSize)
		assert.Zero(t, answer.Stats.Open)
	})
}

// TestTrapHeartbeat: it is asked for by nobody, and proves that data flows.
func TestTrapHeartbeat(t *testing.T) {
	bubble(t, &krakensim.Dialect{}, func(t *testing.T, server *simexchange.Server, src *kraken.Source) {
		s := connect(t, src)
		defer s.Close()
		for beats := 0; beats < 10; {
			us, err := s.Read(t.Context(), nil)
			require.NoError(t, err)
			if len(us) == 0 {
				beats++
			}
		}
		last := time.Now()
		_, err := s.Read(t.Context(), nil)
		require.NoError(t, err)
		assert.Equal(t, time.Second, time.Since(last))
	})
}

// TestTrapSilentStall: an open socket that says nothing is left within seconds, and
// what the Book holds ages meanwhile.
func TestTrapSilentStall(t *testing.T) {
	bubble(t, &krakensim.Dialect{}, func(t *testing.T, server *simexchange.Server, src *kraken.Source) {
		var book ticker.Book
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- fullsync.Run(ctx, &book, src, nil) }()
		require.NoError(t, book.WaitSynced(ctx))
		time.Sleep(time.Hour) // without a trade: heartbeats are enough
		require.Equal(t, 1, server.Counts().Opened)
		q, err := book.Quote("BTC-EUR", 2*time.Second)
		require.NoError(t, err)
		server.Mute(true) // pings are answered
		time.Sleep(4 * time.Second)
		_, err = book.Quote("BTC-EUR", 2*time.Second)
		var stale *ticker.StaleError
		require.ErrorAs(t, err, &stale)
		time.Sleep(4 * time.Second)
		server.Unmute()
		server.Quote("BTC-EUR", "3", "4")
		time.Sleep(time.Minute)
		assert.GreaterOrEqual(t, server.Counts().Opened, 2)
		now, err := book.Quote("BTC-EUR", 3*time.Second)
		require.NoError(t, err)
		assert.NotEqual(t, q.Bid, now.Bid)
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
	})
}

// TestTrapSubscribeWithinAMinute: a connection without subscription is cut.
func TestTrapSubscribeWithinAMinute(t *testing.T) {
	bubble(t, &krakensim.Dialect{}, func(t *testing.T, server *simexchange.Server, src *kraken.Source) {
		s, err := src.Connect(t.Context(), nil)
		require.NoError(t, err)
		defer s.Close()
		start := time.Now()
		_, err = s.Read(t.Context(), nil)
		require.Error(t, err)
		assert.Equal(t, time.Minute, time.Since(start))
	})
}

// TestTrapConnectLimit: 150 connections in 10 minutes, counted before they are made.
func TestTrapConnectLimit(t *testing.T) {
	bubble(t, &krakensim.Dialect{}, func(t *testing.T, server *simexchange.Server, src *kraken.Source) {
		ms := []exchange.Listing{{Market: "BTC-EUR", Symbol: "BTC/EUR"}}
		for start := time.Now(); time.Since(start) < 30*time.Minute; {
			require.NoError(t, connect(t, src, ms...).Close())
		}
		assert.Equal(t, server.Counts().Handshakes, server.Counts().Opened)
	})
	bubble(t, &krakensim.Dialect{}, func(t *testing.T, server *simexchange.Server, src *kraken.Source) {
		o := server.Options()
		for range 150 {
			c, err := o.Connect(t.Context(), o.WebSocketURL)
			require.NoError(t, err)
			require.NoError(t, c.Close())
		}
		_, err := src.Connect(t.Context(), nil)
		var limit *exchange.RateLimitError
		require.ErrorAs(t, err, &limit)
		time.Sleep(11 * time.Minute)
		require.NoError(t, connect(t, src).Close())
	})
}

// TestTrapNotTrading: pairs that are not online stay listed, REST goes on answering
// for them, and the Book refuses them.
func TestTrapNotTrading(t *testing.T) {
	bubble(t, &krakensim.Dialect{}, func(t *testing.T, server *simexchange.Server, src *kraken.Source) {
		server.Halt("DOGE-EUR")
		ls, err := src.Markets(t.Context())
		require.NoError(t, err)
		require.Len(t, ls, 14)
		assert.False(t, ls[1].Trading)
		us, err := src.Snapshot(t.Context())
		require.NoError(t, err)
		assert.Len(t, us, 14)
		var book ticker.Book
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- fullsync.Run(ctx, &book, src, nil) }()
		require.NoError(t, book.WaitSynced(ctx))
		assert.Equal(t, map[ticker.Market]string{"DOGE-EUR": "not trading"}, book.Status().Refused)
		_, ok := book.Get("DOGE-EUR")
		assert.False(t, ok)
		cancel()
		<-done
	})
}

// TestTrapSlowREST: at one request a second singlesync is synced at once, since
// both channels begin with a snapshot.
func TestTrapSlowREST(t *testing.T) {
	bubble(t, &krakensim.Dialect{}, func(t *testing.T, server *simexchange.Server, src *kraken.Source) {
		var book ticker.Book
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- singlesync.Run(ctx, &book, src, nil) }()
		start := time.Now()
		require.NoError(t, book.WaitSynced(ctx))
		assert.Less(t, time.Since(start), 2*time.Second)
		tk, _ := book.Get("DOGE-BTC")
		assert.NotZero(t, tk.Trade.Key)
		cancel()
		<-done
	})
}

// TestTrapNewListing: it is subscribed to on the open connection.
func TestTrapNewListing(t *testing.T) {
	bubble(t, &krakensim.Dialect{}, func(t *testing.T, server *simexchange.Server, src *kraken.Source) {
		s := connect(t, src)
		server.List("PEPE-EUR")
		got := make(chan ticker.Groups, 1)
		go func() { // somebody reads
			var told ticker.Groups
			us, err := s.Read(t.Context(), nil)
			for ; err == nil; us, err = s.Read(t.Context(), us[:0]) {
				for _, u := range us {
					if u.Market == "PEPE-EUR" {
						told |= u.Groups
					}
				}
			}
			got <- told
		}()
		add := []exchange.Listing{{Market: "PEPE-EUR", Symbol: "PEPE/EUR"}, {Market: "NO-NO", Symbol: "NO/NO"}}
		err := s.(exchange.Subscriber).Subscribe(t.Context(), add, nil)
		var refused *exchange.RefusedError
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, map[ticker.Market]string{"NO-NO": "Currency pair not supported NO/NO"}, refused.Markets)
		time.Sleep(time.Second)
		require.NoError(t, s.Close())
		assert.Equal(t, ticker.AllGroups, <-got)
	})
}

// TestTrapResponseKeyDiffers: what is asked for by one name is answered under
// another.
func TestTrapResponseKeyDiffers(t *testing.T) {
	for key, ok := range map[string]bool{"XXBTZEUR": true, "BTC/EUR": true, "XBT/EUR": true, "XBTEUR": true, "ETH/EUR": false} {
		bubble(t, &krakensim.Dialect{}, func(t *testing.T, server *simexchange.Server, src *kraken.Source) {
			_, err := src.Markets(t.Context())
			require.NoError(t, err)
			name, err := json.Marshal(key)
			require.NoError(t, err)
			body := `{"error":[],"result":{` + strings.ReplaceAll(string(name), "/", `\/`) + `:{"c":["5.50","1"],"a":["6","1","1"],"b":["5","1","1"]}}}`
			server.Fail(1, simexchange.Body(http.StatusOK, "application/json", body))
			u, err := src.Fetch(t.Context(), exchange.Listing{Market: "BTC-EUR", RESTSymbol: "XBTEUR"})
			if !ok {
				require.ErrorContains(t, err, "answered about")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "5.5", u.Trade.Price.String())
			assert.Equal(t, ticker.Market("BTC-EUR"), u.Market)
		})
	}
}
