package binance_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/binance"
	"github.com/tickersync/tickersync/exchange/binance/binancesim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/ticker"
)

// bubble runs a test in virtual time on a simulated exchange.
func bubble(t *testing.T, d *binancesim.Dialect, cfg simexchange.Config, f func(*testing.T, *simexchange.Server, *exchange.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg.Memory = true
		server, err := simexchange.Start(cfg, d)
		require.NoError(t, err)
		defer server.Close()
		o := server.Options()
		f(t, server, &o)
	})
}

// run keeps a Book until the end of the test's bubble.
func run(t *testing.T, book *ticker.Book, src fullsync.Source) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- fullsync.Run(ctx, book, src, nil) }()
	return func() {
		cancel()
		<-done
	}
}

func many(n int) (ms []ticker.Market) {
	ms = append(ms, "BTC-USDT")
	for i := 1; i < n; i++ {
		ms = append(ms, ticker.Market(fmt.Sprintf("LONGNAME%d-USDT", i)))
	}
	return ms
}

// TestShards: 3,000 markets over 1,024 streams a connection, frames within 4,096
// bytes and five messages a second. The simulated exchange ends the connection
// that breaks a rule, or falls silent.
func TestShards(t *testing.T) {
	cfg := simexchange.Config{Markets: many(3000), Rate: 50, Latency: simexchange.Exactly(50 * time.Millisecond)}
	bubble(t, &binancesim.Dialect{}, cfg, func(t *testing.T, server *simexchange.Server, o *exchange.Options) {
		var book ticker.Book
		defer run(t, &book, binance.New(o))()
		require.NoError(t, book.WaitSynced(t.Context()))
		time.Sleep(time.Minute)
		c := server.Counts()
		assert.Equal(t, 6, c.Opened, "511 markets a connection, none opened twice")
		assert.Equal(t, 6, c.Open)
		st := book.Status()
		assert.Empty(t, st.Refused)
		assert.Equal(t, 3000, st.Known)
		assert.Equal(t, ticker.Live, st.State)
	})
}

// TestFreshWhileQuiet: where nothing is told of its markets, a connection is known
// to live by the beat of BTCUSDT.
func TestFreshWhileQuiet(t *testing.T) {
	bubble(t, &binancesim.Dialect{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, o *exchange.Options) {
		var book ticker.Book
		defer run(t, &book, binance.New(o))()
		require.NoError(t, book.WaitSynced(t.Context()))
		time.Sleep(5 * time.Minute)
		assert.Equal(t, 1, server.Counts().Opened)
		_, err := book.Quote("ETH-EUR", 3*time.Second)
		require.NoError(t, err)
		server.Mute(true)
		time.Sleep(25 * time.Second)
		assert.Contains(t, book.Status().LastError.Error(), "silent")
	})
}

// TestDayLong: the exchange cuts each connection after 24 hours.
func TestDayLong(t *testing.T) {
	bubble(t, &binancesim.Dialect{}, simexchange.Config{Markets: many(3)}, func(t *testing.T, server *simexchange.Server, o *exchange.Options) {
		var book ticker.Book
		src := binance.New(o)
		assert.Equal(t, 24*time.Hour, src.Feed().MaxAge)
		defer run(t, &book, src)()
		require.NoError(t, book.WaitSynced(t.Context()))
		time.Sleep(25 * time.Hour)
		assert.Equal(t, 2, server.Counts().Opened)
		_, err := book.Quote("BTC-USDT", 3*time.Second)
		require.NoError(t, err)
	})
}

// TestServerShutdownReconnects.
func TestServerShutdownReconnects(t *testing.T) {
	bubble(t, &binancesim.Dialect{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, o *exchange.Options) {
		var book ticker.Book
		defer run(t, &book, binance.New(o))()
		require.NoError(t, book.WaitSynced(t.Context()))
		server.Inject([]byte(`{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1767225600555}}`))
		time.Sleep(30 * time.Second)
		assert.Equal(t, 2, server.Counts().Opened)
		assert.Equal(t, ticker.Live, book.Status().State)
		assert.ErrorContains(t, book.Status().LastError, "asks to reconnect")
	})
}

// TestUnknownSymbolsAreAcknowledgedAndSilent: so a market that is gone costs
// nothing on the websocket, and only REST shows that it is.
func TestUnknownSymbolsAreAcknowledgedAndSilent(t *testing.T) {
	bubble(t, &binancesim.Dialect{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, o *exchange.Options) {
		src := binance.New(o)
		stream, err := src.Connect(t.Context(), []exchange.Listing{
			{Market: "NO-SUCH", Symbol: "NOSUCH"}, {Market: "ETH-BTC", Symbol: "ETHBTC"},
		})
		require.NoError(t, err)
		defer stream.Close()
		server.Quote("ETH-BTC", "0.05", "0.06")
		for {
			us, err := stream.Read(t.Context(), nil)
			require.NoError(t, err)
			if len(us) > 0 {
				assert.Equal(t, ticker.Market("ETH-BTC"), us[0].Market)
				break
			}
		}
	})
}

// TestHaltedMarketIsNotTaken: BREAK stays listed, in the list and in REST's
// tickers; its frozen prices never get into a Book.
func TestHaltedMarketIsNotTaken(t *testing.T) {
	bubble(t, &binancesim.Dialect{}, simexchange.Config{Rate: 5}, func(t *testing.T, server *simexchange.Server, o *exchange.Options) {
		server.Halt("ETH-EUR")
		var book ticker.Book
		defer run(t, &book, binance.New(o))()
		require.NoError(t, book.WaitSynced(t.Context()))
		_, known := book.Get("ETH-EUR")
		assert.False(t, known)
		assert.Contains(t, book.Status().Refused["ETH-EUR"], "not trading")
	})
}

// TestLiveSubscription: markets are added to an open connection and dropped.
func TestLiveSubscription(t *testing.T) {
	bubble(t, &binancesim.Dialect{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, o *exchange.Options) {
		src := binance.New(o)
		ls, err := src.Markets(t.Context())
		require.NoError(t, err)
		stream, err := src.Connect(t.Context(), ls[:1])
		require.NoError(t, err)
		defer stream.Close()
		told := make(chan ticker.Market, 100)
		go func() {
			for {
				us, err := stream.Read(t.Context(), nil)
				if err != nil {
					close(told)
					return
				}
				for i := range us {
					told <- us[i].Market
				}
			}
		}()
		sub, ok := stream.(exchange.Subscriber)
		require.True(t, ok)
		require.NoError(t, sub.Subscribe(t.Context(), ls[1:3], ls[:1]))
		server.Quote(ls[0].Market, "1", "2")
		server.Quote(ls[2].Market, "1", "2")
		assert.Equal(t, ls[2].Market, <-told, "what was dropped is told no more")
		require.NoError(t, stream.Close())
		for range told {
		}
	})
}

// TestWeights: a request costs what it weighs, and the budget holds the heaviest.
func TestWeights(t *testing.T) {
	bubble(t, &binancesim.Dialect{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, o *exchange.Options) {
		src := binance.New(o)
		budget := src.Feed().Budget
		assert.LessOrEqual(t, 60*float64(budget.Rate())+float64(budget.Burst()), 6000.0, "the exchange's limit a minute")
		assert.GreaterOrEqual(t, budget.Burst(), 80)
		_, err := src.Snapshot(t.Context()) // asks for the list first
		require.NoError(t, err)
		assert.Zero(t, budget.Left())
		began := time.Now()
		_, err = src.Snapshot(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 80*time.Second/binance.DefaultRate, time.Since(began))
		for _, r := range server.Requests() {
			assert.Equal(t, map[bool]int{true: 20, false: 80}[strings.Contains(r.Path, "exchangeInfo")], r.Weight)
		}
	})
}

// TestUsedWeight: where others on the address have used up nearly all of it, the
// rest of the minute is theirs.
func TestUsedWeight(t *testing.T) {
	bubble(t, &binancesim.Dialect{Others: 4950}, simexchange.Config{}, func(t *testing.T, _ *simexchange.Server, o *exchange.Options) {
		src := binance.New(o)
		time.Sleep(15 * time.Second) // of a minute by the exchange's clock
		_, err := src.Markets(t.Context())
		require.NoError(t, err)
		assert.NotZero(t, src.Feed().Budget.Left())
		_, err = src.Snapshot(t.Context())
		require.NoError(t, err)
		assert.Zero(t, src.Feed().Budget.Left())
		began := time.Now()
		_, err = src.Markets(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 45*time.Second, time.Since(began))
	})
}

// TestBans: 418 pauses everything for as long as the exchange says.
func TestBans(t *testing.T) {
	bubble(t, &binancesim.Dialect{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, o *exchange.Options) {
		src := binance.New(o)
		server.Fail(1, simexchange.Banned("7200"))
		_, err := src.Markets(t.Context())
		var limit *exchange.RateLimitError
		require.ErrorAs(t, err, &limit)
		assert.Equal(t, 2*time.Hour, limit.RetryAfter)
		began := time.Now()
		_, err = src.Markets(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 2*time.Hour, time.Since(began))
	})
}

// TestRestrictedLocation: 451 does not get better.
func TestRestrictedLocation(t *testing.T) {
	bubble(t, &binancesim.Dialect{}, simexchange.Config{}, func(t *testing.T, server *simexchange.Server, o *exchange.Options) {
		server.Fail(1, simexchange.Status(451))
		_, err := binance.New(o).Markets(t.Context())
		assert.True(t, exchange.IsPermanent(err))
		server.Fail(1, simexchange.Status(403)) // the firewall's: it passes
		_, err = binance.New(o).Markets(t.Context())
		assert.False(t, exchange.IsPermanent(err))
		assert.Error(t, err)
	})
}

// TestLongList: the answer is megabytes long; one that is longer than MaxBody is
// an error and never a shorter list.
func TestLongList(t *testing.T) {
	bubble(t, &binancesim.Dialect{}, simexchange.Config{Markets: many(5000)}, func(t *testing.T, _ *simexchange.Server, o *exchange.Options) {
		ls, err := binance.New(o).Markets(t.Context())
		require.NoError(t, err)
		assert.Len(t, ls, 5000)
		o.MaxBody = 1 << 20
		ls, err = binance.New(o).Markets(t.Context())
		require.Error(t, err)
		assert.Empty(t, ls)
	})
}

// TestRefusedSubscription: a refusal names the markets it is about, and one that
// cannot be understood costs its frame.
func TestRefusedSubscription(t *testing.T) {
	l := exchange.Listing{Market: "ABC-USDT", Symbol: "ABCUSDT"}
	bubble(t, &binancesim.Dialect{}, simexchange.Config{}, func(t *testing.T, _ *simexchange.Server, o *exchange.Options) {
		o.Dial = func(ctx context.Context, _ string) (exchange.Conn, error) {
			c := &scripted{frames: []string{`{"code":2,"msg":"Invalid request"}`, `{"error":{"code":2,"msg":"no such thing"},"id":1}`}}
			c.ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
			return c, nil
		}
		stream, err := binance.New(o).Connect(t.Context(), []exchange.Listing{l})
		require.NotNil(t, stream)
		defer stream.Close()
		var refused *exchange.RefusedError
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, map[ticker.Market]string{"ABC-USDT": "no such thing"}, refused.Markets)
	})
}

// scripted is a connection that says what it was given, and then nothing.
type scripted struct {
	frames []string
	ctx    context.Context
	cancel context.CancelFunc
}

func (s *scripted) Read(_ context.Context, dst []byte) ([]byte, error) {
	if len(s.frames) > 0 {
		f := s.frames[0]
		s.frames = s.frames[1:]
		return append(dst[:0], f...), nil
	}
	<-s.ctx.Done()
	return nil, errors.New("closed")
}
func (s *scripted) Write(context.Context, []byte) error { return nil }
func (s *scripted) Ping(context.Context) error          { return nil }
func (s *scripted) Close() error                        { s.cancel(); return nil }
