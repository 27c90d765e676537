package keyed_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/ticker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func bubble(t *testing.T, v keyed.Variant, cfg simexchange.Config, f func(*testing.T, *simexchange.Server, *keyed.Source)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg.Memory = true
		server := keyed.NewServer(v, cfg)
		defer server.Close()
		o := server.Options()
		f(t, server, keyed.New(v, &o))
	})
}

func connect(t *testing.T, source *keyed.Source) exchange.Stream {
	t.Helper()
	ms, err := source.Markets(t.Context())
	require.NoError(t, err)
	stream, err := source.Connect(t.Context(), ms)
	require.NoError(t, err)
	return stream
}

// read returns the next message that tells something.
func read(t *testing.T, s exchange.Stream) ticker.Update {
	t.Helper()
	for {
		us, err := s.Read(t.Context(), nil)
		require.NoError(t, err)
		if len(us) > 0 {
			require.Len(t, us, 1)
			return us[0]
		}
	}
}

func TestReading(t *testing.T) {
	bubble(t, keyed.Variant{}, simexchange.Config{Volumes: true}, func(t *testing.T, server *simexchange.Server, source *keyed.Source) {
		server.Halt("DOGE-EUR")
		ms, err := source.Markets(t.Context())
		require.NoError(t, err)
		require.Len(t, ms, 6)
		assert.True(t, ms[0].Volume.IsPos())
		assert.True(t, ms[0].Trading)
		assert.False(t, ms[5].Trading)

		all, err := source.Snapshot(t.Context())
		require.NoError(t, err)
		one, err := source.Fetch(t.Context(), ms[3])
		require.NoError(t, err)
		for _, u := range append(all, one) {
			truth, ok := server.Truth(u.Market)
			require.True(t, ok)
			assert.Equal(t, ticker.AllGroups, u.Groups)
			assert.Equal(t, truth.Trade.Key, u.Trade.Key)
			assert.Equal(t, truth.Quote.Key, u.Quote.Key)
			assert.True(t, truth.Stats.Volume.Equal(u.Stats.Volume))
			assert.True(t, truth.Quote.Time.Equal(u.Quote.Time))
		}

		_, err = source.Fetch(t.Context(), exchange.Listing{Market: "NO-NO", RESTSymbol: "NO-NO"})
		require.ErrorIs(t, err, exchange.ErrUnknownMarket)

		stream, err := source.Connect(t.Context(), ms)
		var refused *exchange.RefusedError
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, map[ticker.Market]string{"DOGE-EUR": "no such market"}, refused.Markets)
		server.Trade("ETH-USD", "4000.5")
		u := read(t, stream)
		assert.Equal(t, ticker.TradeGroup, u.Groups)
		assert.Equal(t, "4000.5", u.Trade.Price.String())
		server.Resume("DOGE-EUR") // told in a frame that the adapter does not know
		server.Quote("ETH-USD", "4000", "4001")
		u = read(t, stream)
		assert.Equal(t, ticker.QuoteGroup, u.Groups)
		assert.NotZero(t, u.Quote.Key)
		require.NoError(t, stream.Close())
	})
}

// TestHeartbeat: a frame that tells nothing proves that data flows.
func TestHeartbeat(t *testing.T) {
	bubble(t, keyed.Variant{}, simexchange.Config{}, func(t *testing.T, _ *simexchange.Server, source *keyed.Source) {
		stream := connect(t, source)
		defer stream.Close()
		start := time.Now()
		for range 5 {
			us, err := stream.Read(t.Context(), nil)
			require.NoError(t, err)
			require.Empty(t, us)
		}
		assert.Equal(t, 5*time.Second, time.Since(start))
	})
}

// TestInitial: a ticker of each market comes between the acknowledgements.
func TestInitial(t *testing.T) {
	v := keyed.Variant{Initial: true, Quote: ticker.Told{Kind: ticker.OnTrade}}
	bubble(t, v, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, source *keyed.Source) {
		server.Trade("BTC-EUR", "90000")
		traded, _ := server.Truth("BTC-EUR")
		time.Sleep(time.Minute)
		server.Quote("BTC-EUR", "80000", "80001") // since the last trade: never told
		stream := connect(t, source)
		defer stream.Close()
		var us []ticker.Update
		for range 6 { // frame by frame, as they came; the last after its acknowledgement
			us = append(us, read(t, stream))
		}
		assert.Equal(t, ticker.Market("DOGE-EUR"), us[5].Market)
		assert.True(t, traded.Quote.Bid.Equal(us[0].Quote.Bid))
		assert.Equal(t, us[0].Trade.Key, us[0].Quote.Key)
		answer, err := source.Fetch(t.Context(), exchange.Listing{Market: "BTC-EUR", RESTSymbol: "BTC-EUR"})
		require.NoError(t, err)
		assert.Equal(t, "80000", answer.Quote.Bid.String())
		assert.Equal(t, us[0].Quote.Key, answer.Quote.Key)
	})
}

// TestThrottled: many changes are told in one message, at most Delay late.
func TestThrottled(t *testing.T) {
	v := keyed.Variant{Quote: ticker.Told{Kind: ticker.Throttled, Delay: 2 * time.Second}}
	bubble(t, v, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, source *keyed.Source) {
		stream := connect(t, source)
		defer stream.Close()
		for i := range 20 {
			at := time.Now()
			for k := range 5 {
				server.Quote("BTC-EUR", fmt.Sprint(1000+10*i+k), fmt.Sprint(2000+i))
			}
			u := read(t, stream)
			assert.LessOrEqual(t, time.Since(at), 2*time.Second)
			assert.Equal(t, fmt.Sprint(1000+10*i+4), u.Quote.Bid.String())
		}
	})
}

// TestUnacknowledged: a subscription that is not answered is an error in time.
func TestUnacknowledged(t *testing.T) {
	bubble(t, keyed.Variant{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, source *keyed.Source) {
		for _, pongs := range []bool{true, false} {
			server.Mute(pongs)
			_, err := source.Connect(t.Context(), []exchange.Listing{{Market: "BTC-EUR", Symbol: "BTC-EUR"}})
			require.ErrorContains(t, err, "not acknowledged")
			server.Unmute()
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := source.Connect(ctx, nil)
		require.ErrorIs(t, err, context.Canceled)
	})
}

// TestJunk: each kind costs its frame only.
func TestJunk(t *testing.T) {
	bubble(t, keyed.Variant{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, source *keyed.Source) {
		stream := connect(t, source)
		defer stream.Close()
		for _, kind := range simexchange.Junks() {
			server.Junk(kind)
			server.Trade("BTC-EUR", "123.5")
			for {
				us, err := stream.Read(t.Context(), nil)
				if err != nil {
					var bad *exchange.FrameError
					require.ErrorAs(t, err, &bad, kind)
					continue
				}
				if len(us) == 1 && us[0].Market == "BTC-EUR" && us[0].Trade.Price.String() == "123.5" {
					break
				}
			}
		}
	})
}

// TestOnTrade: quotes come with trades only, under the trade's key.
func TestOnTrade(t *testing.T) {
	v := keyed.Variant{Quote: ticker.Told{Kind: ticker.OnTrade}}
	bubble(t, v, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, source *keyed.Source) {
		stream := connect(t, source)
		defer stream.Close()
		server.Quote("BTC-EUR", "1", "2") // not told
		server.Trade("BTC-EUR", "3")
		u := read(t, stream)
		assert.Equal(t, ticker.TradeGroup|ticker.QuoteGroup, u.Groups)
		assert.Equal(t, "1", u.Quote.Bid.String())
		assert.Equal(t, u.Trade.Key, u.Quote.Key)
	})
}

// TestKeys: they come with their epoch, or not at all.
func TestKeys(t *testing.T) {
	bubble(t, keyed.Variant{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, source *keyed.Source) {
		stream := connect(t, source)
		defer stream.Close()
		server.Trade("BTC-EUR", "3")
		before := read(t, stream)
		server.RestartKeys(true, "BTC-EUR")
		server.Trade("BTC-EUR", "4")
		after := read(t, stream)
		assert.Greater(t, before.Trade.Key, after.Trade.Key)
		assert.Greater(t, after.Trade.Epoch, before.Trade.Epoch)
	})
	bubble(t, keyed.Variant{Keyless: true}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, source *keyed.Source) {
		stream := connect(t, source)
		defer stream.Close()
		server.Trade("BTC-EUR", "3")
		assert.Zero(t, read(t, stream).Trade.Key)
		assert.Panics(t, func() { server.Shuffle(time.Second) })
	})
}
