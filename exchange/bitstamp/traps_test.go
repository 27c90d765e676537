package bitstamp_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/bitstamp"
	"github.com/tickersync/tickersync/exchange/bitstamp/bitstampsim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

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
