package exchange

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/internal/wsconn"
	"github.com/tickersync/tickersync/ticker"
)

var errJunk = errors.New("junk")

// parseTest reads a frame of market names; "h" is a heartbeat, "?" an unknown
// type, "!" junk in the middle.
func parseTest(frame []byte, dst []ticker.Update) (us []ticker.Update, proves bool, err error) {
	switch string(frame) {
	case "h":
		return dst, true, nil
	case "?":
		return dst, false, nil
	}
	for _, c := range frame {
		if c == '!' {
			err = NewFrameError("test", "", frame, errJunk)
			continue
		}
		dst = append(dst, update(ticker.Market(c)))
	}
	return dst, true, err
}

func update(m ticker.Market) ticker.Update {
	return ticker.Update{
		Ticker: ticker.Ticker{Market: m, Trade: ticker.Trade{Price: decimal.One}},
		Groups: ticker.TradeGroup,
	}
}

func names(us []ticker.Update) (s string) {
	for _, u := range us {
		s += string(u.Market)
	}
	return s
}

// open connects over memory and returns both sides.
func open(t *testing.T, o Options) (Conn, *wsconn.Conn) {
	t.Helper()
	accepted := make(chan *wsconn.Conn, 1)
	o.HTTPClient = serve(t, func(w http.ResponseWriter, r *http.Request) {
		c, err := wsconn.Accept(w, r, 0)
		assert.NoError(t, err)
		accepted <- c
	})
	c, err := o.Connect(t.Context(), "ws://exchange.example/feed")
	require.NoError(t, err)
	server := <-accepted
	t.Cleanup(func() {
		assert.NoError(t, c.Close())
		assert.NoError(t, server.Close())
	})
	return c, server
}

func TestStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, server := open(t, Options{})
		s := NewStream(conn, nil, []ticker.Update{update("K"), update("L")}, parseTest)
		defer s.Close()
		for _, frame := range []string{"AB", "?", "?", "h", "C!D", "E"} {
			require.NoError(t, server.Write(t.Context(), []byte(frame)))
		}
		dst := []ticker.Update{update("x")}
		us, err := s.Read(t.Context(), dst)
		require.NoError(t, err)
		assert.Equal(t, "xKL", names(us), "what came before the acknowledgement is first")
		us, err = s.Read(t.Context(), dst)
		require.NoError(t, err)
		assert.Equal(t, "xAB", names(us))
		us, err = s.Read(t.Context(), dst[:0])
		require.NoError(t, err)
		assert.Empty(t, us, "a heartbeat; unknown frames before it are passed over")
		us, err = s.Read(t.Context(), dst[:0])
		var fe *FrameError
		require.ErrorAs(t, err, &fe)
		assert.ErrorIs(t, err, errJunk)
		assert.Equal(t, "CD", names(us), "a bad row costs itself")
		us, err = s.Read(t.Context(), dst[:0])
		require.NoError(t, err)
		assert.Equal(t, "E", names(us))

		go server.CloseWith(1001, "maintenance")
		_, err = s.Read(t.Context(), nil)
		var ce *CloseError
		require.ErrorAs(t, err, &ce)
		assert.Equal(t, 1001, ce.Code)
		require.NoError(t, s.Close())
		require.NoError(t, s.Close())
	})
}

func TestStreamReadEndsWithItsContextOrClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, server := open(t, Options{})
		go func() { _, _ = server.Read(t.Context(), nil) }() // answers pings
		s := NewStream(conn, nil, nil, parseTest)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err := s.Read(ctx, nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, s.Close())

		conn, _ = open(t, Options{})
		s = NewStream(conn, nil, nil, parseTest)
		go func() { time.Sleep(time.Second); assert.NoError(t, s.Close()) }()
		start := time.Now()
		_, err = s.Read(t.Context(), nil)
		require.ErrorIs(t, err, net.ErrClosed)
		assert.Equal(t, time.Second, time.Since(start))
	})
}

func TestStreamPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, server := open(t, Options{})
		s := NewStream(conn, &Options{PingEvery: time.Minute}, nil, parseTest)
		defer s.Close()
		answers, stop := context.WithCancel(t.Context())
		go func() {
			for answers.Err() == nil { // answers pings for an hour, and reads no more
				_, _ = server.Read(context.Background(), nil)
			}
		}()
		go func() {
			time.Sleep(time.Hour)
			stop()
			_ = server.Write(t.Context(), []byte("h"))
		}()
		start := time.Now()
		_, err := s.Read(t.Context(), nil)
		require.NoError(t, err, "pongs come, so the connection lives")
		assert.Equal(t, time.Hour, time.Since(start))
	})
}

func TestStreamMute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, _ := open(t, Options{}) // nobody reads on the other side
		s := NewStream(conn, nil, nil, parseTest)
		start := time.Now()
		_, err := s.Read(t.Context(), nil)
		require.EqualError(t, err, "exchange: no pong within 10s")
		assert.Equal(t, 25*time.Second, time.Since(start))
		require.NoError(t, s.Close())

		conn, server := open(t, Options{})
		s = NewStream(conn, &Options{PingEvery: -1}, nil, parseTest)
		go func() { time.Sleep(time.Hour); _ = server.Write(t.Context(), []byte("h")) }()
		_, err = s.Read(t.Context(), nil)
		require.NoError(t, err, "not pinged at all")
		require.NoError(t, s.Close())
	})
}

func TestStreamAllocsNothing(t *testing.T) {
	s := NewStream(&repeating{}, &Options{PingEvery: -1}, nil, func(frame []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
		return append(dst, ticker.Update{}), true, nil
	})
	defer s.Close()
	dst := make([]ticker.Update, 0, 4)
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = s.Read(t.Context(), dst[:0]) }))
}

// repeating is a Conn of another library, which says the same for ever.
type repeating struct{}

func (*repeating) Read(_ context.Context, dst []byte) ([]byte, error) {
	return append(dst[:0], '.'), nil
}
func (*repeating) Write(context.Context, []byte) error { return nil }
func (*repeating) Ping(context.Context) error          { return nil }
func (*repeating) Close() error                        { return nil }
