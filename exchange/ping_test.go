package exchange

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pinged is a Conn on which a frame comes every so often, until a moment, and whose
// pings are answered until another.
type pinged struct {
	every         time.Duration
	frames, pongs time.Time
	closed        chan struct{}
}

func (c *pinged) Read(_ context.Context, dst []byte) ([]byte, error) {
	var frame <-chan time.Time
	if c.every > 0 && time.Now().Add(c.every).Before(c.frames) {
		frame = time.After(c.every)
	}
	select {
	case <-frame:
		return append(dst[:0], "?"...), nil
	case <-c.closed:
		return nil, errors.New("closed")
	}
}

func (c *pinged) Ping(ctx context.Context) error {
	if time.Now().Before(c.pongs) {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func (c *pinged) Write(context.Context, []byte) error { return nil }

func (c *pinged) Close() error {
	select {
	case <-c.closed:
	default:
		close(c.closed)
	}
	return nil
}

// TestPing: any frame proves the socket, where pings are not answered at all; where
// they are, frames do not excuse a pong. A dead socket is noticed in time.
func TestPing(t *testing.T) {
	for _, c := range []struct {
		name          string
		every         time.Duration // of frames
		frames, pongs time.Duration // until then
		o             Options
		ends          time.Duration
	}{
		{"dead from the start", 0, 0, 0, Options{}, 25 * time.Second},
		{"pongs only", 0, 0, time.Hour, Options{}, time.Hour + 10*time.Second},
		{"frames only", 7 * time.Second, time.Hour, 0, Options{}, time.Hour + 10*time.Second},
		{"frames too seldom", 70 * time.Second, time.Hour, 0, Options{}, 25 * time.Second},
		{"frames, and a pong that is queued behind them", time.Second, 2 * time.Hour, time.Hour, Options{}, time.Hour + 10*time.Second},
		{"shorter", 0, 0, 0, Options{PingEvery: 2 * time.Second, PongWithin: time.Second}, 3 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				conn := &pinged{every: c.every, frames: begin.Add(c.frames), pongs: begin.Add(c.pongs), closed: make(chan struct{})}
				s := NewStream(conn, &c.o, nil, parseTest)
				defer s.Close()
				_, err := s.Read(t.Context(), nil)
				require.ErrorContains(t, err, "exchange: no pong within")
				assert.InDelta(t, c.ends, time.Since(begin), float64(15*time.Second))
				assert.LessOrEqual(t, time.Since(begin)-max(c.frames, c.pongs), 25*time.Second)
			})
		})
	}
}
