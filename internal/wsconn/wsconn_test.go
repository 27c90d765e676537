package wsconn_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/internal/memnet"
	"github.com/tickersync/tickersync/internal/wsconn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair opens a connection over memory and returns both of its sides.
func pair(t *testing.T, limit int64) (client, server *wsconn.Conn) {
	t.Helper()
	l := memnet.Listen()
	accepted := make(chan *wsconn.Conn, 1)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := wsconn.Accept(w, r, limit)
		assert.NoError(t, err)
		accepted <- c
	})}
	go srv.Serve(l)
	hc := l.Client()
	hc.Timeout = time.Second // of the handshake only
	ctx, cancel := context.WithCancel(t.Context())
	client, err := wsconn.Dial(ctx, "ws://exchange.example/feed", wsconn.DialOptions{Client: hc, ReadLimit: limit})
	require.NoError(t, err)
	cancel()
	server = <-accepted
	t.Cleanup(func() {
		assert.NoError(t, client.Close())
		assert.NoError(t, server.Close())
		hc.CloseIdleConnections()
		assert.NoError(t, srv.Close())
	})
	return client, server
}

func TestMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, 0)
		var buf []byte
		for _, want := range []string{"hello", "", strings.Repeat("long ", 1<<20), "short"} {
			wrote := make(chan error)
			go func() { wrote <- server.Write(t.Context(), []byte(want)) }()
			var err error
			buf, err = client.Read(t.Context(), buf)
			require.NoError(t, err)
			require.True(t, want == string(buf))
			require.NoError(t, <-wrote)
		}
		require.NoError(t, client.Write(t.Context(), []byte("subscribe")))
		got, err := server.Read(t.Context(), nil)
		require.NoError(t, err)
		assert.Equal(t, "subscribe", string(got))
		time.Sleep(time.Hour) // the handshake's timeout and context are of no concern now
		require.NoError(t, server.Write(t.Context(), []byte("later")))
		_, err = client.Read(t.Context(), nil)
		require.NoError(t, err)
	})
}

func TestReadLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, 1000)
		require.NoError(t, server.Write(t.Context(), make([]byte, 1000)))
		got, err := client.Read(t.Context(), nil)
		require.NoError(t, err)
		assert.Len(t, got, 1000)
		require.NoError(t, server.Write(t.Context(), make([]byte, 1001)))
		_, err = client.Read(t.Context(), got)
		assert.Equal(t, wsconn.ErrTooLong, err)
		_, err = server.Read(t.Context(), nil)
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF, "the connection ends")
	})
}

func TestPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, 0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, client.Ping(ctx), context.DeadlineExceeded, "nobody reads")

		for _, c := range []*wsconn.Conn{client, server} {
			go func() { _, _ = c.Read(t.Context(), nil) }()
		}
		require.NoError(t, client.Ping(t.Context()))
		require.NoError(t, server.Ping(t.Context()))
	})
}

func TestContextEndsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, 0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := client.Read(ctx, nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = client.Read(t.Context(), nil)
		require.ErrorIs(t, err, net.ErrClosed)
		require.ErrorIs(t, client.Write(t.Context(), []byte("x")), net.ErrClosed)
		require.Error(t, client.Ping(t.Context()))
		_, err = server.Read(t.Context(), nil)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)

		stop := errors.New("told to stop")
		client, _ = pair(t, 0)
		because, why := context.WithCancelCause(t.Context())
		why(stop)
		_, err = client.Read(because, nil)
		require.ErrorIs(t, err, stop)
	})
}

func TestCloseIsImmediate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, 0) // server never reads: a mute peer
		start := time.Now()
		read, wrote := make(chan error), make(chan error)
		go func() { _, err := client.Read(t.Context(), nil); read <- err }()
		go func() { wrote <- client.Write(t.Context(), make([]byte, 4<<20)) }()
		synctest.Wait()
		require.NoError(t, client.Close())
		require.NoError(t, client.Close())
		require.ErrorIs(t, <-read, net.ErrClosed)
		require.ErrorIs(t, <-wrote, net.ErrClosed)

		_, server = pair(t, 0) // the client never answers the close frame
		closed := make(chan error)
		go func() { closed <- server.CloseWith(1001, "going away") }()
		synctest.Wait()
		require.NoError(t, server.Close())
		require.NoError(t, <-closed, "closed it is")
		assert.Zero(t, time.Since(start))
	})
}

func TestCloseWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t, 0)
		closed := make(chan error)
		go func() { closed <- server.CloseWith(4001, "too many connections") }()
		_, err := client.Read(t.Context(), nil)
		var ce *wsconn.CloseError
		require.ErrorAs(t, err, &ce)
		assert.Equal(t, wsconn.CloseError{Code: 4001, Reason: "too many connections"}, *ce)
		assert.EqualError(t, err, `wsconn: closed by the other side: 4001 "too many connections"`)
		require.NoError(t, <-closed)
	})
}

func TestHandshakeRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := memnet.Listen()
		srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "7")
			http.Error(w, strings.Repeat("slow down ", 1000), http.StatusTooManyRequests)
		})}
		go srv.Serve(l)
		hc := l.Client()
		_, err := wsconn.Dial(t.Context(), "ws://exchange.example/feed", wsconn.DialOptions{Client: hc})
		var he *wsconn.HandshakeError
		require.ErrorAs(t, err, &he)
		assert.Equal(t, http.StatusTooManyRequests, he.Status)
		assert.Equal(t, "7", he.Header.Get("Retry-After"))
		assert.Len(t, he.Body, 1024)
		assert.ErrorContains(t, err, "429")

		resp, err := hc.Get("http://exchange.example/feed")
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		hc.CloseIdleConnections()
		require.NoError(t, srv.Close())

		_, err = wsconn.Dial(t.Context(), "ws://exchange.example/feed", wsconn.DialOptions{Client: hc})
		require.ErrorContains(t, err, "refused")
		assert.False(t, errors.As(err, &he) && he.Status == 0)
	})
}

func TestAcceptAnOrdinaryRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := memnet.Listen()
		srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, err := wsconn.Accept(w, r, 0)
			assert.Error(t, err)
		})}
		go srv.Serve(l)
		hc := l.Client()
		resp, err := hc.Get("http://exchange.example/feed")
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, http.StatusUpgradeRequired, resp.StatusCode)
		hc.CloseIdleConnections()
		require.NoError(t, srv.Close())
	})
}

// A message whose end never comes must not be taken for a short one.
func TestTruncatedMessage(t *testing.T) {
	for name, frame := range map[string]string{
		"header only":       "\x81\x0a",
		"part of it":        "\x81\x0a12345",
		"between its parts": "\x01\x0512345",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := memnet.Listen()
				var raw net.Conn
				accepted := make(chan *wsconn.Conn, 1)
				srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					c, err := wsconn.Accept(raws{w, &raw}, r, 0)
					assert.NoError(t, err)
					accepted <- c
				})}
				go srv.Serve(l)
				c, err := wsconn.Dial(t.Context(), "ws://exchange.example/feed", wsconn.DialOptions{Client: l.Client()})
				require.NoError(t, err)
				server := <-accepted
				_, err = io.WriteString(raw, frame)
				require.NoError(t, err)
				require.NoError(t, raw.Close())
				_, err = c.Read(t.Context(), nil)
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
				require.NoError(t, server.Close())
				require.NoError(t, srv.Close())
			})
		})
	}
}

func TestReadAllocsNothing(t *testing.T) {
	client, server := pair(t, 0)
	msg := []byte(strings.Repeat("x", 3000))
	buf := make([]byte, 0, 4096)
	ctx := t.Context()
	n := testing.AllocsPerRun(100, func() {
		_ = server.Write(ctx, msg)
		buf, _ = client.Read(ctx, buf)
	})
	assert.Len(t, buf, len(msg))
	assert.Zero(t, n)
}
