package exchange

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

// TestPace: frames go out no faster than allowed, whoever sends them, while
// acknowledgements are read.
func TestPace(t *testing.T) {
	var l *line
	speak(t, func(on *line) { l = on; obey(100 * time.Millisecond)(on) }, func(t *testing.T, w *WebSocket) {
		w.FrameRate, w.FrameBurst = 5, 3
		w.Keepalive, w.KeepaliveEvery = []byte("keepalive"), time.Second
		w.AckWithin = time.Second // counts from the last frame
		s, err := w.Connect(t.Context(), letters("ABCDEFGHIJKLMOPQRSTUVWXYZ"))
		require.NoError(t, err)
		defer s.Close()
		reading(t, s)
		time.Sleep(10 * time.Second)
		at := l.times()
		require.Greater(t, len(at), 30)
		for i := range at {
			for j := i; j < len(at); j++ {
				require.LessOrEqual(t, float64(j-i+1), 3+5*(at[j]-at[i]).Seconds()+1e-6)
			}
		}
		assert.InDelta(t, (25-3)/5, at[24].Seconds(), 0.5, "and no slower")
	})
}

// TestKeepalive: at its period, between other frames; and what the exchange wants
// answered is.
func TestKeepalive(t *testing.T) {
	var l *line
	speak(t, func(on *line) {
		l = on
		on.say("ack At")
		time.Sleep(25 * time.Second)
		on.say("say pong")
	}, func(t *testing.T, w *WebSocket) {
		w.Keepalive, w.KeepaliveEvery = []byte("keep"), 10*time.Second
		s, err := w.Connect(t.Context(), letters("A"))
		require.NoError(t, err)
		defer s.Close()
		reading(t, s)
		time.Sleep(35 * time.Second)
		assert.Equal(t, "+A keep keep pong keep", l.heard())
		s1 := time.Second
		assert.Equal(t, []time.Duration{0, 10 * s1, 20 * s1, 25 * s1, 30 * s1}, l.times())
	})
}

// TestMuteWhileSubscribing: a connection on which nothing moves ends by its pings,
// also before anybody reads.
func TestMuteWhileSubscribing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, server := open(t, Options{})
		_ = server // nobody reads there
		w := &WebSocket{
			Name: "test", AckWithin: time.Hour,
			Options: &Options{Dial: func(context.Context, string) (Conn, error) { return conn, nil }},
			Session: func(sub *Subscription) Session { return &talk{sub: sub, topics: "t"} },
		}
		start := time.Now()
		_, err := w.Connect(t.Context(), letters("A"))
		require.EqualError(t, err, "test: exchange: no pong within 10s")
		assert.Equal(t, 25*time.Second, time.Since(start))
	})
}

// TestWriteTakesTooLong: a peer that takes nothing.
func TestWriteTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, _ := open(t, Options{})
		w := &WebSocket{
			Name: "test", AckWithin: time.Hour,
			Options: &Options{PingEvery: -1, Dial: func(context.Context, string) (Conn, error) { return stuck{conn}, nil }},
			Session: func(sub *Subscription) Session { return &talk{sub: sub, topics: "t"} },
		}
		start := time.Now()
		_, err := w.Connect(t.Context(), letters("A"))
		require.ErrorContains(t, err, "exchange: frame not written within 10s")
		assert.Equal(t, 11*time.Second, time.Since(start))
	})
}

// stuck is a connection whose writes wait for their context.
type stuck struct{ Conn }

func (stuck) Write(ctx context.Context, _ []byte) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

// TestReadEndsWhileTheReadingPasses: Read's context counts also while what Connect
// read is not over.
func TestReadEndsWhileTheReadingPasses(t *testing.T) {
	speak(t, func(*line) {}, func(t *testing.T, w *WebSocket) {
		w.Session = func(sub *Subscription) Session { return &talk{sub: sub} }
		s, err := w.Connect(t.Context(), letters("A"))
		require.NoError(t, err)
		stop := errors.New("told to stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(stop) })
		start := time.Now()
		_, err = s.Read(ctx, nil)
		require.ErrorIs(t, err, stop)
		assert.Equal(t, time.Second, time.Since(start))
		_, err = s.Read(t.Context(), nil)
		require.ErrorIs(t, err, stop)
		require.NoError(t, s.Close())
	})
	speak(t, func(*line) {}, func(t *testing.T, w *WebSocket) {
		w.Session = func(sub *Subscription) Session { return &talk{sub: sub} }
		s, err := w.Connect(t.Context(), letters("A"))
		require.NoError(t, err)
		time.AfterFunc(time.Second, func() { s.Close() })
		_, err = s.Read(t.Context(), nil)
		require.ErrorIs(t, err, net.ErrClosed)
	})
}

// TestKept: beyond a bound older updates give way to newer of the same, and the
// order stays.
func TestKept(t *testing.T) {
	var k kept
	at := time.Now()
	for i := range 100_000 {
		u := update(ticker.Market(fmt.Sprintf("M%d-X", i%100)))
		if i%1000 == 7 {
			u.Groups |= ticker.QuoteGroup
		}
		u.Trade.Key = uint64(i)
		var err error
		if i%10 == 0 {
			err = errJunk
		}
		k.add([]ticker.Update{u}, err, at)
		require.LessOrEqual(t, k.n, thinAt+2)
	}
	key, groups, errs := uint64(0), map[ticker.Market]ticker.Groups{}, 0
	newest := map[ticker.Market]uint64{}
	for {
		f, ok := k.next()
		if !ok {
			break
		}
		if f.err != nil {
			errs++
		}
		for _, u := range f.us {
			require.Greater(t, u.Trade.Key, key)
			key = u.Trade.Key
			groups[u.Market] |= u.Groups
			newest[u.Market] = key
		}
	}
	assert.Len(t, newest, 100)
	assert.Equal(t, uint64(99_999), key)
	assert.Equal(t, ticker.TradeGroup|ticker.QuoteGroup, groups["M7-X"], "no group is lost")
	assert.NotZero(t, errs)
}

// TestSocketAllocsNothing: reading a frame costs nothing beyond its parsing.
func TestSocketAllocsNothing(t *testing.T) {
	w := &WebSocket{
		Options: &Options{PingEvery: -1, Dial: func(context.Context, string) (Conn, error) { return &repeating{}, nil }},
		Session: func(sub *Subscription) Session { return flat{sub} },
	}
	s, err := w.Connect(t.Context(), letters("A"))
	require.NoError(t, err)
	defer s.Close()
	dst := make([]ticker.Update, 0, 4)
	for s.(*socket).pumped != nil {
		_, err = s.Read(t.Context(), dst)
		require.NoError(t, err)
	}
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = s.Read(t.Context(), dst[:0]) }))
}

type flat struct{ sub *Subscription }

func (flat) Subscribe(add, drop []Listing) {}
func (f flat) Parse(_ []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
	m, _ := f.sub.Market([]byte("A"))
	return append(dst, ticker.Update{Ticker: ticker.Ticker{Market: m}}), true, nil
}
