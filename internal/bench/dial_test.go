package bench

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/internal/flood"
)

// TestDials: what exchange.Conn promises, of both libraries.
func TestDials(t *testing.T) {
	for name, dial := range map[string]dialer{"coder": DialCoder, "gorilla": DialGorilla} {
		t.Run(name, func(t *testing.T) {
			s, err := flood.NewServer(nil, func(c *flood.Conn, message []byte) { _ = c.Write(bytes.Repeat(message, 1<<18)) })
			require.NoError(t, err)
			defer s.Close()
			c, err := dial(t.Context(), s.URL)
			require.NoError(t, err)
			defer c.Close()
			var buf []byte
			for _, want := range []string{"hello", "", "x", "much longer"} {
				require.NoError(t, c.Write(t.Context(), []byte(want)))
				buf, err = c.Read(t.Context(), buf)
				require.NoError(t, err)
				require.True(t, strings.Repeat(want, 1<<18) == string(buf), want)
			}
			reading, stop := context.WithCancelCause(t.Context())
			ended := make(chan error, 1)
			go func() {
				_, err := c.Read(reading, buf)
				ended <- err
			}()
			require.NoError(t, c.Ping(t.Context()))
			require.NoError(t, c.Ping(t.Context()))
			stop(errors.New("told to stop"))
			require.Error(t, <-ended)
			require.Error(t, c.Write(t.Context(), []byte("late")))
			require.Error(t, c.Ping(t.Context()))
			require.NoError(t, c.Close())
			require.NoError(t, c.Close())
		})
	}
}

// TestDialsEnd: Close unblocks a reader, and so does the server's.
func TestDialsEnd(t *testing.T) {
	for name, dial := range map[string]dialer{"coder": DialCoder, "gorilla": DialGorilla} {
		for what, end := range map[string]func(*flood.Server, func() error){
			"ours":   func(_ *flood.Server, closes func() error) { _ = closes() },
			"theirs": func(s *flood.Server, _ func() error) { s.Close() },
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				s, err := flood.NewServer(nil, nil)
				require.NoError(t, err)
				defer s.Close()
				c, err := dial(t.Context(), s.URL)
				require.NoError(t, err)
				defer c.Close()
				ended := make(chan error, 1)
				go func() {
					_, err := c.Read(t.Context(), nil)
					ended <- err
				}()
				time.Sleep(time.Millisecond)
				end(s, c.Close)
				assert.Error(t, <-ended)
			})
		}
	}
}

// TestDialFails: nothing is left of a connection that there was none of.
func TestDialFails(t *testing.T) {
	for _, dial := range []dialer{DialCoder, DialGorilla} {
		_, err := dial(t.Context(), "ws://127.0.0.1:1")
		require.ErrorContains(t, err, "dialling: ")
	}
}
