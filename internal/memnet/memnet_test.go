package memnet_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/internal/memnet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWriterRunsAheadOfTheReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := memnet.Pipe()
		n, err := a.Write(make([]byte, 1<<20))
		require.NoError(t, err)
		assert.Equal(t, 1<<20, n)

		wrote := make(chan error)
		go func() { _, err := a.Write([]byte("more")); wrote <- err }()
		synctest.Wait()
		select {
		case <-wrote:
			t.Fatal("a full pipe took more")
		default:
		}
		_, err = io.CopyN(io.Discard, b, 1<<20)
		require.NoError(t, err)
		require.NoError(t, <-wrote)
		got := make([]byte, 10)
		n, err = b.Read(got)
		require.NoError(t, err)
		assert.Equal(t, "more", string(got[:n]))
	})
}

func TestEverythingArrivesInOrder(t *testing.T) {
	a, b := memnet.Pipe()
	want := make([]byte, 5<<20)
	for i := range want {
		want[i] = byte(i * i >> 8)
	}
	go func() {
		_, err := a.Write(want)
		assert.NoError(t, err)
		assert.NoError(t, a.Close())
	}()
	got, err := io.ReadAll(b)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(want, got))
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := memnet.Pipe()
		read := make(chan error)
		for _, c := range []net.Conn{a, b} {
			go func() { _, err := c.Read(make([]byte, 1)); read <- err }()
		}
		synctest.Wait()
		require.NoError(t, a.Close())
		errs := errors.Join(<-read, <-read)
		assert.ErrorIs(t, errs, net.ErrClosed, "for the side that closed")
		assert.ErrorIs(t, errs, io.EOF, "for the other")
		_, err := b.Write([]byte("x"))
		assert.ErrorIs(t, err, syscall.EPIPE)
		_, err = a.Write([]byte("x"))
		assert.ErrorIs(t, err, net.ErrClosed)
		require.NoError(t, a.Close())
	})
}

func TestWhatWasWrittenBeforeCloseIsRead(t *testing.T) {
	a, b := memnet.Pipe()
	_, err := a.Write([]byte("last words"))
	require.NoError(t, err)
	require.NoError(t, a.Close())
	got, err := io.ReadAll(b)
	require.NoError(t, err)
	assert.Equal(t, "last words", string(got))
}

func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := memnet.Pipe()
		start := time.Now()
		require.NoError(t, a.SetReadDeadline(start.Add(time.Hour)))
		require.NoError(t, a.SetReadDeadline(start.Add(time.Second)))
		_, err := a.Read(make([]byte, 1))
		assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
		var ne net.Error
		require.ErrorAs(t, err, &ne)
		assert.True(t, ne.Timeout())
		assert.Equal(t, time.Second, time.Since(start))

		require.NoError(t, a.SetDeadline(start.Add(5*time.Second)))
		_, err = a.Write(make([]byte, 2<<20))
		assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, 5*time.Second, time.Since(start))

		require.NoError(t, a.SetDeadline(time.Time{}))
		_, err = b.Write([]byte("x"))
		require.NoError(t, err)
		_, err = a.Read(make([]byte, 1))
		require.NoError(t, err, "a deadline taken back")

		go func() { time.Sleep(time.Minute); _ = a.SetReadDeadline(time.Unix(1, 0)) }()
		_, err = a.Read(make([]byte, 1))
		assert.ErrorIs(t, err, os.ErrDeadlineExceeded, "a deadline in the past ends a read in progress")

		require.NoError(t, a.SetDeadline(time.Now().Add(time.Hour)))
		require.NoError(t, a.Close())
		assert.ErrorIs(t, a.SetDeadline(time.Now()), net.ErrClosed)
	})
}

func TestDialAClosedListener(t *testing.T) {
	l := memnet.Listen()
	waiting, err := l.DialContext(t.Context(), "tcp", "anywhere:1")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.NoError(t, l.Close())
	_, err = waiting.Read(make([]byte, 1))
	assert.ErrorIs(t, err, io.EOF)
	_, err = l.DialContext(t.Context(), "tcp", "anywhere:1")
	assert.ErrorIs(t, err, syscall.ECONNREFUSED)
	_, err = l.Accept()
	assert.ErrorIs(t, err, net.ErrClosed)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = l.DialContext(ended, "tcp", "anywhere:1")
	assert.ErrorIs(t, err, context.Canceled)
}

func TestHTTPInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := memnet.Listen()
		srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Minute)
			fmt.Fprint(w, r.Host)
		})}
		go func() { assert.ErrorIs(t, srv.Serve(l), http.ErrServerClosed) }()
		client := l.Client()
		start := time.Now()
		for range 2 {
			resp, err := client.Get("http://exchange.example/ticker")
			require.NoError(t, err)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			assert.Equal(t, "exchange.example", string(body))
		}
		assert.Equal(t, 2*time.Minute, time.Since(start))
		client.CloseIdleConnections()
		require.NoError(t, srv.Shutdown(t.Context()))
	})
}
