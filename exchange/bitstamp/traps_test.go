package bitstamp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/bitstamp"
	"github.com/tickersync/tickersync/exchange/bitstamp/bitstampsim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/ticker"
)

// world is a simulated exchange and the adapter on it.
type world struct {
	*testing.T
	sim *simexchange.Server
	o   exchange.Options
	src *bitstamp.Source
}

func bubble(t *testing.T, d bitstampsim.Dialect, cfg simexchange.Config, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg.Memory = true
		sim, err := simexchange.Start(cfg, d)
		require.NoError(t, err)
		defer sim.Close()
		w := &world{T: t, sim: sim, o: sim.Options()}
		w.src = bitstamp.New(&w.o)
		defer w.src.CloseIdleConnections()
		f(w)
	})
}

func listing(m ticker.Market) exchange.Listing {
	symbol := strings.ToLower(strings.ReplaceAll(string(m), "-", ""))
	return exchange.Listing{Market: m, Symbol: symbol, RESTSymbol: symbol, Trading: true}
}

func (w *world) connect(ls ...exchange.Listing) exchange.Stream {
	w.Helper()
	s, err := w.src.Connect(w.Context(), ls)
	require.NoError(w, err)
	w.Cleanup(func() { _ = s.Close() })
	return s
}

// read returns the next update.
func (w *world) read(s exchange.Stream) ticker.Update {
	w.Helper()
	for {
		us, err := s.Read(w.Context(), nil)
		require.NoError(w, err)
		if len(us) > 0 {
			require.Len(w, us, 1)
			return us[0]
		}
	}
}

// run keeps a Book until the test is over.
func (w *world) run() *ticker.Book {
	book := new(ticker.Book)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- fullsync.Run(ctx, book, w.src, nil) }()
	w.Cleanup(func() {
		cancel()
		assert.ErrorIs(w, <-done, context.Canceled)
	})
	return book
}

// raw is a connection without the adapter.
func (w *world) raw() exchange.Conn {
	w.Helper()
	c, err := w.o.Connect(w.Context(), w.o.WebSocketURL)
	require.NoError(w, err)
	w.Cleanup(func() { _ = c.Close() })
	return c
}

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

func TestTrapNoSnapshotOnSubscribing(t *testing.T) {
	bubble(t, bitstampsim.Dialect{}, simexchange.Config{}, func(w *world) {
		s := w.connect(listing("BTC-USD"))
		go func() {
			time.Sleep(49 * time.Second)
			w.sim.Trade("BTC-USD", "1")
		}()
		assert.Equal(w, "1", w.read(s).Trade.Price.String())
	})
}

func TestTrapQuoteIsSampled(t *testing.T) {
	bubble(t, bitstampsim.Dialect{}, simexchange.Config{}, func(w *world) {
		s := w.connect(listing("BTC-USD"))
		at := time.Now()
		for i := range 5 {
			w.sim.Quote("BTC-USD", fmt.Sprint(100+i), "200")
		}
		assert.Equal(w, "104", w.read(s).Quote.Bid.String(), "the newest, once")
		assert.LessOrEqual(w, time.Since(at), w.src.Feed().Quote.Delay)
	})
}

// TestTrapUnknownChannelIsAcknowledgedAndSilent: so symbols are those of the list,
// and one that is gone costs nobody else.
func TestTrapUnknownChannelIsAcknowledgedAndSilent(t *testing.T) {
	bubble(t, bitstampsim.Dialect{}, simexchange.Config{}, func(w *world) {
		s := w.connect(listing("FOO-XYZ"), listing("BTC-USD"))
		w.sim.Trade("BTC-USD", "1")
		assert.Equal(w, ticker.Market("BTC-USD"), w.read(s).Market)
	})
}

func TestTrapWrongCaseOrSlashIsAnError(t *testing.T) {
	bubble(t, bitstampsim.Dialect{AckAfter: time.Second}, simexchange.Config{}, func(w *world) {
		wrong := exchange.Listing{Market: "ETH-USD", Symbol: "ETHUSD"}
		slash := exchange.Listing{Market: "ETH-BTC", Symbol: "eth/btc"}
		s, err := w.src.Connect(w.Context(), []exchange.Listing{wrong, listing("BTC-USD"), slash, listing("BTC-EUR")})
		var refused *exchange.RefusedError
		require.ErrorAs(w, err, &refused)
		defer s.Close()
		const reason = "Invalid channel provided."
		assert.Equal(w, map[ticker.Market]string{"ETH-USD": reason, "ETH-BTC": reason}, refused.Markets)
		for _, m := range []ticker.Market{"BTC-USD", "BTC-EUR"} { // the socket stays open
			w.sim.Trade(m, "1")
			assert.Equal(w, m, w.read(s).Market)
		}
	})
}

func TestTrapFrameLongerThan512Bytes(t *testing.T) {
	bubble(t, bitstampsim.Dialect{}, simexchange.Config{}, func(w *world) {
		c := w.raw()
		pad := strings.Repeat(" ", 513-len(`{"event":"bts:heartbeat"}`))
		require.NoError(w, c.Write(w.Context(), []byte(`{"event":"bts:heartbeat"}`+pad)))
		_, err := c.Read(w.Context(), nil)
		var closed *exchange.CloseError
		require.ErrorAs(w, err, &closed)
		assert.Equal(w, 1009, closed.Code)

		long := exchange.Listing{Market: "LONG-USD", Symbol: strings.Repeat("x", 500)}
		s, err := w.src.Connect(w.Context(), []exchange.Listing{long, listing("BTC-USD")})
		var refused *exchange.RefusedError
		require.ErrorAs(w, err, &refused)
		assert.Contains(w, refused.Markets, long.Market)
		defer s.Close()
		w.sim.Trade("BTC-USD", "1")
		assert.Equal(w, ticker.Market("BTC-USD"), w.read(s).Market)
	})
}

func TestTrapChannel1025EndsTheConnection(t *testing.T) {
	bubble(t, bitstampsim.Dialect{}, simexchange.Config{}, func(w *world) {
		c := w.raw()
		var err error
		for i := 1; err == nil; i++ {
			require.LessOrEqual(w, i, bitstampsim.MaxChannels+1)
			frame := fmt.Sprintf(`{"event":"bts:subscribe","data":{"channel":"live_trades_x%d"}}`, i)
			require.NoError(w, c.Write(w.Context(), []byte(frame)))
			if _, err = c.Read(w.Context(), nil); err != nil {
				assert.Equal(w, bitstampsim.MaxChannels+1, i)
			}
		}
		var closed *exchange.CloseError
		assert.NotErrorAs(w, err, &closed, "without a word")
		assert.Equal(w, bitstampsim.MaxChannels, 2*w.src.Feed().PerConnection)
	})
}

// TestTrapLateAcknowledgements: 6.3 seconds were recorded; tickers come before.
func TestTrapLateAcknowledgements(t *testing.T) {
	bubble(t, bitstampsim.Dialect{AckAfter: 6300 * time.Millisecond}, simexchange.Config{}, func(w *world) {
		go func() {
			time.Sleep(time.Second)
			w.sim.Trade("BTC-USD", "1")
		}()
		at := time.Now()
		s := w.connect(listing("BTC-USD"), listing("BTC-EUR"))
		assert.Equal(w, 6300*time.Millisecond, time.Since(at).Round(100*time.Millisecond))
		assert.Equal(w, "1", w.read(s).Trade.Price.String())
	})
}

func TestTrapHeartbeatIsTheClients(t *testing.T) {
	bubble(t, bitstampsim.Dialect{}, simexchange.Config{}, func(w *world) {
		s := w.connect(listing("BTC-USD"))
		for range 5 {
			at := time.Now()
			us, err := s.Read(w.Context(), nil)
			require.NoError(w, err)
			assert.Empty(w, us)
			assert.InDelta(w, 15, time.Since(at).Seconds(), 0.1)
		}
		// A server that pongs and answers no heartbeat is dead.
		book := w.run()
		require.NoError(w, book.WaitSynced(w.Context()))
		time.Sleep(time.Minute)
		require.Equal(w, ticker.Live, book.Status().State)
		w.sim.Mute(true)
		at := time.Now()
		for book.Status().State == ticker.Live {
			time.Sleep(time.Second)
		}
		assert.LessOrEqual(w, time.Since(at), w.src.Feed().Idle+2*time.Second)
		require.ErrorContains(w, book.Status().LastError, "silent for")
	})
}

// TestTrapRequestReconnect: it is read again within seconds.
func TestTrapRequestReconnect(t *testing.T) {
	bubble(t, bitstampsim.Dialect{}, simexchange.Config{}, func(w *world) {
		book := w.run()
		require.NoError(w, book.WaitSynced(w.Context()))
		time.Sleep(10 * time.Second)
		w.sim.Inject([]byte(bitstampsim.RequestReconnect))
		time.Sleep(50 * time.Millisecond)
		require.True(w, errors.Is(book.Status().LastError, bitstamp.ErrReconnect), "%v", book.Status().LastError)
		time.Sleep(5 * time.Second)
		assert.Equal(w, 2, w.sim.Counts().Opened)
		w.sim.Trade("BTC-USD", "1")
		time.Sleep(time.Second)
		got, err := book.Trade("BTC-USD", 2*time.Second)
		require.NoError(w, err)
		assert.Equal(w, "1", got.Price.String())
	})
}

func TestTrapRequestReconnectDuringConnect(t *testing.T) {
	bubble(t, bitstampsim.Dialect{AckAfter: time.Second}, simexchange.Config{}, func(w *world) {
		go func() {
			time.Sleep(500 * time.Millisecond)
			w.sim.Inject([]byte(bitstampsim.RequestReconnect))
		}()
		s, err := w.src.Connect(w.Context(), []exchange.Listing{listing("BTC-USD")})
		require.ErrorIs(w, err, bitstamp.ErrReconnect)
		assert.Nil(w, s)
	})
}

func TestTrapConnectionsEndAfter90Days(t *testing.T) {
	assert.Equal(t, 90*24*time.Hour, bitstamp.New(nil).Feed().MaxAge)
	assert.Equal(t, 90*24*time.Hour, bitstampsim.Dialect{}.Traits().MaxAge)
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
