package bl3p_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/bl3p"
	"github.com/tickersync/tickersync/exchange/bl3p/bl3psim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// bench is a simulated exchange with an adapter on it, whose sockets can be cut
// and made mute one by one.
type bench struct {
	server *simexchange.Server
	source *bl3p.Source
	list   []exchange.Listing
	mu     sync.Mutex
	conns  []*conn
}

type conn struct {
	exchange.Conn
	path   string
	mute   chan struct{} // closed: nothing comes in any more, pongs neither
	once   sync.Once
	closed chan struct{}
}

func (c *conn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

func (c *conn) Read(ctx context.Context, dst []byte) ([]byte, error) {
	dst, err := c.Conn.Read(ctx, dst)
	select {
	case <-c.mute:
		if err == nil {
			<-c.closed
			return nil, net.ErrClosed
		}
	default:
	}
	return dst, err
}

func (c *conn) Ping(ctx context.Context) error {
	select {
	case <-c.mute:
		<-ctx.Done()
		return ctx.Err()
	default:
		return c.Conn.Ping(ctx)
	}
}

// bubble runs f in virtual time. If ok is not nil, it says whether errors have status 200.
func bubble(t *testing.T, cfg simexchange.Config, ok *bool, f func(*testing.T, *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg.Memory = true
		server, err := simexchange.Start(cfg, &bl3psim.Dialect{OK: ok != nil && *ok})
		require.NoError(t, err)
		defer server.Close()
		b := &bench{server: server}
		o := server.Options()
		dial := o.Connect
		tapped := o
		tapped.Dial = func(ctx context.Context, url string) (exchange.Conn, error) {
			c, err := dial(ctx, url)
			if err != nil {
				return nil, err
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			b.conns = append(b.conns, &conn{
				Conn: c, path: strings.TrimPrefix(url, "ws://simexchange"),
				mute: make(chan struct{}), closed: make(chan struct{}),
			})
			return b.conns[len(b.conns)-1], nil
		}
		b.source = bl3p.New(&bl3p.Options{Options: tapped, Markets: both()})
		defer b.source.CloseIdleConnections()
		b.list, err = b.source.Markets(t.Context())
		require.NoError(t, err)
		f(t, b)
	})
}

func (b *bench) connect(t *testing.T) exchange.Stream {
	t.Helper()
	stream, err := b.source.Connect(t.Context(), b.list)
	require.NoError(t, err)
	t.Cleanup(func() { _ = stream.Close() })
	return stream
}

func (b *bench) dialled() (paths []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.conns {
		paths = append(paths, c.path)
	}
	return paths
}

// run follows the exchange with a Book until end is called, and waits until that
// is synced.
func (b *bench) run(t *testing.T) (book *ticker.Book, end func()) {
	t.Helper()
	book = &ticker.Book{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- singlesync.Run(ctx, book, b.source, nil) }()
	synced, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	require.NoError(t, book.WaitSynced(synced))
	return book, func() {
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
	}
}

func TestReading(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, b *bench) {
		assert.Equal(t, "bl3p", b.source.Name())
		stream := b.connect(t)
		u, err := b.source.Fetch(t.Context(), b.list[1])
		require.NoError(t, err)
		truth, _ := b.server.Truth("LTC-EUR")
		assert.True(t, truth.Trade.Price.Equal(u.Trade.Price))
		assert.True(t, truth.Stats.Volume.Equal(u.Stats.Volume))
		assert.Zero(t, u.Trade.Size)

		b.server.Quote("LTC-EUR", "120.5", "121")
		us, err := stream.Read(t.Context(), nil)
		require.NoError(t, err)
		require.Len(t, us, 1)
		assert.Equal(t, ticker.QuoteGroup, us[0].Groups)
		assert.Equal(t, "1", us[0].Quote.AskSize.String())
		require.NoError(t, stream.Close())
		require.NoError(t, stream.Close())
		_, err = stream.Read(t.Context(), nil)
		require.ErrorIs(t, err, net.ErrClosed)
		require.ErrorContains(t, err, "bl3p: ")
	})
}

// TestOneSocketEnds: the whole Stream does, and says which it was.
func TestOneSocketEnds(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, b *bench) {
		stream := b.connect(t)
		b.server.Trade("BTC-EUR", "5") // read before the end
		synctest.Wait()
		_ = b.conns[3].Close()
		us, err := stream.Read(t.Context(), nil)
		require.NoError(t, err)
		assert.Len(t, us, 1)
		_, err = stream.Read(t.Context(), nil)
		require.ErrorContains(t, err, "bl3p: LTCEUR/orderbook: ")
		_, again := stream.Read(t.Context(), nil)
		assert.Equal(t, err, again)
	})
}

// TestOneSocketIsMute: its ping finds out, while the other goes on telling.
func TestOneSocketIsMute(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, b *bench) {
		book, end := b.run(t)
		for _, c := range b.conns {
			if c.path == "/1/BTCEUR/trades" {
				close(c.mute)
			}
		}
		b.server.Trade("BTC-EUR", "5") // lost with the socket
		for range 40 {
			b.server.Quote("BTC-EUR", "4", "6")
			time.Sleep(time.Second)
		}
		trade, err := book.Trade("BTC-EUR", time.Minute)
		require.NoError(t, err)
		assert.Equal(t, "5", trade.Price.String(), "by REST, on the new connection")
		require.ErrorContains(t, book.Status().LastError, "BTCEUR/trades: exchange: no pong")
		end()
	})
}

// TestConnectErrors: what is no refusal costs the Connect, and leaves nothing.
func TestConnectErrors(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, b *bench) {
		for _, c := range []struct {
			f    simexchange.Failure
			path string
			want string
		}{
			{simexchange.Status(500), "/1/BTCEUR/trades", "bl3p: BTCEUR/trades: exchange: connecting"},
			{simexchange.Status(404), "/1/LTCEUR/orderbook", "bl3p: LTCEUR/orderbook: exchange: connecting"},
			{simexchange.HTML(), "/1/BTCEUR/orderbook", "status 200"},
		} {
			b.server.FailConnect(1, c.f, c.path)
			stream, err := b.source.Connect(t.Context(), b.list)
			require.ErrorContains(t, err, c.want)
			assert.Nil(t, stream)
			time.Sleep(time.Second)
			assert.Zero(t, b.server.Counts().Open)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		_, err := b.source.Connect(ctx, b.list)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		b.server.FailConnect(1, simexchange.Limited("7"), "/1/BTCEUR/trades")
		_, err = b.source.Connect(t.Context(), b.list)
		var limit *exchange.RateLimitError
		require.ErrorAs(t, err, &limit)
		assert.Equal(t, 7*time.Second, limit.RetryAfter)
	})
}

// TestRefused: with a market that is served, and alone.
func TestRefused(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, b *bench) {
		b.server.Delist("LTC-EUR")
		stream, err := b.source.Connect(t.Context(), b.list)
		var refused *exchange.RefusedError
		require.ErrorAs(t, err, &refused)
		assert.Contains(t, refused.Markets["LTC-EUR"], "UNKNOWN_MARKETPLACE")
		assert.Len(t, refused.Markets, 1)
		require.NoError(t, stream.Close())

		start := time.Now()
		stream, err = b.source.Connect(t.Context(), b.list[1:])
		require.ErrorAs(t, err, &refused)
		_, err = stream.Read(t.Context(), nil)
		require.ErrorContains(t, err, "asking again")
		assert.Equal(t, 10*time.Minute, time.Since(start))
		require.NoError(t, stream.Close())
		stream, _ = b.source.Connect(t.Context(), b.list[1:])
		require.NoError(t, stream.Close())
	})
}

func TestOptions(t *testing.T) {
	ms, err := bl3p.New(nil).Markets(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []exchange.Listing{{Market: "BTC-EUR", Symbol: "BTCEUR", RESTSymbol: "BTCEUR", Trading: true}}, ms)
	_, err = bl3p.New(&bl3p.Options{Markets: []ticker.Market{"BTC-EUR", "BTC-USD"}}).Markets(t.Context())
	require.ErrorContains(t, err, `bl3p: "BTC-USD" cannot be a market`)
	assert.True(t, exchange.IsPermanent(err))
}
