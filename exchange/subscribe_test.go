package exchange

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
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
