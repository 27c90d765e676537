package exchange

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWithDefaults(t *testing.T) {
	b := NewBudget(1, 1)
	d := Options{RESTURL: "http://a", WebSocketURL: "ws://a", Budget: b, PingEvery: time.Second}
	var none *Options
	got := none.WithDefaults(d)
	assert.Equal(t, d, *got)
	mine := &Options{RESTURL: "http://mine"}
	got = mine.WithDefaults(d)
	assert.Equal(t, "http://mine", got.RESTURL)
	assert.Equal(t, "ws://a", got.WebSocketURL)
	assert.Same(t, b, got.Budget)
	assert.Equal(t, Options{RESTURL: "http://mine"}, *mine, "a copy")
}

func TestLog(t *testing.T) {
	var none *Options
	assert.False(t, none.Log().Enabled(t.Context(), slog.LevelError), "silent")
	l := slog.New(slog.NewTextHandler(t.Output(), nil))
	assert.Same(t, l, (&Options{Logger: l}).Log())
}

func TestConnectBringsItsOwn(t *testing.T) {
	mine := &repeating{}
	o := &Options{Dial: func(ctx context.Context, url string) (Conn, error) {
		assert.Equal(t, "ws://exchange.example/feed", url)
		return mine, nil
	}}
	c, err := o.Connect(t.Context(), "ws://exchange.example/feed")
	require.NoError(t, err)
	assert.Same(t, mine, c)
}

func TestConnectRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status, location := 429, ""
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, userAgent, r.UserAgent())
			if location != "" {
				http.Redirect(w, r, location, http.StatusFound)
				return
			}
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
			fmt.Fprint(w, "too many connections")
		})
		o := &Options{HTTPClient: client}
		connect := func() error {
			c, err := o.Connect(t.Context(), "ws://exchange.example/feed")
			assert.Nil(t, c)
			client.CloseIdleConnections()
			return err
		}
		err := connect()
		require.EqualError(t, err, `exchange: connecting to "ws://exchange.example/feed": rate limit hit, retry after 7s: status 429: "too many connections"`)
		var limit *RateLimitError
		require.ErrorAs(t, err, &limit)
		assert.Equal(t, 7*time.Second, limit.RetryAfter)
		status = 403
		var se *StatusError
		require.ErrorAs(t, connect(), &se)
		assert.Equal(t, 403, se.Status)
		location = "http://elsewhere.example/feed"
		require.ErrorContains(t, connect(), "redirected elsewhere")
	})
}

func TestConnectHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		o := &Options{HTTPClient: client}
		start := time.Now()
		_, err := o.Connect(t.Context(), "ws://exchange.example/feed")
		require.EqualError(t, err, `exchange: connecting to "ws://exchange.example/feed": no answer within 10s`)
		assert.Equal(t, 10*time.Second, time.Since(start))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = o.Connect(ctx, "ws://exchange.example/feed")
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestConnectReadLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server := open(t, Options{MaxFrame: 10})
		require.NoError(t, server.Write(t.Context(), []byte("a frame too long")))
		_, err := c.Read(t.Context(), nil)
		require.Error(t, err)
	})
}

func TestConnectWithoutOptions(t *testing.T) {
	var none *Options
	_, err := none.Connect(t.Context(), "ws://127.0.0.1:1/feed")
	require.ErrorContains(t, err, "exchange: connecting to")
}
