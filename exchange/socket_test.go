package exchange

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

// reading reads a stream until it ends, into what it returns, and then says why.
func reading(t *testing.T, s Stream) (told *strings.Builder, ended chan error) {
	t.Helper()
	told, ended = &strings.Builder{}, make(chan error, 1)
	go func() {
		var us []ticker.Update
		for {
			var err error
			us, err = s.Read(t.Context(), us[:0])
			told.WriteString(names(us))
			var bad *FrameError
			if err != nil && !errors.As(err, &bad) {
				ended <- err
				return
			}
		}
	}()
	return told, ended
}

// obey is an exchange that acknowledges what is asked for, after a while, and
// tells it.
func obey(after time.Duration) func(*line) {
	return func(l *line) {
		for seen := 0; ; {
			time.Sleep(after)
			l.mu.Lock()
			got := l.got[seen:]
			seen = len(l.got)
			l.mu.Unlock()
			for _, f := range got {
				switch symbol := f[1:]; {
				case f[0] == '+' && symbol == "N":
					l.say("no N never")
				case f[0] == '+':
					l.say("t "+symbol, "ack "+symbol+"t")
				}
			}
			if l.conn.Write(l.Context(), []byte("h")) != nil {
				return
			}
		}
	}
}

// TestSubscribe: markets come and go while the stream is read.
func TestSubscribe(t *testing.T) {
	var l *line
	speak(t, func(on *line) { l = on; obey(time.Second)(on) }, func(t *testing.T, w *WebSocket) {
		s, err := w.Connect(t.Context(), letters("AB"))
		require.NoError(t, err)
		defer s.Close()
		told, ended := reading(t, s)
		sub := s.(Subscriber)
		start := time.Now()
		require.NoError(t, sub.Subscribe(t.Context(), letters("CD"), letters("A")))
		assert.LessOrEqual(t, time.Since(start), time.Second)
		assert.Equal(t, "+A +B -A +C +D", l.heard())
		err = sub.Subscribe(t.Context(), letters("EN"), nil)
		assert.Equal(t, &RefusedError{map[ticker.Market]string{"N-X": "never"}}, err)
		require.NoError(t, sub.Subscribe(t.Context(), nil, letters("CDE")))
		require.NoError(t, sub.Subscribe(t.Context(), nil, nil))
		assert.Equal(t, "+A +B -A +C +D +E +N -C -D -E", l.heard())

		done := make(chan error, 8)
		for _, c := range "FGHIJKLM" {
			go func() { done <- sub.Subscribe(t.Context(), letters(string(c)), nil) }()
		}
		for range 8 {
			require.NoError(t, <-done, "several may at once")
		}
		require.NoError(t, s.Close())
		require.ErrorIs(t, <-ended, net.ErrClosed)
		for _, c := range "ABCDEFGHIJKLM" {
			assert.Equal(t, 1, strings.Count(told.String(), string(c)+"-X"), string(c))
		}
	})
}

// TestSubscribeUnanswered: what is not answered ends in time, and does not disturb
// what comes later.
func TestSubscribeUnanswered(t *testing.T) {
	speak(t, func(l *line) {
		l.say("ack At")
		time.Sleep(15 * time.Second)
		l.say("ack Bt", "ack Ct")
		time.Sleep(5 * time.Second)
		l.say("ack Ct")
	}, func(t *testing.T, w *WebSocket) {
		s, err := w.Connect(t.Context(), letters("A"))
		require.NoError(t, err)
		defer s.Close()
		reading(t, s)
		sub := s.(Subscriber)
		require.EqualError(t, sub.Subscribe(t.Context(), letters("B"), nil), "test: subscription not acknowledged within 10s")
		stop := errors.New("told to stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(stop) })
		require.ErrorIs(t, sub.Subscribe(ctx, letters("C"), nil), stop)
		time.Sleep(5 * time.Second)
		start := time.Now()
		require.NoError(t, sub.Subscribe(t.Context(), letters("C"), nil))
		assert.Equal(t, 4*time.Second, time.Since(start))
	})
}

// TestSubscribeAgain: the later call is the one that is answered.
func TestSubscribeAgain(t *testing.T) {
	speak(t, func(l *line) {
		l.say("ack At")
		time.Sleep(5 * time.Second)
		l.say("ack Bt")
	}, func(t *testing.T, w *WebSocket) {
		s, err := w.Connect(t.Context(), letters("A"))
		require.NoError(t, err)
		defer s.Close()
		reading(t, s)
		sub, first := s.(Subscriber), make(chan error)
		start := time.Now()
		go func() { first <- sub.Subscribe(t.Context(), letters("B"), nil) }()
		time.Sleep(time.Second)
		second := make(chan error)
		go func() { second <- sub.Subscribe(t.Context(), letters("B"), nil) }()
		require.NoError(t, <-first, "it has nothing to wait for any more")
		require.NoError(t, <-second)
		assert.Equal(t, 5*time.Second, time.Since(start))
	})
}

// TestSubscribeOnAnEndedConnection: nobody waits for what cannot come.
func TestSubscribeOnAnEndedConnection(t *testing.T) {
	for name, end := range map[string]func(*line, Stream){
		"cut":         func(l *line, _ Stream) { l.conn.Close() },
		"asked to go": func(l *line, _ Stream) { l.say("bye") },
		"closed":      func(_ *line, s Stream) { s.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			var l *line
			speak(t, func(on *line) { l = on; on.say("ack At") }, func(t *testing.T, w *WebSocket) {
				s, err := w.Connect(t.Context(), letters("A"))
				require.NoError(t, err)
				_, ended := reading(t, s)
				start := time.Now()
				time.AfterFunc(2*time.Second, func() { end(l, s) })
				require.Error(t, s.(Subscriber).Subscribe(t.Context(), letters("B"), nil))
				assert.Equal(t, 2*time.Second, time.Since(start))
				err = <-ended
				assert.Equal(t, name == "asked to go", errors.Is(err, errBye), err)
				require.Error(t, s.(Subscriber).Subscribe(t.Context(), letters("B"), nil))
				assert.Equal(t, 2*time.Second, time.Since(start))
				require.NoError(t, s.Close())
				require.NoError(t, s.Close())
			})
		})
	}
}

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

// TestSocketDoesNotAllocate: reading a frame costs nothing beyond its parsing.
func TestSocketDoesNotAllocate(t *testing.T) {
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
