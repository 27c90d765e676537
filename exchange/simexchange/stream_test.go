package simexchange_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/simexchange"
)

func TestDrop(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
		a, b := listen(t, server), listen(t, server)
		assert.Equal(t, 2, server.Counts().Open)
		assert.Equal(t, 0, server.Drop("NO-SUCH"), "nobody carries that")
		assert.Equal(t, 2, server.Drop())
		for _, s := range []*feed{a, b} {
			_, err := s.prices()
			require.ErrorContains(t, err, "unexpected EOF")
		}
		assert.Zero(t, server.Counts().Open)
	})
}

func TestHangup(t *testing.T) {
	bubble(t, simexchange.Config{Lag: simexchange.Exactly(time.Second)}, nil, func(t *testing.T, server *simexchange.Server) {
		s := listen(t, server)
		server.Trade("BTC-LTC", "5")
		assert.Equal(t, 1, server.Hangup(1001, "maintenance"))
		got, err := s.prices()
		assert.Equal(t, []string{"5"}, got, "what was sent before comes first")
		var closed *exchange.CloseError
		require.ErrorAs(t, err, &closed)
		assert.Equal(t, exchange.CloseError{Code: 1001, Reason: "maintenance"}, *closed)
	})
}

// TestMute: nothing comes, and what is told meanwhile comes afterwards. Without
// pongs, the connection's pings end it.
func TestMute(t *testing.T) {
	for _, pongs := range []bool{true, false} {
		t.Run(fmt.Sprint("pongs ", pongs), func(t *testing.T) {
			bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
				s := listen(t, server)
				server.Mute(pongs)
				server.Trade("BTC-LTC", "1")
				later := listen(t, server)
				server.Trade("BTC-LTC", "2")
				got, err := later.prices()
				assert.Empty(t, got, "later connections are mute too")
				require.NoError(t, err)
				server.Unmute()
				got, err = later.prices()
				assert.Equal(t, []string{"2"}, got)
				require.NoError(t, err)
				got, err = s.prices()
				assert.Equal(t, []string{"1", "2"}, got)
				require.NoError(t, err)
			})
			bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
				s := listen(t, server)
				server.Mute(pongs)
				time.Sleep(time.Minute)
				server.Trade("BTC-LTC", "1")
				server.Unmute()
				got, err := s.prices()
				if pongs {
					assert.Equal(t, []string{"1"}, got)
					require.NoError(t, err)
				} else {
					require.ErrorContains(t, err, "no pong")
				}
			})
		})
	}
}

// TestMuteSome: only the connections that carry a market are mute.
func TestMuteSome(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
		s := listen(t, server)
		server.Mute(true, "BTC-LTC")
		server.Trade("BTC-LTC", "1")
		free := listen(t, server)
		server.Trade("BTC-LTC", "2")
		got, _ := free.prices()
		assert.Equal(t, []string{"2"}, got)
		server.Unmute()
		got, _ = s.prices()
		assert.Equal(t, []string{"1", "2"}, got)
	})
}

// TestLag: frames take their time, and keep their order.
func TestLag(t *testing.T) {
	bubble(t, simexchange.Config{Lag: simexchange.UpTo(time.Second)}, nil, func(t *testing.T, server *simexchange.Server) {
		s := listen(t, server)
		var want []string
		for i := range 100 {
			want = append(want, fmt.Sprint(i+1))
			server.Trade("BTC-LTC", want[i])
			time.Sleep(50 * time.Millisecond)
		}
		got, err := s.prices()
		require.NoError(t, err)
		assert.Equal(t, want, got)

		server.Delay(5 * time.Second)
		c := connect(t, server)
		start := time.Now()
		server.Trade("BTC-LTC", "7")
		_, err = c.Read(t.Context(), nil)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Since(start), 5*time.Second)
		assert.LessOrEqual(t, time.Since(start), 6*time.Second)
	})
}

func TestRepeat(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
		s := listen(t, server)
		server.Repeat(2)
		for i := range 3 {
			server.Trade("BTC-LTC", fmt.Sprint(i+1))
		}
		got, err := s.prices()
		require.NoError(t, err)
		assert.Equal(t, []string{"1", "1", "2", "2", "3"}, got)
	})
}

// TestShuffleEcho: messages overtake each other and come again, where the
// dialect's stream may.
func TestShuffleEcho(t *testing.T) {
	unordered := func(tr *simexchange.Traits) { tr.Unordered = true }
	bubble(t, simexchange.Config{}, unordered, func(t *testing.T, server *simexchange.Server) {
		s := listen(t, server)
		server.Shuffle(time.Second)
		server.Echo(0.5, time.Second)
		var want []string
		for i := range 100 {
			want = append(want, fmt.Sprint(i+1))
			server.Trade("BTC-LTC", want[i])
			time.Sleep(100 * time.Millisecond)
		}
		got, err := s.prices()
		require.NoError(t, err)
		assert.Subset(t, got, want)
		assert.InDelta(t, 150, len(got), 25)
		assert.NotEqual(t, want, got[:100])
		server.Shuffle(0)
		server.Echo(0, 0)
		server.Trade("BTC-LTC", "1")
		server.Trade("BTC-LTC", "2")
		got, _ = s.prices()
		assert.Equal(t, []string{"1", "2"}, got)
	})
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
		assert.Panics(t, func() { server.Shuffle(time.Second) })
		assert.Panics(t, func() { server.Echo(1, time.Second) })
	})
}

// TestJunk: every kind is an error for the adapter, and what follows is read.
func TestJunk(t *testing.T) {
	for _, kind := range simexchange.Junks() {
		t.Run(kind.String(), func(t *testing.T) {
			bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
				s := connect(t, server)
				server.Junk(kind)
				server.Inject([]byte("{'btc_ltc': 12}"))
				var got []string
				errs := 0
				for len(got) == 0 || got[len(got)-1] != "12" {
					us, err := s.Read(t.Context(), nil)
					if err != nil {
						var bad *exchange.FrameError
						require.ErrorAs(t, err, &bad)
						errs++
					}
					for _, u := range us {
						got = append(got, u.Trade.Price.String())
					}
				}
				if kind == simexchange.Huge {
					assert.Len(t, got, 2, "it is a good message, but for its length")
					return
				}
				assert.Len(t, got, 1)
				assert.Positive(t, errs)
			})
		})
	}
}

// TestTraits: what an exchange does to connections by itself.
func TestTraits(t *testing.T) {
	bubble(t, simexchange.Config{}, func(tr *simexchange.Traits) { tr.MaxAge = time.Hour }, func(t *testing.T, server *simexchange.Server) {
		s := connect(t, server)
		start := time.Now()
		_, err := s.Read(t.Context(), nil)
		require.Error(t, err)
		assert.Equal(t, time.Hour, time.Since(start))
	})
	pings := func(tr *simexchange.Traits) { tr.PingEvery, tr.PongWithin = 20*time.Second, time.Minute }
	bubble(t, simexchange.Config{}, pings, func(t *testing.T, server *simexchange.Server) {
		listen(t, server) // and so answers
		o := server.Options()
		idle, err := o.Connect(t.Context(), server.WebSocketURL())
		require.NoError(t, err)
		defer idle.Close()
		time.Sleep(79 * time.Second)
		assert.Equal(t, 2, server.Counts().Open)
		time.Sleep(2 * time.Second)
		assert.Equal(t, 1, server.Counts().Open)
	})
	bubble(t, simexchange.Config{}, func(tr *simexchange.Traits) { tr.ReadLimit = 512 }, func(t *testing.T, server *simexchange.Server) {
		o := server.Options()
		conn, err := o.Connect(t.Context(), server.WebSocketURL())
		require.NoError(t, err)
		defer conn.Close()
		require.NoError(t, conn.Write(t.Context(), make([]byte, 512)))
		synctest.Wait()
		assert.Equal(t, 1, server.Counts().Open)
		require.NoError(t, conn.Write(t.Context(), make([]byte, 513)))
		synctest.Wait()
		assert.Zero(t, server.Counts().Open)
		assert.Equal(t, 1, server.Counts().Received)
	})
}
