package exchange

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

// TestConnect: acknowledgements in any order, tickers before, between and after
// them: none is lost, all are in order, with the time they came at.
func TestConnect(t *testing.T) {
	play := func(l *line) {
		time.Sleep(time.Second)
		l.say("t B", "what", "!", "h", "ack Ct")
		time.Sleep(time.Second)
		l.say("t AC", "ack At", "no B halted", "t A", "h")
	}
	speak(t, play, func(t *testing.T, w *WebSocket) {
		start := time.Now()
		s, err := w.Connect(t.Context(), letters("ABC"))
		assert.Equal(t, &RefusedError{map[ticker.Market]string{"B-X": "halted"}}, err)
		require.NotNil(t, s)
		defer s.Close()
		assert.Equal(t, 2*time.Second, time.Since(start))
		time.Sleep(5 * time.Second)

		dst := []ticker.Update{update("x")}
		us, err := s.Read(t.Context(), dst)
		require.NoError(t, err)
		assert.Equal(t, "xB-X", names(us))
		assert.Equal(t, start.Add(time.Second), us[1].Trade.Received)
		assert.Zero(t, us[1].Quote.Received, "of the group that was told only")
		us, err = s.Read(t.Context(), dst)
		require.ErrorIs(t, err, errJunk, "what could not be read is not forgotten either")
		assert.Equal(t, "x", names(us))
		us, err = s.Read(t.Context(), dst[:0])
		require.NoError(t, err)
		assert.Equal(t, "A-XC-X", names(us))
		assert.Equal(t, start.Add(2*time.Second), us[0].Trade.Received)
		us, err = s.Read(t.Context(), dst[:0])
		require.NoError(t, err)
		assert.Equal(t, "A-X", names(us))
		us, err = s.Read(t.Context(), dst[:0])
		require.NoError(t, err)
		assert.Empty(t, us, "the heartbeat")
	})
}

// TestConnectUnanswered: one that is not acknowledged does not cost the others,
// unless none is.
func TestConnectUnanswered(t *testing.T) {
	speak(t, func(l *line) {
		time.Sleep(8 * time.Second)
		l.say("ack At")
		time.Sleep(30 * time.Second)
		l.say("ack Bt", "t A", "t B", "h")
	}, func(t *testing.T, w *WebSocket) {
		start := time.Now()
		s, err := w.Connect(t.Context(), letters("AB"))
		assert.Equal(t, &RefusedError{map[ticker.Market]string{"B-X": "not acknowledged"}}, err)
		assert.Equal(t, 18*time.Second, time.Since(start), "ten seconds after the last answer")
		defer s.Close()
		for _, want := range []string{"A-X", "B-X", ""} { // B was served after all
			us, err := s.Read(t.Context(), nil)
			require.NoError(t, err)
			assert.Equal(t, want, names(us))
		}
		assert.Equal(t, 38*time.Second, time.Since(start))
	})
	for answers, want := range map[string]string{
		"h":         "test: subscription not acknowledged within 3s",
		"no A halt": `test: 2 markets not acknowledged within 3s, and exchange: 1 markets refused: "A-X" "halt"`,
	} {
		speak(t, func(l *line) { l.say(answers) }, func(t *testing.T, w *WebSocket) {
			w.AckWithin = 3 * time.Second
			start := time.Now()
			s, err := w.Connect(t.Context(), letters("ABC"))
			require.EqualError(t, err, want)
			assert.Nil(t, s)
			assert.Equal(t, 3*time.Second, time.Since(start))
		})
	}
	speak(t, func(l *line) { l.say("no A", "no Bt y") }, func(t *testing.T, w *WebSocket) {
		s, err := w.Connect(t.Context(), letters("AB"))
		assert.Equal(t, &RefusedError{map[ticker.Market]string{"A-X": "refused", "B-X": "y"}}, err)
		require.NoError(t, s.Close())
	})
}

// TestConnectTopics: a market counts when all of its topics are acknowledged.
func TestConnectTopics(t *testing.T) {
	speak(t, func(l *line) {
		l.say("ack Bt", "ack Bt", "ack At", "ack Zt", "no Bu closed", "ack Bt")
		time.Sleep(time.Second)
		l.say("ack Au")
	}, func(t *testing.T, w *WebSocket) {
		w.Session = func(sub *Subscription) Session { return &talk{sub: sub, topics: "tut"} }
		start := time.Now()
		s, err := w.Connect(t.Context(), letters("AB"))
		assert.Equal(t, &RefusedError{map[ticker.Market]string{"B-X": "closed"}}, err)
		assert.Equal(t, time.Second, time.Since(start))
		require.NoError(t, s.Close())
	})
}

// TestConnectNothingToAwait: where nothing is acknowledged, Connect returns when
// the frames are sent, and no frame is lost between the two that read.
func TestConnectNothingToAwait(t *testing.T) {
	speak(t, func(l *line) {
		time.Sleep(time.Minute)
		l.say("h", "t A", "t B", "h")
	}, func(t *testing.T, w *WebSocket) {
		w.Session = func(sub *Subscription) Session { return &talk{sub: sub} }
		w.FrameRate = 1
		start := time.Now()
		s, err := w.Connect(t.Context(), letters("ABC"))
		require.NoError(t, err)
		defer s.Close()
		assert.Equal(t, 2*time.Second, time.Since(start))
		for _, want := range []string{"", "A-X", "B-X", ""} {
			us, err := s.Read(t.Context(), nil)
			require.NoError(t, err)
			assert.Equal(t, want, names(us))
		}
	})
}

// TestConnectCut: the connection ends while subscribing.
func TestConnectCut(t *testing.T) {
	for name, c := range map[string]struct {
		play func(*line)
		says string
	}{
		"at once":     {func(l *line) { l.conn.Close() }, "test: "},
		"mid-way":     {func(l *line) { l.say("ack At", "t A"); time.Sleep(time.Second); l.conn.Close() }, "test: "},
		"with a word": {func(l *line) { l.say("ack At"); _ = l.conn.CloseWith(4000, "no") }, `4000 "no"`},
		"asked to go": {func(l *line) { l.say("ack At", "bye") }, "test: asked to reconnect"},
		"flooded":     {func(l *line) { l.say("flood") }, "frames wait to be sent"},
	} {
		t.Run(name, func(t *testing.T) {
			speak(t, c.play, func(t *testing.T, w *WebSocket) {
				w.FrameRate = 10
				start := time.Now()
				s, err := w.Connect(t.Context(), letters("AB"))
				assert.Nil(t, s)
				require.ErrorContains(t, err, c.says)
				assert.LessOrEqual(t, time.Since(start), time.Second)
				assert.Equal(t, name == "asked to go", errors.Is(err, errBye))
			})
		})
	}
}

// TestConnectCancel: at every stage.
func TestConnectCancel(t *testing.T) {
	stop := errors.New("told to stop")
	for name, after := range map[string]time.Duration{"before": 0, "pace of connects": 500 * time.Millisecond, "dial": 2500 * time.Millisecond, "frames": 6 * time.Second, "acks": 9 * time.Second} {
		t.Run(name, func(t *testing.T) {
			speak(t, func(l *line) { l.say("t A", "ack At") }, func(t *testing.T, w *WebSocket) {
				w.FrameRate = 1
				connects := NewBudget(0.5, 1)
				_, _ = connects.Reserve(t.Context(), 1)
				dial := w.Options
				w.Options = dial.WithDefaults(Options{Connects: connects, Dial: func(ctx context.Context, url string) (Conn, error) {
					select {
					case <-time.After(3 * time.Second):
					case <-ctx.Done():
						return nil, context.Cause(ctx)
					}
					return dial.Connect(ctx, url)
				}})
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(after, func() { cancel(stop) })
				start := time.Now()
				if after == 0 {
					cancel(stop)
				}
				s, err := w.Connect(ctx, letters("ABC"))
				assert.Nil(t, s)
				require.ErrorIs(t, err, stop)
				assert.True(t, strings.HasPrefix(err.Error(), "test: "), err)
				assert.Equal(t, after, time.Since(start))
			})
		})
	}
}

// TestConnectOutlivesItsContext: that of Connect bounds Connect only.
func TestConnectOutlivesItsContext(t *testing.T) {
	speak(t, func(l *line) {
		l.say("ack At")
		time.Sleep(time.Hour)
		l.say("t A")
	}, func(t *testing.T, w *WebSocket) {
		ctx, cancel := context.WithCancel(t.Context())
		s, err := w.Connect(ctx, letters("A"))
		require.NoError(t, err)
		defer s.Close()
		cancel()
		us, err := s.Read(t.Context(), nil)
		require.NoError(t, err)
		assert.Equal(t, "A-X", names(us))
	})
}

// TestConnectRefusedHandshake: too many attempts pause all.
func TestConnectRefusedHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(429)
		})
		w := &WebSocket{Name: "test", Options: &Options{HTTPClient: client, WebSocketURL: "ws://x/", Connects: NewBudget(1, 5)}}
		_, err := w.Connect(t.Context(), nil)
		var limit *RateLimitError
		require.ErrorAs(t, err, &limit)
		assert.Equal(t, time.Minute, limit.RetryAfter)
		start := time.Now()
		_, err = w.Connect(t.Context(), nil)
		require.Error(t, err)
		assert.Equal(t, time.Minute, time.Since(start))
	})
}

// TestConnectsArePaced: all connections of a Source together.
func TestConnectsArePaced(t *testing.T) {
	speak(t, func(l *line) { l.say("ack At") }, func(t *testing.T, w *WebSocket) {
		w.Options.Connects = NewBudget(2, 2)
		start := time.Now()
		streams := make(chan Stream)
		for range 12 {
			go func() {
				s, err := w.Connect(t.Context(), letters("A"))
				assert.NoError(t, err)
				streams <- s
			}()
		}
		for range 12 {
			require.NoError(t, (<-streams).Close())
		}
		assert.Equal(t, 5*time.Second, time.Since(start))
	})
}

// TestURLIsTheSubscription: such a stream takes no further markets.
func TestURLIsTheSubscription(t *testing.T) {
	speak(t, func(l *line) { l.say("t A", "url "+l.url) }, func(t *testing.T, w *WebSocket) {
		w.Session = func(sub *Subscription) Session { return &talk{sub: sub} }
		asked := ""
		w.URL = func(ms []Listing) string { asked = ms[0].Symbol; return "ws://exchange.example/" + ms[0].Symbol }
		s, err := w.Connect(t.Context(), letters("A"))
		require.NoError(t, err)
		defer s.Close()
		assert.Equal(t, "A", asked)
		assert.NotImplements(t, (*Subscriber)(nil), s)
		us, err := s.Read(t.Context(), nil)
		require.NoError(t, err)
		assert.Equal(t, "A-X", names(us))
	})
}
